"""Reading saved queries and binding their parameters: as terms, never as text; bad files are told with their line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Store

from ontology.terms import XSD
from server.saved_query import BadParameter, BadSavedQuery, SavedQuery, read, read_folder

HERE = Path(__file__).parent / "data" / "queries"


@pytest.fixture
def saved(tmp_path):
    def make(text: str, name: str = "query.rq") -> SavedQuery:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return read(file)

    return make


def header(parameters: str, body: str = "SELECT * WHERE { VALUES ?x { UNDEF } }") -> str:
    return f"#+ title: T\n#+ question: Q?\n#+ group: G\n#+ parameters:\n{parameters}\n{body}\n"


def test_a_folder_is_read_in_the_order_of_groups_and_titles():
    queries = read_folder(HERE)
    assert [(q.group, q.title) for q in queries.values()] == [
        ("Denials", "Who denies"),
        ("Elsewhere", "What another endpoint knows"),
        ("Quantities", "Big deliveries"),
        *(("Views", title) for title in ("Day by day", "Where it lies", "Who delivers to whom")),
    ]
    query = queries["who-denies"]
    assert query.question == "Which denials are there, by whom and since when?"
    assert query.view == "table"
    assert query.parameters["speaker"].class_ == "https://w3id.org/armsclaims/ontology#Actor"
    assert query.parameters["speaker"].optional
    assert query.text.startswith("PREFIX ac:")
    assert queries["elsewhere"].needs_service == "https://sparql.example/"


def test_the_saved_queries_of_the_project_can_be_read(root):
    assert len(read_folder(root / "queries")) > 15


def viewed(view, chart=""):
    """A query with a view and, where given, what its chart is made of."""
    drawn = f"#+ chart: {chart}\n" if chart else ""
    return f"#+ title: T\n#+ question: Q\n#+ group: G\n#+ view: {view}\n{drawn}SELECT ?s ?p ?o WHERE {{ ?s ?p ?o }}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * WHERE { }", "query.rq:1: the header is missing"),
        ("#+ title: [\nASK {}", "query.rq:1: the header is not valid YAML"),
        ("#+ title: T\n#+ question: Q\n#+ group: 'G\nASK {}", "query.rq:3: the header is not valid YAML"),
        ("#+ just words\nASK {}", "query.rq:1: the header must be a YAML mapping"),
        ("#+ title: T\n#+ group: G\nASK {}", "“question” is missing"),
        ("#+ title: T\n#+ question: Q\n#+ grop: G\nASK {}", "query.rq:3: unknown key “grop”"),
        ("#+ title: T\n#+ question: Q\n#+ group: G\n#+ view: pie\nASK {}", "query.rq:4: view is “pie”"),
        (viewed("bar"), "the view “bar” needs “label” under “chart”"),
        (viewed("bar", "{label: s, values: v}"), "query.rq:5: the result has no column “v”"),
        (viewed("bar", "{label: s, values: s, lane: s}"), "query.rq:5: the view “bar” has no “lane”; it has label"),
        (viewed("table", "{label: s}"), "query.rq:5: the view “table” has no “label”; it has nothing to choose"),
        (viewed("network", "{edges: [s p o s]}"), "query.rq:5: an edge names two columns, or three"),
        (viewed("network", "{edges: [s -- p o s]}"), "query.rq:5: an edge names two columns, or three"),
        ("#+ overview: 1\n" + viewed("table"), "query.rq:1: the overview shows what is drawn (“view”)"),
        ("#+ overview: first\n" + viewed("table"), "query.rq:1: “overview” is its place on the overview: 1, 2, 3 …"),
        (viewed("map", "places"), "query.rq:5: “chart” must map parts to columns; the view “map” has latitude"),
        (header("#+   x: {type: float}"), "query.rq:5: parameter “x” needs a type"),
        (header("#+   x: {type: iri, optinal: true}"), "query.rq:5: parameter “x” has the unknown field “optinal”"),
        (header("#+   x: {type: date, default: soon}"), "query.rq:5: parameter “x”: The parameter “x” must be a date"),
        (header("#+   format: {type: date}"), "query.rq:5: “format” means something in every request"),
        (header("#+   x-y: {type: date}"), "query.rq:5: “x-y” is not a name of a variable"),
        (header("#+   y: {type: date}"), "query.rq:5: the query does not introduce “y”: write VALUES ?y { UNDEF }"),
        (
            header("#+   x: {type: date, choices: [soon]}"),
            "query.rq:5: parameter “x”: The parameter “x” must be a date",
        ),
        (header("#+   x: {type: date, choices: 5}"), "query.rq:5: “choices” of “x” is a list of values or a SELECT"),
        (header("#+   x: {type: date, choices: SELECT}"), "query.rq:5: “choices” of “x” is no SPARQL"),
        (header("#+   x: {type: date, choices: 'SELECT ?y {}'}"), "query.rq:5: “choices” of “x” selects no ?value"),
        (
            header("#+   x: {type: iri, class: ac:Actor, choices: [a]}"),
            "query.rq:5: parameter “x” has “class” and “choi",
        ),
        (
            "#+ title: T\n#+ question: Q\n#+ group: G\nCONSTRUCT {} {}",
            "query.rq:4: a saved query is a SELECT or an ASK",
        ),
        (header("#+   x: {type: date}", "\nSELECT *\nWHERE { VALUES ?x { UNDEF } ?s ?p ) }"), "query.rq:8: column"),
    ],
)
def test_a_bad_file_is_told_with_its_line(saved, text, message):
    with pytest.raises(BadSavedQuery) as error:
        saved(text)
    assert message in str(error.value)


def test_a_name_must_fit_an_address(saved):
    with pytest.raises(BadSavedQuery, match="small letters"):
        saved(header("#+   x: {type: date}"), "Who denies.rq")


TYPES = header(
    "#+   iri: {type: iri, optional: true}\n#+   text: {type: string, optional: true}\n"
    "#+   whole: {type: integer, optional: true}\n#+   part: {type: decimal, optional: true}\n"
    "#+   day: {type: date, optional: true}\n#+   truth: {type: boolean, optional: true}",
    "SELECT * WHERE { VALUES ?iri { UNDEF } VALUES ?text {UNDEF} values $whole { undef } VALUES ?part { UNDEF }\n"
    "VALUES ?day { UNDEF } VALUES ?truth { UNDEF } }",
)


def test_values_become_typed_terms(saved):
    query = saved(TYPES)
    assert query.terms(
        {"iri": "state:russia", "text": " a ", "whole": "-7", "part": "0.5", "day": "2024-02-29", "truth": "true"}
    ) == {
        "iri": NamedNode("https://w3id.org/armsclaims/id/state/russia"),
        "text": Literal("a"),
        "whole": Literal("-7", datatype=XSD.integer),
        "part": Literal("0.5", datatype=XSD.decimal),
        "day": Literal("2024-02-29", datatype=XSD.date),
        "truth": Literal("true", datatype=XSD.boolean),
    }
    assert query.terms({"iri": "<urn:x>"}) == {"iri": NamedNode("urn:x")}
    assert query.terms({}) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iri", "not an iri"),
        ("iri", "http://e/> } ; DROP ALL #"),
        ("iri", "http://e/\nx"),
        ("whole", "1.5"),
        ("whole", "٣"),
        ("whole", "1" * 40),
        ("part", "1e9"),
        ("day", "2023-02-29"),
        ("day", "13.9.2023"),
        ("truth", "perhaps"),
        ("text", "x" * 1_000_000),
        ("other", "1"),
    ],
)
def test_a_value_that_does_not_fit_names_its_parameter(saved, name, value):
    with pytest.raises(BadParameter) as error:
        saved(TYPES).terms({name: value})
    assert error.value.parameter == name
    assert len(str(error.value)) < 300


def test_defaults_count_where_a_parameter_is_not_named_and_required_ones_need_a_value(saved):
    query = saved(header("#+   x: {type: integer, default: 5}"))
    assert query.terms({}) == {"x": Literal("5", datatype=XSD.integer)}
    with pytest.raises(BadParameter, match="needs a value"):
        query.terms({"x": ""})
    optional = saved(header("#+   x: {type: integer, default: 5, optional: true}"))
    assert optional.terms({"x": ""}) == {}


def test_choices_from_a_list_are_the_only_values_and_those_from_a_query_are_offers(saved):
    query = saved(header("#+   x: {type: integer, choices: [5, 7]}"))
    assert query.terms({"x": "7"}) == {"x": Literal("7", datatype=XSD.integer)}
    with pytest.raises(BadParameter, match="must be one of: 5, 7"):
        query.terms({"x": "6"})
    offered = saved(header("#+   x: {type: string, choices: 'SELECT ?value { ?s ac:unit ?value }'}"))
    assert offered.terms({"x": "other"}) == {"x": Literal("other")}


def test_a_filter_sees_whether_a_parameter_is_bound(saved):
    query = saved(
        header(
            "#+   least: {type: integer, optional: true}",
            "SELECT ?n WHERE { VALUES ?least { UNDEF } VALUES ?n { 1 2 3 } FILTER(!BOUND(?least) || ?n >= ?least) }",
        )
    )

    def answers(values):
        return sorted(row["n"].value for row in Store().query(query.bound(query.terms(values))))

    assert answers({}) == ["1", "2", "3"]
    assert answers({"least": "2"}) == ["2", "3"]


ECHO = header(
    "#+   a: {type: string, optional: true}\n#+   b: {type: string, optional: true}",
    "SELECT ?a ?b WHERE { VALUES ?a { UNDEF } VALUES ?b { UNDEF } }",
)


@given(
    a=st.text(max_size=40)
    | st.sampled_from(['"} ; DROP ALL #', "VALUES ?b { UNDEF }", "\\", "'''", "?b", "\u2028\r\n"]),
    b=st.text(max_size=40) | st.sampled_from(['" } } #', "VALUES ?a { UNDEF }"]),
)
def test_whatever_the_value_it_stays_a_value(tmp_path_factory, a, b):
    file = tmp_path_factory.getbasetemp() / "echo.rq"
    if not file.exists():
        file.write_text(ECHO, encoding="utf-8")
    query = read(file)
    a, b = ("".join(c for c in text if not "\ud800" <= c <= "\udfff") for text in (a, b))
    (row,) = Store().query(query.bound(query.terms({"a": a, "b": b})))
    for name, text in (("a", a.strip()), ("b", b.strip())):
        assert row[name] == (Literal(text) if text else None)


@given(name=st.sampled_from(["iri", "whole", "part", "day", "truth", "text"]), value=st.text(max_size=30))
def test_whatever_the_value_it_fits_its_type_or_is_refused(tmp_path_factory, name, value):
    file = tmp_path_factory.getbasetemp() / "types.rq"
    if not file.exists():
        file.write_text(TYPES, encoding="utf-8")
    query = read(file)
    try:
        terms = query.terms({name: value})
    except BadParameter as error:
        assert error.parameter == name  # noqa: PT017 (being refused is one of two good ends)
        return
    assert set(terms) <= {name}
    Store().query(query.bound(terms))  # a SyntaxError would show a value that became text
