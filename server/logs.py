"""The log on standard error: plain lines to read, or a JSON object a line.

Never in it: the text of queries, what follows the ? of an address, headers and bodies of requests.
"""

import json
import logging
import sys
import threading
import time
from collections import deque
from contextvars import ContextVar
from typing import Any, TextIO

from server.settings import Settings

FIELDS = "fields"  # attribute of a record: what belongs to it besides its message, by name
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)  # of what this thread answers
MOST_LINES = 10_000  # that wait to be written
GATHERING = 0.02  # seconds between two writes
PATIENCE = 2.0  # seconds to write what is left at the end


def configure(settings: Settings) -> None:
    """Let every logger of this process write to standard error as the settings say."""
    handler = Unblocking(sys.stderr)
    handler.setFormatter(JsonLines() if settings.log_format == "json" else PlainLines())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)


class PlainLines(logging.Formatter):
    """Lines for people: time, level, message and fields; what came from outside starts no line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={_one_line(str(value))}" for name, value in fields_of(record).items())
        line = f"{_time(record)} {record.levelname} {_one_line(record.getMessage())} {fields}".rstrip()
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        return line + "".join(f"\n  {_one_line(part)}" for part in trace.splitlines())


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **fields_of(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return the fields of a record; within a request its identifier is one."""
    fields: dict[str, Any] = getattr(record, FIELDS, {})
    identifier = request_id.get()
    return {"request_id": identifier, **fields} if identifier else fields


def _time(record: logging.LogRecord) -> str:
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{moment}.{int(record.msecs):03}Z"


def _one_line(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Unblocking(logging.Handler):
    """Writes lines from a thread of its own, so that a log nobody reads stops no request; says how many it dropped."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.stream = stream
        self.lines: deque[str] = deque()
        self.dropped = 0
        self._awake = threading.Event()
        self._writing = False
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        if len(self.lines) >= MOST_LINES:
            self.dropped += 1
            return
        try:
            self.lines.append(self.format(record))
        except Exception:  # as every handler of logging does: a bad record must not end a request
            self.handleError(record)
        if not self._awake.is_set():
            self._awake.set()

    def flush(self) -> None:
        """Wait until every line is written, a moment at most."""
        end = time.monotonic() + PATIENCE
        while (self.lines or self._writing) and time.monotonic() < end:
            time.sleep(GATHERING / 2)

    def _write(self) -> None:
        while True:
            self._awake.wait()
            time.sleep(GATHERING)  # to wake once for many lines
            self._awake.clear()
            self._writing = True
            batch = [self.lines.popleft() for _ in range(len(self.lines))]
            dropped, self.dropped = self.dropped, 0
            if dropped:
                record = logging.LogRecord(__name__, logging.WARNING, __file__, 0, "%d lines dropped", (dropped,), None)
                batch.append(self.format(record))
            try:
                self.stream.write("".join(f"{line}\n" for line in batch))
                self.stream.flush()
            except OSError:  # nobody reads it any more
                self.dropped += len(batch)
            self._writing = False
