"""The embedded engine: forms, formats, datasets, parameters, limits, releases and what its errors say."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from engine_examples import EVERYTHING, EX, MEDIA_TYPES, ROWS, add_release, quad
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    RdfFormat,
    Store,
    Triple,
    parse,
    parse_query_results,
)

from ontology.terms import XSD
from server.store.embedded import EmbeddedEngine
from server.store.engine import (
    BadQuery,
    CutShort,
    Inexpressible,
    Limits,
    NoSuchRelease,
    Query,
    QueryError,
    Refused,
    Unavailable,
)

G1, G2 = EX + "g1", EX + "g2"
ALL = "SELECT ?s ?p ?o { ?s ?p ?o }"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    quads = [quad(number) for number in range(ROWS)]
    add_release(folder, "first", [*quads, quad(1, G1), quad(2, G2)])
    return folder


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[EmbeddedEngine]:
    with EmbeddedEngine(folder, workers=1) as engine:
        yield engine


def ask(engine: EmbeddedEngine, text: str, solutions: str = "", graph: str = "", **query: object) -> bytes:
    media_types = MEDIA_TYPES | ({"solutions": solutions, "boolean": solutions} if solutions else {})
    answer = engine.query(Query(text, **query), media_types | ({"graph": graph} if graph else {}))
    assert answer.complete
    return b"".join(answer)


# --- forms and formats


def test_select_returns_rows_of_terms(engine: EmbeddedEngine) -> None:
    rows = engine.select(f"SELECT ?o ?none {{ <{EX}s7> ?p ?o }}")
    assert rows == [{"o": Literal("value 7")}]


def test_an_answer_names_its_form_media_type_and_release(engine: EmbeddedEngine) -> None:
    answer = engine.query(Query("ASK { ?s ?p ?o }"), MEDIA_TYPES)
    assert (answer.form, answer.media_type, answer.release) == ("boolean", "application/sparql-results+json", "first")
    assert (answer.complete, answer.truncated, answer.truncated_by) == (True, False, None)
    assert json.loads(b"".join(answer)) == {"head": {}, "boolean": True}
    assert engine.query(Query(ALL), MEDIA_TYPES).form == "solutions"
    assert engine.query(Query("DESCRIBE <http://example.com/s1>"), MEDIA_TYPES).form == "graph"


def test_solutions_in_every_format(engine: EmbeddedEngine) -> None:
    text = f"SELECT ?o {{ <{EX}s7> ?p ?o }}"
    assert ask(engine, text, "text/csv") == b"o\r\nvalue 7\r\n"
    assert ask(engine, text, "text/tab-separated-values") == b'?o\n"value 7"\n'
    assert b"<literal>value 7</literal>" in ask(engine, text, "application/sparql-results+xml")
    assert ask(engine, "ASK {}", "application/sparql-results+xml").endswith(b"<boolean>true</boolean></sparql>")
    assert ask(engine, "ASK {}", "text/csv") == b"true"


@pytest.mark.parametrize(
    ("media_type", "format"),
    [
        ("text/turtle", RdfFormat.TURTLE),
        ("application/n-triples", RdfFormat.N_TRIPLES),
        ("application/rdf+xml", RdfFormat.RDF_XML),
        ("application/ld+json", RdfFormat.JSON_LD),
    ],
)
def test_graphs_in_every_format(engine: EmbeddedEngine, media_type: str, format: RdfFormat) -> None:
    answer = ask(engine, f"CONSTRUCT {{ <{EX}s7> a skos:Concept }} {{}}", graph=media_type)
    (triple,) = [quad.triple for quad in parse(answer, format)]
    assert triple.object == NamedNode("http://www.w3.org/2004/02/skos/core#Concept")


def test_turtle_is_written_with_our_prefixes(engine: EmbeddedEngine) -> None:
    answer = ask(engine, f"CONSTRUCT {{ <{EX}s7> a skos:Concept }} {{}}", graph="text/turtle")
    assert b"@prefix skos: <http://www.w3.org/2004/02/skos/core#> ." in answer
    assert b"<http://example.com/s7> a skos:Concept ." in answer


def test_a_format_that_nothing_writes_is_a_mistake_of_the_caller(engine: EmbeddedEngine) -> None:
    with pytest.raises(ValueError, match="image/png"):
        engine.query(Query(ALL), MEDIA_TYPES | {"graph": "image/png"})


# --- datasets and parameters


@pytest.mark.parametrize(
    ("default_graphs", "named_graphs", "expected"),
    [
        ([G1], [], {("1", None)}),
        ([G1, G2], [], {("1", None), ("2", None)}),
        ([], [G2], {("2", G2)}),
        ([G1], [G2], {("1", None), ("2", G2)}),
        ([EX + "none"], [], set()),
    ],
)
def test_the_dataset_of_the_request_is_all_there_is(
    engine: EmbeddedEngine, default_graphs: list[str], named_graphs: list[str], expected: set[tuple[str, str | None]]
) -> None:
    text = "SELECT ?o ?g { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    answer = json.loads(ask(engine, text, default_graphs=default_graphs, named_graphs=named_graphs))
    found = {
        (row["o"]["value"].removeprefix("value "), row["g"]["value"] if "g" in row else None)
        for row in answer["results"]["bindings"]
    }
    assert found == expected


def test_the_default_graph_is_the_stores_own_and_no_union(engine: EmbeddedEngine) -> None:
    (row,) = engine.select(f"SELECT (COUNT(*) AS ?n) {{ <{EX}s1> ?p ?o }}")
    assert row["n"].value == "1"


def test_a_dataset_needs_absolute_iris(engine: EmbeddedEngine) -> None:
    with pytest.raises(BadQuery, match="no absolute IRI"):
        engine.query(Query(ALL, default_graphs=["not an IRI"]), MEDIA_TYPES)


@pytest.mark.parametrize(
    "term",
    [
        NamedNode(EX + "s1"),
        Literal('"} ; DROP ALL #\t\n\\'),
        Literal("", language="en"),
        Literal("1951-04-30", datatype=XSD["date"]),
        Triple(NamedNode(EX + "a"), NamedNode(EX + "b"), Literal("x\ty")),
        Literal("x" * 1_000_000),
    ],
)
def test_parameters_are_bound_as_terms(engine: EmbeddedEngine, term: NamedNode | Literal | Triple) -> None:
    (row,) = engine.select("SELECT ?x (STR(?y) AS ?unbound) { BIND(1 AS ?one) VALUES ?x { UNDEF } }", {"x": term})
    assert row == {"x": term}


def test_known_prefixes_need_no_declaration_but_may_have_another(engine: EmbeddedEngine) -> None:
    assert engine.select("SELECT (ac:x AS ?x) {}")[0]["x"] == NamedNode("https://w3id.org/armsclaims/ontology#x")
    assert engine.select("PREFIX ac: <http://o/> SELECT (ac:x AS ?x) {}")[0]["x"] == NamedNode("http://o/x")


# --- limits


@pytest.mark.parametrize("limits", [Limits(rows=3), Limits(bytes=1000)], ids=["rows", "bytes"])
def test_cut_solutions_are_well_formed_and_say_that_they_are_cut(engine: EmbeddedEngine, limits: Limits) -> None:
    def cut(media_type: str) -> bytes:
        answer = engine.query(Query(ALL, limits=limits), MEDIA_TYPES | {"solutions": media_type})
        assert (answer.complete, answer.truncated) == (True, True)
        assert answer.truncated_by == ("rows" if limits.rows else "bytes")
        content = b"".join(answer)
        assert limits.bytes is None or 700 < len(content) <= limits.bytes
        return content

    rows = json.loads(cut("application/sparql-results+json"))["results"]["bindings"]
    assert rows[0].keys() == {"s", "p", "o"}
    results = ElementTree.fromstring(cut("application/sparql-results+xml"))[1]
    table = list(csv.reader(io.StringIO(cut("text/csv").decode())))
    assert table[0] == ["s", "p", "o"]
    tsv = list(parse_query_results(cut("text/tab-separated-values"), QueryResultsFormat.TSV))
    if limits.rows:
        assert [len(rows), len(results), len(table) - 1, len(tsv)] == [3, 3, 3, 3]


@pytest.mark.parametrize("limits", [Limits(rows=3), Limits(bytes=6000)], ids=["rows", "bytes"])
@pytest.mark.parametrize("media_type", ["text/turtle", "application/rdf+xml", "application/ld+json"])
def test_cut_graphs_are_well_formed_and_say_that_they_are_cut(
    engine: EmbeddedEngine, limits: Limits, media_type: str
) -> None:
    query = Query("CONSTRUCT WHERE { ?s ?p ?o }", limits=limits)
    answer = engine.query(query, MEDIA_TYPES | {"graph": media_type})
    content = b"".join(answer)
    assert (answer.complete, answer.truncated_by) == (True, "rows" if limits.rows else "bytes")
    store = Store()
    store.load(content, RdfFormat.from_media_type(media_type))
    assert len(store) == 3 if limits.rows else 3 < len(store) < ROWS
    assert limits.bytes is None or len(content) <= limits.bytes


def test_a_result_of_exactly_the_limit_is_not_cut(engine: EmbeddedEngine) -> None:
    for text in (f"{ALL} LIMIT 3", "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 3"):
        answer = engine.query(Query(text, limits=Limits(rows=3)), MEDIA_TYPES)
        assert (answer.truncated, len(list(answer))) == (False, 1)
        whole = b"".join(engine.query(Query(text), MEDIA_TYPES))
        answer = engine.query(Query(text, limits=Limits(bytes=len(whole))), MEDIA_TYPES)
        assert (answer.truncated, b"".join(answer)) == (False, whole)


@pytest.mark.parametrize("rows", [None, 100])
def test_the_way_through_a_row_limit_changes_no_term(engine: EmbeddedEngine, rows: int | None) -> None:
    text = r"""
        SELECT ?x ?y {
            VALUES ?x { 1 "01"^^xsd:integer 1.0 1e0 true "a\tb\n\r\"c\\ \u0001 é" "x"@en "x"@en--ltr "" UNDEF
                "1"^^<http://d/t> <http://a/b> "x"^^xsd:string }
            OPTIONAL { BIND(<<( <http://a> <http://b> "c" )>> AS ?y) }
        }"""
    for media_type in ("application/sparql-results+json", "text/csv", "text/tab-separated-values"):
        assert ask(engine, text, media_type, limits=Limits(rows=rows)) == ask(engine, text, media_type)


def test_a_long_answer_comes_as_a_stream_of_all_its_rows(engine: EmbeddedEngine) -> None:
    query = Query("SELECT ?s ?o ?x { ?s ?p ?o . ?x <http://example.com/p1> ?z } LIMIT 20000")
    answer = engine.query(query, MEDIA_TYPES)
    assert (answer.complete, answer.truncated) == (False, False)
    assert len(json.loads(b"".join(answer))["results"]["bindings"]) == 20_000


@pytest.mark.parametrize(
    ("limits", "words"), [(Limits(rows=50_000), "50000 rows"), (Limits(bytes=3_000_000), "3000000")]
)
def test_a_long_answer_that_is_cut_ends_with_an_error(engine: EmbeddedEngine, limits: Limits, words: str) -> None:
    answer = engine.query(Query(EVERYTHING, limits=limits), MEDIA_TYPES)
    got: list[bytes] = []
    with pytest.raises(CutShort, match=words):
        got.extend(answer)
    assert sum(map(len, got)) > 1024 * 1024
    assert engine.select("SELECT (1 AS ?x) {}")[0]["x"].value == "1"


# --- errors


def test_a_syntax_error_names_line_column_and_text(engine: EmbeddedEngine) -> None:
    with pytest.raises(BadQuery, match=r"Line 2, column 22, at “-1”: the query cannot go on like this") as caught:
        engine.query(Query("SELECT * {\n ?s ?p 'é→𝄞' } LIMIT -1"), MEDIA_TYPES)
    assert (caught.value.line, caught.value.column, caught.value.at) == (2, 22, "-1")


def test_an_unknown_prefix_is_named(engine: EmbeddedEngine) -> None:
    with pytest.raises(
        BadQuery,
        match="Line 1, column 12, at “foo:bar”: the prefix “foo:” is not declared; add the line PREFIX foo:",
    ):
        engine.query(Query("ASK { ?s a foo:bar }"), MEDIA_TYPES)


def test_a_prefix_that_we_know_is_offered(folder: Path) -> None:
    with (
        EmbeddedEngine(folder, workers=1, query_prefixes={}) as engine,
        pytest.raises(BadQuery, match=r"add the line PREFIX skos: <http://www.w3.org/2004/"),
    ):
        engine.select("SELECT * { ?s a skos:Concept }")


def test_a_function_that_is_not_there_is_a_mistake_of_the_query(engine: EmbeddedEngine) -> None:
    with pytest.raises(
        BadQuery, match=r"The function <http://e.example/f> is not supported\. There are those of SPARQL"
    ):
        engine.select("SELECT (<http://e.example/f>(1) AS ?x) {}")


@pytest.mark.parametrize(
    ("text", "media_type", "told"),
    [
        (
            "CONSTRUCT { <e:a> <e:b> <<( <e:c> <e:d> 1 )>> } {}",
            "application/ld+json",
            "JSON-LD cannot hold triple term",
        ),
        ("CONSTRUCT { <e:a> <http://e/1> 1 } {}", "application/rdf+xml", "cannot write the property <http://e/1>"),
        ("CONSTRUCT { <e:a> <e:b> '\\u0001' } {}", "application/rdf+xml", r"hold the character U\+0001"),
        ("SELECT ('\\u0001' AS ?x) {}", "application/sparql-results+xml", r"hold the character U\+0001"),
    ],
)
def test_what_a_format_cannot_hold_is_told_and_not_written_wrong(
    engine: EmbeddedEngine, text: str, media_type: str, told: str
) -> None:
    form = "graph" if text.startswith("CONSTRUCT") else "solutions"
    for limits in (Limits(), Limits(rows=10, bytes=10_000)):
        with pytest.raises(Inexpressible, match=told):
            engine.query(Query(text, limits=limits), {**MEDIA_TYPES, form: media_type})
    assert engine.query(Query(text), MEDIA_TYPES).complete


def test_an_update_is_no_query(engine: EmbeddedEngine) -> None:
    with pytest.raises(BadQuery):
        engine.select("INSERT DATA { <http://a/a> <http://a/b> <http://a/c> }")
    with pytest.raises(Refused):
        engine.select("LOAD <http://a/a>")


def test_select_wants_a_select(engine: EmbeddedEngine) -> None:
    with pytest.raises(BadQuery, match="SELECT"):
        engine.select("ASK {}")


@pytest.mark.parametrize("kind", QueryError.__subclasses__())
def test_every_error_has_a_status_and_a_title(kind: type[QueryError]) -> None:
    assert kind.status in {400, 404, 406, 499, 502, 503}
    assert kind.title != QueryError.title


# --- releases


def test_no_release_yet_and_then_one(tmp_path: Path) -> None:
    with EmbeddedEngine(tmp_path, workers=1) as engine:
        with pytest.raises(Unavailable, match="load some articles"):
            engine.release()
        with pytest.raises(Unavailable, match="load some articles"):
            engine.select(ALL)
        add_release(tmp_path, "first", [quad(1)])
        assert engine.release() == "first"
        assert len(engine.select(ALL)) == 1


def test_a_new_release_is_seen_at_once_and_the_old_one_stays(tmp_path: Path) -> None:
    add_release(tmp_path, "first", [quad(1)])
    with EmbeddedEngine(tmp_path, workers=2) as engine:
        assert len(engine.select(ALL)) == 1
        add_release(tmp_path, "second", [quad(1), quad(2)])
        for _ in range(6):
            assert len(engine.select(ALL)) == 2
            assert len(engine.select(ALL, release="first")) == 1
        assert engine.query(Query(ALL, release="first"), MEDIA_TYPES).release == "first"


@pytest.mark.parametrize("name", ["third", "", ".", "..", "../releases/first", "first/../first", "first\x00"])
def test_an_unknown_release_is_not_found(engine: EmbeddedEngine, name: str) -> None:
    with pytest.raises(NoSuchRelease) as caught:
        engine.select(ALL, release=name)
    assert caught.value.status == 404


def test_what_was_forgotten_in_an_old_release_is_gone_for_workers_too(tmp_path: Path) -> None:
    add_release(tmp_path, "first", [quad(1), quad(2)])
    with EmbeddedEngine(tmp_path, workers=1) as engine:
        assert len(engine.select(ALL, release="first")) == 2
        add_release(tmp_path / "aside", "first", [quad(1)])  # forgetting exchanges the store under the same name
        store = tmp_path / "releases" / "first" / "store"
        store.rename(tmp_path / "old")
        (tmp_path / "aside" / "releases" / "first" / "store").rename(store)
        for _ in range(4):
            assert len(engine.select(ALL, release="first")) == 1


def test_a_closed_engine_says_so(folder: Path) -> None:
    engine = EmbeddedEngine(folder, workers=1)
    engine.close()
    engine.close()
    with pytest.raises(Unavailable, match="closed"):
        engine.select(ALL)


def test_blank_nodes_keep_their_labels(tmp_path: Path) -> None:
    add_release(tmp_path, "first", [Quad(BlankNode("b1"), NamedNode(EX + "p"), BlankNode("b2"))])
    with EmbeddedEngine(tmp_path, workers=1) as engine:
        assert engine.select("SELECT ?s ?o { ?s ?p ?o }") == [{"s": BlankNode("b1"), "o": BlankNode("b2")}]
