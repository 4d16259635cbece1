"""Clients that ask a server for all that it has, one thing after the other, and look at what they get.

Each has an address of its own on the loopback, so that to the server they are as many as they are.
Good ones wait when they are told to (503 with Retry-After) and ask again. Hostile ones send what `benchmarks.hostile`
makes up, leave in the middle of a long answer, or stop in the middle of a request.
"""

import base64
import contextlib
import hashlib
import http.client
import json
import random
import re
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit

from benchmarks import hostile
from server.saved_query import read_folder
from server.settings import QUERIES_FOLDER
from server.store.dumping import DUMPS

GIVE_UP = 60.0  # seconds that a good client goes on trying
PAUSE = 2.0  # seconds at most between an answer and the next request of a good client; half of it on average
DEAD = 120.0  # seconds without a byte after which a connection counts as dead
MIX = {"saved query": 40, "page": 30, "lookup": 15, "many rows": 5, "dump": 10}  # of 100 good requests
FORMATS = ("csv", "json", "xml", "html")
PAGES = ("/", "/browse", "/queries", "/ontology", "/sparql", "/search?q=deliveries", "/search/suggestions?q=mos")
LISTED = 200  # pages of the site map, chosen by chance
LOOKUPS = (
    "SELECT ?p ?o WHERE { state:russia ?p ?o }",
    "SELECT ?kind (COUNT(DISTINCT ?s) AS ?n) { ?s a ?kind ; ac:reportedIn ?a } GROUP BY ?kind ORDER BY ?kind",
    "ASK { ?s a ac:Denial }",
    "CONSTRUCT { ?s ac:speaker ?who } WHERE { ?s a ac:Denial ; ac:speaker ?who }",
)
MANY_ROWS = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } LIMIT 20000"
LONG = "SELECT * { ?s ?p ?o . ?x a ?class }"
RELEASE = "Armsclaims-Release"
HERE, GOOD, BAD = "127.0.0.1", "127.0.1.", "127.0.2."  # who asks: the keeper, and what addresses of clients begin with
SAVED = sorted(name for name, query in read_folder(QUERIES_FOLDER).items() if not query.needs_service)


class Failed(Exception):
    """A good request that got no good answer; the text says why."""


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the headers, the whole body."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass(frozen=True)
class Failure:
    """A good request that failed, of what kind, and why."""

    kind: str
    path: str
    reason: str


