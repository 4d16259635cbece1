"""Copies of one story: agency copies and light rewrites are one, reports in words of their own are not."""

from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from article_examples import Said, article_of, write
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.terms import AC, DERIVED_GRAPH, RULES_FOLDER, SCHEMA, XSD
from server.store import copies
from server.store.copies import Text
from server.store.derivation import derive
from server.store.releases import Changes, Releases

STORY = (
    "Freedonia has shipped four barges of cannons to its neighbour Sylvania since the spring, port officials in the"
    " border town of Klopstok said on Tuesday. The barges left the harbour by night and without lights, and each of"
    " them was met by a customs boat on the far bank of the river. A dock worker recalled that the crates were "
    "marked as ploughs and that nobody was allowed to open them. The two governments signed a treaty of friendship "
    "last year and have since held three rounds of talks on trade in grain and machines."
)
REWRITTEN = (
    "Freedonia has sent four barges of cannons to its neighbour Sylvania since the spring, officials in the border "
    "town of Klopstok said Tuesday. The barges left the harbour by night and without lights, and every one of them "
    "was met by a customs boat on the far bank. One dock worker recalled that the crates were marked as ploughs and"
    " nobody was allowed to open them. The governments signed a treaty of friendship last year and have held three "
    "rounds of talks on trade in grain."
)
OWN_WORDS = (
    "Cannons have been crossing the river from Freedonia into Sylvania for months, according to people who work at "
    "the port of Klopstok. They describe four vessels that sailed after dark, escorted by a launch of the Sylvanian"
    " customs. The freight papers spoke of farm implements, one of them said. Since a pact between the neighbours "
    "came into force a year ago, delegations have met three times, officially to discuss grain. Neither capital "
    "answered our questions about the shipments, which would be the largest since the war."
)
SPEECH = (
    "“We have never sold as much as a single cannon to our neighbours in Sylvania, and whoever says that we did is "
    "either mistaken or paid for it, since our harbours are open to every inspector who cares to knock on the door,"
    " by day and by night, in summer and in winter, with or without an invitation from our government,” "
)


def text(name: str, words: str, day: date | None = None) -> Text:
    return Text(NamedNode(article_of(name)), day, copies.shingles_of([words]))


def found(*texts: Text) -> dict[str, str]:
    return {copy.value.rsplit("/", 1)[1]: story.value.rsplit("/", 1)[1] for copy, story in copies.copies(texts)}


def test_a_light_rewrite_is_a_copy_and_a_report_in_own_words_is_not() -> None:
    assert found(text("a", STORY), text("b", REWRITTEN), text("c", OWN_WORDS)) == {"b": "a"}
    assert copies.shared(text("a", STORY), text("b", REWRITTEN)) > 2 * copies.ENOUGH
    assert copies.shared(text("a", STORY), text("c", OWN_WORDS)) < copies.ENOUGH / 2


def test_a_longer_report_that_holds_the_story_is_a_copy() -> None:
    assert found(text("a", STORY), text("b", OWN_WORDS + " " + STORY)) == {"b": "a"}


def test_the_first_day_makes_the_story_whatever_the_order() -> None:
    three = (
        text("c", STORY, date(1843, 7, 1)),
        text("b", REWRITTEN, date(1843, 7, 2)),
        text("a", STORY, date(1843, 7, 3)),
    )
    for order in permutations(three):
        assert found(*order) == {"a": "c", "b": "c"}


def test_what_is_printed_again_after_weeks_is_another_story() -> None:
    assert found(text("a", STORY, date(1843, 7, 1)), text("b", STORY, date(1843, 7, 8))) == {"b": "a"}
    assert found(text("a", STORY, date(1843, 7, 1)), text("b", STORY, date(1843, 7, 9))) == {}
    assert found(text("a", STORY, date(1843, 7, 1)), text("b", STORY)) == {"b": "a"}


def test_reports_that_quote_the_same_speech_are_no_copies() -> None:
    first = SPEECH + "the minister said. " + STORY
    second = SPEECH + "Freedonia’s minister told reporters. " + OWN_WORDS
    assert found(text("a", first), text("b", second)) == {}


def test_front_matter_and_short_texts_are_not_compared() -> None:
    front = "---\n" + "".join(f"key{number}: the same value for all\n" for number in range(30)) + "---\n"
    assert found(text("a", front + STORY), text("b", front + OWN_WORDS)) == {}
    assert copies.shingles_of([front + "Two words."]) == copies.shingles_of(["Two words."])
    short = Store()
    assert copies.find(short) == []


def test_a_thousand_stories_are_told_apart_within_seconds() -> None:
    words = OWN_WORDS.split()
    many = [text(f"s{number:04}", " ".join(f"{word}{number % 500}" for word in words)) for number in range(1000)]
    assert found(*many) == {f"s{number + 500:04}": f"s{number:04}" for number in range(500)}


@pytest.fixture
def published(releases: Releases, tmp_path: Path) -> Store:
    """Two open articles with one story, one with its own, and one of which only quotes are there."""
    put: dict[str, Path] = {}
    sentences = tuple(Said(one.strip() + ".", speaker=None) for one in STORY.split(".") if one)
    put |= write(tmp_path, "1", [Said("Cannons.", speaker=None)], body=STORY)
    put |= write(tmp_path, "2", [Said("Barges.", speaker=None)], body=REWRITTEN)
    put |= write(tmp_path, "3", [Said("Vessels.", speaker=None)], body=OWN_WORDS)
    put |= write(tmp_path, "4", sentences)
    return releases.publish(Changes(put=put)).open()


def test_publishing_marks_copies_in_the_derived_graph_and_the_default_graph(published: Store) -> None:
    for graph in (DERIVED_GRAPH, DefaultGraph()):
        marked = published.quads_for_pattern(None, AC.copyOf, None, graph)
        assert {(q.subject.value, q.object.value) for q in marked} == {
            (article_of("2"), article_of("1")),
            (article_of("4"), article_of("1")),
        }


def test_unattributed_statements_of_copies_rest_on_one_source() -> None:
    store = Store()
    for name, words in (("1", STORY), ("2", REWRITTEN), ("3", OWN_WORDS)):
        article, statement = NamedNode(article_of(name)), NamedNode(f"http://example.org/{name}")
        store.extend(
            Quad(subject, predicate, value, DefaultGraph())
            for subject, predicate, value in (
                (article, NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"), AC.Article),
                (article, SCHEMA.articleBody, Literal(words, language="en")),
                (article, SCHEMA.datePublished, Literal("1843-07-01", datatype=XSD.date)),
                (statement, AC.reportedIn, article),
            )
        )
    rule = RULES_FOLDER / "40-independent-source.rq"
    derive(store, {rule.name: rule.read_text("utf-8")})
    sources = {
        q.subject.value[-1]: q.object.value[-1]
        for q in store.quads_for_pattern(None, AC.independentSource, None, DERIVED_GRAPH)
    }
    assert sources == {"1": "1", "2": "1", "3": "3"}
