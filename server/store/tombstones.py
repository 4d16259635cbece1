"""Tombstones: what was forgotten and must never come back, kept as digests so that they name nobody."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from server.store import files
from server.store.errors import Damaged

FILE = "tombstones.json"
_DIGESTS = ("iris", "names", "words")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One forgotten thing: kind is statement, article or person; `pending` until it is gone from every release.

    `iris`, `names` and `words` hold SHA-256: of IRIs, of full names, and of single words that name the person in an
    article that is known to speak of them.
    """

    kind: str
    iris: tuple[str, ...]
    date: str
    reason: str
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    longest: int = 0  # number of words of the longest name
    pending: bool = True


def read(folder: Path) -> list[Tombstone]:
    """Return the tombstones of a data folder.

    :raises Damaged: when their file cannot be read: publishing on would bring back what was forgotten.
    """
    try:
        entries = json.loads((folder / FILE).read_bytes())
        return [Tombstone(**{**one, **{name: tuple(one[name]) for name in _DIGESTS}}) for one in entries]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError) as error:
        raise Damaged(
            f"{folder / FILE} cannot be read ({error}): restore it, or what was forgotten comes back"
        ) from error


def write(folder: Path, tombstones: Iterable[Tombstone]) -> None:
    """Replace the tombstones of a data folder, in one step."""
    content = json.dumps([asdict(one) for one in tombstones], ensure_ascii=False, indent=1)
    files.write(folder / FILE, content.encode() + b"\n")


def hashed(text: str) -> str:
    """Return the SHA-256 by which a tombstone knows an IRI or a name."""
    return hashlib.sha256(text.encode()).hexdigest()


def words_of(text: str) -> list[str]:
    """Return the words of a text or an IRI without case and accents: "Won-sik's" is won, sik, s."""
    plain = unicodedata.normalize("NFKD", text)
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)).casefold())


def phrases(words: list[str], longest: int) -> Iterator[str]:
    """Yield every run of two to `longest` words."""
    for length in range(2, longest + 1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def name_digests(names: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Return the digests of full names, those of the single words that stand for them, and the longest name's length.

    The first and the last word of a full name stand for it (family names come first in Korean, last in English).
    """
    full: set[str] = set()
    single: set[str] = set()
    longest = 0
    for name in names:
        words = words_of(name)
        if not words:
            continue
        if len(words) > 1:
            full.add(hashed(" ".join(words)))
            longest = max(longest, len(words))
        single.update(hashed(word) for word in {words[0], words[-1]})
    return tuple(sorted(full)), tuple(sorted(single)), longest
