"""An article's open text in paragraphs, with the sentences marked that statements rest on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_PARAGRAPH = re.compile(r"\S.*?(?=\s*(?:\n\s*\n|\Z))", re.DOTALL)
_HEADING = re.compile(r"#{1,6} +")


@dataclass(frozen=True)
class Span:
    """A half-open span of code points of the article's text, and the number of the statement that it proves."""

    start: int
    end: int
    number: int


@dataclass(frozen=True)
class Piece:
    """A run of text: `numbers` of the statements that rest on it, `ending` those whose evidence ends with it."""

    text: str
    numbers: tuple[int, ...] = ()
    ending: tuple[int, ...] = ()


@dataclass(frozen=True)
class Paragraph:
    """A paragraph or heading as pieces."""

    pieces: tuple[Piece, ...]
    heading: bool = False


def mark(text: str, spans: Sequence[Span]) -> list[Paragraph]:
    """Return the text in paragraphs, without front matter, cut where evidence begins and ends."""
    front = _FRONT_MATTER.match(text)
    paragraphs = []
    for found in _PARAGRAPH.finditer(text, front.end() if front else 0):
        start, end = found.span()
        heading = _HEADING.match(text, start)
        paragraphs.append(
            Paragraph(_pieces(text, heading.end() if heading else start, end, spans), heading is not None)
        )
    return paragraphs


def _pieces(text: str, start: int, end: int, spans: Sequence[Span]) -> tuple[Piece, ...]:
    inside = [span for span in spans if span.start < end and span.end > start]
    cuts = sorted({start, end} | {max(start, s.start) for s in inside} | {min(end, s.end) for s in inside})
    return tuple(
        Piece(
            text[left:right],
            tuple(s.number for s in inside if s.start <= left and right <= s.end),
            tuple(s.number for s in inside if s.end == right),
        )
        for left, right in pairwise(cuts)
    )
