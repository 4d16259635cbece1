"""Slow and greedy clients over real HTTP: the others are answered, and what was held is free again."""

import contextlib
import gzip
import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from processes import Server
from waitress.channel import ClientDisconnected

from server.answering import _Channel
from server.store import tokens

ASK = "/sparql?" + urlencode({"query": "ASK { ?s ?p ?o }"})
LONG = "SELECT ?a ?b ?c ?d WHERE { ?a ?x ?b . ?c ?y ?d }"
TURTLE = b"text/turtle"
HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def server(root: Path, flares: Path) -> Iterator[Server]:
    """A server with few threads that waits for nobody long."""
    server = Server(
        root, flares, threads="4", workers="1", receive_timeout="2", send_timeout="2", max_rows="0", query_timeout="60"
    )
    yield server
    server.stop()


def connect(server: Server) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return connection


def is_answered(server: Server) -> bool:
    response, _ = server.ask(ASK)
    return response.status == 200


def rest(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            received += part
    return received


def test_heads_and_bodies_that_come_in_drops_are_cut_off_with_a_reason(server: Server) -> None:
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(connect(server)) for _ in range(40)]
        for number, connection in enumerate(slow):
            body = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
            connection.sendall(HEAD if number % 2 else body)
        for _ in range(8):
            for connection in slow:
                with contextlib.suppress(ConnectionError):  # cut off already
                    connection.sendall(b"X-A: b\r\n")
            assert is_answered(server)
            time.sleep(0.5)
        answers = [rest(connection) for connection in slow]
    told = [answer for answer in answers if answer]  # others find the connection reset
    assert told
    for answer in told:
        assert answer.startswith(b"HTTP/1.0 408 Request Timeout\r\n") or answer.startswith(b"HTTP/1.1 408 ")
        problem = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert problem["status"] == 408
        assert "within 2 seconds" in problem["detail"]


def test_a_silent_beginning_is_no_request_and_disturbs_nobody(server: Server) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(connect(server))
        assert is_answered(server)


def test_readers_that_take_nothing_hold_no_thread(server: Server) -> None:
    """More of them than there are threads; each long answer would hold one until somebody reads it."""
    asked = f"GET /sparql?{urlencode({'query': LONG, 'format': 'csv'})} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(connect(server)).sendall(asked)
            time.sleep(0.1)
        end = time.monotonic() + 60
        while not is_answered(server):  # 503 as long as the only worker has a stream
            assert time.monotonic() < end
        assert is_answered(server)


def test_a_long_body_is_received_from_writers_only(server: Server, flares: Path) -> None:
    def begun(body_length: int, *headers: bytes, line: bytes = b"PUT /graphs?default", media: bytes = TURTLE) -> bytes:
        """The answer to a request of which only the head is sent."""
        with connect(server) as connection:
            lines = [line + b" HTTP/1.1", b"Host: x", b"Content-Type: " + media, *headers]
            connection.sendall(b"\r\n".join([*lines, b"Content-Length: %d" % body_length, b"", b""]))
            return connection.recv(65536)

    before = begun(50_000_000)
    assert b" 403 " in before.splitlines()[0]  # nobody has a token
    secret = tokens.add(flares, "ada")
    try:
        without = begun(50_000_000)
        assert b" 401 " in without.splitlines()[0]
        assert b"\r\nConnection: close\r\n" in without
        assert b" 401 " in begun(50_000_000, b"Authorization: Bearer wrong", b"Expect: 100-continue").splitlines()[0]
        for line, media in (
            (b"PUT /graphs?default", TURTLE),
            (b"POST /graphs/article/a", TURTLE),
            (b"POST /sparql", b"application/sparql-update; charset=utf-8"),
        ):
            assert b" 401 " in begun(100_000, line=line, media=media).splitlines()[0]
            expecting = begun(1000, b"Expect: 100-continue", line=line, media=media)
            assert b" 401 " in expecting.splitlines()[0]  # and not 100
        known = b"Authorization: Bearer " + secret.encode()
        assert begun(50_000_000, known, b"Expect: 100-continue").startswith(b"HTTP/1.1 100 Continue")
    finally:
        tokens.revoke(flares, "ada")


def test_what_follows_a_body_that_is_not_received_is_no_request(server: Server) -> None:
    chunk = b"100000\r\n" + b"GET /metrics HTTP/1.1\r\n\r\n".ljust(0x100000) + b"\r\n"
    with connect(server) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(b"PUT /graphs?default HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall(chunk * 6)
        answer = rest(connection)
        assert answer.count(b"HTTP/1.1 ") == 1
        assert b" 403 " in answer.splitlines()[0]
    assert is_answered(server)


def test_one_address_has_so_many_connections_and_this_machine_any(root: Path, flares: Path) -> None:
    own = own_address()
    if own is None:
        pytest.skip("this machine has no address but the loopback")
    server = Server(root, flares, host="0.0.0.0", workers="1", client_connections="3")
    try:
        with contextlib.ExitStack() as stack:

            def ask(host: str) -> http.client.HTTPResponse:
                connection = stack.enter_context(
                    contextlib.closing(http.client.HTTPConnection(host, server.port, timeout=20))
                )
                connection.request("GET", "/health/live")
                response = connection.getresponse()
                response.read()
                return response

            assert [ask("127.0.0.1").status for _ in range(5)] == [200] * 5
            assert [ask(own).status for _ in range(3)] == [200] * 3
            over = ask(own)
            assert (over.status, over.getheader("Retry-After")) == (429, "10")
            assert over.getheader("Content-Type") == "application/problem+json"
    finally:
        server.stop()


def own_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address


def test_a_stream_keeps_its_connection_and_is_whole_at_once_when_it_is_kept(server: Server) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:

        def ask(coding: str = "identity") -> tuple[http.client.HTTPResponse, bytes]:
            connection.request("GET", address, headers={"Accept-Encoding": coding})
            response = connection.getresponse()
            return response, response.read()

        address = "/sparql?" + urlencode({"query": f"{LONG} LIMIT 15000", "format": "csv"})
        first, streamed = ask()
        opened = connection.sock
        assert first.headers["Transfer-Encoding"] == "chunked"
        assert len(streamed) > 1024**2
        again, kept = ask()
        assert again.headers["Content-Length"] == str(len(streamed))
        assert again.headers["Armsclaims-Truncated"] == "no"
        packed, pieces = ask("gzip")
        assert (packed.headers["Transfer-Encoding"], packed.headers["Content-Encoding"]) == ("chunked", "gzip")
        assert gzip.decompress(pieces) == kept == streamed
        assert connection.sock is opened is not None


def test_a_slow_reader_gets_all_of_a_kept_answer(server: Server) -> None:
    address = "/sparql?" + urlencode({"query": f"{LONG} LIMIT 30000", "format": "csv"})
    lengths = []
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(f"GET {address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            time.sleep(0.5)
            lengths.append(len(rest(connection)))
    _, whole = server.ask(address)
    assert all(length > len(whole) for length in lengths)
    assert len(whole) > 2 * 1024**2


def test_an_answer_to_a_connection_that_was_ended_meanwhile_is_given_up() -> None:
    channel = object.__new__(_Channel)  # as it is when the thread that waits for all connections has closed it
    channel._fileno = None
    with pytest.raises(ClientDisconnected):
        channel.send_now(b"part")
