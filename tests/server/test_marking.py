"""An article's text in paragraphs with its evidence marked."""

from hypothesis import given
from hypothesis import strategies as st

from server.marking import Paragraph, Piece, Span, mark

TEXT = "---\nid: x\n---\n\n# Headline\n\nOne. Two. Three.\n\nFour.\n"


def test_front_matter_goes_and_headings_are_known():
    assert mark(TEXT, []) == [
        Paragraph((Piece("Headline"),), heading=True),
        Paragraph((Piece("One. Two. Three."),)),
        Paragraph((Piece("Four."),)),
    ]


def test_a_sentence_is_marked_with_the_numbers_of_its_statements():
    start = TEXT.index("Two.")
    (paragraph,) = [p for p in mark(TEXT, [Span(start, start + 4, 1), Span(start, start + 4, 2)]) if len(p.pieces) > 1]
    assert paragraph.pieces == (Piece("One. "), Piece("Two.", (1, 2), (1, 2)), Piece(" Three."))


def test_overlapping_evidence_is_cut_where_it_begins_and_ends():
    text = "abcdef"
    (paragraph,) = mark(text, [Span(0, 4, 1), Span(2, 6, 2)])
    assert paragraph.pieces == (Piece("ab", (1,)), Piece("cd", (1, 2), (1,)), Piece("ef", (2,), (2,)))


def test_evidence_over_two_paragraphs_is_marked_in_both():
    text = "One.\n\nTwo."
    first, second = mark(text, [Span(0, len(text), 1)])
    assert first.pieces == (Piece("One.", (1,)),)
    assert second.pieces == (Piece("Two.", (1,), (1,)),)


@given(
    st.text(alphabet="ab \n#.", max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4)
)
def test_no_letter_is_lost_or_doubled(text, pairs):
    spans = [Span(min(a, b), max(a, b), n) for n, (a, b) in enumerate(pairs)]
    shown = "".join(piece.text for paragraph in mark(text, spans) for piece in paragraph.pieces)
    plain = "".join(piece.text for paragraph in mark(text, []) for piece in paragraph.pieces)
    assert shown == plain
    letters = [c for c in text if c in "ab."]
    assert [c for c in shown if c in "ab."] == letters
