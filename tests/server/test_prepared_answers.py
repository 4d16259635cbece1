"""Answers that lie ready beside a release: the same as the engine's, in every format, for every value and limit."""

import json
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks import plans
from server import overview, warming
from server.app import create_app
from server.saved_query import SavedQuery, read_folder
from server.settings import Settings
from server.store import prepared, summaries
from server.store.embedded import EmbeddedEngine
from server.store.engine import CutShort, Limits, Query
from server.store.prepared import Condition, Whole
from server.store.releases import Releases
from server.warming import Warming

QUERIES = read_folder(Path(__file__).resolve().parents[2] / "queries")
LOCAL = {name: query for name, query in QUERIES.items() if query.needs_service is None}
FORMATS = ("application/sparql-results+json", "text/csv", "text/tab-separated-values", "application/sparql-results+xml")
JSON = {"solutions": FORMATS[0], "boolean": FORMATS[0]}
LABELLED = "VALUES ?p { rdf:type rdfs:label ac:quote } ?s ?p ?o"
MANY = Whole(f"SELECT ?s ?p ?o WHERE {{ {LABELLED} }} ORDER BY ?s ?p ?o", ("p",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of our own with made-up articles, and all answers of saved queries ready."""
    folder = tmp_path_factory.mktemp("prepared")
    plans.publish(folder, 60)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared, "LONG", 0.0)
        wholes = [query.query(query.defaults()).whole for query in LOCAL.values()]
        prepared.make((folder / "current").resolve(), [*filter(None, wholes), MANY])
    return folder


@pytest.fixture(scope="module")
def engine(folder):
    with EmbeddedEngine(folder, workers=1) as engine:
        yield engine


def values_of(engine: EmbeddedEngine, query: SavedQuery, name: str) -> list[str]:
    """A value that some rows have, one that none has, and the text of an attack."""
    parameter = query.parameters[name]
    if parameter.choices:
        return list(parameter.choices)
    if parameter.type == "date":
        return ["2018-06-30"]
    if parameter.type == "string":
        return ["shell", 'x" } #']
    found = json.loads(b"".join(engine.query(query.query({}), JSON)))["results"]["bindings"]
    column = parameter.columns[0]
    some = [row[column]["value"] for row in found if column in row]
    if parameter.pattern:
        some = [f"https://w3id.org/armsclaims/id/state/{state}" for state in ("burundi", "pakistan", "cameroon")]
    return [*some[:1], *some[-1:], "https://w3id.org/armsclaims/id/state/nowhere"]


@pytest.mark.parametrize("name", LOCAL)
def test_rows_that_lie_ready_are_those_of_the_engine(engine: EmbeddedEngine, name: str) -> None:
    query = LOCAL[name]
    asked = [query.defaults()]
    for parameter in query.parameters.values():
        if parameter.columns:
            given = values_of(engine, query, parameter.name)
            asked += [query.terms({parameter.name: value}) for value in given]
    for terms in asked:
        ready = query.query(terms)
        assert engine.is_prepared(ready)
        expected = b"".join(engine.query(Query(ready.text), JSON))
        assert json.loads(b"".join(engine.query(ready, JSON))) == json.loads(expected), terms


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("limits", [Limits(), Limits(rows=3), Limits(rows=20_000), Limits(bytes=5000)])
def test_every_format_and_limit_is_that_of_the_engine(engine, media_type, limits):
    formats = {"solutions": media_type}
    told = []
    for whole in (None, MANY):
        answer, body = engine.query(Query(MANY.text, limits=limits, whole=whole), formats), b""
        with suppress(CutShort):
            for chunk in answer:
                body += chunk
        told.append((body, answer.form, answer.media_type, answer.truncated_by, answer.complete))
    assert told[0] == told[1]


def test_conditions_go_together(engine):
    conditions = [Condition(("p",), ">=", "<http://www.w3.org/2000/01/rdf-schema#label>") for _ in range(2)]
    with pytest.raises(ValueError, match="substring not found"):  # only literals have an order
        prepared._values(conditions[0], None, 0, {})
    label, type_ = (
        f"<http://www.w3.org/{name}>" for name in ("2000/01/rdf-schema#label", "1999/02/22-rdf-syntax-ns#type")
    )
    for pair, found in (((("=", label), ("!=", type_)), True), ((("=", label), ("=", type_)), False)):
        conditions = [Condition(("p",), comparison, term) for comparison, term in pair]
        body = b"".join(engine.query(Query("SELECT * { }", whole=MANY, conditions=conditions), JSON))
        predicates = {row["p"]["value"] for row in json.loads(body)["results"]["bindings"]}
        assert predicates == ({label[1:-1]} if found else set())


def test_an_older_release_and_one_without_files_are_asked_themselves(folder, engine, tmp_path):
    ready = LOCAL["allegations-by-speaker"].query({})
    expected = b"".join(engine.query(ready, JSON))
    shutil.copytree(folder, tmp_path / "data", symlinks=True)
    with EmbeddedEngine(tmp_path / "data", workers=1) as other:
        assert other.is_prepared(ready)
        shutil.rmtree(tmp_path / "data" / "current" / "dumps")  # as forgetting does
        assert not other.is_prepared(ready)
        assert json.loads(b"".join(other.query(ready, JSON))) == json.loads(expected)


def test_what_takes_no_time_leaves_no_file(folder):
    quick = Whole("SELECT ?s WHERE { ?s ?p ?o } LIMIT 7")
    release = Releases(folder).require_current()
    prepared.make(release.folder, [quick])
    assert prepared.missing(release.dumps, [quick, MANY]) == [quick]


def test_a_server_has_the_answers_of_a_large_release_worked_out(folder, tmp_path, monkeypatch):
    shutil.copytree(folder, tmp_path / "data", symlinks=True)
    shutil.rmtree(tmp_path / "data" / "current" / "dumps")
    begun = []
    monkeypatch.setattr(summaries, "FEWEST", 10)
    monkeypatch.setattr(warming.prepared, "begin", lambda folder, wholes: begun.append((folder, wholes)))
    with EmbeddedEngine(tmp_path / "data", workers=1) as engine:
        app = create_app(Settings(data=tmp_path / "data"), engine)
        with app.test_request_context("/"):
            Warming(app)._prepare()
    ((where, wholes),) = begun
    assert where == (tmp_path / "data" / "current").resolve()
    assert len(wholes) == len(LOCAL)
    assert wholes[0] == LOCAL["day-by-day"].query({}).whole  # what stands on the front page comes first


def test_the_process_makes_the_files(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "data", symlinks=True)
    release = Releases(tmp_path / "data").require_current()
    shutil.rmtree(release.dumps)
    slow = Whole("SELECT ?s ?o WHERE { ?s ?p ?o } ORDER BY ?s ?o", ())
    assert prepared.begin(release.folder, [slow]).wait(60) == 0
    assert prepared.missing(release.dumps, [slow]) == []


def test_a_page_does_not_wait_for_a_drawing_that_is_being_worked_out(folder, tmp_path, monkeypatch):
    shutil.copytree(folder, tmp_path / "data", symlinks=True)
    release = Releases(tmp_path / "data").require_current()
    shutil.rmtree(release.dumps)
    summaries.publish(release.dumps, release.open(), summaries.FEWEST)
    monkeypatch.setattr(overview, "PATIENCE", 1e-4)
    monkeypatch.setattr(prepared, "LONG", 0.0)
    waiting, drawn = "This drawing is still being worked out", 'data-view="timeline"'
    with EmbeddedEngine(tmp_path / "data", workers=1) as engine:
        client = create_app(Settings(data=tmp_path / "data"), engine).test_client()
        pages = [client.get("/").text, client.get("/").text]
        older = client.get(f"/?release={release.id}").text
        prepared.make(release.folder, [whole for one in LOCAL.values() if (whole := one.query(one.defaults()).whole)])
        pages.append(client.get("/").text)
    assert [(waiting in page, drawn in page) for page in pages] == [(True, False), (True, False), (False, True)]
    assert waiting not in older
