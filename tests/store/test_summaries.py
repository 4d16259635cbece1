"""What pages list and count of a release is what the engine would have told, and stays so from release to release."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from benchmarks.generator import Generator
from loader import emit
from ontology.terms import AC, DERIVED_GRAPH, ID, PREFIXES, RULES_FOLDER
from server import browse, claims, discovery, disputes, saved_queries, statements, void
from server.app import create_app
from server.claims import Filter
from server.disputes import Pair
from server.labels import Labels
from server.rows import plain, text
from server.settings import Settings
from server.store import summaries
from server.store.embedded import EmbeddedEngine
from server.store.foundation import Foundation
from server.store.release import DUMPS, STORE
from server.store.summary import Summary

ARTICLES = 60
CLASSES = ("Allegation", "Denial", "Article", "State", "Place", "ArmsTransfer", "Summit", "Materiel", "MediaOutlet")


class Bare(EmbeddedEngine):
    """An engine without summaries."""

    def summary(self, release: str | None = None) -> None:
        """Return nothing."""


@pytest.fixture(scope="module")
def articles() -> list[list[Quad]]:
    """The quads of each generated article."""
    generator = Generator(seed=7)
    return [list(emit.quads(one, generator.reference)) for one in generator.extractions(ARTICLES)]


def filled(store: Store, articles: list[list[Quad]]) -> Store:
    """A store with these articles, and what they are counted as."""
    foundation = Foundation()
    quads = [*foundation.ontology, *foundation.reference, *(quad for article in articles for quad in article)]
    store.bulk_extend([*quads, *(Quad(*quad.triple, DefaultGraph()) for quad in quads)])
    for name in ("10-speaker-state.rq", "40-independent-source.rq"):
        derived: Any = store.query((RULES_FOLDER / name).read_text("utf-8"))
        triples = list(derived)
        store.bulk_extend(Quad(*triple, graph) for triple in triples for graph in (DERIVED_GRAPH, DefaultGraph()))
    store.flush()
    return store


@pytest.fixture(scope="module")
def folder(articles: list[list[Quad]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a release and its summaries."""
    folder = tmp_path_factory.mktemp("summaries")
    release = folder / "releases" / "one"
    (release / DUMPS).mkdir(parents=True)
    store = filled(Store(str(release / STORE)), articles)
    summaries.write(release / DUMPS / summaries.FILE, store)
    del store
    (folder / "current").symlink_to("releases/one")
    return folder


@pytest.fixture(scope="module")
def engines(folder: Path) -> Iterator[tuple[EmbeddedEngine, EmbeddedEngine]]:
    """An engine with summaries, and one without."""
    with EmbeddedEngine(folder, workers=1) as engine, Bare(folder, workers=1) as bare:
        yield engine, bare


def test_a_release_with_summaries_has_them(engines):
    engine, bare = engines
    assert isinstance(engine.summary(), Summary)
    assert bare.summary() is None


def test_disputes_are_those_that_the_engine_finds(engines):
    engine, bare = engines
    found = disputes.read(engine, Labels(engine))
    assert len(found) > 20
    assert found == disputes.read(bare, Labels(bare))


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(speaker="none"),
        Filter(outlet="none"),
        Filter(since=date(2018, 1, 1), until=date(2020, 12, 31)),
    ],
)
def test_a_dispute_holds_what_the_engine_finds(engines, wanted):
    engine, bare = engines
    pairs = [dispute.pair for dispute in disputes.read(engine, Labels(engine))]
    assert {pair.talks for pair in pairs} == {True, False}
    for pair in [*pairs[:8], *[pair for pair in pairs if pair.talks][:3]]:
        assert told(engine, pair, wanted) == told(bare, pair, wanted)
        assert told(engine, pair, replace(wanted, speaker=pair.one)) == told(
            bare, pair, replace(wanted, speaker=pair.one)
        )


def told(engine: EmbeddedEngine, pair: Pair, wanted: Filter) -> list[Any]:
    said = claims.of(engine, pair, wanted)
    everything = claims.of(engine, pair)
    return [
        sorted((row["stance"], int(row["reports"]), int(row["sources"])) for row in said.counts()),
        sorted((row["stated"], row["first"], row["last"]) for row in said.days()),
        *(list(said.first(stance, 5)) for stance in ("allege", "deny", "decline", "other")),
        list(said.counted(5)),
        list(said.newest(10)),
        sorted(everything.speakers()),
        set(everything.outlets()),
        everything.unattributed(),
    ]


