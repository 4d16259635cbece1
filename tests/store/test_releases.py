"""Publishing, rolling back and pruning releases."""

import gc
import json
import re
from pathlib import Path

import pytest
from article_examples import BABBAGE, LOVELACE, Said, article_of, graph_of, statement_of, write
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

import armsclaims
from ontology.terms import (
    AC,
    CATALOGUE_GRAPH,
    DCAT,
    DCT,
    DERIVED_GRAPH,
    ID,
    ONTOLOGY_GRAPH,
    RDF,
    REFERENCE_GRAPH,
    RETRACTED_GRAPH,
    VOID,
)
from server.store import lease
from server.store.derivation import is_shown
from server.store.embedded import EmbeddedEngine
from server.store.errors import BadGraph, Damaged, Invalid, StoreError, UnknownRelease
from server.store.foundation import Foundation
from server.store.releases import Changes, Releases

SHIPS = Said("Ships have sailed.")
NO_SHIPS = Said("No ship has sailed.", kind="Denial", speaker=BABBAGE)
GEARS = Said("Three gears were sent.", quantity=3)


def default_graph(store: Store) -> set[tuple]:
    return {(q.subject, q.predicate, q.object) for q in store.quads_for_pattern(None, None, None, DefaultGraph())}


def union(store: Store) -> set[tuple]:
    return {(q.subject, q.predicate, q.object) for q in store if is_shown(q.graph_name)}


def subjects(store: Store, graph: NamedNode | DefaultGraph | None = None) -> set[str]:
    return {
        q.subject.value for q in store.quads_for_pattern(None, None, None, graph) if isinstance(q.subject, NamedNode)
    }


def test_an_empty_data_folder_has_no_release(releases: Releases) -> None:
    assert releases.current() is None
    assert releases.list() == []


def test_a_published_article_is_served_with_its_foundation(releases: Releases, tmp_path: Path) -> None:
    release = releases.publish(Changes(put=write(tmp_path, "one", [SHIPS, NO_SHIPS])), note="the first")
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{10}", release.id)
    assert releases.current() == release
    store = releases.current().open()
    assert {g.value for g in store.named_graphs()} == {
        graph_of("one"),
        ONTOLOGY_GRAPH.value,
        REFERENCE_GRAPH.value,
        DERIVED_GRAPH.value,
        CATALOGUE_GRAPH.value,
    }
    assert statement_of("one", SHIPS) in subjects(store, DefaultGraph())
    assert default_graph(store) == union(store)


def test_the_manifest_counts_what_is_in_the_store(releases: Releases, tmp_path: Path) -> None:
    put = write(tmp_path, "one", [SHIPS, NO_SHIPS]) | write(tmp_path, "two", [GEARS])
    given = {graph_of("one"): {"path": "one.md", "key": "k1", "article": article_of("one")}}
    release = releases.publish(Changes(put=put), sources=given, note="the first", writer="a test")
    manifest = json.loads((release.folder / "manifest.json").read_text())
    store = release.open()
    assert manifest["totals"]["articles"] == 2
    assert manifest["totals"]["statements"] == {"Allegation": 2, "Denial": 1}
    assert manifest["totals"]["quads"] == sum(1 for quad in store if quad.graph_name != DefaultGraph())
    assert manifest["totals"]["triples"] == len(default_graph(store))
    for graph, number in manifest["graphs"].items():
        assert number == len(list(store.quads_for_pattern(None, None, None, NamedNode(graph)))), graph
    assert manifest["sources"][graph_of("one")]["path"] == "one.md"
    assert manifest["sources"][graph_of("one")]["key"] == "k1"
    assert manifest["sources"][graph_of("two")]["article"] == article_of("two")
    assert set(manifest["versions"]) == {"armsclaims", "pyoxigraph", "ontology", "reference", "rules", "shapes"}
    assert (manifest["note"], manifest["writer"], manifest["parent"]) == ("the first", "a test", None)


