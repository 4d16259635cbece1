"""Who keeps something back about a meeting, in hand-made sentences, one construction each."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from test_extraction import said

CASES = yaml.safe_load((Path(__file__).parent / "data" / "withholding.yaml").read_text("utf-8"))
KINDS = ("NoComment", "Silence", "NonConfirmation")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["construction"])
def test_what_is_kept_back(case: dict[str, Any]) -> None:
    document = said(case["text"])
    meetings = {one["iri"]: one["kind"] for one in document["meetings"]}
    found = [
        f"{one['kind']} | {one['speaker'] or '-'} | {meetings.get(one['about'], '-')}"
        for one in document["statements"]
        if one["kind"] in KINDS
    ]
    assert sorted(found) == sorted(case["claims"])


def test_where_they_will_meet_is_not_said_not_to_be() -> None:
    document = said("Ebrahim Raisi will meet Vladimir Putin. Where they will meet has not been made public.")
    assert [one["kind"] for one in document["statements"]] == ["Report", "NonConfirmation"]
    assert {one["stance"] for one in document["statements"]} == {"positive", "none"}
