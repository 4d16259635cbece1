"""After any changes the copies that are known are those that are found when all articles are compared."""

from dataclasses import dataclass
from datetime import date, timedelta

from article_examples import article_of
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.terms import AC, RDF, SCHEMA, XSD
from server.store import copies, copy_changes

WORDS = [f"word{number}" for number in range(200)]
DEFAULT = DefaultGraph()


@dataclass(frozen=True)
class Printed:
    """A piece of one long text, so that some share much, some a little and some nothing."""

    day: int
    start: int
    length: int

    def quads(self, name: str) -> set[Quad]:
        article = NamedNode(article_of(name))
        day = Literal((date(2020, 1, 1) + timedelta(self.day)).isoformat(), datatype=XSD.date)
        body = Literal(" ".join(WORDS[self.start : self.start + self.length]))
        told = {RDF.type: AC.Article, SCHEMA.datePublished: day, SCHEMA.articleBody: body}
        return {Quad(article, predicate, value, DEFAULT) for predicate, value in told.items()}


printed = st.builds(Printed, st.integers(0, 25), st.sampled_from(range(0, 120, 10)), st.sampled_from([20, 50, 60, 80]))
steps = st.lists(st.dictionaries(st.sampled_from("abcdefghij"), st.none() | printed, min_size=1), min_size=2)


def filled(articles: dict[str, Printed]) -> Store:
    store = Store()
    for name, content in articles.items():
        store.extend(content.quads(name))
    store.extend(copies.find(store))
    return store


@settings(deadline=None, max_examples=150)
@given(steps)
def test_copies_are_kept_up_with_changes(steps: list[dict[str, Printed | None]]) -> None:
    articles: dict[str, Printed] = {}
    before = filled(articles)
    for step in steps:
        articles = {name: content for name, content in (articles | step).items() if content}
        after = filled(articles)
        shown = [{quad for quad in store if quad.graph_name == DEFAULT} for store in (before, after)]
        gone, come = copy_changes.changes(before, after, shown[0] ^ shown[1], all_dated=True)
        was, now = set(copies.find(before)), set(copies.find(after))
        assert (set(gone), set(come)) == (was - now, now - was)
        before = after


def test_an_earlier_print_takes_the_copies_of_the_next_and_those_go_on() -> None:
    """Only the first ones of stories have copies: where one is a copy itself, what was its copy becomes a story."""
    late = {"b": Printed(6, 30, 60), "c": Printed(12, 55, 60), "d": Printed(18, 80, 60)}
    before, after = filled(late), filled(late | {"a": Printed(0, 10, 60)})
    assert {quad.subject.value[-1] for quad in copies.find(before)} == {"c"}
    gone, come = copy_changes.changes(before, after, Printed(0, 10, 60).quads("a"))
    assert {quad.subject.value[-1] for quad in gone} == {"c"}
    assert {quad.subject.value[-1] for quad in come} == {"b", "d"}
