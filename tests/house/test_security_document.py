"""Every promise of SECURITY.md names tests that there are."""

import re
from pathlib import Path


def test_every_promise_names_tests_that_there_are(root: Path) -> None:
    text = (root / "SECURITY.md").read_text("utf-8")
    named = re.findall(r"`(tests/\S+?\.py)::(test_\w+)`", text)
    assert len(named) > 30
    missing = [f"{file}::{name}" for file, name in named if f"def {name}(" not in (root / file).read_text("utf-8")]
    assert missing == []
    rows = [line for line in text.splitlines() if line.startswith("| ") and "tests/" not in line]
    assert len(rows) == 5  # the heads of the tables and who may do what