def test_the_catalogue_describes_the_release(releases: Releases, tmp_path: Path) -> None:
    first = releases.publish(Changes(put=write(tmp_path, "one", [SHIPS])))
    second = releases.publish(Changes(put=write(tmp_path, "two", [NO_SHIPS, GEARS])))
    store = second.open()
    iri = NamedNode(f"{ID}release/{second.id}")

    def values(subject: NamedNode, predicate: NamedNode) -> set[str]:
        return {q.object.value for q in store.quads_for_pattern(subject, predicate, None, CATALOGUE_GRAPH)}

    assert values(iri, DCT.license) == {"https://creativecommons.org/licenses/by/4.0/"}
    assert values(iri, DCT.source) == {"https://www.geonames.org/"}
    assert values(iri, DCAT.version) == {second.id}
    assert values(iri, DCAT.previousVersion) == {f"{ID}release/{first.id}"}
    assert values(iri, VOID.triples) == {str(len(default_graph(store)))}
    assert values(NamedNode(f"{iri.value}/Allegation"), VOID.entities) == {"2"}
    assert f"{ID}release/{first.id}" not in subjects(store, CATALOGUE_GRAPH)


def test_replacing_an_article_keeps_the_default_graph_in_step(releases: Releases, tmp_path: Path) -> None:
    releases.publish(Changes(put=write(tmp_path, "one", [SHIPS, GEARS]) | write(tmp_path, "two", [NO_SHIPS])))
    release = releases.publish(Changes(put=write(tmp_path, "one", [SHIPS])))
    store = release.open()
    assert statement_of("one", GEARS) not in subjects(store)
    assert default_graph(store) == union(store)
    # both articles say so; the copy in the default graph stays while one of them does
    label = store.quads_for_pattern(NamedNode(LOVELACE), RDF.type, AC.Person, None)
    assert len(list(label)) == 4  # one, two, reference, default


def test_dropping_an_article_takes_what_was_derived_from_it(releases: Releases, tmp_path: Path) -> None:
    first = releases.publish(Changes(put=write(tmp_path, "one", [SHIPS]) | write(tmp_path, "two", [NO_SHIPS])))
    assert [
        (q.subject.value, q.object.value) for q in first.open().quads_for_pattern(None, None, None, DERIVED_GRAPH)
    ] == [(statement_of("two", NO_SHIPS), statement_of("one", SHIPS))]
    second = releases.publish(Changes(drop={graph_of("two")}))
    store = second.open()
    assert list(store.quads_for_pattern(None, AC.contradicts, None)) == []
    assert graph_of("two") not in {graph.value for graph in store.named_graphs()}
    assert default_graph(store) == union(store)
    assert list(second.manifest.sources) == [graph_of("one")]


def test_old_releases_stay_as_they_were(releases: Releases, tmp_path: Path) -> None:
    first = releases.publish(Changes(put=write(tmp_path, "one", [SHIPS])))
    handle = first.open()
    before = {str(quad) for quad in handle}
    releases.publish(Changes(put=write(tmp_path, "one", [GEARS])))
    assert {str(quad) for quad in handle} == before
    assert {str(quad) for quad in releases.get(first.id).open()} == before


def test_publishing_the_same_content_again_makes_no_release(releases: Releases, tmp_path: Path) -> None:
    put = write(tmp_path, "one", [SHIPS])
    first = releases.publish(Changes(put=put), sources={graph_of("one"): {"path": "a.md", "key": "old"}})
    told: list[str] = []
    again = releases.publish(
        Changes(put=put), sources={graph_of("one"): {"path": "b.md", "key": "new"}}, progress=told.append
    )
    assert again.id == first.id
    assert told == [f"nothing has changed since release {first.id}"]
    assert [release.id for release in releases.list()] == [first.id]
    assert releases.current().manifest.sources[graph_of("one")].key == "new"  # else the loader would read it again


def test_the_same_content_has_the_same_digest_whatever_the_history(tmp_path: Path, foundation: Foundation) -> None:
    one, two = Releases(tmp_path / "1", foundation=foundation), Releases(tmp_path / "2", foundation=foundation)
    a, b = write(tmp_path, "one", [SHIPS]), write(tmp_path, "two", [GEARS, NO_SHIPS])
    one.publish(Changes(put=a))
    at_last = one.publish(Changes(put=b))
    at_once = two.publish(Changes(put=a | b))
    assert at_last.id.partition("-")[2] == at_once.id.partition("-")[2]
    catalogue = {CATALOGUE_GRAPH}
    assert {str(q) for q in at_last.open() if q.graph_name not in catalogue} == {
        str(q) for q in at_once.open() if q.graph_name not in catalogue
    }


