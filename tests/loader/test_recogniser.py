"""The recogniser finds what spaCy's own one finds, step by step."""

from importlib.util import find_spec

import pytest
import spacy
from spacy.language import Language

from loader import parsing
from loader.recogniser import Recogniser

SENTENCES = (
    "On Monday the prime minister of India, Narendra Modi, met officials of Chad's army in Peru.",
    "",
    "Nobody would say by whom.",
    "  \n ",
    "Kenya sold 12 Mi-17 helicopters for $40 million to the United Nations, the Daily Nation reported on 3 May 2019.",
    "no names here, only 7,000 containers – “so what?”",
)


@pytest.fixture(scope="module")
def model() -> Language:
    return spacy.load(next(name for name in parsing.MODELS if find_spec(name)))


def names(model: Language, texts: list[str]) -> list[list[tuple[str, str]]]:
    return [[(one.text, one.label_) for one in doc.ents] for doc in model.pipe(texts)]


def test_it_finds_the_names_that_the_library_finds(model: Language) -> None:
    theirs = names(model, list(SENTENCES))
    tokens = [model.make_doc(text) for text in SENTENCES]
    ours = list(Recogniser(model.get_pipe("ner")).pipe(tokens, batch_size=4))

    assert [[(one.text, one.label_) for one in doc.ents] for doc in ours] == theirs
    assert ("Peru", "GPE") in theirs[0]


def test_texts_without_words_have_no_names(model: Language) -> None:
    assert not Recogniser(model.get_pipe("ner"))(model.make_doc("")).ents
    assert list(Recogniser(model.get_pipe("ner")).pipe([])) == []


def test_it_is_what_articles_are_parsed_with() -> None:
    assert isinstance(parsing._model().get_pipe("ner"), Recogniser)
