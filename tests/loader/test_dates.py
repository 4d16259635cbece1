"""Dates: the cases of data/dates.yaml, the tense hint, and what holds for any text."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from loader import dates

CASES = yaml.safe_load((Path(__file__).parent / "data" / "dates.yaml").read_text("utf-8"))
WORDS = """Monday May 2019 12 last next week since to between and September 30 31 February quarter third of the year two
ago early mid- summer , this in from - 1990s 0 before after half Q4 end"""


@pytest.mark.parametrize(("text", "anchor", "expected"), CASES, ids=[f"{case[0]}@{case[1]}" for case in CASES])
def test_case(text: str, anchor: date | None, expected: list[list[object]]) -> None:
    found = [[text[a:b], p.start, p.end, p.precision, p.basis] for a, b, p in dates.find(text, anchor)]
    # YAML reads an unquoted span such as 2019 or 2023-09-12 as a number or a date.
    assert found == [[str(case[0]), *case[1:]] for case in expected]


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize(
    ("text", "tense", "first"),
    [
        ("on Thursday", "past", date(2023, 9, 7)),
        ("on Thursday", "future", date(2023, 9, 14)),
        ("in October", "past", date(2022, 10, 1)),
        ("in October", "future", date(2023, 10, 1)),
        ("on March 5", "future", date(2024, 3, 5)),
        ("on March 5", "past", date(2023, 3, 5)),
    ],
)
def test_the_tense_that_the_caller_knows_decides(text: str, tense: str, first: date) -> None:
    assert [period.start for _, _, period in dates.find(text, date(2023, 9, 12), tense)] == [first]


def test_typographic_marks_and_blanks_do_not_shift_spans() -> None:
    text = "“Yes” – on\u00a0Sept.\u00a012, 2023"
    assert [text[a:b] for a, b, _ in dates.find(text, None)] == ["Sept.\u00a012, 2023"]


@given(st.lists(st.sampled_from(WORDS.split()), max_size=9).map(" ".join), st.none() | st.dates(date(1950, 1, 1)))
def test_periods_of_any_text_are_in_order_and_within_it(text: str, anchor: date | None) -> None:
    end = 0
    for first, last, period in dates.find(text, anchor):
        assert end <= first < last <= len(text)
        assert period.start or period.end
        assert not (period.start and period.end) or period.start <= period.end
        assert period.precision in ("day", "week", "month", "year", "interval")
        assert period.basis in ("stated", "derived")
        end = last