def test_rolling_back_publishes_a_release_equal_to_the_old_one(releases: Releases, tmp_path: Path) -> None:
    first = releases.publish(Changes(put=write(tmp_path, "one", [SHIPS])))
    second = releases.publish(Changes(put=write(tmp_path, "two", [GEARS])))
    third = releases.roll_back(first.id)
    assert [release.id for release in releases.list()] == [first.id, second.id, third.id]
    assert releases.current() == third
    assert third.contents == first.contents
    assert third.manifest.parent == second.id
    assert third.manifest.note == f"equal to release {first.id}"
    assert default_graph(third.open()) == default_graph(first.open())
    fourth = releases.publish(Changes(put=write(tmp_path, "two", [GEARS])))
    assert fourth.contents == second.contents


def test_rolling_back_to_the_current_release_is_refused(releases: Releases, tmp_path: Path) -> None:
    release = releases.publish(Changes(put=write(tmp_path, "one", [SHIPS])))
    with pytest.raises(StoreError, match="is the current one"):
        releases.roll_back(release.id)


def test_an_unknown_release_names_the_known_ones(releases: Releases, tmp_path: Path) -> None:
    with pytest.raises(UnknownRelease, match="there are none yet"):
        releases.get("yesterday")
    release = releases.publish(Changes(put=write(tmp_path, "one", [SHIPS])))
    with pytest.raises(UnknownRelease, match=release.id):
        releases.roll_back("yesterday")


def test_pruning_keeps_the_last_releases(releases: Releases, tmp_path: Path) -> None:
    first, *rest = [releases.publish(Changes(put=write(tmp_path, f"{n}", [SHIPS]))) for n in range(4)]
    assert releases.prune(keep=2) == [first.id, rest[0].id]
    assert [release.id for release in releases.list()] == [rest[1].id, rest[2].id]
    assert releases.prune(keep=2) == []
    with pytest.raises(StoreError, match="keep at least 1"):
        releases.prune(keep=0)


def test_pruning_leaves_what_somebody_reads(releases: Releases, tmp_path: Path) -> None:
    first, second, _ = [releases.publish(Changes(put=write(tmp_path, f"{n}", [SHIPS]))) for n in range(3)]
    with lease.held(first.folder):
        handle = first.open()
        assert releases.prune(keep=1) == [second.id]
        assert statement_of("0", SHIPS) in subjects(handle)
    assert releases.prune(keep=1) == [first.id]
    with pytest.raises(FileNotFoundError):
        lease.take(first.folder)


def test_pruning_leaves_what_the_python_api_reads(releases: Releases, tmp_path: Path) -> None:
    first, _ = [releases.publish(Changes(put=write(tmp_path, f"{n}", [SHIPS]))) for n in range(2)]
    dataset = armsclaims.open_release(releases.folder, first.id)
    assert releases.prune(keep=1) == []
    del dataset
    gc.collect()
    assert releases.prune(keep=1) == [first.id]


def test_pruning_leaves_what_a_worker_reads(releases: Releases, tmp_path: Path) -> None:
    first, second, _ = [releases.publish(Changes(put=write(tmp_path, f"{n}", [SHIPS]))) for n in range(3)]
    with EmbeddedEngine(releases.folder, workers=1) as engine:
        ask = "SELECT ?s WHERE { ?s a ac:Allegation }"
        assert len(engine.select(ask, release=first.id)) == 1
        assert releases.prune(keep=1) == [second.id]
        assert len(engine.select(ask, release=first.id)) == 1
    assert releases.prune(keep=1) == [first.id]


