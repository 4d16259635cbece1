"""Every promise of SECURITY.md names tests that there are."""

import re
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def promises(root: Path) -> list[str]:
    """The rows of the table of promises, without its head."""
    text = (root / "SECURITY.md").read_text("utf-8")
    section = text.partition("## What holds")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| ")][1:]


def test_every_promise_names_tests_that_there_are(root: Path, promises: list[str]) -> None:
    assert len(promises) > 25
    missing = []
    for promise in promises:
        named = re.findall(r"`(tests/\S+?\.py)::(test_\w+)`", promise)
        assert named, f"no test holds: {promise}"
        missing += [f"{file}::{name}" for file, name in named if f"def {name}(" not in _text(root / file)]
    assert missing == []


def _text(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""
