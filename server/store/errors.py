"""What can go wrong with the releases of a data folder; every text says what to do.

StoreError
├── Locked            another process is publishing
├── UnknownRelease    there is no release of that name
├── UnknownThing      nothing of that name to forget
├── BadGraph          a file of quads that cannot be published
├── Invalid           the shapes are violated
├── Outdated          a conditional write came too late
├── NotWritable       a graph that only publishing makes, or one with blank nodes
├── NoSuchGraph       a graph to delete that is not there
├── BadUpload         RDF that does not parse, or that is refused before it is parsed
├── BadRule           a rule of the ontology does not run
├── Damaged           the data folder is not as publishing left it
├── OtherBase         releases whose IRIs have another base than the setting
├── MissingExtra      a format whose package is not installed
├── NoSpace           the disk is full, or a quota or file size limit is reached
└── Unwritable        the data folder cannot be written
"""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class StoreError(Exception):
    """A data folder that cannot do what was asked; whatever was published last is still intact."""


class Locked(StoreError):
    """Another process holds the data folder's lock."""


class UnknownRelease(StoreError):
    """There is no release with this identifier."""


class UnknownThing(StoreError):
    """No release knows the statement, article or person to forget."""


class BadGraph(StoreError):
    """A file of quads that cannot become an article's graph."""


class BadRule(StoreError):
    """A rule of the ontology that is not a CONSTRUCT query or fails."""


class Damaged(StoreError):
    """The data folder is not as publishing left it."""


class OtherBase(StoreError):
    """A release whose resources and graphs are called by another base than the setting's."""


class MissingExtra(StoreError):
    """A format needs a package that is not installed."""


class NoSpace(StoreError):
    """The disk is full, or a quota or a limit on file sizes is reached."""


class Unwritable(StoreError):
    """The data folder cannot be written."""


class Outdated(StoreError):
    """A write on condition of a release that is no longer the current one."""


class NotWritable(StoreError):
    """A write to what follows from other graphs, or of what is not published."""


class NoSuchGraph(StoreError):
    """A graph that is not in the current release."""


class BadUpload(StoreError):
    """RDF that does not parse, or that is refused before it is parsed."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One result of a SHACL validation: the article, the sentence, the node at fault and what is wrong with it."""

    article: str | None
    sentence: str | None
    focus: str
    message: str
    severity: str  # Violation, Warning or Info

    def __str__(self) -> str:
        where = self.article or "(reference data or ontology)"
        words = f'\n  in "{self.sentence}"' if self.sentence else ""
        return f"{where}: {self.message}{words}\n  at <{self.focus}>"


class Invalid(StoreError):
    """The shapes are violated, so nothing was published; `violations` has all of them."""

    SHOWN = 20

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = tuple(violations)
        many = len(self.violations)
        lines = [f"nothing is published: {many} violation{'s' if many != 1 else ''} of the shapes"]
        lines += [str(violation) for violation in self.violations[: self.SHOWN]]
        if many > self.SHOWN:
            lines.append(f"… and {many - self.SHOWN} more: `armsclaims validate` lists them all")
        super().__init__("\n".join(lines))


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL_TEXTS = ("No space left", "quota exceeded", "File too large")
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}
_FORBIDDEN_TEXTS = ("Permission denied", "Read-only file system", "Not a directory", "Operation not permitted")


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn the operating system's errors within the block into errors that name the data folder and say what to do.

    :raises NoSpace: when there is no room left.
    :raises Unwritable: when the folder cannot be written.
    :raises StoreError: for any other failure of the operating system.
    """
    try:
        yield
    except OSError as error:  # pyoxigraph's have no errno, only RocksDB's text
        text = str(error)
        if error.errno in _FULL or any(part in text for part in _FULL_TEXTS):
            raise NoSpace(
                f"no room left for the data folder {folder} ({text}): free some space or prune old releases; "
                "nothing was published and the last release is intact"
            ) from error
        if error.errno in _FORBIDDEN or any(part in text for part in _FORBIDDEN_TEXTS):
            raise Unwritable(
                f"cannot write the data folder {folder} ({text}): give a folder that you may write"
            ) from error
        raise StoreError(f"the data folder {folder} failed: {text}; the last release is intact, try again") from error
