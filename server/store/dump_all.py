"""Files of a release, made in a process of its own: FOLDER of the release, and the NAMES of files, else all.

So a server goes on answering meanwhile, and its memory is what it was when they are made: what many threads take and
give back in turns, the system's allocator keeps in pieces.
"""

import os
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from server.store import dumping
from server.store.dumping import Dump, File
from server.store.errors import StoreError
from server.store.release import Release

NICE = 19
PATIENCE = 2.0  # seconds that such a process has to put away what it has begun

_one_at_a_time = threading.Lock()  # a process that makes files for which somebody waits
_wanted: defaultdict[Path, set[str]] = defaultdict(set)  # by the folder of a release: the next process makes them all


def begin(release: Release, *names: str) -> "subprocess.Popen[bytes]":
    """Start to make files of a release that are not there yet: those named, else all of them, giving way to others.

    What fails of all is made when somebody asks for it.
    """
    command = [sys.executable, "-I", "-m", __name__, str(release.folder.resolve()), *names]
    errors = subprocess.PIPE if names else subprocess.DEVNULL
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)


def file(release: Release, dump: Dump) -> File:
    """Return a file of a release, made now in a process of its own if it is not there yet.

    :raises StoreError: when it cannot be made; the text says why.
    """
    while not (found := dumping.on_disk(release, dump)):
        _wanted[release.folder].add(dump.name)
        with _one_at_a_time:
            if dump.name in _wanted[release.folder]:  # else the process before has made it
                _make(release, sorted(_wanted.pop(release.folder)), dump)
    return found


def _make(release: Release, names: Sequence[str], asked: Dump) -> None:
    with begin(release, *names) as process:
        _, told = process.communicate()
    if process.returncode and not dumping.on_disk(release, asked):
        raise StoreError(f"{asked.name} was not made: {told.decode(errors='replace').strip()[-500:]}")


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process that makes files, which puts away what it has begun as far as it can."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(1)  # so that files that are begun are removed


def main(folder: str, *names: str) -> None:
    """Make them."""
    signal.signal(signal.SIGTERM, _stop)
    release = Release.at(Path(folder))
    try:
        if names:
            for name in names:
                dumping.file(release, dumping.DUMPS[name])
            return
        os.nice(NICE)
        for dump in dumping.available(release):
            dumping.file(release, dump)
    except StoreError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
