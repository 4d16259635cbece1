"""One worker process: it answers one query after the other over a socket, and may be killed at any moment.

It starts within some 30 ms, so it imports next to nothing; the server imports it for the framing that both ends share.
"""

import contextlib
import ctypes
import itertools
import json
import os
import re
import resource
import select
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyoxigraph as ox

from server.store import lease
from server.store.rendering import Head, Inexpressible, RowBound, check_xml, longest, renderer, results_format

Message = dict[str, Any]

QUERY, OPEN, COMMON, READY, HEADER, DATA, END = b"Q", b"O", b"C", b"R", b"H", b"D", b"E"
FRAME_HEAD = struct.Struct(">cI")
FRAME = 256 * 1024  # bytes of a stream that are written together, and looked at for its limits
FIRST = 16 * 1024  # of a stream that is known to become one
COMPLETE = 1024 * 1024  # an answer up to this size is whole before its first byte leaves
GRACE = 1.0  # seconds past the deadline after which a worker that nobody stopped ends itself


# What a SELECT query ends in that limits its rows itself, unless a comment does: what follows # in a line.
OWN_LIMIT = re.compile(r"\bLIMIT\s+(\d{1,18})(?:\s+OFFSET\s+\d+)?\s*\Z", re.IGNORECASE)


def frame(kind: bytes, body: bytes | bytearray) -> bytes:
    """Return a frame: its kind, the length of its body, and the body."""
    return FRAME_HEAD.pack(kind, len(body)) + body


