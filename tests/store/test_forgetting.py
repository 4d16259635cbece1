"""Forgetting: out of every release, file and dump for good, and never back."""

from pathlib import Path

import pytest
from article_examples import BABBAGE, LOVELACE, Said, article_of, graph_of, statement_of, write
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store

from ontology.terms import AC, DERIVED_GRAPH, ID, OA, ORG, PROV, RDF, RDFS, REFERENCE_GRAPH, SCHEMA, SEM
from server.store.derivation import is_shown
from server.store.errors import StoreError, UnknownThing
from server.store.forgetting import Forgetting
from server.store.foundation import Foundation
from server.store.releases import Changes, Releases
from server.store.tombstones import Tombstone, hashed, name_digests, words_of

SAILED = Said("Ships laden with cogwheels have sailed.", quantity=3)
DENIED = Said("No vessel ever left, not one.", kind="Denial", speaker=BABBAGE)
NAMED = Said("A clerk wrote that Ada Lovelace knew.", speaker=None)
SURNAME = Said("He pointed at Lovelace across the room.", speaker=BABBAGE)
RELAYED = Said("It was carried by night to the harbour.", speaker=BABBAGE, relayed_by=LOVELACE)
PLAIN = Said("Steam was seen over the yard.", speaker=BABBAGE)
BODY = "Ada Lovelace said that ships laden with cogwheels have sailed."


def holding(releases: Releases, *texts: str) -> list[tuple[str, str]]:
    """Every file, file name and store of the data folder that has one of the texts, whatever its case.

    Stores are searched by their quads too, because RocksDB packs their files.
    """
    found = []
    for release in releases.list():
        quads = release.open().dump(format=RdfFormat.N_QUADS).lower()
        found += [(release.id, text) for text in texts if text.lower().encode() in quads]
    for path in releases.folder.rglob("*"):
        content = path.read_bytes().lower() if path.is_file() else b""
        for text in texts:
            if text.lower().encode() in content or text.lower() in path.name.lower():
                found.append((str(path.relative_to(releases.folder)), text))
    return found


def quotes(store: Store, name: str) -> list[str]:
    return sorted(q.object.value for q in store.quads_for_pattern(None, AC.quote, None, NamedNode(graph_of(name))))


def load(releases: Releases, name: str, *statements: Said, **options) -> dict[str, Path]:
    """Publish an article as `armsclaims load` does: its quads lie in the data folder."""
    put = write(releases.folder / "quads", name, statements, **options)
    releases.publish(Changes(put=put), sources={graph_of(name): {"path": f"{name}.md", "key": name}})
    return put


def check_default_graph(store: Store) -> None:
    default = {(q.subject, q.predicate, q.object) for q in store.quads_for_pattern(None, None, None, DefaultGraph())}
    assert default == {(q.subject, q.predicate, q.object) for q in store if is_shown(q.graph_name)}


def test_forgetting_a_statement_takes_it_its_evidence_and_what_follows_out_of_all_releases(releases: Releases) -> None:
    load(releases, "one", SAILED, PLAIN)
    load(releases, "two", DENIED)
    before = [release.id for release in releases.list()]
    assert holding(releases, "cogwheels")
    assert list(releases.current().open().quads_for_pattern(None, AC.contradicts, None, DERIVED_GRAPH))
    dumps = releases.list()[0].dumps
    dumps.mkdir()
    (dumps / "all.nq").write_text("… cogwheels …")
    stone = releases.forget(statement_of("one", SAILED), "the court of Chancery, 12 of 1843")
    assert (stone.kind, stone.reason, stone.pending) == ("statement", "the court of Chancery, 12 of 1843", False)
    assert holding(releases, "cogwheels", statement_of("one", SAILED)) == []
    assert [release.id for release in releases.list()][:-1] == before
    for release in releases.list():
        store = release.open()
        assert quotes(store, "one") == [PLAIN.words]
        assert list(store.quads_for_pattern(None, RDF.type, AC.Quantity)) == []
        assert len(list(store.quads_for_pattern(None, OA.hasSelector, None, NamedNode(graph_of("one"))))) == 1
        check_default_graph(store)
        assert release.manifest.triples == len(list(store.quads_for_pattern(None, None, None, DefaultGraph())))
    assert releases.list()[0].manifest.statements == {"Allegation": 1}
    [derived] = releases.current().open().quads_for_pattern(None, AC.contradicts, None, DERIVED_GRAPH)
    assert derived.object.value == statement_of("one", PLAIN)


def test_an_event_that_only_the_forgotten_statement_was_about_goes_too(releases: Releases) -> None:
    load(releases, "one", SAILED)
    load(releases, "two", DENIED)
    releases.forget(statement_of("one", SAILED), "-")
    store = releases.current().open()
    event = NamedNode(ID + "transfer/engines-of-1843")
    graphs = {q.graph_name for q in store.quads_for_pattern(event, None, None)}
    assert graphs == {NamedNode(graph_of("two")), DefaultGraph()}


def test_a_forgotten_statement_does_not_come_back_with_the_next_load(releases: Releases) -> None:
    load(releases, "one", SAILED, PLAIN)
    releases.forget(statement_of("one", SAILED), "-")
    last = releases.current()
    load(releases, "one", SAILED, PLAIN)
    assert releases.current().id == last.id
    load(releases, "one", SAILED, PLAIN, body="Nothing of it.")
    assert releases.current().id != last.id
    assert quotes(releases.current().open(), "one") == [PLAIN.words]
    assert holding(releases, "cogwheels") == []


