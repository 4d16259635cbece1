"""The log: a line for each request with its identifier, nothing secret, and no line of a stranger's making."""

import hashlib
import io
import json
import logging
import os
import re
import shutil
import threading
from urllib.parse import quote, urlencode

import pytest
from processes import Server, wait

from server.access_log import HEADER
from server.app import create_app
from server.logs import FIELDS, MOST_LINES, JsonLines, PlainLines, Unblocking
from server.settings import Settings
from server.store import tokens
from server.store.engine import CutShort

QUERY = "SELECT ?hidden WHERE { ?hidden ?p 'Geheimnis' }"
PRODUCT = "SELECT ?a ?b ?c ?d WHERE { ?a a ?b . ?c a ?d }"
SECRETS = ("tok-in-header", "tok-in-query", "tok-in-form", "tok-in-body", "tok-in-cookie", "Geheimnis", "pw-in-basic")


@pytest.fixture(scope="module")
def server(root, flares):
    running = Server(root, flares, workers="1", log_format="json", log_level="DEBUG", trusted_proxies="127.0.0.1/32")
    yield running
    running.stop()


def lines(server: Server) -> list[dict[str, object]]:
    return [json.loads(line) for line in server.log().splitlines()]


def line_of(server: Server, identifier: str) -> dict[str, object]:
    def found() -> list[dict[str, object]]:
        return [line for line in lines(server) if line.get("request_id") == identifier and "status" in line]

    assert wait(found), server.log()
    (line,) = found()
    return line


def test_every_request_has_a_line_with_all_that_is_of_use(server):
    response, body = server.ask(
        "/sparql?" + urlencode({"query": QUERY, "format": "csv"}), X_Forwarded_For="203.0.113.7"
    )
    line = line_of(server, response.getheader(HEADER))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(line.pop("time")))
    assert 0 < line.pop("milliseconds") < 60_000
    assert line == {
        "level": "INFO",
        "logger": "server.access_log",
        "message": "request",
        "request_id": response.getheader(HEADER),
        "method": "GET",
        "path": "/sparql",
        "status": 200,
        "bytes": len(body),
        "client": "203.0.113.7",
        "query": hashlib.sha256(QUERY.encode()).hexdigest()[:16],
        "release": response.getheader("Armsclaims-Release"),
    }


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere", 404), ("/static/site.css", 200), ("/health", 200), ("/sparql?query=x", 400)]
)
def test_errors_files_and_pages_have_their_line_too(server, path, status):
    response, body = server.ask(path)
    line = line_of(server, response.getheader(HEADER))
    assert (line["path"], line["status"], line["bytes"]) == (path.partition("?")[0], status, len(body))
    assert "broken" not in line


def test_a_long_path_is_cut(server):
    response, _ = server.ask("/" + "x" * 5000)
    assert line_of(server, response.getheader(HEADER))["path"] == "/" + "x" * 499 + "…"


def test_an_identifier_of_the_proxy_is_kept_where_it_is_well_formed(server, client):
    assert server.ask("/health", X_Request_ID="from-the-proxy-1")[0].getheader(HEADER) == "from-the-proxy-1"
    for bad in ("short", "x" * 200, "with space", 'quote"quote"', "new\tline-line"):
        assert server.ask("/health", X_Request_ID=bad)[0].getheader(HEADER) != bad
    stranger = client.get("/health", headers={"X-Request-ID": "from-a-stranger"})
    assert re.fullmatch("[0-9a-f]{16}", stranger.headers[HEADER])


def test_no_secret_is_in_the_log(server, flares):
    form = urlencode(
        {"update": "INSERT DATA { <http://e/a> <http://e/b> 'tok-in-form' }", "token": "tok-in-form"}
    ).encode()
    asked = [
        server.ask(
            "/sparql?" + urlencode({"query": QUERY, "token": "tok-in-query"}), Authorization="Bearer tok-in-header"
        ),
        server.ask("/sparql?query=" + quote("SELECT 'Geheimnis"), Cookie="session=tok-in-cookie"),
        server.ask(
            "/sparql",
            "POST",
            form,
            Content_Type="application/x-www-form-urlencoded",
            Authorization="Bearer tok-in-header",
        ),
        server.ask(
            "/graphs?graph=http://e/g",
            "PUT",
            b"<tok-in-body",
            Content_Type="text/turtle",
            Authorization="Basic pw-in-basic",
        ),
        server.ask(
            "/search?" + urlencode({"q": "Geheimnis"}), Referer="http://e/?tok-in-query", User_Agent="tok-in-header"
        ),
        server.ask("/health", X_Forwarded_Proto="tok-in-header"),
        server.ask("/queries/Geheimlos?" + urlencode({"x": "tok-in-query"})),
    ]
    for response, _ in asked:
        if response.getheader(HEADER):
            line_of(server, response.getheader(HEADER))
    assert wait(lambda: "the header X-Forwarded-Proto is malformed" in server.log())
    assert [secret for secret in SECRETS if secret in server.log()] == []


