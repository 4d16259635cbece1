"""The process that holds the listening socket and keeps one serving process behind it.

SIGHUP starts a new serving process, which reads code, settings and saved queries anew; when it is ready the old one
finishes what it has in hand and goes. The socket never closes, so that no request is lost. A serving process that dies
is replaced by a spare one, which has read the code already. SIGTERM and SIGINT end it all.
"""

import contextlib
import json
import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server.listening import CannotServe, address_of
from server.settings import Settings, as_environment

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from server.answering import main; main(*sys.argv[1:])"
END, HAND_OVER = signal.SIGTERM, signal.SIGUSR1  # what a serving process is told
SERVE = b"serve"  # what goes with the socket to a process that shall begin
SLACK = 10.0  # seconds past the limit of a shutdown after which a serving process is killed
RETRY, MOST_RETRY = 1.0, 30.0  # seconds before a process that could not start is started again
# glibc gives each of many threads a heap of its own, in which what was freed stays: 158 MiB where 66 do.
ALLOCATOR = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "131072"}
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


@dataclass(eq=False)
class Child:
    """A serving process.

    Over the channel it is given the listening socket, says that it is ready or why not, and sees our end.
    """

    process: subprocess.Popen[bytes]
    channel: socket.socket
    failure: str | None = None
    until: float | None = None  # when it is killed, once it is told to go

    def tell(self, order: signal.Signals, until: float) -> None:
        """Let it finish what it has in hand, until this time (of `time.monotonic`) at most."""
        self.until = until if self.until is None else min(self.until, until)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, order)


