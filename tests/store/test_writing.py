"""Writes as releases: what may be written, what follows, and what never comes through."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from article_examples import Said, article_of, graph_of, statement_of, write
from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from ontology.terms import AC, CATALOGUE_GRAPH, DERIVED_GRAPH, PROV, RDFS, RETRACTED_GRAPH
from server.store.editing import Edit, Upload
from server.store.engine import BadQuery, OutOfMemory, Refused, TimedOut
from server.store.errors import BadUpload, Invalid, NoSuchGraph, NotWritable, Outdated, StoreError
from server.store.release import Release
from server.store.releases import Changes, Releases
from server.store.writing import Writer

SHIPS = Said("Ships have sailed.")
GEARS = Said("Three gears were sent.")
ELSEWHERE = "http://example.org/notes"
TURTLE = "text/turtle"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one article, made with the real ontology; tests write to it one after the other."""
    folder = tmp_path_factory.mktemp("written")
    given = {graph_of("one"): {"path": "one.md", "key": "k1", "article": article_of("one")}}
    Releases(folder).publish(Changes(put=write(folder, "one", [SHIPS, GEARS])), sources=given)
    return folder


def current(folder: Path) -> Release:
    release = Releases(folder).current()
    assert release is not None
    return release


def holds(folder: Path, ask: str) -> bool:
    return bool(current(folder).open().query(ask))


def put(graph: str | None, turtle: str, media_type: str = TURTLE) -> Edit:
    return Edit("put", graph=graph, uploads=(Upload(media_type, turtle),))


def test_an_update_of_an_article_is_a_release_in_which_all_is_in_step(published: Path) -> None:
    before = current(published)
    note = f"INSERT DATA {{ GRAPH <{graph_of('one')}> {{ <{article_of('one')}> rdfs:comment 'seen' }} }}"
    written = Writer(published).update(note, who="a-tester")
    release = current(published)
    assert (release.id, release.manifest.parent, release.manifest.writer) == (written.release, before.id, "a-tester")
    source = release.manifest.sources[graph_of("one")]
    assert (source.path, source.key) == ("one.md", "k1")
    store = release.open()
    seen = (NamedNode(article_of("one")), RDFS.comment, Literal("seen"))
    assert {quad.graph_name for quad in store.quads_for_pattern(*seen)} == {NamedNode(graph_of("one")), DefaultGraph()}
    assert [
        label.object.value
        for writer in store.quads_for_pattern(None, PROV.wasAttributedTo, None, CATALOGUE_GRAPH)
        for label in store.quads_for_pattern(writer.object, RDFS.label, None, CATALOGUE_GRAPH)
    ] == ["a-tester"]
    assert Writer(published).update(note).release == written.release  # nothing changed, so no release


def test_graphs_elsewhere_stand_beside_and_not_in_the_default_graph(published: Path) -> None:
    writer = Writer(published)
    assert writer.write(put(ELSEWHERE, "<#a> <#b> 1 .")).existed is False
    assert holds(published, f"ASK {{ GRAPH <{ELSEWHERE}> {{ <{ELSEWHERE}#a> ?b 1 }} }}")
    assert not holds(published, f"ASK {{ <{ELSEWHERE}#a> ?b 1 }}")
    posted = Edit("post", graph=ELSEWHERE, uploads=(Upload(TURTLE, "<#c> <#d> 2 ."), Upload(TURTLE, "<#e> <#f> 3 .")))
    assert writer.write(posted).existed is True
    assert holds(published, f"ASK {{ GRAPH <{ELSEWHERE}> {{ ?a ?b 1 . ?c ?d 2 . ?e ?f 3 }} }}")
    assert writer.write(Edit("delete", graph=ELSEWHERE)).existed is True
    with pytest.raises(NoSuchGraph):
        writer.write(Edit("delete", graph=ELSEWHERE))


def test_retracting_by_an_update_takes_the_statement_out_of_sight_and_a_later_write_leaves_it_there(
    published: Path,
) -> None:
    statement, graph = statement_of("one", GEARS), graph_of("one")
    Writer(published).update(
        f"DELETE DATA {{ GRAPH <{graph}> {{ <{statement}> ac:reviewStatus ac:ReviewMachine }} }} ;"
        f"INSERT DATA {{ GRAPH <{graph}> {{ <{statement}> ac:reviewStatus ac:ReviewRetracted }} }}"
    )
    Writer(published).update(f"INSERT DATA {{ GRAPH <{graph}> {{ <{article_of('one')}> rdfs:comment 'again' }} }}")
    graphs = {quad.graph_name for quad in current(published).open().quads_for_pattern(NamedNode(statement), None, None)}
    assert graphs == {RETRACTED_GRAPH}


