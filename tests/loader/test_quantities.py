"""Quantities: the cases of data/quantities.yaml, and what holds for any text."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from loader import quantities

CASES = yaml.safe_load((Path(__file__).parent / "data" / "quantities.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_case(text: str, expected: list[list[object]]) -> None:
    found = [[text[a:b], q.value, q.maximum, q.unit, q.bound, goods] for a, b, q, goods in quantities.find(text)]
    assert found == expected


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize(
    ("plural", "expected"),
    [("batteries", "battery"), ("launches", "launch"), ("caches", "cache"), ("men", "man"), ("aircraft", "aircraft"),
     ("UAVs", "UAV"), ("buses", "bus"), ("boxes", "box"), ("ammunition", "ammunition"), ("Tanks", "tank")],
)  # fmt: skip
def test_singular(plural: str, expected: str) -> None:
    assert quantities.singular(plural) == expected


def test_typographic_marks_and_blanks_do_not_shift_spans() -> None:
    text = "“Wir” – about\u00a07,000 containers of “munitions”"
    assert [(text[a:b], q.value) for a, b, q, _ in quantities.find(text)] == [
        ("about\u00a07,000 containers", Decimal(7000))
    ]


@given(st.text(alphabet=st.sampled_from("0123456789,.- $%amdozenshundredtwo of shells"), max_size=60))
def test_spans_lie_in_order_within_any_text(text: str) -> None:
    end = 0
    for first, last, quantity, _ in quantities.find(text):
        assert end <= first < last <= len(text)
        assert quantity.value >= 0
        assert quantity.unit
        end = last


@pytest.mark.parametrize(
    ("singular", "expected"),
    [
        ("container", "containers"),
        ("metric ton", "metric tons"),
        ("US dollar", "US dollars"),
        ("battery", "batteries"),
        ("box", "boxes"),
        ("launch", "launches"),
        ("aircraft", "aircraft"),
        ("person", "people"),
        ("convoy", "convoys"),
    ],
)
def test_plural(singular: str, expected: str) -> None:
    assert quantities.plural(singular) == expected
