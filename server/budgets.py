"""What one client may use: seconds of answering and errors, each refilled over a minute."""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from flask import Flask, Response, g, request
from werkzeug.exceptions import TooManyRequests

from server.settings import Settings

KEY = "armsclaims.budgets"  # among the extensions of the app
BEGAN = "armsclaims.began"  # in the environ: when the work for a request began, if that was before the app had it
MINUTE = 60.0
MOST_CLIENTS = 10_000  # those seen longest ago are forgotten; theirs are full again by then
IPV6_NETWORK = 64  # bits that one customer has
COSTLY = ("sparql", "graphs", "saved_queries", "releases")  # blueprints whose answers are worked out for one client


@dataclass
class Account:
    """What a client has left, and when that was worked out."""

    seconds: float
    errors: float
    when: float


class Budgets:
    """The accounts of all clients; safe for threads. A limit of 0 is none."""

    def __init__(self, seconds: float, errors: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`seconds` and `errors` are for a minute; an account is never fuller than that."""
        self.seconds = seconds
        self.errors = errors
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: OrderedDict[str, Account] = OrderedDict()

    def spend(self, client: str, seconds: float, errors: int) -> None:
        """Take from a client's account, below zero if need be."""
        with self._lock:
            account = self._account(client)
            account.seconds -= seconds
            account.errors -= errors

    def wait(self, client: str) -> tuple[str, float] | None:
        """Return which limit a client is over and the seconds until it may ask again; None if it may now."""
        with self._lock:
            account = self._account(client)
        if self.seconds and account.seconds <= 0:
            return f"{self.seconds:g} seconds of answering", -account.seconds * MINUTE / self.seconds
        if self.errors and account.errors < 1:
            return f"{self.errors:g} errors", (1 - account.errors) * MINUTE / self.errors
        return None

    def _account(self, client: str) -> Account:
        now = self._clock()
        account = self._accounts.pop(client, None) or Account(self.seconds, self.errors, now)
        share = (now - account.when) / MINUTE
        account.seconds = min(self.seconds, account.seconds + share * self.seconds)
        account.errors = min(self.errors, account.errors + share * self.errors)
        account.when = now
        self._accounts[client] = account
        if len(self._accounts) > MOST_CLIENTS:
            self._accounts.popitem(last=False)
        return account


@lru_cache(MOST_CLIENTS)
def client_of(address: str | None) -> str | None:
    """Return whose account an address draws on: its own, or its network's in IPv6; None for this machine.

    Requests from this machine are its keeper's, or a proxy's for everybody, so that they have no account.
    """
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return None
    if ip.version == 4:
        return str(ip)
    return str(ipaddress.ip_network((ip, IPV6_NETWORK), strict=False))


def share_of(address: str | None) -> str:
    """Return by whom an address waits for a place among the others: its account, or itself where it has none."""
    return client_of(address) or address or ""


def of(app: Flask) -> Budgets:
    """Return the budgets of an app."""
    found: Budgets = app.extensions[KEY]
    return found


def init_app(app: Flask, settings: Settings) -> None:
    """Let the app keep accounts, and answer 429 to a client that is over."""
    budgets = Budgets(settings.client_seconds, settings.client_errors)

    def check() -> None:
        client = client_of(request.remote_addr)
        if client is None or request.blueprint not in COSTLY:
            return
        over = budgets.wait(client)
        if over is not None:
            limit, seconds = over
            raise TooManyRequests(
                f"Your address has used up its {limit} for a minute. Ask again in {int(seconds) + 1} seconds, and for "
                "less; who needs more takes a dump from /dumps/.",
                retry_after=int(seconds) + 1,
            )
        g.account = client, request.environ.get(BEGAN) or time.monotonic()

    def charge(response: Response) -> Response:
        account = g.pop("account", None)
        if account is not None:
            client, began = account
            wrong = response.status_code >= 400
            response.call_on_close(lambda: budgets.spend(client, time.monotonic() - began, int(wrong)))
        return response

    app.extensions[KEY] = budgets
    app.before_request(check)
    app.after_request(charge)