@pytest.mark.parametrize(
    ("update", "error", "told"),
    [
        ("INSERT DATA { <http://e/a> <http://e/b> 1 }", NotWritable, "default graph follows"),
        (f"DROP GRAPH {DERIVED_GRAPH}", NotWritable, "made by publishing"),
        (f"INSERT DATA {{ GRAPH {CATALOGUE_GRAPH} {{ <http://e/a> <http://e/b> 1 }} }}", NotWritable, "by publishing"),
        ("INSERT DATA { GRAPH <http://e/g> { <http://e/a> <http://e/b> [] } }", NotWritable, "give this an IRI"),
        (
            f"INSERT DATA {{ GRAPH <{graph_of('one')}> {{ <http://e/a> a {AC.Statement} }} }}",
            Invalid,
            "A statement has exactly one ac:certainty",
        ),
        ("INSERT DATA { GRAPH <http://e/g> { <http://e/a> nope:b 1 } }", BadQuery, "nope"),
        ("DROP GRAPH <http://e/none>", BadQuery, "does not exist"),
        ("LOAD <http://127.0.0.1:9/>", Refused, "LOAD is not allowed"),
    ],
)
def test_what_cannot_be_published_is_refused_and_the_release_stays(
    published: Path, update: str, error: type[Exception], told: str
) -> None:
    before = current(published).id
    with pytest.raises(error, match=told):
        Writer(published).update(update)
    assert current(published).id == before


@pytest.mark.parametrize(
    ("text", "media_type", "told"),
    [
        ("<a> <b>", TURTLE, "Line 1"),
        ("<a> <b> " + "[ <c> " * 100_000, TURTLE, "Unexpected end"),
        ('<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><r/>', "application/rdf+xml", "DOCTYPE"),
        ('{"@context": "http://127.0.0.1:9/c", "@id": "x"}', "application/ld+json", "remote contexts"),
        ("<a> <b> <http://e/ bad> .", TURTLE, "Invalid IRI"),
    ],
)
def test_uploads_that_do_not_parse_or_fetch_are_refused(published: Path, text: str, media_type: str, told: str) -> None:
    with pytest.raises(BadUpload, match=told):
        Writer(published).write(put("http://e/g", text, media_type))


def test_a_graph_beside_the_articles_is_not_counted_as_one(published: Path) -> None:
    before = current(published).manifest.totals["articles"]
    Writer(published).write(put("http://e/beside", "<a> <b> 1 ."))
    after = current(published).manifest
    assert (after.totals["articles"], after.graphs["http://e/beside"]) == (before, 1)


def test_a_write_on_condition_of_an_older_release_comes_too_late(published: Path) -> None:
    with pytest.raises(Outdated, match=current(published).id):
        Writer(published).write(put("http://e/g", "<a> <b> 1 ."), expected=["20200101T000000Z-0000000000"])


def test_a_write_is_stopped_at_its_limits_and_the_next_one_goes_on(published: Path) -> None:
    product = "INSERT { GRAPH <http://e/g> { ?a ?b ?c } } WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with pytest.raises(TimedOut):
        Writer(published, seconds=2).update(product)
    with pytest.raises(OutOfMemory):
        Writer(published, memory=64 * 1024**2).update(product)
    assert Writer(published).write(put("http://e/limits", "<a> <b> 1 .")).existed is False


def test_a_folder_is_derived_or_plain(published: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="choose another data folder"):
        Writer(published, plain=True).update("CLEAR ALL")
    Writer(tmp_path, plain=True).update("INSERT DATA { <http://e/a> <http://e/b> [] }")
    with pytest.raises(StoreError, match="choose another data folder"):
        Releases(tmp_path).publish(Changes())
    with pytest.raises(StoreError, match="choose another data folder"):
        Releases(tmp_path).forget("http://e/a", "asked for")


def test_a_plain_dataset_is_what_was_written(tmp_path: Path) -> None:
    writer = Writer(tmp_path, plain=True)
    first = writer.update("INSERT DATA { <a> <b> [ <c> 1 ] } ; CREATE GRAPH <http://e/empty>").release
    store = current(tmp_path).open()
    assert len(store) == 2
    assert [graph.value for graph in store.named_graphs()] == ["http://e/empty"]
    assert (current(tmp_path).manifest.triples, current(tmp_path).manifest.graphs) == (2, {"http://e/empty": 0})
    assert writer.update("CLEAR SILENT GRAPH <http://e/none>").release == first
    assert writer.write(Edit("delete", graph="http://e/empty")).release != first
    assert list(current(tmp_path).open().named_graphs()) == []


def test_writers_at_once_are_put_in_a_row_and_none_is_lost(tmp_path: Path) -> None:
    writer = Writer(tmp_path, plain=True)
    threads = [
        threading.Thread(target=writer.update, args=(f"INSERT DATA {{ <http://e/a> <http://e/b> {n} }}",))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(current(tmp_path).open()) == 4
    assert [release.manifest.number for release in Releases(tmp_path).list()] == [1, 2, 3, 4]


def test_what_was_acknowledged_outlives_a_killed_writer(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from server.store.writing import Writer\n"
        "writer = Writer(Path(sys.argv[1]), plain=True)\n"
        "for n in range(1000):\n"
        "    print(writer.update(f'INSERT DATA {{ <http://e/a> <http://e/b> {n} }}').release, flush=True)"
    )
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdout
        told = [process.stdout.readline().strip() for _ in range(2)]
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        known = {release.id for release in Releases(tmp_path).list()}
        assert set(told) <= known
        assert len(list(Store.read_only(str(current(tmp_path).folder / "store")))) >= 2


def test_old_releases_are_pruned(tmp_path: Path) -> None:
    writer = Writer(tmp_path, plain=True, keep=2)
    ids = [writer.update(f"INSERT DATA {{ <http://e/a> <http://e/b> {n} }}").release for n in range(3)]
    assert [release.id for release in Releases(tmp_path).list()] == ids[1:]