def test_a_token_is_in_no_log_when_it_is_used_and_when_it_fails(root, flares, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(flares, data, symlinks=True)
    token = tokens.add(data, "tester")
    server = Server(root, data, workers="1", log_level="DEBUG")
    try:
        for given in (token, token + "x"):
            response, _ = server.ask(
                "/sparql", "POST", b"INSERT DATA { <http://e/a> <http://e/b> 1 }",
                Authorization=f"Bearer {given}", Content_Type="application/sparql-update",
            )  # fmt: skip
            assert response.status in (204, 401, 403)
            identifier = response.getheader(HEADER)
            assert wait(lambda identifier=identifier: identifier in server.log())
        assert token not in server.log()
        assert "INSERT" not in server.log()
    finally:
        server.stop()


def test_a_defect_shows_the_identifier_under_which_the_log_has_the_rest(flares, engine):
    app = create_app(Settings(data=flares), engine)

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("what is inside")

    written, level = _collecting()
    try:
        response = app.test_client().get("/broken")
        page = app.test_client().get("/broken", headers={"Accept": "text/html"})
        response.close()
        page.close()
    finally:
        _collected(written, level)
    assert response.json["id"] == response.headers[HEADER]
    assert "what is inside" not in response.text + page.text
    assert page.headers[HEADER] in page.text
    lines = [json.loads(line) for line in written.stream.getvalue().splitlines()]
    defect, request = (line for line in lines if line.get("request_id") == response.headers[HEADER])
    assert (defect["level"], defect["logger"], request["status"]) == ("ERROR", "server.errors", 500)
    assert "RuntimeError: what is inside" in defect["exception"]


def test_a_broken_stream_says_so(flares, engine):
    app = create_app(Settings(data=flares, max_rows=60_000), engine)
    written, level = _collecting()
    try:
        response = app.test_client().get("/sparql", query_string={"query": PRODUCT, "format": "csv"})
        with pytest.raises(CutShort):
            response.get_data()
        response.close()
    finally:
        _collected(written, level)
    (line,) = (json.loads(line) for line in written.stream.getvalue().splitlines())
    assert (line["status"], line["broken"]) == (200, "CutShort")
    assert line["bytes"] > 1_000_000


def _collecting():
    handler, root = Unblocking(io.StringIO()), logging.getLogger()
    handler.setFormatter(JsonLines())
    level = root.level
    root.setLevel("INFO")
    root.addHandler(handler)
    return handler, level


def _collected(handler: Unblocking, level: int) -> None:
    handler.flush()
    logging.getLogger().removeHandler(handler)
    logging.getLogger().setLevel(level)


def record(message: str, *args: object, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("server.test", logging.WARNING, __file__, 1, message, args, None)
    setattr(made, FIELDS, fields)
    return made


def test_nobody_can_forge_a_line():
    forged = record("path %s", "/a\n2026-01-01 INFO forged", path="/b\r\nforged\x1b[31m\u2028")
    plain = PlainLines().format(forged)
    assert len(plain.splitlines()) == 1
    assert "\x1b" not in plain
    assert "/a\\n2026-01-01 INFO forged" in plain
    assert len(JsonLines().format(forged).splitlines()) == 1
    assert json.loads(JsonLines().format(forged))["path"] == "/b\r\nforged\x1b[31m\u2028"


def test_a_log_that_nobody_reads_stops_nobody_and_says_what_it_dropped():
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream, os.fdopen(reader) as end:
        handler = Unblocking(stream)
        handler.setFormatter(PlainLines())
        for number in range(4 * MOST_LINES):
            handler.emit(record("line %d of a log that is long enough to fill the pipe", number))
        assert handler.dropped > 0
        read: list[str] = []
        reading = threading.Thread(target=lambda: read.extend(iter(end.readline, "")))
        reading.start()
        handler.flush()
        assert wait(lambda: any("lines dropped" in line for line in read))
        stream.close()
        reading.join(10)
    assert "line 0 of a log" in read[0]
