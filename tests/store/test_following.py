"""The derived graph kept up with changes is, quad for quad, the one that is rebuilt from scratch."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse, serialize

from benchmarks.generator import Generator
from loader import emit
from ontology.terms import AC, ARTICLE_GRAPHS, CATALOGUE_GRAPH, DERIVED_GRAPH, PREFIXES, REFERENCE_GRAPH, RULES_FOLDER
from server.store import publishing
from server.store.derivation import Ledger, can_follow, derive, follow, is_shown
from server.store.releases import Changes, Release, Releases
from server.store.rules import Rule

RULES = {path.name: path.read_text("utf-8") for path in sorted(RULES_FOLDER.glob("*.rq"))}
DECLARED = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
WORLD = """
state:norway a ac:State . state:chile a ac:State . state:peru a ac:State .
body:trade a ac:GovernmentBody ; ac:ofState state:norway ; ac:speaksFor state:norway .
materiel:shells skos:broader materiel:arms . materiel:optics skos:broader materiel:technology .
"""
EVENTS = {
    "transfer:both-shells": "a ac:ArmsTransfer ; ac:supplier state:norway ; ac:recipient state:chile ; ac:materiel "
    "materiel:shells",
    "transfer:both-arms": "a ac:ArmsTransfer ; ac:supplier state:norway ; ac:recipient state:chile ; ac:materiel "
    "materiel:arms",
    "transfer:both": "a ac:ArmsTransfer ; ac:supplier state:norway ; ac:recipient state:chile",
    "transfer:supplier": "a ac:ArmsTransfer ; ac:supplier state:norway",
    "transfer:recipient": "a ac:ArmsTransfer ; ac:recipient state:chile ; ac:materiel materiel:optics",
    "transfer:anything": "a ac:ArmsTransfer",
    "talks:two": "a ac:TransferTalks ; ac:party state:norway, state:chile",
    "talks:three": "a ac:TransferTalks ; ac:party state:norway, state:chile, state:peru",
    "talks:open": "a ac:TransferTalks",
    "talks:one": "a ac:TransferTalks ; ac:party state:norway",
    "talks:sale": "a ac:TransferTalks ; ac:supplier state:norway ; ac:recipient state:chile ; ac:materiel "
    "materiel:shells",
    "meeting:one": 'a ac:Visit ; ac:participant state:norway, state:chile ; ac:startDate "2019-05-01"^^xsd:date',
    "meeting:other": "a ac:Visit ; ac:participant state:norway, state:chile ; ac:host state:chile",
}
DATED = ' ; ac:startDate "2019-05-0{0}"^^xsd:date ; ac:endDate "2019-05-0{0}"^^xsd:date'
SPEAKERS = ("state:norway", "state:chile", "body:trade", "person:unnamed", None)
# What an article may say of an actor that the reference data leave open.
ASIDES = ("", "person:unnamed ac:affiliation body:trade .", "person:unnamed ac:ofState state:peru .",
          "body:trade ac:speaksFor body:palace .", "materiel:arms skos:broader materiel:goods .")  # fmt: skip
STORIES = (None, "a", "b", "c")
WORDS = {
    "a": [f"word{number}" for number in range(60)],
    "b": [f"word{number}" for number in range(25)] + [f"other{number}" for number in range(40)],
    "c": [f"other{number}" for number in range(50)] + ["end"] * 3,
}


@dataclass(frozen=True)
class Claim:
    kind: str
    speaker: str | None
    event: str
    number: int | None
    dated: int | None


@dataclass(frozen=True)
class Content:
    claims: tuple[Claim, ...]
    day: int | None
    story: str | None
    aside: str


claims = st.builds(
    Claim,
    st.sampled_from(["Allegation", "Denial", "Allegation", "Confirmation"]),
    st.sampled_from(SPEAKERS),
    st.sampled_from(sorted(EVENTS)),
    st.sampled_from([None, None, 5, 7]),
    st.sampled_from([None, None, 1, 2]),
)
contents = st.builds(
    Content,
    st.lists(claims, min_size=1, max_size=3).map(tuple),
    st.sampled_from([1, 4, 12, 1, 4, None]),
    st.sampled_from(STORIES),
    st.sampled_from(ASIDES),
)
changes = st.lists(st.tuples(st.sampled_from("pqrst"), st.none() | contents), min_size=1, max_size=3)


def turtle(name: str, content: Content) -> str:
    article = f"article:{name}"
    lines = [f"{article} a ac:Article .", content.aside]
    if content.day:
        lines.append(f'{article} schema:datePublished "2020-01-{content.day:02}"^^xsd:date .')
    if content.story:
        lines.append(f'{article} schema:articleBody "{" ".join(WORDS[content.story])}" .')
    for number, claim in enumerate(content.claims):
        iri = f"statement:{name}-{number}"
        lines.append(f"{iri} a ac:{claim.kind} ; ac:reportedIn {article} ; ac:about {claim.event} .")
        lines.append(f"{claim.event} {EVENTS[claim.event]}{DATED.format(claim.dated) if claim.dated else ''} .")
        if claim.speaker:
            lines.append(f"{iri} ac:speaker {claim.speaker} .")
        if claim.number:
            quantity = f"<http://example.org/quantity/{name}-{number}>"
            lines.append(f'{iri} ac:quantity {quantity} . {quantity} ac:unit "crate" ; ac:bound "about" ; ')
            lines.append(f"ac:value {claim.number}.0 .")
    return DECLARED + "\n".join(lines)


def read(text: str, graph: NamedNode) -> set[Quad]:
    return {Quad(q.subject, q.predicate, q.object, graph) for q in parse(text, RdfFormat.TURTLE)}


def graph_named(name: str) -> NamedNode:
    return NamedNode(f"{ARTICLE_GRAPHS}gazette/{name}")


def rebuilt(quads: set[Quad]) -> Store:
    store = Store()
    store.extend(quads)
    store.extend([Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in quads if is_shown(q.graph_name)])
    derive(store, RULES)
    return store


@settings(deadline=None, max_examples=60)
@given(st.lists(changes, min_size=1, max_size=4))
def test_after_any_changes_the_derived_graph_is_the_one_that_is_rebuilt(steps: list) -> None:
    world = read(DECLARED + WORLD, REFERENCE_GRAPH)
    articles: dict[str, set[Quad]] = {}
    store = rebuilt(world)
    for step in steps:
        before = Store()
        before.extend(store)
        was = set().union(*articles.values()) if articles else set()
        for name, content in step:
            articles[name] = read(turtle(name, content), graph_named(name)) if content else set()
        now = set().union(*articles.values())
        ledger = Ledger(store)
        ledger.change(now - was, was - now)
        follow(before, ledger, RULES)
        wanted = rebuilt(world | now)
        assert set(store) == set(wanted)
        gained = len(list(store.quads_for_pattern(None, None, None, DefaultGraph()))) - len(
            list(before.quads_for_pattern(None, None, None, DefaultGraph()))
        )
        assert len(ledger.came) - len(ledger.went) == gained


def test_a_body_of_its_own_finds_what_the_whole_rule_finds() -> None:
    """Around all events and statements at once, each variable of each rule leads to everything."""
    articles = [
        Content(tuple(Claim(kind, speaker, event, 5, None) for event in sorted(EVENTS)), 1, None, "")
        for kind in ("Allegation", "Denial")
        for speaker in SPEAKERS
    ]
    world = read(DECLARED + WORLD, REFERENCE_GRAPH)
    store = rebuilt(world.union(*(read(turtle(f"n{n}", one), graph_named(f"n{n}")) for n, one in enumerate(articles))))
    nodes = {quad.subject for quad in store if isinstance(quad.subject, NamedNode)}
    for rule in (Rule(name, text) for name, text in RULES.items()):
        found = rule.triples(store)
        assert found or rule.name.startswith("50-")
        assert {variable: rule.around(store, variable, nodes) for variable in rule.focuses} == dict.fromkeys(
            rule.focuses, found
        )


def test_every_rule_of_the_ontology_can_be_run_around_changes() -> None:
    assert can_follow(RULES)
    assert [name for name, text in RULES.items() if not Rule(name, text).focuses] == []


@pytest.mark.parametrize(
    "pattern",
    ["?a <http://e/made> ?b", "?a ?any ?b", "?a <http://e/p> ?c ; ?any ?b", "GRAPH ?g { ?a <http://e/p> ?b }"],
)
def test_rules_that_read_what_they_make_or_anything_are_rebuilt(pattern: str) -> None:
    assert not can_follow({"1.rq": f"CONSTRUCT {{ ?b <http://e/made> ?a }} WHERE {{ {pattern} }}"})
    assert can_follow({"1.rq": "CONSTRUCT { ?b <http://e/made> ?a } WHERE { ?a <http://e/p> ?b }"})


def shown(release: Release) -> set[Quad]:
    return {quad for quad in release.open() if quad.graph_name != CATALOGUE_GRAPH}


def test_releases_one_after_the_other_hold_what_one_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Generated articles, added, changed and dropped, derive by the ontology as it ships what a first release does."""
    generator = Generator(3)
    put: dict[str, Path] = {}
    for extraction in generator.extractions(60):
        path = tmp_path / f"{len(put)}.nq"
        emit.write(extraction, generator.reference, path)
        put[extraction.article.graph] = path
    graphs = list(put)
    releases = Releases(tmp_path / "steps")
    releases.publish(Changes(put={graph: put[graph] for graph in graphs[:30]}))
    releases.publish(Changes(put={graph: put[graph] for graph in graphs[30:]}, drop=set(graphs[:10])))
    shorter = tmp_path / "shorter.nq"
    quads = [q for q in parse(path=put[graphs[20]], format=RdfFormat.N_QUADS) if q.predicate != AC.about]
    serialize(quads, str(shorter), RdfFormat.N_QUADS)
    releases.publish(Changes(put={graphs[20]: shorter}))
    last = releases.publish(Changes(put={graphs[20]: put[graphs[20]], graphs[0]: put[graphs[0]]}))
    monkeypatch.setattr(publishing, "FEW", -1)
    whole = Releases(tmp_path / "whole").publish(
        Changes(put={graph: put[graph] for graph in [graphs[0], *graphs[10:]]})
    )
    assert shown(last) == shown(whole)
    assert last.contents == whole.contents
    assert (last.manifest.triples, last.manifest.statements) == (whole.manifest.triples, whole.manifest.statements)
    assert last.manifest.others[DERIVED_GRAPH.value] == whole.manifest.others[DERIVED_GRAPH.value] > 0
    again = releases.publish(Changes(rebuild=True))
    assert again.id != last.id
    assert shown(again) == shown(last)
