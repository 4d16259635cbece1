"""Leases on releases: who reads one holds its lease, and pruning leaves it until the next time.

RocksDB opens the files of a store by their names, some of them only when a query needs them, so that a handle does not
outlive its folder.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def take(folder: Path) -> int:
    """Take a shared lease on `folder`; closing the descriptor, or ending the process, gives it back.

    :returns: a file descriptor.
    :raises FileNotFoundError: when the folder is gone.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if not os.path.samestat(os.fstat(descriptor), folder.stat()):
            raise FileNotFoundError(f"{folder} was replaced")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a lease on `folder` within the block.

    :raises FileNotFoundError: when the folder is gone.
    """
    descriptor = take(folder)
    try:
        yield
    finally:
        os.close(descriptor)


@contextmanager
def unleased(folder: Path) -> Iterator[bool]:
    """Tell whether nobody holds a lease on `folder`; if so, nobody gets one within the block."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        free = False
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = True
        yield free
    finally:
        os.close(descriptor)