@dataclass
class Supervisor:
    """One current serving process, at times one that starts, and old ones that finish their requests."""

    settings: Settings
    listening: socket.socket
    current: Child | None = None
    starting: Child | None = None
    spare: Child | None = None
    leaving: list[Child] = field(default_factory=list)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    served: bool = False
    stopping: bool = False
    reload_again: bool = False
    start_at: float | None = None
    retry: float = RETRY

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT.

        :raises CannotServe: when the first serving process cannot start.
        """
        # Whoever closes the terminal means to end what runs in it.
        hang_up_ends = sys.stdin is not None and sys.stdin.isatty()
        with self._signals() as signals:
            self._start()
            while not (self.stopping and not self._children()):
                for key, _ in self.selector.select(self._patience()):
                    if key.data is not None:
                        self._hear(key.data)
                        continue
                    for number in signals.recv(64):
                        if number in (signal.SIGTERM, signal.SIGINT) or (number == signal.SIGHUP and hang_up_ends):
                            self._stop()
                        elif number == signal.SIGHUP:
                            self._reload()
                self._reap()
                self._keep_time()

    @contextlib.contextmanager
    def _signals(self) -> Any:
        """Let the signals arrive as bytes at a socket, beside the other news."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        before = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
        signal.set_wakeup_fd(theirs.fileno())
        self.selector.register(ours, selectors.EVENT_READ)
        try:
            yield ours
        finally:
            for child in self._children():
                child.process.kill()
                child.process.wait()
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
            self.selector.close()
            ours.close()
            theirs.close()

    def _children(self) -> list[Child]:
        return [child for child in (self.current, self.starting, self.spare, *self.leaving) if child is not None]

    def _start(self, *, anew: bool = False) -> None:
        """Let a process begin to serve: the spare one, or, to read the code `anew`, another."""
        self.start_at = None
        if self.spare is not None and anew:
            self.spare.process.kill()
            self.leaving.append(self.spare)
            self.spare = None
        child = self.spare or self._spawn()
        self.spare, self.starting = None, child
        with contextlib.suppress(OSError):  # it has just died: its end is told as that of any other
            socket.send_fds(child.channel, [SERVE], [self.listening.fileno()])

    def _spawn(self) -> Child:
        ours, theirs = socket.socketpair()
        environment = ALLOCATOR | as_environment(self.settings, os.environ)
        environment.pop("NOTIFY_SOCKET", None)  # ours alone
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", START, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=environment,
            )
        child = Child(process, ours)
        self.selector.register(ours, selectors.EVENT_READ, child)
        return child

    def _hear(self, child: Child) -> None:
        """Read what a serving process says; its silence means that it has ended."""
        try:
            said = child.channel.recv(65536)
        except OSError:
            said = b""
        if not said:
            self.selector.unregister(child.channel)
            child.channel.close()
            return
        child.failure = json.loads(said)["failed"]
        if child.failure is None and child is self.starting:
            self._take_over(child)

    def _take_over(self, child: Child) -> None:
        """Let a new serving process answer and the one before it finish."""
        if self.current is not None:
            self._dismiss(self.current, HAND_OVER)
        self.current, self.starting, self.retry = child, None, RETRY
        if not self.served:
            print(f"Serving on {address_of(self.listening)}", flush=True)
        self.served = True
        log.info("process %d serves on %s", child.process.pid, address_of(self.listening))
        notify("READY=1")
        if self.reload_again:
            self._reload()
        elif self.spare is None:
            self.spare = self._spawn()

    def _reload(self) -> None:
        if self.stopping:
            return
        self.reload_again = self.starting is not None
        if not self.reload_again:
            log.info("reloading")
            notify(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")
            self._start(anew=True)

    def _stop(self) -> None:
        if self.stopping:
            return
        self.stopping = True
        log.info("stopping; requests in hand have %g seconds", self.settings.shutdown_timeout)
        notify("STOPPING=1")
        self.listening.close()
        for child in self._children():
            self._dismiss(child, END)

    def _dismiss(self, child: Child, order: signal.Signals) -> None:
        child.tell(order, time.monotonic() + self.settings.shutdown_timeout + SLACK)
        if child not in self.leaving:
            self.leaving.append(child)
        if child is self.current:
            self.current = None
        if child is self.starting:
            self.starting = None
        if child is self.spare:
            self.spare = None

    def _reap(self) -> None:
        """Take note of every process that has ended; as process 1 of a container we inherit those of others."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for child in self._children():
                if child.process.pid == pid:
                    child.process.returncode = os.waitstatus_to_exitcode(status)
                    if child.channel.fileno() != -1:
                        self._hear(child)  # its last words
                    self._ended(child)

    def _ended(self, child: Child) -> None:
        how = child.failure or f"it ended with status {child.process.returncode}"
        if child in self.leaving:
            self.leaving.remove(child)
        elif child is self.current:
            self.current = None
            log.error("serving process %d is gone (%s); starting another", child.process.pid, how)
            if self.starting is None:
                self._start()
        elif child is self.starting:
            self.starting = None
            self._could_not_start(child, how)
        elif child is self.spare:
            self.spare = None  # the next one that begins to serve starts from nothing
            log.warning("spare process %d is gone (%s)", child.process.pid, how)

    def _could_not_start(self, child: Child, how: str) -> None:
        if self.current is not None:
            log.error("the reload failed: %s. The server goes on as it was.", how.rstrip("."))
            notify("READY=1")
            if self.reload_again:
                self._reload()
        elif not self.served:
            raise CannotServe(child.failure or f"The server ended while it started: {how}.")
        else:
            log.error("the server cannot start: %s. The next try is in %g seconds.", how.rstrip("."), self.retry)
            self.start_at = time.monotonic() + self.retry
            self.retry = min(2 * self.retry, MOST_RETRY)

    def _patience(self) -> float | None:
        times = [child.until for child in self._children() if child.until is not None]
        if self.start_at is not None:
            times.append(self.start_at)
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _keep_time(self) -> None:
        now = time.monotonic()
        if self.start_at is not None and self.start_at <= now and not self.stopping:
            self._start()
        for child in self._children():
            if child.until is not None and child.until <= now:
                log.error("process %d did not end in time and is killed", child.process.pid)
                child.until = None
                child.process.kill()


def notify(state: str) -> None:
    """Tell systemd how the service is (sd_notify(3)); elsewhere do nothing."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        try:
            channel.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
        except OSError as error:
            log.warning("systemd cannot be told %s: %s", state, error)
