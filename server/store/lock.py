"""The one lock of a data folder: whoever publishes, prunes or forgets holds it."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from server.store.errors import Locked

_LENGTH = 256
_POLL = 0.05  # seconds between two tries


@contextmanager
def locked(folder: Path, purpose: str, timeout: float) -> Iterator[None]:
    """Hold the lock of `folder` within the block; the system frees it when the process ends, however it ends.

    :param purpose: what the holder does, for the message to those who wait ("publishing").
    :param timeout: seconds to wait for another holder.
    :raises Locked: when the lock is still held after `timeout` seconds.
    """
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _acquire(descriptor, folder, timeout)
        holder = {"process": os.getpid(), "purpose": purpose, "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.pwrite(descriptor, json.dumps(holder).ljust(_LENGTH).encode(), 0)  # no new block: the disk may be full
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, folder: Path, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Locked(
                    f"{_holder(descriptor)} holds the data folder {folder} (waited {timeout:g} s): "
                    "wait for it to end, or stop it; its last release stays intact"
                ) from None
            time.sleep(_POLL)
        else:
            return


def _holder(descriptor: int) -> str:
    try:
        holder = json.loads(os.pread(descriptor, _LENGTH, 0))
    except json.JSONDecodeError:  # the holder is about to write it
        return "another process"
    return f"process {holder['process']} ({holder['purpose']} since {holder['since']})"