def test_forgetting_an_article_takes_its_whole_graph(releases: Releases) -> None:
    load(releases, "one", SAILED, Said("Withdrawn words.", review="ReviewRetracted"))
    load(releases, "two", DENIED)
    releases.forget(article_of("one"), "the publisher withdrew it")
    assert holding(releases, "cogwheels", "Withdrawn words", "gazette/one", "one.md") == []
    assert list(releases.current().manifest.sources) == [graph_of("two")]
    assert [len(release.manifest.sources) for release in releases.list()] == [0, 1, 1]
    assert not (releases.folder / "quads" / "one.nq").exists()
    load(releases, "one", SAILED)
    assert list(releases.current().manifest.sources) == [graph_of("two")]
    assert holding(releases, "cogwheels") == []


def test_forgetting_a_person_takes_what_they_said_and_every_text_that_names_them(releases: Releases) -> None:
    withdrawn = Said("Withdrawn words.", speaker=BABBAGE, review="ReviewRetracted")
    load(releases, "one", SAILED, DENIED, NAMED, SURNAME, RELAYED, PLAIN, withdrawn, body=BODY)
    load(releases, "two", Said("The Countess of Lovelace was told.", speaker=None), PLAIN)
    releases.forget(LOVELACE, "her request of 12 July")
    hers = [statement_of("one", said) for said in (SAILED, RELAYED)]
    assert holding(releases, "lovelace", "cogwheels", "by night to the harbour", *hers) == []
    assert holding(releases, "Withdrawn words")
    for release in releases.list():
        store = release.open()
        assert quotes(store, "one") == [DENIED.words, PLAIN.words, "[removed]", "[removed]"]
        assert list(store.quads_for_pattern(None, RDF.type, ORG.Membership)) == []
        assert list(store.quads_for_pattern(None, AC.title, None)) == []
        assert list(store.quads_for_pattern(None, SCHEMA.articleBody, None)) == []
        assert list(store.quads_for_pattern(NamedNode(BABBAGE), RDFS.label, None, REFERENCE_GRAPH))
        check_default_graph(store)
    assert quotes(releases.current().open(), "two") == [PLAIN.words, "[removed]"]
    stone = (releases.folder / "tombstones.json").read_text().lower()
    assert "lovelace" not in stone
    assert "ada" not in stone


def test_a_forgotten_person_does_not_come_back_with_the_next_load(releases: Releases) -> None:
    load(releases, "one", SAILED, PLAIN, body=BODY)
    releases.forget(LOVELACE, "-")
    load(releases, "three", SAILED, NAMED, PLAIN, body=BODY)
    assert holding(releases, "lovelace", "cogwheels") == []
    assert quotes(releases.current().open(), "three") == [PLAIN.words, "[removed]"]
    assert releases.publish(Changes()).id == releases.current().id  # although the reference files still name her


def test_an_article_whose_identifier_names_the_person_goes_as_a_whole(releases: Releases) -> None:
    load(releases, "ada-lovelace-on-engines", PLAIN)
    load(releases, "two", PLAIN)
    releases.forget(LOVELACE, "-")
    assert holding(releases, "lovelace") == []
    assert list(releases.current().manifest.sources) == [graph_of("two")]


def test_other_things_named_after_the_person_lose_their_name(foundation: Foundation) -> None:
    full, words, longest = name_digests(["Ada Lovelace"])
    forgetting = Forgetting([Tombstone("person", (hashed(LOVELACE),), "1843-07-01", "-", full, words, longest)])
    graph = NamedNode(graph_of("one"))
    meeting = NamedNode(ID + "meeting/ada-lovelace--charles-babbage--1843")
    page = NamedNode("https://example.org/news/Ada_Lovelace_speaks")
    place = NamedNode(ID + "place/london")
    kept = forgetting.keep(
        [
            Quad(meeting, AC.place, place, graph),
            Quad(meeting, AC.participant, NamedNode(LOVELACE), graph),
            Quad(place, PROV.wasDerivedFrom, page, graph),
            Quad(place, SEM.hasPlace, meeting, graph),
        ]
    )
    [first, second] = kept
    assert first.subject == second.object
    assert first.subject.value.startswith(ID + "meeting/removed-")
    assert first.object == place
    assert forgetting.keep(kept) == kept


def test_what_no_release_knows_and_what_is_no_claim_is_refused(releases: Releases) -> None:
    load(releases, "one", PLAIN)
    with pytest.raises(UnknownThing, match=r"no release knows <https://example\.org/nobody>"):
        releases.forget("https://example.org/nobody", "-")
    with pytest.raises(UnknownThing, match="'Lovelace' is not an IRI"):
        releases.forget("Lovelace", "-")
    with pytest.raises(StoreError, match="neither a statement nor an article nor a person"):
        releases.forget(ID + "outlet/gazette", "-")
    assert releases.tombstones() == ()
    assert len(releases.list()) == 1


def test_forgetting_twice_is_forgetting_once(releases: Releases) -> None:
    load(releases, "one", SAILED, PLAIN)
    first = releases.forget(LOVELACE, "first")
    assert releases.forget(LOVELACE, "second") == first
    assert len(releases.tombstones()) == 1
    assert len(releases.list()) == 2


def test_damaged_tombstones_stop_publishing(releases: Releases) -> None:
    load(releases, "one", SAILED, PLAIN)
    releases.forget(LOVELACE, "-")
    (releases.folder / "tombstones.json").write_text("[{}]")
    with pytest.raises(StoreError, match=r"tombstones.json cannot be read .* comes back"):
        releases.publish(Changes(put=write(releases.folder / "quads", "one", [SAILED])))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Shin Won-sik's", ["shin", "won", "sik", "s"]),
        ("https://x.org/Kim_Yo_Jong", ["https", "x", "org", "kim", "yo", "jong"]),
        ("Élodie", ["elodie"]),
        ("…", []),
    ],
)
def test_words_have_neither_case_nor_accents(text: str, words: list[str]) -> None:
    assert words_of(text) == words
