"""Lookups in the serving process: what is let through is small by its grammar, and answered as a worker answers it."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, QueryBoolean, Store

from benchmarks import hostile
from server.store import lease, lookups
from server.store.calls import EmbeddedAnswer
from server.store.embedded import EmbeddedEngine
from server.store.engine import BadQuery, Inexpressible, Limits, Query, Refused
from server.store.guard import Bounds, tokens
from server.store.lookups import BYTES, MOST, PATTERNS, read
from server.store.releases import Releases
from server.store.results import ResultCache

E = "http://e.example/"
PREFIX = f"PREFIX e: <{E}> "
JSON = {"solutions": "application/sparql-results+json", "boolean": "application/sparql-results+json"}
XML = dict.fromkeys(("solutions", "boolean"), "application/sparql-results+xml")
FORMATS = [
    JSON,
    XML,
    *({"solutions": name, "boolean": "text/csv"} for name in ("text/csv", "text/tab-separated-values")),
]
MANY = MOST + 500
LOOKUPS = [
    f"SELECT ?p ?o WHERE {{ <{E}thing> ?p ?o }}",
    f"select * where{{<{E}thing> ?p ?o.}}",
    f"ask {{ <{E}thing> a <{E}Kind> }}",
    PREFIX + "SELECT ?s WHERE { ?s e:number 1 }",
    PREFIX + "SELECT $s ?p { ?s ?p 'été'@fr . }",
    PREFIX + "SELECT ?o { e:thing e:label ?o } LIMIT 1",
    PREFIX + 'SELECT ?p { e:thing ?p "a, b; c. d"^^e:odd }',
    PREFIX + "SELECT * { ?s a ?class } LIMIT 3",
    PREFIX + "ASK { ?s ?p ?o }",
    PREFIX + "SELECT DISTINCT ?t { e:thing a ?t }",
    PREFIX + "SELECT * { e:thing a ?t ; e:label ?l , ?m . e:thing e:number 1 }",
    PREFIX + "SELECT ?none { e:thing e:no ?o }",
]
TOO_LONG = [
    PREFIX + "SELECT ?s WHERE { ?s e:number 7 }",
    PREFIX + "SELECT ?unbound { e:hub e:member ?o }",
    PREFIX + "SELECT ?p { e:hub ?p ?o }",
    PREFIX + "SELECT ?o { e:long e:text ?o }",
    PREFIX + "SELECT DISTINCT ?o { e:hub e:member ?o }",
    PREFIX + "SELECT * { e:hub e:member 1, 2, 3, 4 }",
    PREFIX + "SELECT * { e:star e:member ?a, ?b, ?a }",
]
OTHERS = [
    "SELECT * { ?s ?p ?o }",
    "SELECT * { ?s ?p ?o } LIMIT 100000",
    f"SELECT * {{ <{E}thing> ?x ?x }}",
    f"SELECT DISTINCT ?p {{ <{E}thing> ?p ?o }}",
    f"SELECT * {{ <{E}thing> ?p ?o }} OFFSET 1",
    f"SELECT * {{ <{E}thing> ?p ?o }} ORDER BY ?p",
    f"SELECT (COUNT(*) AS ?n) {{ <{E}thing> ?p ?o }}",
    f"SELECT * {{ <{E}thing> ?p ?o FILTER(?o = 1) }}",
    f"SELECT * {{ <{E}thing> ?p ?o . <{E}other> ?q ?r }}",
    f"SELECT * {{ <{E}thing> <{E}label> ?o . ?s <{E}label> ?o }}",
    f"SELECT * {{ <{E}thing> <{E}label>/<{E}label> ?o }}",
    f"SELECT * {{ <{E}thing> <{E}label>* ?o }}",
    f"SELECT * FROM <{E}graph> {{ <{E}thing> ?p ?o }}",
    f"SELECT * {{ GRAPH <{E}graph> {{ <{E}thing> ?p ?o }} }}",
    f"SELECT * {{ {{ <{E}thing> ?p ?o }} }}",
    f"CONSTRUCT {{ <{E}thing> ?p ?o }} WHERE {{ <{E}thing> ?p ?o }}",
    f"DESCRIBE <{E}thing>",
    f"SELECT * {{ <{E}thing> ?p ?o }} VALUES ?p {{ <{E}label> }}",
    f"SELECT * {{ <{E}thing> ?p [] }}",
    f"SELECT * {{ <{E}thing> ?p '\\u0041' }}",
    f"SELECT * {{ <{E}thing> ?p ?o }} # and more",
    "SELECT * { <thing> ?p ?o }",
    PREFIX + "ASK { ?s ?p e:a.e:b }",
    PREFIX + "ASK { e:thing a " + ", ".join(f"?v{n}" for n in range(PATTERNS + 1)) + " }",
    f"SELECT * {{ <{E}{'x' * 2000}> ?p ?o }}",
]


def _quads() -> Iterator[Quad]:
    def quad(subject: str, predicate: str, value: Literal | NamedNode | BlankNode) -> Quad:
        return Quad(NamedNode(E + subject), NamedNode(E + predicate), value, DefaultGraph())

    kind = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    for name in ("Kind", "Other"):
        yield Quad(NamedNode(E + "thing"), kind, NamedNode(E + name), DefaultGraph())
    yield quad("thing", "label", Literal("été", language="fr"))
    yield quad("thing", "label", Literal('"<&>"\n,{'))
    yield quad("thing", "number", Literal(1))
    yield quad("thing", "text", Literal("a, b; c. d", datatype=NamedNode(E + "odd")))
    yield quad("control", "label", Literal("\x01"))
    yield quad("long", "text", Literal("x" * 2 * BYTES))
    for number in range(MANY):
        yield quad("hub", "member", Literal(number))
        yield quad(f"{number}", "number", Literal(7))
    for number in range(40):
        yield quad("star", "member", Literal(number))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a plain release of things, two of which have many values."""
    folder = tmp_path_factory.mktemp("lookups")
    Releases(folder).edit(lambda store: store.extend(_quads()), plain=True)
    return folder


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[EmbeddedEngine]:
    """An engine that has its store open for lookups."""
    with EmbeddedEngine(folder, workers=1) as engine:
        opened(engine)
        yield engine


