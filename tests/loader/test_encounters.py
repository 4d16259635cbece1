"""Meetings that no single clause tells whole, in hand-made sentences, one construction each."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from test_extraction import said

CASES = yaml.safe_load((Path(__file__).parent / "data" / "encounters.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["construction"])
def test_what_is_put_together(case: dict[str, Any]) -> None:
    found = [
        " | ".join(
            [
                one["kind"],
                " and ".join(one["participants"]),
                one["place"] or f"({one['expectedPlace']})",
                one["start"] or "-",
            ]
        )
        for one in said(case["text"])["meetings"]
    ]
    assert sorted(found) == sorted(case["meetings"])


def test_a_meeting_is_the_known_summit_and_not_the_visit_on_which_it_took_place() -> None:
    (met,) = said("Kim Jong Un met Vladimir Putin in Vladivostok in April 2019.")["meetings"]
    assert met["iri"].endswith("/north-korea-russia-summit-2019")
    (visit,) = said("Kim Jong Un visited Russia in April 2019.")["meetings"]
    assert visit["iri"].endswith("/kim-jong-un-visit-to-russia-2019")
