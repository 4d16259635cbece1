"""Requests through proxies: what the proxies say of client, host, scheme and prefix holds, and nobody else's word."""

import ipaddress
import json
import logging
import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response
from waitress.proxy_headers import proxy_headers_middleware

from server.settings import FORWARDED, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

# In the environ of a request:
TRUSTED = "armsclaims.trusted_proxy"  # the trusted proxy that it came through
UNTRUSTED = "armsclaims.untrusted_proxy"  # it has headers of proxies, but not from a trusted one
_PREFIX = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")
_LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?P<name>{_LABEL}(\.{_LABEL})*\.?|\[(?P<address>[0-9A-Fa-f:.]+)\])(:[0-9]{{0,5}})?")
_LONGEST_NAME = 253  # RFC 1035
_HEADERS = (
    *("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP"),
    *(f"HTTP_X_FORWARDED_{name.upper()}" for name in FORWARDED if name != "forwarded"),
)


def init_app(app: Flask, settings: Settings) -> None:
    """Let the app believe the proxies of the settings."""
    app.wsgi_app = Proxied(app.wsgi_app, settings)  # type: ignore[method-assign]


class Networks:
    """A set of addresses."""

    def __init__(self, networks: Collection[str]) -> None:
        self.networks = [ipaddress.ip_network(network) for network in networks]

    def __contains__(self, address: str | None) -> bool:
        """Return whether an address is one of them; an IPv4 address in IPv6 form counts as what it is."""
        ip = address_of(address) if self.networks else None
        return ip is not None and any(ip in network for network in self.networks)


def address_of(text: str | None) -> "ipaddress.IPv4Address | ipaddress.IPv6Address | None":
    """Return the address that a text names; None where it names none."""
    try:
        ip = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip


def is_host(text: str) -> bool:
    """Return whether a text can be the value of Host (RFC 9110, 7.2)."""
    found = _HOST.fullmatch(text)
    if found is None or len(found["name"]) > _LONGEST_NAME:
        return False
    return found["address"] is None or address_of(found["address"]) is not None


class Proxied:
    """WSGI middleware: puts what trusted proxies say into the environ, and takes every other such header away.

    A request whose Host is none gets 400, whoever sends it.
    """

    def __init__(self, app: "WSGIApplication", settings: Settings) -> None:
        self.app = app
        self.proxies = Networks(settings.trusted_proxies)
        names = set(settings.proxy_headers)
        self.takes_prefix = "prefix" in names
        believed = {"forwarded" if name == "forwarded" else f"x-forwarded-{name}" for name in names - {"prefix"}}
        self.believe = proxy_headers_middleware(
            self._check,
            trusted_proxy="*",
            trusted_proxy_count=settings.proxy_hops,
            trusted_proxy_headers=believed,
            logger=_Discreet(),
        )

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("REMOTE_ADDR") in self.proxies:
            environ[TRUSTED] = environ["REMOTE_ADDR"]
            answer: Iterable[bytes] = self.believe(environ, start_response)
            return answer
        environ[UNTRUSTED] = _forget_headers(environ)
        return self._check(environ, start_response)

    def _check(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Refuse what no client or proxy would say, and serve the rest under the proxy's prefix."""
        prefix: str = environ.get("HTTP_X_FORWARDED_PREFIX", "").rstrip("/") if self.takes_prefix else ""
        host = environ.get("HTTP_HOST", "")
        wrong = None
        if host and not is_host(host):
            wrong = "The host of the request cannot be one."
        elif not host and environ.get("SERVER_PROTOCOL") == "HTTP/1.1":
            wrong = "The request names no host (RFC 9110, 7.2)."
        elif prefix and not _PREFIX.fullmatch(prefix):
            wrong = "The prefix that the proxy names cannot be one."
        elif TRUSTED in environ and address_of(environ.get("REMOTE_ADDR")) is None:
            wrong = "The client that the proxy names is no address."
        if wrong is not None:
            return _refuse(wrong, environ, start_response)
        _forget_headers(environ)
        if prefix:
            environ["SCRIPT_NAME"] = prefix
        return self.app(environ, start_response)


class _Discreet:
    """Logs which header of a proxy is malformed, and not its value."""

    def warning(self, _text: str, *about: object) -> None:
        if about:
            log.info("refused a request: the header %s is malformed", about[0])


def _refuse(detail: str, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    log.info("refused a request of %s: %s", environ.get(TRUSTED) or environ.get("REMOTE_ADDR"), detail)
    problem = {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": detail}
    response = Response(json.dumps(problem), 400, {"X-Content-Type-Options": "nosniff"}, "application/problem+json")
    return response(environ, start_response)


def _forget_headers(environ: "WSGIEnvironment") -> bool:
    """Take the headers away; return whether there were any."""
    found = [environ.pop(name) for name in _HEADERS if name in environ]
    return bool(found)