def test_what_is_said_by_and_about_a_thing_is_what_the_engine_finds(engines):
    _, bare = engines
    partakes = f"{AC.supplier}|{AC.materiel}|{AC.place}"
    things = bare.select(
        f"SELECT DISTINCT ?x WHERE {{ {{ ?e {partakes} ?x }} UNION {{ ?s {AC.about} ?x }} }} ORDER BY ?x"
    )
    assert len(things) > 50
    found = 0
    for row in things[::7]:
        iri = text(row, "x") or ""
        for which in ("by", "about"):
            shown, asked = (statements.find(one, Labels(one), iri, which) for one in engines)
            assert ([s.iri for s in shown.statements], shown.more) == ([s.iri for s in asked.statements], asked.more)
            found += len(shown.statements)
    assert found > 20


def test_the_counts_of_classes_and_properties_are_those_of_the_engine(engines):
    engine, bare = engines
    summary = engine.summary()
    counted = [(row["class"], int(row["members"])) for row in map(plain, bare.select(browse._CLASSES))]
    assert summary.classes() == counted
    assert summary.tally("class") == {row["term"]: int(row["n"]) for row in map(plain, bare.select(void._CLASSES))}
    assert summary.tally("property") == {
        row["term"]: int(row["n"]) for row in map(plain, bare.select(void._PROPERTIES))
    }
    assert summary.number(discovery._CLASSES) == int(text(bare.select(discovery._COUNT)[0], "n") or 0)
    assert summary.things(discovery._CLASSES, 50, summary.every(discovery._CLASSES, 50)[2]) == [
        text(row, "x") for row in bare.select(discovery._PAGE.replace(str(discovery.URLS), "50") + "100")
    ]


@pytest.mark.parametrize("name", CLASSES)
def test_members_of_a_class_come_in_the_order_of_the_engine(engines, name):
    engine, bare = engines
    query = browse._MEMBERS.format(class_=AC[name], offset=0)
    asked = [(text(row, "x"), text(row, "label") or "") for row in bare.select(query)]
    summary = engine.summary()
    assert summary.members(AC[name].value, browse.PAGE, 0) == asked
    pages = [summary.members(AC[name].value, 4, offset) for offset in range(0, len(asked), 4)]
    assert [one for page in pages for one in page][: len(asked)] == asked


def test_choices_of_a_query_are_those_that_articles_name(engines):
    engine, bare = engines
    for name in ("Actor", "Person", "State", "Materiel", "LegalInstrument"):
        asked = bare.select(saved_queries._INSTANCES, {"class": AC[name]})
        kinds = [text(row, "kind") or "" for row in bare.select(saved_queries._KINDS, {"class": AC[name]})]
        found = engine.summary().options(kinds, 1000)
        assert found == sorted(
            {(text(row, "value"), text(row, "label")) for row in asked}, key=lambda one: (one[1].lower(), one[0])
        )


def test_pages_look_the_same_with_and_without_summaries(engines, folder):
    pages = [
        "/disputes",
        "/browse",
        f"/browse?class={PREFIXES['ac']}Denial",
        "/sitemap.xml",
        *(f"/page/{iri.removeprefix(ID)}" for iri in ("state/russia", "state/norway", "materiel/artillery")),
    ]
    clients = [create_app(Settings(data=folder), one).test_client() for one in engines]
    for page in pages:
        answers = [client.get(page) for client in clients]
        assert {answer.status_code for answer in answers} <= {200, 404}
        assert answers[0].text == answers[1].text, page


def everything(path: Path) -> dict[str, object]:
    """All that the summaries tell."""
    summary = Summary(path)
    classes = [iri for iri, _ in summary.classes()]
    things = summary.things(classes, 100_000)
    return {
        "counts": sorted(map(str, summary.counts(claims.STANCES))),
        "days": sorted(map(str, summary.days(claims.STANCES))),
        "goods": sorted(map(str, summary.goods())),
        "classes": summary.classes(),
        "tallies": [summary.tally("class"), summary.tally("property")],
        "members": {iri: summary.members(iri, 100_000, 0) for iri in classes},
        "options": summary.options(classes, 100_000),
        "newest": summary.newest(100),
        "totals": summary.totals(),
        "said": {iri: [summary.said(iri, which, 100) for which in ("by", "about")] for iri in things[::5]},
        "events": {iri: summary.events(iri, 100) for iri in things[::5]},
    }


def test_what_is_taken_on_from_the_parent_is_what_is_made_anew(articles, tmp_path):
    before = filled(Store(), articles[:50])
    iceland = NamedNode(f"{ID}state/iceland")
    changed = [
        Quad(quad.subject, quad.predicate, iceland, quad.graph_name) if quad.predicate == AC.speaker else quad
        for quad in articles[10]
    ]
    after = filled(Store(), [*articles[3:10], changed, *articles[11:50], *articles[50:53]])
    touched = set(before) ^ set(after)
    summaries.write(tmp_path / "before", before)
    summaries.write(tmp_path / "anew", after)
    summaries.write(tmp_path / "after", after, before=before, parent=tmp_path / "before", touched=touched)
    assert everything(tmp_path / "after") == everything(tmp_path / "anew")
    assert everything(tmp_path / "after") != everything(tmp_path / "before")