def test_a_changed_reference_replaces_the_old_one(tmp_path: Path, foundation: Foundation) -> None:
    data = tmp_path / "data"
    Releases(data, foundation=foundation).publish(Changes(put=write(tmp_path, "one", [SHIPS])))
    other = tmp_path / "other"
    for path in foundation.folder.rglob("*.*"):
        target = other / path.relative_to(foundation.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text().replace('"Analyst"@en', '"Countess"@en'))
    release = Releases(data, foundation=Foundation(other)).publish(Changes())
    store = release.open()
    titles = {q.object for q in store.quads_for_pattern(None, AC.title, None)}
    assert titles == {Literal("Countess", language="en")}
    assert default_graph(store) == union(store)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("<http://e/s> <http://e/p> <http://e/o> <http://e/other> .\n", "not in <"),
        ("<http://e/s> <http://e/p> <http://e/o> .\n", "not in <"),
        ("_:b <http://e/p> <http://e/o> <GRAPH> .\n", "blank node"),
        ("<http://e/s> <http://e/p> oops\n", "line 1"),
        ("", "has no quads"),
    ],
)
def test_a_bad_file_is_refused_and_named(releases: Releases, tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "bad.nq"
    path.write_text(content.replace("GRAPH", graph_of("bad")))
    with pytest.raises(BadGraph, match=complaint) as error:
        releases.publish(Changes(put={graph_of("bad"): path}))
    assert "bad.nq" in str(error.value)
    assert releases.current() is None


def test_what_publishing_makes_cannot_be_put(releases: Releases, tmp_path: Path) -> None:
    path = tmp_path / "x.nq"
    path.write_text(f"<http://e/s> <http://e/p> <http://e/o> {DERIVED_GRAPH} .\n")
    with pytest.raises(BadGraph, match="is not an article's graph"):
        releases.publish(Changes(put={DERIVED_GRAPH.value: path}))
    with pytest.raises(BadGraph, match="missing"):
        releases.publish(Changes(put={graph_of("x"): tmp_path / "none.nq"}))
    with pytest.raises(BadGraph, match=r"no graph <.*/nowhere> to drop"):
        releases.publish(Changes(drop={graph_of("nowhere")}))


def test_a_violation_names_article_and_sentence_and_publishes_nothing(releases: Releases, tmp_path: Path) -> None:
    first = releases.publish(Changes(put=write(tmp_path, "one", [SHIPS])))
    wrong = Quad(
        NamedNode(statement_of("two", GEARS)), AC.speaker, NamedNode(ID + "place/london"), NamedNode(graph_of("two"))
    )
    with pytest.raises(Invalid) as error:
        releases.publish(Changes(put=write(tmp_path, "two", [GEARS], extra=[wrong])))
    assert [(v.article, v.sentence) for v in error.value.violations] == [(article_of("two"), "Three gears were sent.")]
    assert "the speaker is not an actor" in str(error.value)
    assert releases.current() == first
    assert [release.id for release in releases.list()] == [first.id]
    assert list((releases.folder / "building").iterdir()) == []


def test_retracted_statements_leave_the_default_graph(releases: Releases, tmp_path: Path) -> None:
    releases.publish(Changes(put=write(tmp_path, "one", [SHIPS, GEARS]) | write(tmp_path, "two", [NO_SHIPS])))
    retracted = Said("Three gears were sent.", quantity=3, review="ReviewRetracted")
    release = releases.publish(Changes(put=write(tmp_path, "one", [SHIPS, retracted])))
    store = release.open()
    kinds = {iri.removeprefix(ID).partition("/")[0] for iri in subjects(store, RETRACTED_GRAPH)}
    assert kinds == {"statement", "evidence", "selector", "quantity"}
    assert not subjects(store, RETRACTED_GRAPH) & subjects(store, DefaultGraph())
    assert statement_of("one", SHIPS) in subjects(store, DefaultGraph())
    assert default_graph(store) == union(store)
    assert release.manifest.statements == {"Allegation": 1, "Denial": 1}
    assert [q.object.value for q in store.quads_for_pattern(None, AC.contradicts, None, DERIVED_GRAPH)] == [
        statement_of("one", SHIPS)
    ]
    back = releases.publish(Changes(put=write(tmp_path, "one", [SHIPS, GEARS])))
    assert subjects(back.open(), RETRACTED_GRAPH) == set()
    assert statement_of("one", GEARS) in subjects(back.open(), DefaultGraph())


def test_a_damaged_release_says_which(releases: Releases, tmp_path: Path) -> None:
    release = releases.publish(Changes(put=write(tmp_path, "one", [SHIPS])))
    (release.folder / "manifest.json").write_text("{")
    with pytest.raises(Damaged, match=release.id):
        releases.current()


def test_what_is_published_is_what_was_read_whatever_becomes_of_the_file(releases: Releases, tmp_path: Path) -> None:
    put = write(tmp_path, "one", [SHIPS])

    def meddle(phase: str) -> None:
        if phase.startswith("loading"):
            write(tmp_path, "one", [GEARS])

    release = releases.publish(Changes(put=put), progress=meddle)
    assert statement_of("one", SHIPS) in {quad.subject.value for quad in release.open() if quad.predicate == AC.quote}
    again = releases.publish(Changes(put=put))
    assert again.id != release.id
    assert statement_of("one", GEARS) in {quad.subject.value for quad in again.open() if quad.predicate == AC.quote}
