"""A server over HTTP for the W3C suites: a plain dataset, a token, and requests as the manifests give them."""

import http.client
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from server.store import tokens

ROOT = Path(__file__).resolve().parents[2]
START = "from server import serving, settings; serving.serve(settings.read())"


@dataclass
class Reply:
    """Status, headers (small letters) and body of a response."""

    status: int
    headers: dict[str, str]
    body: bytes


class PlainServer:
    """A server in its own process that serves an empty data folder as written."""

    def __init__(self, data: Path) -> None:
        self.folder = data
        self.token = tokens.add(data, "conformance")
        self.process = subprocess.Popen(
            [sys.executable, "-c", START],
            cwd=ROOT,
            env={
                **os.environ,
                "ARMSCLAIMS_DATA": str(data),
                "ARMSCLAIMS_PORT": "0",
                "ARMSCLAIMS_DEFAULT_GRAPH": "plain",
                "ARMSCLAIMS_WORKERS": "2",
                "ARMSCLAIMS_LOG_LEVEL": "WARNING",
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.fullmatch(r"Serving on http://127\.0\.0\.1:(\d+)\n", line)
        assert found, line
        self.port = int(found[1])
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)  # one for all requests

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: str | bytes | None = None
    ) -> Reply:
        """Send one request; whoever writes needs the token, so every request has it."""
        if isinstance(body, str):
            body = body.encode()
        self.connection.request(method, path, body, {"Authorization": f"Bearer {self.token}", **(headers or {})})
        response = self.connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, found, response.read())

    def update(self, text: str) -> None:
        """Carry out an update that has to succeed."""
        reply = self.ask("POST", "/sparql", {"Content-Type": "application/sparql-update"}, text)
        assert reply.status == 204, reply.body

    def stop(self) -> None:
        """End the server."""
        self.connection.close()
        self.process.terminate()
        self.process.wait(20)
        assert self.process.stdout
        self.process.stdout.close()
