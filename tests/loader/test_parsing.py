"""Parsing: offsets into the text, and texts that are made to keep a parser busy."""

from loader import parsing
from loader.records import Block


def parsed(text: str) -> parsing.Document:
    return parsing.parse(text, [Block(0, len(text), "body")])


def test_a_row_of_signs_is_passed_over_and_offsets_hold() -> None:
    text = "Peru denied it " + "(\"'" * 10_000 + " on Monday."
    words = [token for token in parsed(text).tokens if not token.text.isspace()]
    assert [text[token.start : token.end] for token in words] == ["Peru", "denied", "it", "on", "Monday", "."]


def test_clauses_after_a_semicolon_are_sentences_of_their_own() -> None:
    text = "Peru sold boots; Chile denied it. Nobody asked."
    document = parsed(text)
    found = [text[sentence.start : sentence.end] for sentence in document.sentences]
    assert found == ["Peru sold boots;", "Chile denied it.", "Nobody asked."]
