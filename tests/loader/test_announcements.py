"""What those who meet say of their own meeting, in hand-made sentences, one construction each."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from test_extraction import said

CASES = yaml.safe_load((Path(__file__).parent / "data" / "announcements.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["construction"])
def test_what_a_party_announces(case: dict[str, Any]) -> None:
    document = said(case["text"])
    meetings = {one["iri"]: one["kind"] for one in document["meetings"]}
    found = [
        f"{one['kind']} | {one['speaker']} | {one['realis']} | {meetings.get(one['about'])}"
        for one in document["statements"]
        if one["speaker"]
    ]
    assert sorted(found) == sorted(case["claims"])