def receive(read: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    """Return kind and body of the next frame; `read(n)` gives exactly n bytes or raises EOFError."""
    kind, length = FRAME_HEAD.unpack(read(FRAME_HEAD.size))
    return kind, read(length) if length else b""


def read_exactly(channel: socket.socket, count: int) -> bytes:
    """Return the next `count` bytes of a blocking socket.

    :raises EOFError: when the other end is closed before them.
    """
    parts = bytearray()
    while len(parts) < count:
        part = channel.recv(count - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


class Cut(Exception):
    """The answer reached its limit of bytes."""


class TooManyRows(Exception):
    """The answer reached its limit of rows."""


class Output:
    """A file that pyoxigraph writes an answer to: kept whole up to `COMPLETE` bytes, sent on in frames beyond."""

    def __init__(
        self,
        channel: socket.socket,
        header: Message,
        limit: int | None,
        rows: RowBound | None = None,
        has_more: Callable[[], bool] = lambda: False,
        least: int = COMPLETE,
    ) -> None:
        """`limit` is one of bytes; `has_more()` tells whether the rows are more than the limit that `rows` holds.

        From `least` bytes on the answer is a stream.
        """
        self.channel = channel
        self.rows = rows
        self.has_more = has_more
        self.header = header
        self.limit = limit
        self.size = 0
        self.pending: list[bytes] = []
        self.pending_size = 0
        self.checked = 0  # how many of the pending pieces are
        self.most_pending = least
        self.streaming = False
        self.is_xml = header["media_type"].endswith("+xml")

    def write(self, data: bytes) -> int:
        size = len(data)
        self.size += size
        if self.limit is not None and self.size > self.limit:
            self.check()
            raise Cut
        self.pending.append(data)
        self.pending_size += size
        if self.pending_size > self.most_pending:
            self.check()
            header = b"" if self.streaming else self.header_frame(complete=False)
            self.streaming, self.most_pending = True, FRAME
            self.send(header, self.taken())
        return size

    def check(self) -> None:
        """Look at what was written since the last look: at its characters, where it is XML, and at its rows."""
        if self.checked == len(self.pending):
            return
        if self.is_xml or self.rows is not None:
            data = b"".join(self.pending[self.checked :])
            if self.is_xml:
                check_xml(data)
            if self.rows is not None and self.rows.is_reached(data):
                if self.has_more():
                    raise TooManyRows
                self.rows = None
        self.checked = len(self.pending)

    def begin_again(self) -> None:
        """Forget what was written; from now on whoever writes heeds the limit of rows."""
        self.taken()
        self.size, self.rows = 0, None

    def flush(self) -> None:
        """Do nothing: `end` sends what is left."""

    def end(self, truncated_by: str | None = None) -> None:
        """Send what is left and the last frame; a complete answer goes out in one piece."""
        header = b"" if self.streaming else self.header_frame(complete=True, truncated_by=truncated_by)
        end = json.dumps({"truncated_by": truncated_by, "peak": peak_memory()}).encode()
        self.send(header, self.taken(), frame(END, end))

    def header_frame(self, *, complete: bool, truncated_by: str | None = None) -> bytes:
        header = self.header | {"complete": complete, "truncated_by": truncated_by}
        return frame(HEADER, json.dumps(header).encode())

    def taken(self) -> bytes:
        """Return what is pending, which is so no longer."""
        data = b"".join(self.pending)
        self.pending.clear()
        self.pending_size = self.checked = 0
        return data

    def send(self, header: bytes, data: bytes, end: bytes = b"") -> None:
        before = header + FRAME_HEAD.pack(DATA, len(data)) if data else header
        try:
            if len(data) < FRAME:
                self.channel.sendall(before + data + end)
            else:  # is not copied once more
                self.channel.sendall(before)
                self.channel.sendall(data)
                self.channel.sendall(end)
        except OSError:
            os._exit(0)  # nobody listens any more: the answer has no reader


def terms_from(substitutions: dict[str, str]) -> dict[ox.Variable, Any]:
    """Return variables and terms from names and N-Triples texts."""
    if not substitutions:
        return {}
    table = "\t".join(f"?{name}" for name in substitutions) + "\n" + "\t".join(substitutions.values()) + "\n"
    solutions = ox.parse_query_results(table, ox.QueryResultsFormat.TSV)
    solution = next(solutions)  # type: ignore[arg-type]  # a table of solutions is never a boolean
    return {ox.Variable(name): solution[name] for name in substitutions}


Results = ox.QuerySolutions | ox.QueryBoolean | Iterator[ox.Triple]


def evaluate(store: ox.Store | None, request: Message) -> Results:
    if store is None:
        from server.store import remote_query  # its imports cost every worker time that few need

        return remote_query.evaluate(request)
    if "prepared" in request:
        with contextlib.suppress(FileNotFoundError):  # something was forgotten, and the answer with it
            return prepared_rows(store, request["prepared"])
    dataset: Message = {}
    if request["default_graphs"] or request["named_graphs"]:  # SPARQL 1.1 Protocol 2.1.4: these and no others
        dataset["default_graph"] = [ox.NamedNode(iri) for iri in request["default_graphs"]]
        dataset["named_graphs"] = [ox.NamedNode(iri) for iri in request["named_graphs"]]
    text = request["text"]
    return store.query(
        text,
        base_iri=request["base"],
        prefixes={name: iri for name, iri in request["query_prefixes"].items() if f"{name}:" in text},
        substitutions=terms_from(request["substitutions"]) or None,
        **dataset,
    )


def prepared_rows(store: ox.Store, place: Message) -> Results:
    from server.store import prepared  # its imports cost every worker time that few need

    conditions = [prepared.Condition(**{**one, "columns": tuple(one["columns"])}) for one in place["conditions"]]
    return prepared.read(Path(place["file"]), conditions, store)


def has_more(store: ox.Store | None, request: Message) -> bool:
    """Return whether the query has more rows than its limit; they are counted without being written."""
    results = cast(Iterator[Any], evaluate(store, request))
    return next(itertools.islice(results, request["rows"], None), None) is not None


def limits_itself(text: str, rows: int) -> bool:
    """Return whether a SELECT query ends in a limit that is no higher than so many rows: they need no counting then."""
    found = OWN_LIMIT.search(text)
    return found is not None and int(found[1]) <= rows and "#" not in text[text.rfind("\n", 0, found.start()) + 1 :]


def answer(store: ox.Store | None, request: Message, channel: socket.socket) -> None:
    """Evaluate one request and send its answer."""
    results = evaluate(store, request)
    form = {ox.QueryBoolean: "boolean", ox.QuerySolutions: "solutions"}.get(type(results), "graph")
    media_type = request["media_types"][form]
    header = {"form": form, "media_type": media_type}
    most = request["rows"]
    least = FIRST if request.get("is_long") else COMPLETE
    if isinstance(results, ox.QuerySolutions) and most is not None and limits_itself(request["text"], most):
        most = None
    native = isinstance(results, ox.QuerySolutions) and (most is None or store is not None)
    if native and most is not None:  # another server is asked no second time to count
        bound = RowBound(media_type, most)
        output = Output(channel, header, request["bytes"], bound, lambda: has_more(store, request), least)
    else:
        output = Output(channel, header, request["bytes"], least=least)
    if isinstance(results, ox.QueryBoolean):
        output.limit = None
        results.serialize(cast(BinaryIO, output), results_format(media_type))
        return output.end()
    items = Head(results, most)
    render = renderer(results, media_type, request["prefixes"])
    try:
        if native and isinstance(results, ox.QuerySolutions):
            try:
                results.serialize(cast(BinaryIO, output), results_format(media_type))
                output.check()
            except TooManyRows:
                output.begin_again()
                if output.streaming:
                    return output.end("rows")
                items = Head(evaluate(store, request), most)  # type: ignore[arg-type]
                render(items, cast(BinaryIO, output))
        else:
            render(items, cast(BinaryIO, output))
        output.check()
    except Cut:
        if not output.streaming:  # too long already, but still ours to cut where it stays well-formed
            again = Head(evaluate(store, request), most)  # type: ignore[arg-type]
            output.pending = [longest(again, render, request["bytes"])]
        return output.end("bytes")
    return output.end("rows" if items.cut or request.get("cut") else None)


@cache
def own_status() -> int:
    """Return the descriptor of what the system tells of this process, kept since to open it costs most of a look."""
    return os.open("/proc/self/status", os.O_RDONLY)


def peak_memory() -> int:
    """Return the most resident memory that this process ever had, in bytes."""
    if sys.platform == "linux":  # where ru_maxrss begins with what the process had that started this one
        status = os.pread(own_status(), 4096, 0)
        return int(status.partition(b"VmHWM:")[2].split(None, 1)[0]) * 1024
    else:  # noqa: RET505 - mypy follows platforms only from branch to branch
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def limit_memory(more: int | None) -> None:
    """Let this process take `more` bytes of address space beyond what it has now (None: as much as it likes)."""
    limit = resource.RLIM_INFINITY
    if more is not None and sys.platform == "linux":  # elsewhere the system does not heed the limit
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))


