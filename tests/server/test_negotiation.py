"""Accept: quality before order, the more specific before the wildcard, ?format= before all, and a list with the 406."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable
from werkzeug.http import parse_accept_header

from server.negotiation import GRAPH_FORMATS, HTML, SOLUTION_FORMATS, choose, find

ALL = (*SOLUTION_FORMATS, HTML)


def accept(text: str) -> MIMEAccept:
    return parse_accept_header(text, MIMEAccept)


@pytest.mark.parametrize(
    ("header", "content_type"),
    [
        ("", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv;q=0.5, application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.4, */*;q=0.1", "text/csv; charset=utf-8"),
        ("application/sparql-results+json;q=0, */*", "application/sparql-results+xml"),
        ("application/json", "application/json; charset=utf-8"),
        ("application/xml;q=0.9, text/html;q=0.8", "application/xml; charset=utf-8"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("text/*", "text/csv; charset=utf-8"),
        ("*/*, text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("TEXT/CSV; q=1.0", "text/csv; charset=utf-8"),
    ],
)
def test_the_best_format_is_chosen(header, content_type):
    assert choose(ALL, accept(header)).content_type == content_type


@pytest.mark.parametrize("header", ["text/turtle", "text/csv;q=0", "image/*", "nonsense"])
def test_what_fits_nothing_is_406_with_a_list(header):
    with pytest.raises(NotAcceptable) as error:
        choose(SOLUTION_FORMATS, accept(header))
    assert error.value.description == (
        "Nothing here fits the Accept header. There is: application/sparql-results+json (?format=json), "
        "application/sparql-results+xml (?format=xml), text/csv (?format=csv), "
        "text/tab-separated-values (?format=tsv)."
    )


def test_a_named_format_goes_before_the_header():
    assert choose(ALL, accept("text/html"), "tsv").format.name == "tsv"
    assert choose(GRAPH_FORMATS, accept("text/html"), "json").format.name == "jsonld"
    assert choose(GRAPH_FORMATS, accept("text/html"), "xml").format.name == "rdf"
    with pytest.raises(NotAcceptable, match="There is no format “docx” here"):
        choose(ALL, accept("*/*"), "docx")


@given(st.text(alphabet="abxtcsvhml/*;q=0.159, +-", max_size=80))
def test_no_header_breaks_the_choice(header):
    choice = find(ALL, accept(header))
    assert choice is None or choice.format in ALL


QUALITY = st.sampled_from(["", ";q=0", ";q=0.001", ";q=0.5", ";q=1", ";q=1.0"])
RANGES = st.sampled_from([*(f.media_type for f in SOLUTION_FORMATS), "text/*", "application/*", "*/*", "image/png"])


def wanted(quality: str) -> float:
    return float(quality.removeprefix(";q=") or 1)


@given(st.dictionaries(RANGES, QUALITY, min_size=1))
def test_the_choice_is_the_best_by_quality_and_by_the_most_specific_range(ranges):
    """RFC 9110, 12.5.1, worked out the long way."""

    def quality_of(media_type: str) -> float:
        for candidate in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
            if candidate in ranges:
                return wanted(ranges[candidate])
        return 0

    choice = find(SOLUTION_FORMATS, accept(", ".join(map("".join, ranges.items()))))
    best = max(quality_of(format.media_type) for format in SOLUTION_FORMATS)
    if best == 0:
        assert choice is None or "json" in choice.content_type or "xml" in choice.content_type  # by another name
    elif choice and choice.content_type.partition(";")[0] == choice.format.media_type:
        assert quality_of(choice.format.media_type) == best
