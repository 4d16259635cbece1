"""Through whom words reach the article, in hand-made sentences, one construction each."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from test_extraction import said

CASES = yaml.safe_load((Path(__file__).parent / "data" / "chains.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["construction"])
def test_who_speaks_through_whom(case: dict[str, Any]) -> None:
    found = [
        " | ".join([one["kind"], *(one[part] or "-" for part in ("speaker", "onBehalfOf", "citedBy"))])
        for one in said(case["text"])["statements"]
    ]
    assert sorted(found) == sorted(case["said"])