def seal() -> bool:
    """Forbid this process every socket but local ones (seccomp); return whether the system could.

    pyoxigraph has no switch that turns SERVICE off and heeds no proxy settings; this holds even for a query that
    slips past the guard. The filter counters the engine's own calls, not injected code.
    """
    number = {"x86_64": 41, "aarch64": 198}.get(os.uname().machine)  # of the system call socket(2)
    if sys.platform != "linux" or number is None:
        return False
    load, jump_if_equal, give_back = 0x20, 0x15, 0x06
    refuse, allow = 0x00050000 | 13, 0x7FFF0000  # SECCOMP_RET_ERRNO with EACCES; SECCOMP_RET_ALLOW
    program = [
        (load, 0, 0, 0),  # the number of the system call
        (jump_if_equal, 0, 3, number),
        (load, 0, 0, 16),  # its first argument, the address family
        (jump_if_equal, 1, 0, socket.AF_UNIX),
        (give_back, 0, 0, refuse),
        (give_back, 0, 0, allow),
    ]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    filter = Program(len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None)
    no_new_privileges, set_seccomp, mode_filter = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(set_seccomp, mode_filter, ctypes.byref(filter), 0, 0) == 0)


def watch(channel: socket.socket) -> None:
    """End this process as soon as the server closes its end of the channel, however the server ended."""
    poll = select.poll()
    poll.register(channel, 0)  # hanging up is reported unasked
    poll.poll()
    os._exit(0)


class NoStore(Exception):
    """The store of a release cannot be opened."""


class Down(Exception):
    """The remote server does not answer, or not as a SPARQL server would."""


class Rejected(Exception):
    """The remote server does not take the query; the text is what it says."""


class Stores:
    """The read-only stores that this worker has open: the current release and, at times, one old one.

    A place is a path and the version of what lies there, since forgetting replaces the store of a release.
    """

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self.open: dict[tuple[str, str], ox.Store] = {}
        self.leases: dict[tuple[str, str], int] = {}

    def at(self, place: list[Any], current: list[Any] | None) -> ox.Store:
        """Return the store at `place` and let go of all others but the `current` one.

        :raises NoStore: when it cannot be opened.
        """
        kept = {tuple(place), tuple(current or ())}
        self.open = {key: store for key, store in self.open.items() if key in kept}
        for gone in self.leases.keys() - kept:
            os.close(self.leases.pop(gone))
        key = (place[0], place[1])
        if key not in self.open:
            limit_memory(None)
            try:
                if key not in self.leases:
                    self.leases[key] = lease.take(Path(place[0]).parent)
                self.open[key] = ox.Store.read_only(place[0])
            except OSError as error:
                raise NoStore(str(error)) from error
            limit_memory(self.memory)
        return self.open[key]


def error_of(error: BaseException) -> Message:
    kinds = {
        SyntaxError: "syntax",
        MemoryError: "memory",
        NoStore: "store",
        Down: "down",
        Rejected: "rejected",
        Inexpressible: "inexpressible",
        OSError: "failed",
        RuntimeError: "failed",
    }
    kind = next((name for type_, name in kinds.items() if isinstance(error, type_)), "internal")
    return {"error": kind, "message": str(error) or type(error).__name__, "peak": peak_memory()}


def serve(channel: socket.socket, stores: Stores) -> None:
    """Answer requests until the server closes the channel."""
    channel.sendall(frame(READY, b""))
    common: Message = {}
    while True:
        kind, body = receive(lambda count: read_exactly(channel, count))
        request = json.loads(body)
        if kind == COMMON:
            common = request
            continue
        request = common | request
        if kind == OPEN:
            with contextlib.suppress(NoStore):  # the query that needs it says so
                stores.at(request["store"], None)
            continue
        signal.setitimer(signal.ITIMER_REAL, request["seconds"] + GRACE)  # SIGALRM ends the process, whatever it does
        try:
            store = None if "endpoint" in request else stores.at(request["store"], request["current"])
            answer(store, request, channel)
        except BaseException as error:  # a panic in Rust is no Exception
            channel.sendall(frame(END, json.dumps(error_of(error)).encode()))
            if not isinstance(error, Exception):
                raise
        signal.setitimer(signal.ITIMER_REAL, 0)


def main(descriptor: str, memory: str, sealed: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle
    channel = socket.socket(fileno=int(descriptor))
    threading.stack_size(256 * 1024)
    threading.Thread(target=watch, args=(channel,), daemon=True).start()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sealed == "sealed":
        seal()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the server closed the channel
        serve(channel, Stores(int(memory)))
