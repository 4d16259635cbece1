"""Answers that lie ready beside a release: the same as the engine's, in the limits they were asked with."""

import shutil
from pathlib import Path

import pytest
from harness import publish

from server.store import embedded
from server.store.embedded import EmbeddedEngine
from server.store.engine import Limits, Query

JSON = {"solutions": "application/sparql-results+json", "boolean": "application/sparql-results+json"}
MANY = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of our own, to which files are added."""
    folder = tmp_path_factory.mktemp("prepared")
    publish(folder)
    return folder


@pytest.mark.parametrize("limits", [Limits(), Limits(rows=3)])
def test_a_prepared_answer_is_that_of_the_engine(folder, monkeypatch, limits):
    monkeypatch.setattr(embedded, "LONG", 0.0)
    query = Query(MANY, limits=limits)
    with EmbeddedEngine(folder, workers=1) as engine:
        asked = engine.query(query, JSON)
        expected = b"".join(asked), asked.form, asked.truncated_by, asked.complete
        engine.prepare(query, JSON)
        monkeypatch.setattr(engine, "_answer", None)  # whoever asks the engine now fails
        answer = engine.query(query, JSON)
        assert (b"".join(answer), answer.form, answer.truncated_by, answer.complete) == expected
        assert answer.release == engine.release()


def test_what_takes_no_time_is_not_kept_and_what_was_removed_is_asked_again(folder, monkeypatch):
    dumps = (folder / "current").resolve() / "dumps"
    query = Query("ASK { ?s ?p ?o }")
    with EmbeddedEngine(folder, workers=1) as engine:
        monkeypatch.setattr(embedded, "LONG", 600.0)
        engine.prepare(Query("SELECT ?p WHERE { ?s ?p ?o } LIMIT 7"), JSON)
        before = sorted(dumps.glob("answer-*")) if dumps.exists() else []
        monkeypatch.setattr(embedded, "LONG", 0.0)
        kept = Query("SELECT ?s WHERE { ?s ?p ?o } ORDER BY ?s LIMIT 7")
        engine.prepare(kept, JSON)
        assert len(list(dumps.glob("answer-*"))) == len(before) + 1
        first = b"".join(engine.query(kept, JSON))
        shutil.rmtree(dumps)  # as forgetting does
        assert b"".join(engine.query(kept, JSON)) == first
        assert b"true" in b"".join(engine.query(query, JSON))
