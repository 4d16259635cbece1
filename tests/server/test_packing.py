"""Answers packed with zstd or gzip: whole, as a stream, and not at all; bodies that come packed."""

import gzip
import zlib

import pytest
import zstandard
from flask import Flask, Response
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Accept
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_accept_header

from server import bodies
from server.packing import CODINGS, choose
from server.views import STATIC

LONG = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 500"
UNPACKED = {"gzip": gzip.decompress, "zstd": lambda data: zstandard.ZstdDecompressor().decompress(data)}


def ask(client: FlaskClient, encoding: str, query: str = LONG, method: str = "GET"):
    headers = {"Accept-Encoding": encoding, "Accept": "text/csv"}
    return client.open("/sparql", method=method, query_string={"query": query}, headers=headers)


@pytest.mark.parametrize(("asked", "coding"), [("br, gzip;q=0.5", "gzip"), ("gzip, deflate, br, zstd", "zstd")])
def test_a_whole_answer_is_packed_for_whoever_takes_it(client: FlaskClient, asked: str, coding: str) -> None:
    packed, plain = ask(client, asked), ask(client, "identity")
    assert packed.headers["Content-Encoding"] == coding
    assert UNPACKED[coding](packed.data) == plain.data
    assert packed.content_length == len(packed.data) < len(plain.data)
    assert "Content-Encoding" not in plain.headers
    for response in (packed, plain):
        assert {"Accept", "Accept-Encoding"} <= set(response.vary)
        assert response.headers["Armsclaims-Truncated"] == "no"


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", None),
        ("identity", None),
        ("br", None),
        ("gzip", "gzip"),
        ("ZSTD", "zstd"),
        ("gzip, zstd", "zstd"),
        ("gzip;q=1, zstd;q=0.9", "gzip"),
        ("zstd;q=0, *", "gzip"),
        ("gzip;q=0, *;q=0.1", "zstd"),
        ("*", "zstd"),
        ("*;q=0", None),
        ("gzip, *", "gzip"),
        ("gzip;q=0.5, zstd;q=0.5, identity;q=0.6", None),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
    ],
)
def test_the_coding_is_chosen_by_quality(header: str, coding: str | None) -> None:
    chosen = choose(parse_accept_header(header, Accept))
    assert (chosen and chosen.name) == coding


@given(st.text(alphabet="gziptsdeny*;q=0.159, ", max_size=60))
def test_no_header_breaks_the_choice(header: str) -> None:
    assert choose(parse_accept_header(header, Accept)) in (None, *CODINGS)


@pytest.mark.parametrize(
    ("encoding", "query", "method"),
    [("gzip;q=0", LONG, "GET"), ("gzip", "ASK {}", "GET"), ("gzip", LONG, "HEAD"), ("zstd", "ASK {}", "GET")],
)
def test_short_answers_heads_and_the_unwilling_get_none(
    client: FlaskClient, encoding: str, query: str, method: str
) -> None:
    assert "Content-Encoding" not in ask(client, encoding, query, method).headers


def test_files_keep_their_ranges_and_tags(client: FlaskClient) -> None:
    dump = client.get(
        "/dumps/dataset.nt", headers={"Accept-Encoding": "gzip, zstd", "Range": "bytes=0-9"}, buffered=True
    )
    assert (dump.status_code, len(dump.data)) == (206, 10)
    assert "Content-Encoding" not in dump.headers
    dump.close()


class Gunzip:
    """Unpacks a stream of gzip."""

    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self.decompress = self._unpacker.decompress

    @property
    def eof(self) -> bool:
        return self._unpacker.eof


@pytest.mark.parametrize(
    ("coding", "unpacker"), [("gzip", Gunzip), ("zstd", lambda: zstandard.ZstdDecompressor().decompressobj())]
)
def test_a_stream_is_packed_chunk_by_chunk_and_breaks_where_it_breaks(app: Flask, coding: str, unpacker) -> None:
    closed = []

    class Chunks:
        def __iter__(self):
            yield b"one " * 1000
            yield b"two "
            raise RuntimeError("cut")

        def close(self):
            closed.append(True)

    @app.get("/broken")
    def broken():
        return Response(Chunks(), mimetype="text/csv")

    response = app.test_client().get("/broken", headers={"Accept-Encoding": coding}, buffered=False)
    assert response.headers["Content-Encoding"] == coding
    assert "Content-Length" not in response.headers
    unpacking = unpacker()
    received = b""
    chunks = response.iter_encoded()
    for _ in range(2):
        received += unpacking.decompress(next(chunks))
    with pytest.raises(RuntimeError, match="cut"):
        next(chunks)
    assert received == b"one " * 1000 + b"two "
    assert not unpacking.eof
    response.close()
    assert closed


TEXT = b"<a> <b> 1 ."
PACK = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}


def received(app: Flask, body: bytes, coding: str, limit: int) -> bytes | int:
    with app.test_request_context("/graphs", method="PUT", data=body, headers={"Content-Encoding": coding}):
        try:
            return bodies.data(limit)
        except HTTPException as error:
            return error.code or 0


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_packed_body_is_unpacked_up_to_the_limit_and_whole_or_not_at_all(app: Flask, coding: str) -> None:
    packed = PACK[coding](TEXT)
    assert received(app, packed, coding, 100) == TEXT
    assert received(app, packed, coding, len(TEXT) - 1) == 413
    assert received(app, PACK[coding](b"#" * 10**8), coding, 10**6) == 413
    for broken in (packed[:-3], packed + b"x", b"", TEXT):
        assert received(app, broken, coding, 100) == 400


def test_the_pages_own_files_are_packed_and_asked_for_once(client: FlaskClient) -> None:
    packed = client.get("/static/site.css", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/static/site.css", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data == (STATIC / "site.css").read_bytes()
    assert packed.content_length == len(packed.data) < len(plain.data) / 2
    assert "Accept-Encoding" in packed.vary
    tag, weak = packed.get_etag()
    assert weak
    with client.get("/static/site.css", headers={"Accept-Encoding": "gzip", "If-None-Match": f'W/"{tag}"'}) as again:
        assert (again.status_code, again.data) == (304, b"")
    with client.get("/static/site.css", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"}) as part:
        assert (part.status_code, part.data) == (206, plain.data[:10])
