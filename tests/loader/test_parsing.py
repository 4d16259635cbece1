"""Parsing: offsets into the text, and texts that are made to keep a parser busy."""

from hypothesis import given, settings
from hypothesis import strategies as st

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


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=200))
def test_offsets_point_into_the_original_text(text: str) -> None:
    before = "Ünïcode “first”.\n\n"
    whole = before + text
    document = parsing.parse(whole, (Block(len(before), len(whole), "body"),))
    plain = document.text
    assert len(plain) == len(whole)
    for token in document.tokens:
        assert plain[token.start : token.end] == token.text
        assert len(before) <= token.start <= token.end <= len(whole)
    for sentence in document.sentences:
        assert [document.tokens[at].sentence for at in range(sentence.first, sentence.last)] == [sentence.index] * (
            sentence.last - sentence.first
        )
