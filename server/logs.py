"""The log on standard error: plain lines to read, or a JSON object a line.

Never in it: the text of queries, what follows the ? of an address, headers and bodies of requests.
"""

import json
import logging
import queue
import sys
import threading
import time
from contextvars import ContextVar
from typing import Any, TextIO

from server.settings import Settings

FIELDS = "fields"  # attribute of a record: what belongs to it besides its message, by name
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)  # of what this thread answers
MOST_LINES = 10_000  # that wait to be written
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
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Unblocking(logging.Handler):
    """Writes lines from a thread of its own, so that a log nobody reads stops no request; says how many it dropped."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.stream = stream
        self.lines: queue.Queue[str] = queue.Queue(MOST_LINES)
        self.dropped = 0
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.lines.put_nowait(self.format(record))
        except queue.Full:
            self.dropped += 1
        except Exception:  # as every handler of logging does: a bad record must not end a request
            self.handleError(record)

    def flush(self) -> None:
        """Wait until every line is written, a moment at most."""
        with self.lines.all_tasks_done:
            self.lines.all_tasks_done.wait_for(lambda: not self.lines.unfinished_tasks, PATIENCE)

    def _write(self) -> None:
        while True:
            line = self.lines.get()
            dropped, self.dropped = self.dropped, 0
            if dropped:
                record = logging.LogRecord(__name__, logging.WARNING, __file__, 0, "%d lines dropped", (dropped,), None)
                line += "\n" + self.format(record)
            try:
                self.stream.write(line + "\n")
                self.stream.flush()
            except OSError:  # nobody reads it any more
                self.dropped += 1
            self.lines.task_done()
