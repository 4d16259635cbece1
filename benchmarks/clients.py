"""Clients that cost little beside the server they ask: one process, raw sockets kept open, requests built beforehand.

Each client waits for its answer before it asks again. Of an answer only the status and where it ends are read.
"""

import select
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from urllib.parse import urlencode, urlsplit

JSON = "application/sparql-results+json"
HEAD_END = b"\r\n\r\n"
LAST_CHUNK = b"\r\n0\r\n\r\n"
READ = 256 * 1024
PATIENCE = 120.0  # seconds without any answer after which a server is given up


class Failed(Exception):
    """A server answered other than 200, or not at all; the text says which and how."""


@dataclass(frozen=True)
class Asked:
    """What came of asking for a while: answers, their bytes, the seconds it took, and each answer's own seconds."""

    answers: int
    bytes: int
    seconds: float
    latencies: Sequence[float]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


@dataclass(frozen=True)
class Large:
    """One long answer: seconds to the first byte of its body and to the last, and its bytes."""

    first: float
    last: float
    bytes: int


def request(address: str, query: str, headers: Mapping[str, str] | None = None) -> bytes:
    """Return the bytes of a query by POST, as a form."""
    parts = urlsplit(address)
    body = urlencode({"query": query}).encode()
    fields = {
        "Host": parts.netloc,
        "Accept": JSON,
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {parts.path} HTTP/1.1\r\n{head}\r\n".encode() + body


class _Client:
    """One connection, made anew where the server ends it, and the answer that it waits for."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._address = str(parts.hostname), parts.port or 80
        self.socket = self._connected()
        self.ends = False  # the server ends the connection after this answer
        self.asked = 0.0
        self.received = 0
        self._missing: int | None = None  # bytes till the end; None while that is not known
        self._head = b""
        self._tail = b""
        self._chunked = False

    def _connected(self) -> socket.socket:
        made = socket.create_connection(self._address, PATIENCE)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def renew(self) -> None:
        """Connect again."""
        self.socket.close()
        self.socket, self.ends = self._connected(), False

    def ask(self, message: bytes) -> None:
        self.asked = time.perf_counter()
        self.received, self._missing, self._head, self._tail, self._chunked = 0, None, b"", b"", False
        self.socket.sendall(message)

    def read(self) -> bool:
        """Take what is there; return whether the answer is whole.

        :raises Failed: when it is an error, or the connection ends before it.
        """
        data = self.socket.recv(READ)
        if not data:
            raise Failed("the connection ended within an answer")
        self.received += len(data)
        if self._missing is not None:
            self._missing -= len(data)
            return self._missing <= 0
        if not self._chunked:
            self._head += data
            end = self._head.find(HEAD_END)
            if end < 0:
                return False
            head, data = self._head[:end].lower(), self._head[end + len(HEAD_END) :]
            if not head.startswith((b"http/1.1 200", b"http/1.0 200")):
                raise Failed((head + HEAD_END + data)[:400].decode("latin-1"))
            self.ends = b"\r\nconnection: close" in head
            _, found, length = head.partition(b"content-length:")
            if found:
                self._missing = int(length.partition(b"\r\n")[0]) - len(data)
                return self._missing <= 0
            self._chunked, self._tail = True, b"\r\n"
        self._tail = (self._tail + data[-len(LAST_CHUNK) :])[-len(LAST_CHUNK) :]
        return self._tail == LAST_CHUNK


def ask_for(address: str, messages: Iterable[bytes], clients: int, seconds: float, *, again: bool = True) -> Asked:
    """Let so many clients ask one message after the other for so many seconds; what is under way then is awaited.

    :param again: whether they begin again after the last message; else that is the end.
    :raises Failed: when an answer is none.
    """
    turns = cycle(messages) if again else iter(messages)
    waiting = {}
    poll = select.epoll()
    for _ in range(clients):
        client = _Client(address)
        waiting[client.socket.fileno()] = client
        poll.register(client.socket, select.EPOLLIN)
    latencies: list[float] = []
    total = 0
    began = time.perf_counter()
    until = began + seconds
    left = 0
    for client, message in zip(waiting.values(), turns, strict=False):
        client.ask(message)
        left += 1
    while left:
        ready = poll.poll(PATIENCE)
        if not ready:
            raise Failed(f"no answer within {PATIENCE:g} seconds")
        for number, _ in ready:
            client = waiting[number]
            if not client.read():
                continue
            now = time.perf_counter()
            latencies.append(now - client.asked)
            total += client.received
            message = next(turns, b"") if now < until else b""
            if not message:
                poll.unregister(number)
                left -= 1
                continue
            if client.ends:
                poll.unregister(number)
                del waiting[number]
                client.renew()
                waiting[client.socket.fileno()] = client
                poll.register(client.socket, select.EPOLLIN)
            client.ask(message)
    ended = time.perf_counter()
    poll.close()
    for client in waiting.values():
        client.socket.close()
    return Asked(len(latencies), total, ended - began, latencies)


def ask_once(address: str, message: bytes) -> Large:
    """Ask once on a connection of its own and read to the end, keeping nothing.

    :raises Failed: when the answer is none.
    """
    client = _Client(address)
    try:
        client.ask(message)
        whole = client.read()
        first = time.perf_counter() - client.asked
        while not whole:
            whole = client.read()
        return Large(first, time.perf_counter() - client.asked, client.received)
    finally:
        client.socket.close()
