"""The reference data and the verified list of entities agree: every id of the list is there, and no other one."""

import csv
import os
import re
from pathlib import Path

import pyoxigraph
import pytest

from ontology import terms
from ontology.reference import read

SHARED = Path(os.environ.get("ARMSCLAIMS_SHARED", Path(__file__).parents[3] / "shared"))
ENTITIES = SHARED / "reference" / "entities.tsv"
NAMESPACES = {"wikidata": terms.PREFIXES["wd"], "dbpedia": terms.PREFIXES["dbr"], "geonames": terms.PREFIXES["gn"]}
NOT_LOADED = re.compile(r"NOISE|anonymous|^unit$|^vehicle$")  # what the list itself says is noise, unnamed or no entity

pytestmark = pytest.mark.skipif(not ENTITIES.exists(), reason=f"the list of entities is not at {ENTITIES}")

NOT_IDENTICAL = {
    "dbr:Kremlin",  # a page on fortresses of that name
    "wd:Q16150196",  # the list: another item may be meant
    "dbr:Donetsk_People's_Republic",
    "wd:Q16746854",
    "dbr:Luhansk_People's_Republic",
    "wd:Q41291",  # the vehicle as well as the weapon
}


def rows():
    if not ENTITIES.exists():
        return []
    with ENTITIES.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if not NOT_LOADED.search(row["type"])]


def ids(row):
    return {namespace + row[column] for column, namespace in NAMESPACES.items() if row[column]}


def names(row):
    label = re.sub(r"\s*\([^)]*\)", "", row["label"])
    given = [row["label"], label, *label.split(" / "), *row["aliases"].split("|")]
    return {name.removeprefix("the ") for name in given if name}


def names_of(entry):
    return {entry.label, *entry.aliases, *getattr(entry, "demonyms", ())}


@pytest.fixture(scope="module")
def triples():
    """The reference data as they come, without the links that an editor accepted (`armsclaims link --apply`)."""
    files = sorted(file for file in terms.REFERENCE_FOLDER.glob("*.ttl") if file.name != "links.ttl")
    return {quad.triple for file in files for quad in pyoxigraph.parse(path=str(file))}


@pytest.fixture(scope="module")
def links(triples):
    """Subject and property of each link to another dataset, by the link."""
    found = {}
    for subject, predicate, value in triples:
        if value.value.startswith(tuple(NAMESPACES.values())):
            found.setdefault(value.value, set()).add((subject.value, predicate.value))
    return found


def same(links, link):
    identity = {terms.OWL.sameAs.value, terms.SKOS.exactMatch.value}
    return {subject for subject, predicate in links[link] if predicate in identity}


def test_there_is_no_link_that_the_list_lacks(links):
    assert set(links) == {link for row in rows() for link in ids(row)}


@pytest.mark.parametrize("row", [row for row in rows() if ids(row)], ids=lambda row: row["label"])
def test_the_ids_of_a_row_are_those_of_one_entry_that_bears_its_name(links, row):
    linked = [{subject for subject, _ in links[link]} for link in ids(row)]
    assert (
        len(set.union(*(same(links, link) or subjects for link, subjects in zip(ids(row), linked, strict=True)))) == 1
    )
    assert names(row) & set.union(*(names_of(read().by_iri[subject]) for subject in set.union(*linked)))


def test_what_the_list_warns_about_is_linked_but_not_said_to_be_the_same(links):
    warned = {terms.PREFIXES[prefix] + local for prefix, _, local in (name.partition(":") for name in NOT_IDENTICAL)}
    assert {link for link in links if not same(links, link)} == warned


@pytest.mark.parametrize("row", [row for row in rows() if not ids(row)], ids=lambda row: row["label"])
def test_what_the_list_names_without_an_id_is_there_too(row):
    known = {name.casefold() for entry in read().by_iri.values() for name in names_of(entry)}
    assert {name.casefold() for name in names(row)} & known


@pytest.mark.parametrize("row", [row for row in rows() if row["iso"]], ids=lambda row: row["label"])
def test_iso_codes(triples, row):
    reference = read()
    code = row["iso"].split(" ")[0]
    if "/" in code:
        state = next(state for state in reference.states.values() if state.label == row["label"])
        assert f"{state.alpha2}/{state.alpha3}/{state.numeric}" == code
    else:
        place = next(place for place in reference.places.values() if place.label == row["label"])
        subject = pyoxigraph.NamedNode(place.iri)
        assert pyoxigraph.Triple(subject, terms.AC.isoSubdivision, pyoxigraph.Literal(code)) in triples
