"""Files and folders that survive a killed process: written aside, synchronised, renamed."""

import os
import shutil
import tempfile
from pathlib import Path


def sync(path: Path) -> None:
    """Force `path` (a file, or the entries of a folder) onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Force everything under `folder`, and the folder itself, onto the disk.

    A file with more than one link stands in an older release as well, whose publisher has forced it there.
    """
    for parent, _, names in os.walk(folder):
        for name in names:
            if Path(parent, name).stat().st_nlink == 1:
                sync(Path(parent, name))
        sync(Path(parent))


def write(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace the content of `path` in one step: a reader sees the old or the new, never a part."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        aside.chmod(mode)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync(path.parent)


def point(link: Path, target: str) -> None:
    """Let the symbolic link `link` point to `target` (relative to its folder) in one step."""
    aside = link.with_name(f".{link.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target)
    aside.replace(link)
    sync(link.parent)


def discard(path: Path, trash: Path) -> None:
    """Remove the folder `path`: gone from its place in one step, its files right after, out of `trash`."""
    aside = Path(tempfile.mkdtemp(dir=trash, prefix="discarded-"))
    path.rename(aside / path.name)
    sync(path.parent)
    shutil.rmtree(aside)
