"""The worker processes and the turns that queries take on them.

A query that is short is answered at once, however many long ones there are: besides the `workers` that long queries may
hold, a reserve is kept, and whoever waits for a place may take that of a query which has had its first moments and is
not among the `workers` oldest. That one starts again when a long place is free; it only reads, so nobody notices but by
the clock. Queries that look long (`server.store.estimates`) wait for a long place from the start. Those that take more
than a second keep no more than half of the long places while others wait for one: a young one makes room in the same
way, so that a query of a second does not wait for endless ones to come to their deadline. Each time it has done so it
may have twice as much.

Among those who wait, whoever has had least of the workers lately goes first (`server.store.shares`), and long queries
make room, and step back at the processor, only for those who have had less: who asks one thing at a time does not wait
for somebody who asks hundreds. What one client asks goes in the order in which it came.
"""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ontology.terms import BASE_VARIABLE
from server.store import shares
from server.store import worker as protocol
from server.store.engine import Busy, Gone, QueryError, Unavailable

ROOT = Path(protocol.__file__).resolve().parents[2]
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from server.store.worker import main; main(*sys.argv[1:])"
MOMENT = 0.25  # seconds of the processor that every query may have before it counts as long
LEAST_MOMENT = 0.03  # what becomes of it when many are waiting
WAITED = 10  # seconds of the clock that count as one of the processor, so that nobody waits for ever
FIRST_LOOK = 0.01  # seconds that a query waits before it looks whether another one should make room
STARTING = 2.0  # seconds after which a worker counts as ready even if it says nothing
STEADY = 1.0  # seconds of the processor that a long query may have before it makes room for another long one
SHORT, LONG = range(2)  # who waits: short queries, long ones; LONG + n has made room for others n times
NICE = 10  # how far a long query steps back when another one comes
ABANDONED = 1.0  # seconds that readers have at the end to give their workers back
POLL = 0.1  # seconds between two looks whether the client is still there
ALLOCATOR = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=2000"}  # a thirtieth less time for most queries
ENVIRONMENT = (BASE_VARIABLE, "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # no secrets of the server's in a worker
READ = 96 * 1024  # bytes at a time from a worker: for more the allocator asks the system each time
STDERR_READ = 16 * 1024
PROCESS_CLOCK = 2  # what clock_getcpuclockid(3) makes of a process: ~pid << 3 | 2

ClientGone = Callable[[], bool]


def _let_go(process: subprocess.Popen[bytes], channel: socket.socket) -> None:
    """End the process of a worker that nobody holds any more."""
    channel.close()
    if process.poll() is None:
        process.kill()
        process.wait()
    if process.stderr:
        process.stderr.close()


@dataclass(frozen=True)
class Death:
    """How a worker ended: its exit status (negative: the signal) and the end of what it wrote to stderr."""

    status: int
    words: str


class Worker:
    """One worker process and the channel to it."""

    def __init__(self, memory: int, *, sealed: bool = True) -> None:
        self.sealed = sealed
        self.channel, there = socket.socketpair()
        self.poll = select.poll()
        self.poll.register(self.channel, select.POLLIN)
        self.received = bytearray()
        self.ready_at: float | None = None
        with there:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", START, str(there.fileno()), str(memory), "sealed" if sealed else "open"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[there.fileno()],
                env=ALLOCATOR | {name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            )
        weakref.finalize(self, _let_go, self.process, self.channel)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def processor_seconds(self) -> float | None:
        """Return how long it has been at a processor since it started; None where the system does not tell."""
        if sys.platform != "linux":
            return None
        try:
            return time.clock_gettime((~self.process.pid << 3) | PROCESS_CLOCK)
        except OSError:  # it is dead and gone
            return None

    def is_ready(self) -> bool:
        """Return whether it has said that it is ready for its first query."""
        return self.ready_at is not None or bool(self.poll.poll(0))

    def send(self, kind: bytes, message: dict[str, Any]) -> None:
        """Send one frame.

        :raises OSError: when the worker is dead.
        """
        self.channel.sendall(protocol.frame(kind, json.dumps(message).encode()))

    def tell(self, kind: bytes, message: dict[str, Any]) -> None:
        """Send one frame that asks for no answer; that the worker is dead comes out when it is asked something."""
        with contextlib.suppress(OSError):
            self.send(kind, message)

    def receive(self, until: float, gone: ClientGone | None = None) -> tuple[bytes, bytes]:
        """Return kind and body of the next frame.

        :raises TimeoutError: at the time `until` (of `time.monotonic`).
        :raises Gone: when `gone()` says that nobody waits for the answer any more.
        :raises EOFError: when the worker is dead.
        """

        kind, body = protocol.receive(lambda count: self._read(count, until, gone))
        if kind != protocol.READY:
            return kind, body
        self.ready_at = time.monotonic()
        return self.receive(until, gone)

    def data(self, until: float, gone: ClientGone | None = None) -> Generator[bytes, None, bytes]:
        """Hand out what frames of data hold, as it comes; return the body of the frame that ends them.

        :raises TimeoutError, Gone, EOFError: as `receive` does.
        """
        while True:
            size = protocol.FRAME_HEAD.size
            kind, length = protocol.FRAME_HEAD.unpack(self._read(size, until, gone, size))
            if kind != protocol.DATA:
                return self._read(length, until, gone)
            while length:
                part = self._received(length) or self._part(min(length, READ), until, gone, socket.MSG_WAITALL)
                length -= len(part)
                yield part

    def _read(self, count: int, until: float, gone: ClientGone | None, most: int = READ) -> bytes:
        """Return so many bytes; what else comes with them, up to `most` at a time, is kept for later."""
        while len(self.received) < count:
            self.received += self._part(most, until, gone)
        return self._received(count)

    def _received(self, count: int) -> bytes:
        result = bytes(self.received[:count])
        del self.received[:count]
        return result

    def _part(self, count: int, until: float, gone: ClientGone | None, flags: int = 0) -> bytes:
        while not self.poll.poll(1000 * self._patience(until, gone)):
            pass
        try:
            part = self.channel.recv(count, flags)
        except OSError as error:  # closed or reset under our hands
            raise EOFError from error
        if not part:
            raise EOFError
        return part

    def _patience(self, until: float, gone: ClientGone | None) -> float:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if gone is None:
            return left
        if gone():
            raise Gone("Nobody waits for the answer any more.")
        return min(left, POLL)

    def kill(self) -> None:
        """Stop the process; whoever reads from it sees the end of the channel. May be called more than once."""
        self.process.kill()

    def end(self) -> Death:
        """Stop the process if it still runs, give back what it held and tell how it ended."""
        try:
            status = self.process.wait(timeout=1.0)  # one whose channel has ended may still be dying
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.channel.close()
        words = ""
        if self.process.stderr and not self.process.stderr.closed:
            words = self.process.stderr.read(STDERR_READ).decode(errors="replace")
            self.process.stderr.close()
        return Death(status, words)


@dataclass(eq=False)
class Turn:
    """One query's time on one worker; `fate` says why somebody stopped it: 'evicted', 'deadline' or 'closed'."""

    worker: Worker
    client: str = ""
    row: int = SHORT
    started: float = field(default_factory=time.monotonic)
    long: bool = False
    kept: bool = False  # its answer is on its way, so that it cannot start again
    fate: str | None = None
    yielding: bool = False
    before: float | None = None  # seconds of the processor that the worker had used; None: the clock counts

    def __post_init__(self) -> None:
        self.long = self.row != SHORT
        if self.worker.sealed:  # others wait for the network, which is time as well
            self.before = self.worker.processor_seconds()

    def age(self) -> float:
        """Return the seconds that the query has had; the start of a process is not among them.

        They are those of the processor: where many want it, a short query takes as long by the clock as a long one.
        """
        ready_at = self.worker.ready_at
        began = max(self.started, self.started + STARTING if ready_at is None else ready_at)
        by_clock = time.monotonic() - began
        now = self.worker.processor_seconds()
        if self.before is None or now is None or by_clock <= 0:
            return by_clock
        return min(by_clock, max(now - self.before, by_clock / WAITED))

    def is_long(self) -> bool:
        return self.long or (time.monotonic() - self.started >= MOMENT and self.age() >= MOMENT)

    def patience(self) -> float:
        """Return how many times as much as at first it may have before it makes room: twice as much each time."""
        return 2.0 ** max(0, self.row - LONG)

    def stop(self, fate: str) -> None:
        self.fate = self.fate or fate
        self.worker.kill()

    def yield_to_others(self) -> None:
        """Let short queries go first at the processor, after a moment; only a new process gets its priority back."""
        if not self.yielding and self.is_long() and self.age() >= MOMENT and self.worker.alive:
            os.setpriority(os.PRIO_PROCESS, self.worker.process.pid, NICE)
            self.yielding = True


@dataclass(eq=False)
class _Waiting:
    """Who waits for a place; `outcome` is what came of it, for which `called` wakes its thread."""

    client: str
    row: int
    sealed: bool
    called: threading.Condition
    outcome: Turn | QueryError | None = None


class Pool:
    """A fixed number of places for queries, each with a warm worker, and a spare worker for the one that dies."""

    def __init__(self, spawn: Callable[[bool], Worker], *, workers: int, queue: int) -> None:
        """`spawn(sealed)` starts a worker; `workers` long queries run at a time; `queue` more may wait for a place."""
        self.spawn = spawn
        self.workers = workers
        self.places = workers + max(1, workers // 2)
        self.queue = queue
        self.idle: deque[Worker] = deque()
        self.running: set[Turn] = set()
        self.waiting: dict[int, list[_Waiting]] = {LONG: [], SHORT: []}
        self.shares = shares.Shares()
        self.replaced = 0  # workers that were ended and gave way to another
        self.closed = False
        self.lock = threading.RLock()
        self.ended = threading.Condition(self.lock)  # a turn has, after the pool was closed
        with self.lock:
            self._fill()

    def take(self, until: float, *, row: int = SHORT, sealed: bool = True, gone: ClientGone | None = None) -> Turn:
        """Wait for a place and return it.

        :param row: among whom: `SHORT`, or `LONG` for a query that looks long, one more each time that it was evicted.

        :raises Busy: when too many wait already, or at the time `until`.
        :raises Gone: when `gone()` says that nobody waits for the answer any more.
        :raises Unavailable: when the pool is closed or no process can be started.
        """
        with self.lock:
            others = self.waiting[min(row, LONG)]
            me = _Waiting(shares.client.get(), row, sealed, threading.Condition(self.lock))
            if not others and self._has_place(row):
                return self._begin(me)
            if self.queued() >= self.queue and not self._has_place(row):
                running, waiting = len(self.running), self.queued()
                raise Busy(f"{running} queries are running and {waiting} are waiting; try again soon.")
            others.append(me)
            pause = FIRST_LOOK
            try:
                while me.outcome is None:
                    left = until - time.monotonic()
                    if left <= 0:
                        raise Busy("No worker became free within the time limit of the query; try again soon.")
                    if gone and gone():
                        raise Gone("Nobody waits for the answer any more.")
                    pause = pause if others[0] is me else POLL  # the first in the row looks for all of them
                    if me.called.wait(min(left, pause)):
                        pause = FIRST_LOOK
                    else:
                        pause = self._make_room(me)
                        self._give_places()  # what runs may have become long meanwhile
            finally:
                if me.outcome is None:
                    others.remove(me)
                    self._give_places()
            if isinstance(me.outcome, QueryError):
                raise me.outcome
            return me.outcome

    def _begin(self, one: _Waiting) -> Turn:
        for other in self.running:
            if one.row == SHORT or self._makes_room(other, one):
                other.yield_to_others()
        turn = Turn(self._idle_worker(one.sealed, one.row != SHORT), one.client, one.row)
        self.running.add(turn)
        return turn

    def _give_places(self) -> None:
        """Give the places that there are to those who wait, and wake them and the first of those who are left."""
        for row, waiting in self.waiting.items():
            while waiting and (self.closed or self._has_place(row)):
                first = self._first(waiting)
                waiting.remove(first)
                try:
                    first.outcome = self._closed() if self.closed else self._begin(first)
                except QueryError as error:
                    first.outcome = error
                first.called.notify()
                if waiting:
                    waiting[0].called.notify()

    def _first(self, waiting: Sequence[_Waiting]) -> _Waiting:
        """Return who goes next: of the client that has had least, what made room least often and came first.

        What a client has running counts as a second more for each.
        """
        running = Counter(turn.client for turn in self.running)
        had = {client: self._had(client) + STEADY * running[client] for client in {one.client for one in waiting}}
        return min(waiting, key=lambda one: (had[one.client], one.row))

    def _had(self, client: str) -> float:
        """Return the seconds that a client has had lately."""
        return self.shares.had(client) + sum(max(0.0, turn.age()) for turn in self.running if turn.client == client)

    def queued(self) -> int:
        """Return how many queries wait for a place."""
        return sum(map(len, self.waiting.values()))

    def keep(self, turn: Turn) -> bool:
        """Let a turn last as long as it needs, if there is a place for one more long query; return whether there is."""
        with self.lock:
            turn.long = turn.long or sum(other.is_long() for other in self.running if other is not turn) < self.workers
            turn.kept = turn.long and turn.fate is None
            return turn.kept

    def give_back(self, turn: Turn, *, healthy: bool) -> Death | None:
        """End a turn; its worker serves on if healthy, else it is ended and replaced. Done twice it does nothing."""
        with self.lock:
            if turn not in self.running:
                return None
            self.running.discard(turn)
            self.shares.add(turn.client, max(0.0, turn.age()))
            reusable = turn.worker.sealed and not turn.yielding
            healthy = healthy and turn.fate is None and reusable and not self.closed
            if healthy:
                self.idle.append(turn.worker)
            else:
                turn.worker.kill()
                self.replaced += 1
                self._fill()
            self._give_places()
            self.ended.notify_all()
        return None if healthy else turn.worker.end()

    def stop(self, turn: Turn, fate: str) -> None:
        """Kill the worker of a turn that still runs; its reader then sees the end and finds `fate`."""
        with self.lock:
            if turn in self.running:
                turn.stop(fate)

    def tell_idle(self, kind: bytes, message: dict[str, Any]) -> None:
        """Send a frame that asks for no answer to every worker that has nothing to do."""
        with self.lock:
            for worker in self.idle:
                worker.tell(kind, message)

    def close(self) -> None:
        """End every worker; queries under way end with an error."""
        with self.lock:
            self.closed = True
            idle = list(self.idle)
            self.idle.clear()
            for turn in self.running:
                turn.stop("closed")
            self._give_places()
            self.ended.wait_for(lambda: not self.running, ABANDONED)
            left = [turn.worker for turn in self.running]  # of answers that nobody reads on or closes
            self.running.clear()
        for worker in [*idle, *left]:
            worker.kill()
            worker.end()

    def _has_place(self, row: int) -> bool:
        if self.closed:
            raise self._closed()
        free = self.places - len(self.running)
        room_for_long = sum(turn.is_long() for turn in self.running) < self.workers
        if row == SHORT:
            return free > (1 if room_for_long and self.waiting[LONG] else 0)
        return free > 0 and room_for_long

    @staticmethod
    def _closed() -> Unavailable:
        return Unavailable("The store is closed.")

    def _make_room(self, one: _Waiting) -> float:
        """Evict a query for one who waits; return the seconds until the next look."""
        if one.row == SHORT:
            return self._make_room_for_short()
        self._make_room_for_long(one)
        return POLL

    def _make_room_for_long(self, one: _Waiting) -> None:
        """Evict one of those that are long, where they hold more than half the places.

        The oldest ones stay; of the others that of the client that has had most goes, the youngest of its own.
        """
        turns = sorted((turn for turn in self.running if turn.is_long()), key=lambda turn: turn.started)
        if len(turns) < self.workers or any(turn.fate for turn in turns):
            return
        young = [turn for turn in turns if not turn.kept][max(1, self.workers // 2) :]
        young = [turn for turn in young if self._makes_room(turn, one)]
        if young:
            max(young, key=lambda turn: (self._had(turn.client), turn.started)).stop("evicted")

    def _makes_room(self, turn: Turn, one: _Waiting) -> bool:
        """Return whether a long query has had so much that it is the turn of one that waits."""
        if turn.client == one.client:
            return one.row == LONG and turn.age() >= STEADY * turn.patience()
        return self._had(turn.client) >= self._had(one.client) + MOMENT * turn.patience()

    def _make_room_for_short(self) -> float:
        """Evict a query that has had its moment and is not among the oldest."""
        moment = max(LEAST_MOMENT, MOMENT / max(1, len(self.waiting[SHORT])))
        turns = sorted(self.running, key=lambda turn: (not turn.long, turn.started))
        candidates = [turn for turn in turns[self.workers :] if not turn.long]
        if sum(turn.fate == "evicted" for turn in turns) >= len(self.waiting[SHORT]):
            return POLL
        over = [turn for turn in candidates if turn.fate is None and turn.age() >= moment]
        if over:
            max(over, key=lambda turn: (self._had(turn.client), turn.started)).stop("evicted")
            return POLL
        return max(0.01, min([POLL, *(moment - turn.age() for turn in candidates)]))

    def _idle_worker(self, sealed: bool, long: bool) -> Worker:
        """Return a worker that waits for work; a long query leaves those that are ready to the short ones."""
        while sealed and self.idle:
            reserve = self.places - self.workers
            spares = sum(worker.is_ready() for worker in self.idle) > reserve if long else True
            worker = self.idle.pop() if spares else self.idle.popleft()
            if worker.alive:
                return worker
            worker.end()
            self._fill()
        try:
            return self.spawn(sealed)
        except OSError as error:
            raise Unavailable(f"No worker process can be started: {error}") from error

    def _fill(self) -> None:
        """Keep one worker more than there are places, so that nobody waits for a process to start."""
        while not self.closed and len(self.idle) + len(self.running) < self.places + 1:
            try:
                self.idle.appendleft(self.spawn(True))
            except OSError:
                return  # `take` tries again and says so
