"""What a transfer is said to violate, in hand-made sentences, one construction each."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from test_extraction import said

CASES = yaml.safe_load((Path(__file__).parent / "data" / "violations.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["construction"])
def test_law(case: dict[str, Any]) -> None:
    found = [
        f"{one['kind']} | {one['speaker'] or '-'} | {one['wouldViolate']}"
        for one in said(case["text"])["statements"]
        if one["wouldViolate"]
    ]
    assert sorted(found) == sorted(case["laws"])
