"""Requests through proxies: what the proxies say of client, host, scheme and prefix holds, and nobody else's word."""

import ipaddress
import logging
import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from flask import Flask
from waitress.proxy_headers import proxy_headers_middleware
from waitress.utilities import BadRequest

from server.settings import FORWARDED, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

# In the environ of a request:
TRUSTED = "armsclaims.trusted_proxy"  # the trusted proxy that it came through
UNTRUSTED = "armsclaims.untrusted_proxy"  # it has forwarded headers, but not from a trusted proxy
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_HEADERS = ("HTTP_FORWARDED", *(f"HTTP_X_FORWARDED_{name.upper()}" for name in FORWARDED if name != "forwarded"))


def init_app(app: Flask, settings: Settings) -> None:
    """Let the app believe the proxies of the settings."""
    app.wsgi_app = Proxied(app.wsgi_app, settings)  # type: ignore[method-assign]


class Networks:
    """A set of addresses."""

    def __init__(self, networks: Collection[str]) -> None:
        self.networks = [ipaddress.ip_network(network) for network in networks]

    def __contains__(self, address: str | None) -> bool:
        """Return whether an address is one of them; an IPv4 address in IPv6 form counts as what it is."""
        ip = address_of(address)
        return ip is not None and any(ip in network for network in self.networks)


def address_of(text: str | None) -> "ipaddress.IPv4Address | ipaddress.IPv6Address | None":
    """Return the address that a text names; None where it names none."""
    try:
        ip = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip


class Proxied:
    """WSGI middleware: puts what trusted proxies say into the environ, and takes every other such header away."""

    def __init__(self, app: "WSGIApplication", settings: Settings) -> None:
        self.app = app
        self.proxies = Networks(settings.trusted_proxies)
        names = set(settings.proxy_headers)
        self.takes_prefix = "prefix" in names
        believed = {"forwarded" if name == "forwarded" else f"x-forwarded-{name}" for name in names - {"prefix"}}
        self.fixed = proxy_headers_middleware(
            self._checked, trusted_proxy="*", trusted_proxy_count=settings.proxy_hops, trusted_proxy_headers=believed
        )

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("REMOTE_ADDR") in self.proxies:
            environ[TRUSTED] = environ["REMOTE_ADDR"]
            answer: Iterable[bytes] = self.fixed(environ, start_response)
            return answer
        environ[UNTRUSTED] = _forget_headers(environ)
        return self.app(environ, start_response)

    def _checked(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Refuse what no proxy would say, and serve the rest under the proxy's prefix."""
        prefix: str = environ.get("HTTP_X_FORWARDED_PREFIX", "").rstrip("/") if self.takes_prefix else ""
        for name, is_good in (
            ("prefix", not prefix or _PREFIX.fullmatch(prefix)),
            ("host", _HOST.fullmatch(environ.get("HTTP_HOST", "localhost"))),
            ("client", address_of(environ.get("REMOTE_ADDR"))),
        ):
            if not is_good:
                log.warning("the proxy %s names a %s that cannot be one", environ[TRUSTED], name)
                problem = BadRequest(f"The proxy names a {name} that cannot be one.")
                refusal: Iterable[bytes] = problem.wsgi_response(environ, start_response)
                return refusal
        _forget_headers(environ)
        if prefix:
            environ["SCRIPT_NAME"] = prefix
        return self.app(environ, start_response)


def _forget_headers(environ: "WSGIEnvironment") -> bool:
    """Take the headers away; return whether there were any."""
    found = [environ.pop(name) for name in _HEADERS if name in environ]
    return bool(found)
