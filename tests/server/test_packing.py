"""Answers packed with gzip: whole, as a stream, and not at all."""

import gzip
import zlib

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

LONG = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 500"


def ask(client: FlaskClient, encoding: str, query: str = LONG, method: str = "GET"):
    headers = {"Accept-Encoding": encoding, "Accept": "text/csv"}
    return client.open("/sparql", method=method, query_string={"query": query}, headers=headers)


def test_a_whole_answer_is_packed_for_whoever_takes_it(client: FlaskClient) -> None:
    packed, plain = ask(client, "br, gzip;q=0.5"), ask(client, "identity")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.content_length == len(packed.data) < len(plain.data)
    assert "Content-Encoding" not in plain.headers
    for response in (packed, plain):
        assert {"Accept", "Accept-Encoding"} <= set(response.vary)
        assert response.headers["Armsclaims-Truncated"] == "no"


@pytest.mark.parametrize(
    ("encoding", "query", "method"), [("gzip;q=0", LONG, "GET"), ("gzip", "ASK {}", "GET"), ("gzip", LONG, "HEAD")]
)
def test_short_answers_heads_and_the_unwilling_get_none(
    client: FlaskClient, encoding: str, query: str, method: str
) -> None:
    assert "Content-Encoding" not in ask(client, encoding, query, method).headers


def test_files_keep_their_ranges_and_tags(client: FlaskClient) -> None:
    dump = client.get("/dumps/dataset.nt", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"})
    assert (dump.status_code, len(dump.data)) == (206, 10)
    assert "Content-Encoding" not in dump.headers
    dump.close()


def test_a_stream_is_packed_chunk_by_chunk_and_breaks_where_it_breaks(app: Flask) -> None:
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

    response = app.test_client().get("/broken", headers={"Accept-Encoding": "gzip"}, buffered=False)
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Content-Length" not in response.headers
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    received = b""
    chunks = response.iter_encoded()
    for _ in range(2):
        received += unpacker.decompress(next(chunks))
    with pytest.raises(RuntimeError, match="cut"):
        next(chunks)
    assert received == b"one " * 1000 + b"two "
    assert not unpacker.eof
    response.close()
    assert closed
