"""Requests to ask of a kind that was answered before are answered past the framework, which takes longer than a lookup.

What the app makes of a request, such as the formats it chooses and the headers of the answer, depends on the request
alone, but for the query's text. So it is learned from the app's first answer to a request of that kind, whose key is
everything in the request but that text. What does not depend on it is asked anew each time: the engine (or its cache of
results, which goes by the state of the release), the client's budget, the identifier, the log and the metrics. Whatever
is not an ordinary whole answer is left to the app, together with what the engine has said already.
"""

import io
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from flask import Flask

from server import access_log, asking, budgets, logs, metrics
from server.asking import Asked, Lesson
from server.conditions import tag_of
from server.packing import CODINGS, COMPLETE, LEAST
from server.site import KEY
from server.store.engine import Answer, Query
from server.store.pooled import PooledEngine
from server.store.results import changes, whole

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NAME = "armsclaims.shortcut"  # among the extensions of the app
AHEAD = "armsclaims.ahead"  # in the environ: what was found out before the request had its turn
MOST_KINDS = 1000
LONGEST_KEY = 4096  # characters of what a kind is known by
LONGEST_BODY = 16 * 1024  # bytes of a query that is looked at here
MOST_FIELDS = 20
AT_ONCE = 64 * 1024  # bytes of an answer that is sent without a thread of its own
SPARQL, QUERIES = "/sparql", "/queries/"
FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
OTHER_REQUESTS = {"update", "release", "example"}  # fields of what is not just a query of the current release
_IF = ("IF_NONE_MATCH", "IF_MATCH", "IF_MODIFIED_SINCE", "IF_UNMODIFIED_SINCE", "IF_RANGE", "RANGE")
APPS = frozenset(f"HTTP_{name}" for name in (*_IF, "AUTHORIZATION", "CONTENT_ENCODING", "TRANSFER_ENCODING"))
UNREAD = frozenset(f"HTTP_{name}" for name in ("USER_AGENT", "CONNECTION", "X_REQUEST_ID", "REFERER", "COOKIE"))
OWN = frozenset({"content-length", "etag", access_log.RELEASE.lower(), access_log.HEADER.lower()})  # of each answer


@dataclass(frozen=True)
class _Template:
    """The headers of an answer, but for those that each answer has of its own."""

    status: str
    headers: list[tuple[str, str]]
    room: str
    tagged: bool
    coding: str | None


@dataclass(frozen=True)
class _Kind:
    """What requests of a kind have in common; its templates by the answer's form and whether it is worth packing."""

    lesson: Lesson
    templates: dict[tuple[str, bool], _Template] = field(default_factory=dict)


@dataclass(frozen=True)
class _Ahead:
    """A request of a kind that is known: its query, and the answer where it was looked up already."""

    key: Hashable
    kind: _Kind
    query: Query
    answer: Answer | None = None
    began: float | None = None  # when it was looked up


def init_app(app: Flask) -> None:
    """Put the shortcut in front of the app; the log, the metrics and the proxies come in front of both."""
    app.extensions[NAME] = app.wsgi_app = Shortcut(app, app.wsgi_app)  # type: ignore[method-assign]


def of(app: Flask) -> "Shortcut":
    """Return the shortcut of an app."""
    found: Shortcut = app.extensions[NAME]
    return found


