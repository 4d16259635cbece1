"""The word lists of the loader: YAML files in `loader/lexicon`, read once, and their digest."""

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent / "lexicon"
# Quotation marks, dashes and blanks that mean the same; one character for one, so that offsets hold.
ABOUT = ("title", "extends")  # what a topic file says of itself
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where there is one, reads ten times as fast
PLAIN = str.maketrans("‘’“”\u00a0\u2009\u202f\u2011\u2010\t\n", "''\"\"   --  ")


@cache
def topics() -> tuple[str, ...]:
    """Return the names of the topic files; what ends in .tests.yaml are sentences to test them with."""
    return tuple(sorted(path.stem for path in FOLDER.glob("topics/*.yaml") if not path.stem.endswith(".tests")))


@cache
def read(name: str) -> dict[str, Any]:
    """Return the word list `name` (the file's stem), with what other topic files add to it by `extends`.

    :raises FileNotFoundError: there is no such word list.
    :raises ValueError: the file is not a YAML mapping.
    """
    content = _file(name)
    for topic in topics() if name.startswith("topics/") else ():
        more = _file(f"topics/{topic}")
        if more.get("extends") == name.removeprefix("topics/"):
            content = _joined(content, {key: value for key, value in more.items() if key not in ABOUT})
    return content


def _file(name: str) -> dict[str, Any]:
    path = FOLDER / f"{name}.yaml"
    content = yaml.load(path.read_text("utf-8"), _LOADER)  # noqa: S506 - a safe one
    if not isinstance(content, dict):
        raise ValueError(f"{path.name}: a word list must be a YAML mapping")
    return content


def _joined(one: Any, more: Any) -> Any:
    """Two word lists as one: mappings entry by entry, lists and words one after the other."""
    if isinstance(one, dict) and isinstance(more, dict):
        return one | {key: _joined(one[key], value) if key in one else value for key, value in more.items()}
    if isinstance(one, list) and isinstance(more, list):
        return [*one, *more]
    if isinstance(one, str) and isinstance(more, str):
        return f"{one} {more}"
    raise ValueError(f"a topic that extends another must give words for words and lists for lists, not {more!r}")


@cache
def digest() -> str:
    """Return the SHA-256 over the names and bytes of all word lists."""
    total = hashlib.sha256()
    for path in sorted(path for path in FOLDER.rglob("*.yaml") if not path.stem.endswith(".tests")):
        total.update(path.relative_to(FOLDER).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def plain(text: str) -> str:
    """Return the text with plain quotation marks, hyphens and blanks: as long as before, offsets hold."""
    return text.translate(PLAIN)


def any_of(words: Iterable[str]) -> str:
    """Return a regular expression's group that matches any of the phrases, the longest first."""
    ordered = sorted(map(str, words), key=lambda word: (-len(word), word))
    return "(?:" + "|".join(r"\s+".join(map(re.escape, word.split())) for word in ordered) + ")"
