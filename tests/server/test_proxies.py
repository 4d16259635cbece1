"""Behind a proxy, under a prefix: every link leads on through the proxy; forwarded headers of others are ignored."""

import contextlib
import http.client
import re
import threading
from collections import Counter
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from flask import Flask, request
from processes import Server

from server.app import create_app
from server.proxies import Networks, Proxied
from server.settings import BadSetting, Settings, read

PREFIX = "/claims"
PUBLIC = "https://armory.example"
MOST_OF_A_KIND = 3
LEAST_PAGES = 25
ONTO = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "armory.example", "X-Forwarded-Proto": "https"}


class Links(HTMLParser):
    """Where a page leads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if value and (name in ("href", "src", "action") or (name.startswith("data-") and value.startswith("/"))):
                self.found.append(value)


class Proxy(ThreadingHTTPServer):
    """A proxy that forwards what is under the prefix, as nginx does: it strips the prefix and says so."""

    daemon_threads = True
    backend = 0


class Forward(BaseHTTPRequestHandler):
    server: Proxy

    def do_GET(self) -> None:
        if not self.path.startswith(PREFIX + "/"):
            self.send_error(404, "not under the prefix")
            return
        backend = http.client.HTTPConnection("127.0.0.1", self.server.backend, timeout=60)
        headers = {"Host": f"127.0.0.1:{self.server.backend}", "X-Forwarded-Prefix": PREFIX, **ONTO}
        with contextlib.closing(backend):
            backend.request(
                "GET", self.path.removeprefix(PREFIX), headers={"Accept": self.headers["Accept"], **headers}
            )
            response = backend.getresponse()
            body = response.read()
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def proxy(root, flares):
    server = Server(
        root,
        flares,
        workers="2",
        trusted_proxies="127.0.0.1/32",
        proxy_headers="for host proto prefix",
        log_level="WARNING",
    )
    with Proxy(("127.0.0.1", 0), Forward) as front:
        front.backend = server.port
        thread = threading.Thread(target=front.serve_forever)
        thread.start()
        yield front
        front.shutdown()
        thread.join(10)
    server.stop()


def get(proxy: Proxy, path: str, accept: str = "text/html, */*;q=0.1"):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.server_port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Accept": accept})
        response = connection.getresponse()
        return response, response.read().decode("utf-8", "replace")


def test_every_link_leads_on_through_the_proxy(proxy):
    start = f"{PUBLIC}{PREFIX}/"
    waiting, seen, kinds, wrong = [start], {start}, Counter(), []
    while waiting:
        address = waiting.pop()
        response, body = get(proxy, address.removeprefix(PUBLIC))
        if response.status >= 400:
            wrong.append(f"{response.status} {address}")
            continue
        if f"127.0.0.1:{proxy.backend}" in body + str(response.headers):
            wrong.append(f"{address} names the address behind the proxy")
        found = Links(body).found if response.headers.get_content_type() == "text/html" else []
        found += re.findall(r'href="([^"]+)"', body) if "xml" in response.headers.get_content_type() else []
        found += re.findall("<([^>]+)>", response.getheader("Link", ""))
        found += [response.getheader("Location")] if response.getheader("Location") else []
        for link in found:
            target = urldefrag(urljoin(address, link.replace("&amp;", "&"))).url
            if not target.startswith(PUBLIC):
                if urlsplit(target).hostname in ("127.0.0.1", "localhost"):
                    wrong.append(f"{address} → {link}")
                continue
            if not target.startswith(PUBLIC + PREFIX + "/"):
                wrong.append(f"{address} → {link}")
            elif target not in seen:
                parts = urlsplit(target)
                kind = (parts.path.split("/")[2], re.sub(r"=[^&]*", "", parts.query), parts.path.rpartition(".")[2][:6])
                if kinds[kind] < MOST_OF_A_KIND:
                    kinds[kind] += 1
                    seen.add(target)
                    waiting.append(target)
    assert wrong == []
    assert len(seen) > LEAST_PAGES, seen


def test_redirects_feeds_and_descriptions_are_under_the_prefix(proxy):
    response, _ = get(proxy, "/claims/id/state/norway", "text/turtle")
    assert (response.status, response.getheader("Location")) == (303, "/claims/data/state/norway.ttl")
    response, body = get(proxy, "/claims/sparql", "text/turtle")
    assert "<https://armory.example/claims/sparql>" in body
    response, body = get(proxy, "/claims/feeds/state/norway/to/state/iceland", "*/*")
    assert 'href="https://armory.example/claims/disputes/state/norway/to/state/iceland"' in body
    assert "<id>https://w3id.org/armsclaims/disputes/state/norway/to/state/iceland</id>" in body
    response, body = get(proxy, "/claims/nowhere", "application/json")
    assert (response.status, '"instance": "/claims/nowhere"' in body) == (404, True)


@pytest.fixture
def told():
    """An app that tells what it takes a request for, by what the proxies are."""

    def asking(peer: str, headers: dict[str, str], **settings: object):
        app = Flask("told")

        @app.get("/<path:path>")
        def tell(path: str) -> list[str | None]:
            return [request.remote_addr, request.url]

        app.wsgi_app = Proxied(app.wsgi_app, Settings(**settings))  # type: ignore[method-assign,arg-type]
        return app.test_client().get("/x/y", headers=headers, environ_base={"REMOTE_ADDR": peer})

    return asking


PROXY = {"trusted_proxies": ("10.0.0.0/8",)}
EVERY = {
    **ONTO,
    "X-Forwarded-Prefix": "/claims",
    "X-Forwarded-Port": "8443",
    "Forwarded": "for=198.51.100.1;host=b.example",
}


@pytest.mark.parametrize(
    ("peer", "settings"),
    [("203.0.113.9", {}), ("127.0.0.1", {}), ("203.0.113.9", PROXY), ("127.0.0.1", PROXY)],
)
def test_forwarded_headers_of_others_are_ignored(told, peer, settings):
    assert told(peer, EVERY, **settings).json == [peer, "http://localhost/x/y"]


@pytest.mark.parametrize(
    ("headers", "settings", "expected"),
    [
        (EVERY, {}, ["203.0.113.7", "https://armory.example/x/y"]),
        (EVERY, {"proxy_headers": ("for", "prefix")}, ["203.0.113.7", "http://localhost/claims/x/y"]),
        (EVERY, {"proxy_headers": ("forwarded",)}, ["198.51.100.1", "http://b.example/x/y"]),
        ({"X-Forwarded-For": "198.51.100.66, 203.0.113.7"}, {}, ["203.0.113.7", "http://localhost/x/y"]),
        (
            {"X-Forwarded-For": "6.6.6.6, 203.0.113.7, 10.0.0.2"},
            {"proxy_hops": 2},
            ["203.0.113.7", "http://localhost/x/y"],
        ),
        ({"X-Forwarded-For": "2001:db8::1"}, {}, ["2001:db8::1", "http://localhost/x/y"]),
        ({}, {}, ["10.1.2.3", "http://localhost/x/y"]),
    ],
)
def test_a_trusted_proxy_is_believed_as_far_as_the_settings_say(told, headers, settings, expected):
    assert told("10.1.2.3", headers, **PROXY, **settings).json == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Forwarded-Prefix", "//evil.example"),
        ("X-Forwarded-Prefix", "/a\"onmouseover='x'"),
        ("X-Forwarded-Prefix", "claims"),
        ("X-Forwarded-Prefix", "/a/.."),
        ("X-Forwarded-Prefix", "/a/../b c"),
        ("X-Forwarded-Host", "evil.example/path"),
        ("X-Forwarded-Host", "user@evil.example"),
        ("X-Forwarded-Host", "<script>"),
        ("X-Forwarded-Proto", "javascript"),
        ("X-Forwarded-For", "not-an-address"),
    ],
)
def test_what_no_proxy_would_say_is_refused(told, name, value):
    answer = told("10.1.2.3", {**ONTO, name: value}, **PROXY, proxy_headers=("for", "host", "proto", "prefix"))
    assert answer.status_code == 400
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "host",
    ["a b", '"><script>', "x> <http://p", "evil.example:99999999", "user@evil", "a/b", "[::1", "[]", "..", "a\\b",
     "a:80:80", "x" * 64, "a." * 150 + "b", "-a", "evil.example, good.example", "\xff"],
)  # fmt: skip
def test_what_is_no_host_is_refused_before_anything_is_made_of_it(client, host):
    for path in ("/", "/sparql", "/id/state/norway", "/openapi.json", "/health"):
        answer = client.get(path, headers={"Host": host, "Accept": "text/turtle, */*;q=0.1"})
        assert (answer.status_code, answer.content_type) == (400, "application/problem+json"), path
        assert host not in answer.text


@pytest.mark.parametrize(
    "host", ["example.org", "example.org:8443", "10.1.2.3", "[::1]:80", "a_b.example.", "localhost:"]
)
def test_hosts_are_let_through(client, host):
    assert client.get("/health/live", headers={"Host": host}).status_code == 200


def test_an_address_is_found_in_its_networks():
    networks = Networks(["127.0.0.0/8", "2001:db8::/32"])
    assert [a in networks for a in ("127.0.0.1", "::ffff:127.0.0.1", "2001:db8::7", "128.0.0.1", "::1", "x", None)] == [
        True, True, True, False, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("trusted_proxies", "proxy.example", "addresses or networks such as 10.0.0.0/8"),
        ("proxy_headers", "for, cookie", "some of for, host, port, proto, prefix, forwarded"),
        ("proxy_headers", "for, forwarded", "either forwarded or some of"),
    ],
)
def test_settings_that_would_trust_too_much_are_refused(name, value, message):
    with pytest.raises(BadSetting, match=message):
        read({}, **{name: value})


def test_the_budget_is_that_of_the_client_behind_the_proxy(flares, engine):
    app = create_app(Settings(data=flares, client_errors=2, trusted_proxies=("127.0.0.1/32",)), engine)
    client = app.test_client()

    def ask(address: str) -> int:
        response = client.get("/sparql?query=x", headers={"X-Forwarded-For": address})
        response.close()
        return response.status_code

    assert [ask("203.0.113.7") for _ in range(3)] == [400, 400, 429]
    assert ask("203.0.113.8") == 400
