"""A server in its own processes on a free port, and what the system tells of them."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

START = "from server import serving, settings; serving.serve(settings.read())"


class Server:
    """A server: the process that watches, behind it the one that answers, and behind that the workers."""

    def __init__(self, root: Path, data: Path, **settings: str) -> None:
        environment = {f"ARMSCLAIMS_{name.upper()}": value for name, value in settings.items()}
        self.errors = tempfile.NamedTemporaryFile(prefix="server-", suffix=".log")  # noqa: SIM115 - closed in stop()
        self.process = subprocess.Popen(
            [sys.executable, "-c", START],
            cwd=root,
            env={**os.environ, "ARMSCLAIMS_DATA": str(data), "ARMSCLAIMS_PORT": "0", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.fullmatch(r"Serving on http://[0-9.]+:(\d+)\n", line)
        if not found:
            log = self.log()
            self.stop()
            raise AssertionError(f"the server does not start: {line} {log}")
        self.port = int(found[1])

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return response, response.read()

    def raw(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request)
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
            return received

    def log(self) -> str:
        """What it has written to standard error so far."""
        return Path(self.errors.name).read_text("utf-8")

    def answering(self) -> set[int]:
        """The serving processes: one, or more while a reload goes on; the spare one has no workers yet."""
        return {pid for pid in self.spares_too() if children({pid})}

    def spares_too(self) -> set[int]:
        """The serving processes and the one that would take their place."""
        return children({self.process.pid})

    def workers(self) -> set[int]:
        """The worker processes: all that stem from the serving processes."""
        found = self.answering()
        while more := children(found) - found:
            found |= more
        return found - self.answering()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        finally:
            self.errors.close()
            if self.process.stdout:
                self.process.stdout.close()


def children(parents: set[int]) -> set[int]:
    """The processes whose parent is one of these."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[1]) in parents and fields[0] != "Z":
                found.add(int(status.parent.name))
    return found


def exists(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be noticed does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def busy(pid: int) -> int:
    """The processor time that a process has used, in ticks."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def resident(pids: set[int]) -> int:
    """The memory that processes have, in bytes."""
    pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return sum(pages) * os.sysconf("SC_PAGE_SIZE")


def wait(condition: Callable[[], object], seconds: float = 30.0) -> bool:
    """Wait until a condition holds; return whether it came to."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