@dataclass
class Seen:
    """What all clients saw, and the releases that were there; safe for threads by its lock.

    `published` are releases with the time at which each was the current one for sure, `contents` the name of what a
    release holds, `tables` the answers of saved queries by query and contents.
    """

    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    told_to_wait: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    hostile: Counter[tuple[str, int]] = field(default_factory=Counter)
    published: list[tuple[float, str]] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)
    tables: dict[tuple[str, str], str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def publish(self, release: str, contents: str) -> None:
        """Note that a release is the current one from now on."""
        with self.lock:
            self.contents[release] = contents
            self.published.append((time.monotonic(), release))

    def check_release(self, release: str, asked: float) -> None:
        """Check that an answer is not older than what was published when it was asked for.

        :raises Failed: when it is.
        """
        with self.lock:
            names = [name for _, name in self.published]
            oldest = [name for when, name in self.published if when <= asked][-1]
        if release in names and names.index(release) < names.index(oldest):
            raise Failed(f"answered from {release} when {oldest} was there")

    def check_table(self, path: str, release: str, table: str) -> None:
        """Check that a saved query gives what it gave before on the same contents.

        :raises Failed: when it does not.
        """
        with self.lock:
            contents = self.contents.get(release)
            if contents is not None and self.tables.setdefault((path, contents), table) != table:
                raise Failed(f"another table than before on the same data ({release})")


class Client:
    """One client on a connection that it keeps."""

    def __init__(self, port: int, seen: Seen, address: str = HERE) -> None:
        """Ask the server at a port of this machine from an address, and note in `seen` what comes of it."""
        self.seen = seen
        self._connection = _connection(port, address)
        self._kept = False  # whether the connection has carried an answer before

    def good(self, kind: str, path: str, **headers: str) -> None:
        """Ask for what there is, until it comes, and note how long that took, or why it failed."""
        began = time.monotonic()
        try:
            answer = self._until_answered(kind, path, headers, began)
            self._check(path, answer, began)
        except (Failed, OSError, http.client.HTTPException) as error:
            self.close()
            with self.seen.lock:
                self.seen.failures.append(Failure(kind, path, f"{type(error).__name__} {error}"))
            return
        with self.seen.lock:
            self.seen.seconds[kind].append(time.monotonic() - began)

    def get(self, path: str, **headers: str) -> Answer:
        """Ask once; a connection that the server has closed meanwhile is opened anew.

        :raises OSError, http.client.HTTPException: when the answer does not come, or not whole.
        """
        try:
            self._connection.request("GET", path, headers=headers)
            response = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            if not self._kept:
                raise
            self.close()
            return self.get(path, **headers)
        body = response.read()
        self._kept = True
        return Answer(response.status, response.headers, body)

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        self._connection.close()
        self._kept = False

    def _until_answered(self, kind: str, path: str, headers: Mapping[str, str], began: float) -> Answer:
        while True:
            answer = self.get(path, **headers)
            if answer.status == 200:
                return answer
            again = answer.headers.get("Retry-After")
            if answer.status != 503 or again is None or time.monotonic() - began > GIVE_UP:
                raise Failed(f"{answer.status} after {time.monotonic() - began:.1f} s: {_detail(answer)}")
            with self.seen.lock:
                self.seen.told_to_wait[kind] += 1
            time.sleep(float(again))

    def _check(self, path: str, answer: Answer, asked: float) -> None:
        release = answer.headers.get(RELEASE)
        if release:
            self.seen.check_release(release, asked)
        if release and path.startswith("/queries/") and path.endswith("format=csv"):
            lines = sorted(answer.body.splitlines())
            self.seen.check_table(path, release, hashlib.sha256(b"\n".join(lines)).hexdigest())
        digest = answer.headers.get("Repr-Digest")
        if digest and digest != f"sha-256=:{base64.b64encode(hashlib.sha256(answer.body).digest()).decode()}:":
            raise Failed(f"{len(answer.body)} bytes that are not those of the digest")


def listed(port: int) -> list[str]:
    """Return paths of pages from the site map of a server, chosen by chance, always the same ones."""
    with contextlib.closing(Client(port, Seen())) as client:
        answer = client.get("/sitemap.xml")
    found = [urlsplit(address).path for address in re.findall(r"<loc>([^<]+)</loc>", answer.body.decode())]
    found = [path for path in found if not path.startswith("/queries/")]  # they come as saved queries
    chance = random.Random(1)  # noqa: S311 - to be the same every time
    return chance.sample(found, min(LISTED, len(found)))


def visit(port: int, seen: Seen, over: threading.Event, pages: list[str], number: int, pause: float = PAUSE) -> None:
    """Ask good requests, one after the other, until it is over."""
    chance = random.Random(number)  # noqa: S311 - to be the same every time
    with contextlib.closing(Client(port, seen, f"{GOOD}{number + 1}")) as client:
        while not over.is_set():
            (kind,) = chance.choices(list(MIX), list(MIX.values()))
            client.good(kind, _path(kind, chance, pages))
            over.wait(chance.uniform(0, pause))


def attack(port: int, seen: Seen, over: threading.Event, number: int, patience: float = DEAD) -> None:
    """Ask what harms, one thing after the other, until it is over; leave where there is no byte for so many seconds."""
    chance = random.Random(-number - 1)  # noqa: S311 - to be the same every time
    kinds = [*hostile.KINDS, "leave", "stop"]
    address = f"{BAD}{number + 1}"
    while not over.is_set():
        kind = chance.choice(kinds)
        if kind == "leave":
            status = _leave(port, address, patience)
        elif kind == "stop":
            status = _stop(port, address, over)
        else:
            with contextlib.closing(_connection(port, address, patience)) as connection:
                status = hostile.ask(connection, hostile.KINDS[kind](chance))
        with seen.lock:
            seen.hostile[kind, status] += 1


def _path(kind: str, chance: random.Random, pages: list[str]) -> str:
    if kind == "saved query":
        return f"/queries/{chance.choice(SAVED)}?format={chance.choice(FORMATS)}"
    if kind == "page":
        return chance.choice([*PAGES, *pages])
    if kind == "dump":
        return f"/dumps/{quote(chance.choice(sorted(DUMPS)))}"
    return "/sparql?" + urlencode({"query": MANY_ROWS if kind == "many rows" else chance.choice(LOOKUPS)})


def _connection(port: int, address: str, patience: float = DEAD) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(HERE, port, patience, source_address=(address, 0))


def _leave(port: int, address: str, patience: float) -> int:
    """Take the first bytes of a long answer and go."""
    with contextlib.closing(_connection(port, address, patience)) as connection:
        try:
            connection.request("GET", "/sparql?" + urlencode({"query": LONG}))
            with connection.getresponse() as response:
                response.read(1000)
                return response.status
        except (OSError, http.client.HTTPException):
            return 0


def _stop(port: int, address: str, over: threading.Event) -> int:
    """Send half a request and wait for nothing."""
    with contextlib.suppress(OSError), socket.create_connection((HERE, port), DEAD, (address, 0)) as connection:
        connection.sendall(b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nquery=")
        over.wait(1.0)
    return 0


def _detail(answer: Answer) -> str:
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return str(json.loads(answer.body)["detail"])
    return answer.body[:200].decode("utf-8", "replace")