def opened(engine: EmbeddedEngine) -> lookups.Lookups:
    """Return the lookups of an engine once their store is open."""
    assert engine.lookups
    engine.at_once(Query(LOOKUPS[0]), JSON, BYTES)
    wait(engine.lookups.is_open)
    return engine.lookups


def wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


Told = tuple[str, str, str, bool, bool, bytes]


def told(answer: EmbeddedAnswer) -> Told:
    """Return what an answer says."""
    return (answer.form, answer.media_type, answer.release, answer.complete, answer.truncated, b"".join(answer))


def here(engine: EmbeddedEngine, query: Query, formats: dict[str, str] = JSON) -> Told | None:
    """Return what is answered in this process, if it is."""
    answer = engine.at_once(query, formats, BYTES)
    return None if answer is None else told(answer)


@pytest.mark.parametrize("text", LOOKUPS)
def test_a_lookup_is_answered_here_byte_for_byte_as_by_a_worker(engine: EmbeddedEngine, text: str) -> None:
    for formats in FORMATS:
        assert here(engine, Query(text), formats) == told(engine._answer(Query(text), formats, None))


@pytest.mark.parametrize("text", OTHERS)
def test_what_may_take_longer_is_not_let_through(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("text", TOO_LONG)
def test_what_proves_long_is_left_to_a_worker(engine: EmbeddedEngine, text: str) -> None:
    assert read(text)
    assert here(engine, Query(text)) is None
    assert engine.query(Query(text), JSON).complete


def test_limits_datasets_and_bound_variables_are_as_ever(engine: EmbeddedEngine) -> None:
    text, all_rows = LOOKUPS[0], here(engine, Query(LOOKUPS[0]))
    assert all_rows
    assert here(engine, Query(text, limits=Limits(rows=7))) == all_rows  # one of them looks like two
    assert here(engine, Query(text, limits=Limits(bytes=len(all_rows[-1])))) == all_rows
    for query in (
        Query(text, limits=Limits(rows=5)),
        Query(text, limits=Limits(bytes=len(all_rows[-1]) - 1)),
        Query(text, default_graphs=[E + "graph"]),
        Query(text, named_graphs=[E + "graph"]),
        Query(text, substitutions={"p": NamedNode(E + "label")}),
        Query(text, release=engine.release()),
    ):
        assert here(engine, query) is None
        assert told(engine.query(query, JSON))[-1] != all_rows[-1] or query.release


def test_errors_are_told_as_ever(engine: EmbeddedEngine) -> None:
    undeclared, control = "ASK { no:prefix ?p ?o }", PREFIX + "SELECT * { e:control ?p ?o }"
    assert read(undeclared)
    assert read(control)
    with pytest.raises(BadQuery, match="Line 1, column 7"):
        engine.query(Query(undeclared), JSON)
    with pytest.raises(Inexpressible, match=r"U\+0001"):
        engine.query(Query(control), XML)
    assert here(engine, Query(control))


def test_no_hostile_query_is_let_through() -> None:
    assert [text for _, text in hostile.queries(600) if read(text)] == []


WORDS = {"prefix", "select", "ask", "distinct", "reduced", "where", "limit", "a"}
PIECES = st.sampled_from(
    [
        *("PREFIX e: <http://e.example/>", "SELECT", "ASK", "DISTINCT", "WHERE", "LIMIT", "a", "*", "?x", "?y", "$x"),
        *("{", "}", ".", ";", ",", "<http://e.example/thing>", "e:thing", "e:label", "'x'", '"y"@en', "1", "\n"),
        *("(", ")", "[", "]", "+", "/", "^", "|", "!", "-1", "'", '"', "\\u0041", "#", "<", ">", "_:b", "e:a.b", "''"),
        *("SERVICE", "FILTER", "OPTIONAL", "UNION", "GRAPH", "FROM", "OFFSET 9", "ORDER BY ?x", "VALUES ?x", "é"),
    ]
)
TERM = st.sampled_from(["?x", "?y", "$z", "e:thing", "e:hub", f"<{E}thing>", "e:label", "1", "'été'@fr", '"}"'])
SPACE = st.sampled_from([" ", " ", " ", "\n", ""])


@st.composite
def almost(draw: st.DrawFn) -> str:
    """Return what looks like a lookup, with anything in between at times."""
    parts = [
        draw(st.sampled_from(["", PREFIX])),
        draw(st.sampled_from(["SELECT *", "SELECT ?x", "SELECT DISTINCT ?y", "ASK"])),
    ]
    parts.append("{")
    for _ in range(draw(st.integers(1, 4))):
        verb = st.sampled_from(["a", "?p", "e:label", "e:number", f"<{E}member>"])
        parts += [draw(TERM), draw(verb), draw(TERM), draw(st.sampled_from([".", ";", ",", ""]))]
    parts += ["}", draw(st.sampled_from(["", "", "LIMIT 3", "LIMIT 99999"]))]
    for _ in range(draw(st.integers(0, 2))):
        parts.insert(draw(st.integers(0, len(parts))), draw(PIECES))
    return "".join(part + draw(SPACE) for part in parts)


@given(st.one_of(almost(), st.lists(PIECES, max_size=20).map(" ".join)))
def test_whatever_is_let_through_has_no_more_than_patterns(text: str) -> None:
    """The tokens are those of the guard, which reads queries in another way."""
    lookup = read(text)
    if lookup is None:
        return
    found = [token for token in tokens(text) if token.kind != "space"]
    assert {token.text.lower() for token in found if token.kind == "word"} <= WORDS
    assert {token.kind for token in found} <= {
        "word",
        "iri",
        "name",
        "variable",
        "string",
        "language",
        "number",
        "sign",
    }
    signs = [token.text for token in found if token.kind == "sign"]
    assert signs.count("{") == signs.count("}") == 1
    assert set(signs) <= set("{}.,;*") | {"^^"}
    assert signs.count("*") <= 1
    assert sum(signs.count(sign) for sign in ".,;") <= PATTERNS


@given(almost())
def test_whatever_is_answered_here_is_right_and_bounded(engine: EmbeddedEngine, store: Store, text: str) -> None:
    found = here(engine, Query(text))
    if found is None:
        return
    results = store.query(text)
    if isinstance(results, QueryBoolean):
        assert json.loads(found[-1])["boolean"] == bool(results)
    else:
        rows = json.loads(found[-1])["results"]["bindings"]
        assert len(rows) == sum(1 for _ in results) <= MOST
        assert len(found[-1]) <= BYTES


@pytest.fixture(scope="module")
def store(folder: Path) -> Store:
    """The same data, to ask the engine itself."""
    release = Releases(folder).current()
    assert release
    return release.open()


def test_a_new_release_is_seen_at_once_and_the_old_one_let_go(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    first = releases.edit(lambda store: store.extend(_quads()), plain=True)
    query = Query(f"SELECT ?o {{ <{E}new> ?p ?o }}")
    with EmbeddedEngine(tmp_path, workers=1, cache=1 << 20) as engine:
        lookups = opened(engine)
        assert b'"bindings":[]' in told(engine.query(query, JSON))[-1]
        new = Quad(NamedNode(E + "new"), NamedNode(E + "is"), Literal("new"), DefaultGraph())
        second = releases.edit(lambda store: store.add(new), plain=True)
        answer = engine.query(query, JSON)
        assert (answer.release, b'"new"' in told(answer)[-1]) == (second.id, True)
        wait(lookups.is_open)
        engine.cache = ResultCache(0)
        found = here(engine, query)
        assert found == told(engine._answer(query, JSON, None))
        engine.select("SELECT ?x { VALUES ?x { 1 } }")  # workers let go when they are asked

        def is_free() -> bool:
            with lease.unleased(first.folder) as free:
                return free

        wait(is_free)
    with lease.unleased(second.folder) as free:
        assert free


def test_a_shape_that_takes_long_is_left_to_workers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedEngine(folder, workers=1) as engine:
        opened(engine)
        monkeypatch.setattr(lookups, "SLOW", -1.0)
        assert here(engine, Query(LOOKUPS[0]))
        monkeypatch.undo()
        assert here(engine, Query(LOOKUPS[0])) is None
        assert here(engine, Query(f"SELECT * {{ <{E}hub> ?x 1 }}"))


class Panic(BaseException):
    """What a panic in Rust is, to Python."""


def test_a_panic_of_the_engine_ends_lookups_and_nothing_else(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def panic(*_: object) -> None:
        raise Panic

    with EmbeddedEngine(folder, workers=1) as engine:
        opened(engine)
        monkeypatch.setattr(lookups, "evaluate", panic)
        assert b"label" in told(engine.query(Query(LOOKUPS[0]), JSON))[-1]
        monkeypatch.undo()
        assert here(engine, Query(LOOKUPS[0])) is None


def test_a_guard_that_lets_little_through_is_heeded(folder: Path) -> None:
    with EmbeddedEngine(folder, workers=1, bounds=Bounds(patterns=1)) as engine:
        assert engine.lookups is None
        with pytest.raises(Refused):
            engine.query(Query(LOOKUPS[-2]), JSON)
