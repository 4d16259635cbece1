"""Every file of a release, made in a process of its own that gives way to all others: FOLDER of the release."""

import os
import subprocess
import sys
from pathlib import Path

from server.store import dumping
from server.store.errors import MissingExtra
from server.store.release import Release

NICE = 19


def begin(release: Release) -> "subprocess.Popen[bytes]":
    """Start to make the files of a release that are not there yet; what fails is made when somebody asks for it."""
    command = [sys.executable, "-I", "-m", __name__, str(release.folder.resolve())]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main(folder: str) -> None:
    """Make them."""
    os.nice(NICE)
    release = Release.at(Path(folder))
    for dump in dumping.available(release):
        try:
            dumping.file(release, dump)
        except MissingExtra:
            continue


if __name__ == "__main__":
    main(sys.argv[1])
