"""Where candidates are asked for: a SPARQL endpoint, politely, or a dump on this machine."""

import hashlib
import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Store

import armsclaims
from ontology.terms import SHIPPED_BASE

Bindings = list[dict[str, dict[str, str]]]  # as the SPARQL JSON results format has them

USER_AGENT = f"armsclaims/{armsclaims.__version__} ({SHIPPED_BASE}; proposes links)"
TRIES = 5
AGAIN = (429, 500, 502, 503, 504)
LONGEST_WAIT = 300.0  # seconds between two tries
SECONDS = 90.0  # to wait for an answer
LARGEST = 64 * 1024 * 1024  # bytes of an answer


class NoCandidates(Exception):
    """Nothing could be asked; the text says what to do."""


class Source(Protocol):
    """Something that answers SELECT queries."""

    def select(self, query: str) -> Bindings:
        """Return the solutions of a query."""
        ...


class Endpoint:
    """A SPARQL endpoint by its address: one request at a time, not too often, and each question only once."""

    def __init__(
        self,
        address: str,
        cache: Path | None = None,
        *,
        offline: bool = False,
        interval: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Ask `address`, an http or https IRI.

        :param cache: the folder of answers that are known already; by default that of the user.
        :param offline: answer from the cache only.
        :param interval: seconds from one request to the next, at least.
        """
        if not address.startswith(("http://", "https://")):
            raise NoCandidates(f"{address!r} is no address of an endpoint: write http://… or https://…")
        self.address = address
        self.cache = cache or default_cache()
        self.offline = offline
        self.interval = interval
        self._sleep = sleep
        self._next = 0.0

    def select(self, query: str) -> Bindings:
        """Return the solutions, from the cache where the same was asked before.

        :raises NoCandidates: when the endpoint refuses, or still fails after some tries.
        """
        digest = hashlib.sha256(self.address.encode() + b"\0" + query.encode()).hexdigest()
        path = self.cache / f"{digest}.json"
        if path.exists():
            return _bindings(json.loads(path.read_text("utf-8")), self.address)
        if self.offline:
            raise NoCandidates(
                f"{self.cache} has no answer of {self.address} to this: leave out --offline once to ask for it"
            )
        answer = self._ask(query)
        found = _bindings(answer, self.address)
        self.cache.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(f".{os.getpid()}")
        aside.write_text(json.dumps(answer), "utf-8")
        aside.replace(path)
        return found

    def _ask(self, query: str) -> Any:
        headers = {"Accept": "application/sparql-results+json", "User-Agent": USER_AGENT}
        request = Request(self.address, urlencode({"query": query}).encode(), headers)  # noqa: S310 - http or https
        for attempt in range(1, TRIES + 1):
            self._sleep(max(0.0, self._next - time.monotonic()))
            self._next = time.monotonic() + self.interval
            try:
                with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                    body = answer.read(LARGEST + 1)
                if len(body) > LARGEST:
                    raise NoCandidates(f"{self.address} sent more than {LARGEST >> 20} MiB: ask for fewer at a time")
                return json.loads(body)
            except HTTPError as error:
                told = f"{error.code} {error.reason}"
                if error.code not in AGAIN or attempt == TRIES:
                    raise NoCandidates(f"{self.address} answered {told} to try {attempt}") from error
                self._sleep(_wait(error.headers.get("Retry-After"), attempt))
            except (URLError, TimeoutError, ConnectionError) as error:
                if attempt == TRIES:
                    raise NoCandidates(f"{self.address} did not answer in {TRIES} tries: {error}") from error
                self._sleep(_wait(None, attempt))
            except json.JSONDecodeError as error:
                raise NoCandidates(f"{self.address} did not answer in the SPARQL JSON results format") from error
        raise AssertionError("the last try returns or raises")


class Dump:
    """An RDF file on this machine, such as an excerpt of Wikidata."""

    def __init__(self, path: Path) -> None:
        """Read a file whose ending tells its format (.nt, .ttl, .nq, .rdf …).

        :raises NoCandidates: when it cannot be read.
        """
        form = RdfFormat.from_extension(path.suffix.removeprefix("."))
        if form is None:
            raise NoCandidates(f"{path}: its ending names no RDF format; use .nt, .ttl, .nq, .trig, .rdf or .jsonld")
        self._store = Store()
        try:
            self._store.bulk_load(path=str(path), format=form)
        except (OSError, SyntaxError) as error:
            raise NoCandidates(f"{path} cannot be read: {error}") from error

    def select(self, query: str) -> Bindings:
        """Return the solutions."""
        solutions = self._store.query(query, use_default_graph_as_union=True)
        assert isinstance(solutions, QuerySolutions)
        return _bindings(json.loads(solutions.serialize(format=QueryResultsFormat.JSON) or b""), "the dump")


def default_cache() -> Path:
    """Return the folder for answers: $XDG_CACHE_HOME/armsclaims/link, else ~/.cache/armsclaims/link."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "armsclaims" / "link"


def _bindings(answer: Any, who: str) -> Bindings:
    try:
        found: Bindings = answer["results"]["bindings"]
    except (TypeError, KeyError) as error:
        raise NoCandidates(f"{who} did not answer in the SPARQL JSON results format") from error
    return found


def _wait(asked: str | None, attempt: int) -> float:
    """Return the seconds that the server asks to wait, else twice as many each time, with some chance in it."""
    wait = float(asked) if asked and asked.isdecimal() else 2.0**attempt + random.random()  # noqa: S311
    return min(wait, LONGEST_WAIT)
