"""The table of word classes gives exactly what the parser's own attribute ruler gives."""

from importlib.util import find_spec
from typing import Any

import pytest
import spacy
from spacy.language import Language

from loader import parsing
from loader.attributes import Attributes, UnknownRule

SENTENCES = (
    "The minister said that the shells had been sent by rail, but nobody would say by whom.",
    "They ain't gonna go, y'all; lemme see 'em. I gotta say there's no ol' thing.",
    "It isn't goin' well \n\n and we have something to do: let's do somethin'. He'd done nothin', c'm on.",
    "What do you want? Here are those who have it; this one doesn't. You see me, and I see you.",
    "  Both   deny it\t. 7,000 containers, $5 million, 3.5% – “so what?” (see [2]) #tag @who :-) e.g. U.S.-made drones",
    "",
)
COLUMNS: list[int | str] = ["TAG", "POS", "MORPH", "LEMMA", "DEP", "HEAD", "SENT_START"]


@pytest.fixture(scope="module")
def model() -> Language:
    name = next(name for name in parsing.MODELS if find_spec(name))
    return spacy.load(name, exclude=["ner"])


@pytest.mark.parametrize("text", SENTENCES)
def test_the_table_sets_what_the_ruler_sets(model: Language, text: str) -> None:
    ruler: Any = model.get_pipe("attribute_ruler")
    with model.select_pipes(disable=["attribute_ruler", "lemmatizer"]):
        one, other = model(text), model(text)

    ours = Attributes(ruler.patterns, model.vocab)(one)
    theirs = ruler(other)

    assert ours.to_array(COLUMNS).tolist() == theirs.to_array(COLUMNS).tolist()


def test_it_is_what_articles_are_parsed_with() -> None:
    assert isinstance(parsing._model().get_pipe("attribute_ruler"), Attributes)


def test_a_rule_of_another_form_is_refused(model: Language) -> None:
    with pytest.raises(UnknownRule):
        Attributes([{"patterns": [[{"LEMMA": "be"}]], "attrs": {"POS": "AUX"}, "index": 0}], model.vocab)
    with pytest.raises(UnknownRule):
        Attributes([{"patterns": [[{"TAG": "VB", "OP": "+"}]], "attrs": {"POS": "AUX"}, "index": 0}], model.vocab)
    with pytest.raises(UnknownRule):
        Attributes([{"patterns": [[{"TAG": "VB"}]], "attrs": {"ENT_TYPE": "ORG"}, "index": 0}], model.vocab)
