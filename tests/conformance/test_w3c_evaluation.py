"""SPARQL 1.0, 1.1 and 1.2 query, update and results: the W3C suites over HTTP, no worse than the engine itself."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import yaml
from evaluation import RESULTS, Answer, Case, Graphs, answer_of, canonical, cases, expected, load, same
from manifests import SUITES
from serving import PlainServer, Reply

from server.store.releases import Releases

KNOWN = yaml.safe_load((Path(__file__).parent / "known.yaml").read_text("utf-8"))
FAILS = {name for reason in KNOWN["fails"] for name in reason["tests"]}
REFUSED = {name for reason in KNOWN["refused"] for name in reason["tests"]}
MEDIA_TYPES = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
}
TABLES_OR_GRAPHS = "application/sparql-results+json, application/n-triples"
PROLOGUE = re.compile(r"(?>\s+|#[^\n]*|PREFIX\s+\S*\s*<[^>]*>|BASE\s*<[^>]*>|VERSION\s+\S+)*", re.IGNORECASE)
REDUCED = re.compile(r"\bREDUCED\b", re.IGNORECASE)


def parameters(wanted: Callable[[Case], bool]) -> list:
    """The tests wanted, or one that skips where the suites are absent."""
    if not SUITES.is_dir():
        return [pytest.param(None, id="suites-missing")]
    return [pytest.param(case, id=case.name) for case in ALL if wanted(case)]


ALL = list(cases()) if SUITES.is_dir() else []


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PlainServer, Callable[[Graphs], str]]]:
    """A server, and a function that returns a release of it that holds a dataset."""
    folder = tmp_path_factory.mktemp("archive")
    server = PlainServer(folder)
    releases: dict[Graphs, str] = {}

    def release_of(graphs: Graphs) -> str:
        if graphs not in releases:
            releases[graphs] = put(folder, graphs)
        return releases[graphs]

    yield server, release_of
    server.stop()


def put(folder: Path, graphs: Graphs) -> str:
    """Make a dataset the current release of a folder, and return the release."""

    def change(store: ox.Store) -> None:
        store.clear()
        load(store, graphs)

    return Releases(folder).edit(change, plain=True).id


def setting(graphs: Graphs) -> str:
    """Return an update after which there is this dataset and nothing else."""
    store = ox.Store()
    load(store, graphs)
    operations = ["DROP ALL", *(f"CREATE GRAPH {graph}" for graph in store.named_graphs())]
    for graph in (ox.DefaultGraph(), *store.named_graphs()):
        triples = " ".join(f"{q.triple} ." for q in store.quads_for_pattern(None, None, None, graph))
        block = triples if isinstance(graph, ox.DefaultGraph) else f"GRAPH {graph} {{ {triples} }}"
        operations.append(f"INSERT DATA {{ {block} }}")
    return " ;\n".join(operations)


def with_base(case: Case) -> str:
    return f"BASE <{case.base}>\n{case.text}"


def ask(server: PlainServer, case: Case, release: str, accept: str) -> Reply:
    headers = {"Content-Type": "application/sparql-query", "Accept": accept}
    return server.ask("POST", f"/sparql?release={release}", headers, with_base(case))


def answer_in(reply: Reply) -> Answer:
    media_type = reply.headers["content-type"].partition(";")[0]
    if media_type == "application/n-triples":
        return canonical(ox.parse(reply.body, ox.RdfFormat.N_TRIPLES))
    return answer_of(ox.parse_query_results(reply.body, ox.QueryResultsFormat.from_media_type(media_type)))


def as_wanted(case: Case, answer: Answer) -> bool:
    return same(answer, expected(case), distinct=bool(REDUCED.search(case.text)))


def engine_passes(case: Case) -> bool:
    """Tell whether pyoxigraph passes the test by itself."""
    store = ox.Store()
    load(store, case.graphs)
    try:
        answer = answer_of(store.query(case.text, base_iri=case.base))
    except SyntaxError:
        return case.is_negative
    return not case.is_negative and (case.result is None or as_wanted(case, answer))


@pytest.mark.parametrize("case", parameters(lambda case: case.kind == "QueryEvaluationTest"))
def test_query(case: Case | None, archive: tuple[PlainServer, Callable[[Graphs], str]], suites: Path) -> None:
    assert case is not None
    assert case.result is not None
    server, release_of = archive
    if case.name in FAILS:
        assert not engine_passes(case)
        return
    accept = MEDIA_TYPES.get(case.result.suffix, TABLES_OR_GRAPHS)
    if not isinstance(expected(case), frozenset):
        accept = accept.partition(",")[0]
    reply = ask(server, case, release_of(case.graphs), accept)
    assert reply.status == 200, reply.body
    assert as_wanted(case, answer_in(reply)), (reply.body, expected(case))


@pytest.mark.parametrize("case", parameters(lambda case: case.kind == "CSVResultFormatTest"))
def test_csv(case: Case | None, archive: tuple[PlainServer, Callable[[Graphs], str]], suites: Path) -> None:
    assert case is not None
    assert case.result is not None
    server, release_of = archive
    reply = ask(server, case, release_of(case.graphs), "text/csv")

    def table(text: str) -> Counter[frozenset[tuple[str, str]]]:  # the columns of SELECT * have no order
        rows = csv.DictReader(io.StringIO(text))
        return Counter(
            frozenset((name, "_:" if value.startswith("_:") else value) for name, value in row.items()) for row in rows
        )

    passes = table(reply.body.decode()) == table(case.result.read_text("utf-8"))
    assert passes is (case.name not in FAILS), reply.body


@pytest.mark.parametrize("case", parameters(lambda case: not case.is_evaluation and not case.is_update))
def test_query_syntax(case: Case | None, archive: tuple[PlainServer, Callable[[Graphs], str]], suites: Path) -> None:
    assert case is not None
    server, release_of = archive
    if case.name in FAILS:
        assert not engine_passes(case)
        return
    reply = ask(server, case, release_of(()), "*/*")
    assert is_syntax_error(reply) is case.is_negative, reply.body


@pytest.mark.parametrize("case", parameters(lambda case: not case.is_evaluation and case.is_update))
def test_update_syntax(case: Case | None, server: PlainServer, suites: Path) -> None:
    assert case is not None
    reply = server.ask("POST", "/sparql", {"Content-Type": "application/sparql-update"}, with_base(case))
    if case.name in REFUSED:
        assert reply.status == 400
        assert b"LOAD is not allowed" in reply.body
        return
    assert is_syntax_error(reply) is case.is_negative, reply.body


def is_syntax_error(reply: Reply) -> bool:
    """Tell whether the endpoint says that a text is not SPARQL; it may also lack a function or a graph."""
    lacks = b"not supported" in reply.body or b"does not exist" in reply.body
    wrong = b"problems#bad-query" in reply.body and not lacks
    assert reply.status in (200, 204) or wrong or lacks
    return wrong


@pytest.mark.parametrize("case", parameters(lambda case: case.kind == "UpdateEvaluationTest"))
def test_update(case: Case | None, server: PlainServer, suites: Path) -> None:
    assert case is not None
    prologue = PROLOGUE.match(case.text)
    assert prologue is not None
    rest = case.text[prologue.end() :]
    text = f"BASE <{case.base}>\n{prologue[0]}\n{setting(case.graphs)} ;\n{rest}"  # the engine has one prologue
    reply = server.ask("POST", "/sparql", {"Content-Type": "application/sparql-update"}, text)
    if case.name in REFUSED:
        assert reply.status == 400
        assert b"LOAD is not allowed" in reply.body
        return
    assert reply.status == 204, reply.body
    wanted = ox.Store()
    load(wanted, case.after)
    current = Releases(server.folder).current()
    assert current is not None
    assert canonical(current.open()) == canonical(wanted)


def test_the_lists_name_tests_that_there_are(suites: Path) -> None:
    assert {*FAILS, *REFUSED} <= {case.name for case in ALL}
    assert {kind: sum(case.kind.startswith(kind) for case in ALL) for kind in ("Query", "Update")} == {
        "Query": 578,
        "Update": 97,
    }
    assert set(RESULTS) == set(MEDIA_TYPES)