class Shortcut:
    """WSGI middleware; safe for threads."""

    def __init__(self, app: Flask, behind: "WSGIApplication") -> None:
        self._behind = behind
        self._engine = app.extensions[KEY].engine
        self._longest = min(LONGEST_BODY, app.extensions[KEY].settings.max_query_length)
        self._metrics = metrics.of(app)
        self._budgets = budgets.of(app)
        self._lock = threading.Lock()
        self._kinds: OrderedDict[Hashable, _Kind] = OrderedDict()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        read = None if AHEAD in environ else self._read(environ)
        ahead: _Ahead | None = environ.pop(AHEAD, None) or (self._known(*read) if read else None)
        if ahead is None:
            return self._learn(environ, start_response, read[0]) if read else self._behind(environ, start_response)
        if self._is_over(environ):
            return self._behind(environ, start_response)
        client = budgets.client_of(environ.get("REMOTE_ADDR"))
        began = environ[budgets.BEGAN] = ahead.began or time.monotonic()
        lesson, gone = ahead.kind.lesson, environ.get("waitress.client_disconnected")
        access_log.add_query(environ, ahead.query.text)
        asked = asking.ask(self._engine, self._metrics, ahead.query, lesson.media_types, gone, ahead.answer)
        answer = asked.answer
        if answer is None or not answer.complete or answer.truncated:
            return self._hand_over(environ, start_response, ahead.key, asked)
        body = b"".join(answer)
        template = ahead.kind.templates.get((answer.form, len(body) >= LEAST))
        if template is None or (template.coding and len(body) > COMPLETE):  # which is packed on its way
            asked = replace(asked, answer=whole(answer, body))
            return self._hand_over(environ, start_response, ahead.key, asked)
        body = _packed(body, template.coding)
        self._start(start_response, template, ahead, answer.release, body)
        access_log.add(environ, room=template.room, wrote=False, release=answer.release)
        if client is None:
            return [body]
        return _Charged(body, lambda: self._budgets.spend(client, time.monotonic() - began, 0))

    def look_ahead(self, environ: "WSGIEnvironment") -> bool:
        """Return whether a short answer is in the cache or a lookup's, so that the request can be answered at once.

        Never waits.
        """
        read = self._read(environ)
        ahead = self._known(*read) if read else None
        if ahead is None:
            return False
        if isinstance(self._engine, PooledEngine) and not self._is_over(environ):
            began = time.monotonic()
            answer = self._engine.at_once(ahead.query, ahead.kind.lesson.media_types, AT_ONCE)
            ahead = replace(ahead, answer=answer, began=began if answer else None)
        environ[AHEAD] = ahead
        return ahead.answer is not None

    def _is_over(self, environ: "WSGIEnvironment") -> bool:
        client = budgets.client_of(environ.get("REMOTE_ADDR"))
        return client is not None and self._budgets.wait(client) is not None

    def _start(
        self, start_response: "StartResponse", template: _Template, ahead: _Ahead, release: str, body: bytes
    ) -> None:
        headers = [
            *template.headers,
            ("Content-Length", str(len(body))),
            (access_log.RELEASE, release),
            (access_log.HEADER, logs.request_id.get() or ""),
        ]
        if template.tagged:
            headers.append(("ETag", f'W/"{tag_of(ahead.query, ahead.kind.lesson.content_types)(release)}"'))
        start_response(template.status, headers)

    def _hand_over(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", key: Hashable, asked: Asked
    ) -> Iterable[bytes]:
        """Let the app tell what came of the query."""
        environ[asking.ASKED] = asked
        try:
            return self._learn(environ, start_response, key)
        finally:
            if environ.pop(asking.ASKED, None) is not None:  # the app did not come to that
                asked.close()

    def _learn(self, environ: "WSGIEnvironment", start_response: "StartResponse", key: Hashable) -> Iterable[bytes]:
        """Let the app answer, and remember how it does."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            lesson: Lesson | None = environ.pop(asking.LEARN, None)
            if lesson is not None and status.startswith("200") and len(repr(key)) <= LONGEST_KEY:
                self._remember(key, lesson, status, headers, environ[access_log.NOTES]["room"])
            return start_response(status, headers, exc_info)

        return self._behind(environ, start)

    def _remember(self, key: Hashable, lesson: Lesson, status: str, headers: list[tuple[str, str]], room: str) -> None:
        names = {name.lower(): value for name, value in headers}
        common = [(name, value) for name, value in headers if name.lower() not in OWN]
        template = _Template(status, common, room, "etag" in names, names.get("content-encoding"))
        with self._lock:
            kind = self._kinds.pop(key, None) or _Kind(lesson)
            self._kinds[key] = kind
            kind.templates[lesson.form, lesson.size >= LEAST] = template
            if len(self._kinds) > MOST_KINDS:
                self._kinds.popitem(last=False)

    def _known(self, key: Hashable, text: str | None) -> _Ahead | None:
        kind = self._kinds.get(key)
        if kind is None:
            return None
        query = kind.lesson.query
        return _Ahead(key, kind, query if text is None else replace(query, text=text))

    def _read(self, environ: "WSGIEnvironment") -> tuple[Hashable, str | None] | None:
        """Return what kind of request this is, and the text of its query, None where the kind tells it.

        None is for requests that are the app's in any case.
        """
        method, path, asked = environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        text: str | None = None
        rest: Hashable = asked
        if not APPS.isdisjoint(environ):
            return None
        if path == SPARQL and method in ("GET", "POST"):
            found = self._fields(environ, method, asked)
            if found is None:
                return None
            text, rest = found
        elif not path.startswith(QUERIES) or method != "GET":
            return None
        headers = [item for item in environ.items() if item[0].startswith("HTTP_") and item[0] not in UNREAD]
        about = environ.get("CONTENT_TYPE"), environ.get("SCRIPT_NAME"), environ.get("wsgi.url_scheme")
        return (method, path, rest, *about, *headers), text

    def _fields(self, environ: "WSGIEnvironment", method: str, asked: str) -> tuple[str, Hashable] | None:
        """Return the text of the query and the other fields, None unless it is a query and nothing else."""
        form, direct = asked, None
        if method == "POST":
            length = environ.get("CONTENT_LENGTH", "")
            if not length.isdecimal() or int(length) > self._longest:
                return None
            body = environ["wsgi.input"].read(int(length))
            environ["wsgi.input"] = io.BytesIO(body)
            media_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
            try:
                if media_type == FORM:
                    form = "&".join(filter(None, (asked, body.decode("ascii"))))
                elif media_type == DIRECT:
                    direct = body.decode()
                else:
                    return None
            except UnicodeDecodeError:
                return None
        try:
            pairs = parse_qsl(form, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
        except ValueError:
            return None
        texts = [value for name, value in pairs if name == "query"] + ([] if direct is None else [direct])
        others = tuple(pair for pair in pairs if pair[0] != "query")
        if len(texts) != 1 or not texts[0] or len(texts[0]) > self._longest or changes(texts[0]):
            return None
        if not form.isascii() or any(name in OTHER_REQUESTS for name, _ in others):
            return None
        return texts[0], others


def _packed(body: bytes, coding: str | None) -> bytes:
    return next((known.whole(body) for known in CODINGS if known.name == coding), body)


class _Charged:
    """An answer that its client's account is charged for when it is out."""

    def __init__(self, body: bytes, charge: Callable[[], None]) -> None:
        self._body = body
        self._charge = charge

    def __iter__(self) -> Iterator[bytes]:
        yield self._body

    def close(self) -> None:
        self._charge()
