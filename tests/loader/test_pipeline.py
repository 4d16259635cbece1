"""The pipeline: own texts to files of N-Quads, end to end; what is skipped, set aside and gone, and that it goes on."""

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from loader import extraction, lexicons, pipeline, sources
from loader.pipeline import Options, Outcome
from loader.records import Article, Extraction, SetAside
from ontology import reference
from ontology.reference import Reference

REFERENCE = reference.read()
ALLEGED = (
    "North Korea has shipped about 7,000 containers of shells to Russia, the South Korean government said on Monday. "
    "Russia denied that it had received any weapons from North Korea.\n"
)
QUIET = "The weather over the mountains was fine, and the train arrived at the station of the small town at noon.\n"
GRAPH = "https://w3id.org/armsclaims/graph/article/"


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text(ALLEGED, "utf-8")
    (folder / "b.md").write_text(f"---\npublisher: The Gazette\npublished: 2024-06-12\n---\n{ALLEGED}", "utf-8")
    (folder / "c.txt").write_bytes(b"\xff\xfe")
    (folder / "d.jsonl").write_text(json.dumps({"id": "d-1", "text": QUIET}) + "\n{\n", "utf-8")
    return folder


def run(paths: Sequence[Path], out: Path, **more: object) -> list[Outcome]:
    return list(pipeline.run(paths, out=out, reference=REFERENCE, **more))  # type: ignore[arg-type]


def test_a_folder_becomes_files_of_quads(articles: Path, tmp_path: Path) -> None:
    heard: list[tuple[int, str]] = []
    out = tmp_path / "quads"
    found = run([articles], out, on_progress=lambda number, path: heard.append((number, Path(path).name)))
    assert [(Path(one.path).name, one.status, one.graph and one.graph.removeprefix(GRAPH)) for one in found] == [
        ("a.txt", "extracted", "a"),
        ("b.md", "extracted", "the-gazette/b"),
        ("c.txt", "set aside", None),
        ("d.jsonl:1", "extracted", "d-1"),
        ("d.jsonl:2", "set aside", None),
    ]
    assert heard == [(1, "a.txt"), (2, "b.md"), (3, "c.txt"), (4, "d.jsonl:1"), (5, "d.jsonl:2")]
    assert sorted(path.name for path in out.iterdir()) == ["a.nq", "d-1.nq", "the-gazette--b.nq"]
    assert [one.file for one in found] == [out / "a.nq", out / "the-gazette--b.nq", None, out / "d-1.nq", None]
    assert found[2].reason == "is not UTF-8 (byte 0); save it as UTF-8"
    for one in found:
        if one.file:
            assert {quad.graph_name.value for quad in parse(path=str(one.file), format=RdfFormat.N_QUADS)} == {
                one.graph
            }


def test_the_quads_hold_what_the_article_says(articles: Path, tmp_path: Path) -> None:
    run([articles / "b.md"], tmp_path / "quads")
    text = (tmp_path / "quads" / "the-gazette--b.nq").read_text("utf-8")
    assert "ontology#Allegation>" in text
    assert "ontology#Denial>" in text
    assert '"7000"^^<http://www.w3.org/2001/XMLSchema#decimal>' in text
    assert '"container"' in text
    assert '"2024-06-10"^^<http://www.w3.org/2001/XMLSchema#date>' in text


def test_what_has_not_changed_is_skipped(articles: Path, tmp_path: Path) -> None:
    first = run([articles], tmp_path / "quads")
    known = {one.graph: one.key for one in first if one.graph and one.key}
    assert len(known) == 3
    again = run([articles], tmp_path / "again", known=known)
    assert [one.status for one in again] == ["unchanged", "unchanged", "set aside", "unchanged", "set aside"]
    assert [one.key for one in again] == [one.key for one in first]
    assert list((tmp_path / "again").iterdir()) == []
    (articles / "a.txt").write_text(ALLEGED + QUIET, "utf-8")
    assert [one.status for one in run([articles], tmp_path / "again", known=known)] == [
        "extracted", "unchanged", "set aside", "unchanged", "set aside",
    ]  # fmt: skip


def test_the_key_changes_with_whatever_the_quads_depend_on(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(options: Options | None = None, known: Reference = REFERENCE) -> str:
        (read,) = sources.read(articles / "a.txt", options)
        assert isinstance(read, Article)
        return pipeline.key(read, known)

    first = made()
    assert first == made()
    keys = {first, made(Options(publisher="P")), made(Options(rights="open"))}
    keys.add(made(known=Reference("another digest", REFERENCE.by_iri)))
    (articles / "a.meta.json").write_text('{"title": "T"}', "utf-8")
    keys.add(made())
    (articles / "a.meta.json").unlink()
    decided = (
        "---\ncorrections: [{retract: Denial, quote: denied, who: the desk, when: 2024-06-20, why: hearsay}]\n---\n"
    )
    (articles / "a.corrections.md").write_text(decided, "utf-8")
    keys.add(made())
    (articles / "a.corrections.md").unlink()
    monkeypatch.setattr(lexicons, "digest", lambda: "other lists")
    keys.add(made())
    monkeypatch.undo()
    monkeypatch.setattr(pipeline, "loader_digest", lambda: "another loader")
    keys.add(made())
    monkeypatch.undo()
    assert len(keys) == 8
    assert made() == first


def test_the_key_does_not_change_with_the_place_of_the_file(tmp_path: Path) -> None:
    keys = set()
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(QUIET, "utf-8")
        (read,) = sources.read(tmp_path / folder / "a.txt")
        assert isinstance(read, Article)
        keys.add(pipeline.key(read, REFERENCE))
    assert len(keys) == 1


def test_bytes_are_the_same_in_another_process_with_another_hash_seed(
    articles: Path, tmp_path: Path, root: Path
) -> None:
    run([articles], tmp_path / "here")
    code = (
        "import sys; from pathlib import Path; from loader import pipeline\n"
        "for _ in pipeline.run([Path(sys.argv[1])], out=Path(sys.argv[2])): pass"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(articles), str(tmp_path / "there")],
        cwd=root, env={**os.environ, "PYTHONHASHSEED": "4711"}, check=True,
    )  # fmt: skip
    for path in (tmp_path / "here").iterdir():
        assert path.read_bytes() == (tmp_path / "there" / path.name).read_bytes()


def test_one_article_that_makes_the_loader_fail_is_set_aside_by_name(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = extraction.extract

    def extract(article: Article, known: Reference) -> Extraction:
        if article.id == "b":
            raise KeyError("a word\nthat is missing")
        return real(article, known)

    monkeypatch.setattr(extraction, "extract", extract)
    found = run([articles], tmp_path / "quads")
    assert [one.status for one in found] == ["extracted", "set aside", "set aside", "extracted", "set aside"]
    assert found[1].reason is not None
    assert found[1].reason.startswith("made the loader fail (KeyError: 'a word")
    assert "\n" not in found[1].reason
    assert (found[1].graph, found[1].key) == (GRAPH + "the-gazette/b", None)
    assert "b.md: the loader failed" in caplog.text
    assert "Traceback" in caplog.text


def load_or_die(article: Article) -> str | None:
    if article.id == "b":
        os.abort()
    return pipeline._load(article, *pipeline._prepared)  # type: ignore[misc, return-value]


def test_processes_give_the_same_bytes_and_survive_the_death_of_one(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = run([articles], tmp_path / "one")
    monkeypatch.setattr(pipeline, "FEW", 0)  # so that even few articles go to processes
    assert [(one.status, one.key) for one in run([articles], tmp_path / "two", jobs=2)] == [
        (one.status, one.key) for one in alone
    ]
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    monkeypatch.setattr(pipeline, "load_prepared", load_or_die)
    found = run([articles], tmp_path / "three", jobs=2)
    assert [one.status for one in found] == ["extracted", "set aside", "set aside", "extracted", "set aside"]
    assert found[1].reason == "ended the process that read it (out of memory?); try it with more memory or split it"


def test_few_articles_are_read_without_processes(articles: Path, tmp_path: Path) -> None:
    alone = run([articles], tmp_path / "one")
    assert [one.status for one in run([articles], tmp_path / "two", jobs=None)] == [one.status for one in alone]
    assert [child.name for child in multiprocessing.active_children()] == []


def test_a_library_that_fails_on_a_page_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trafilatura = pytest.importorskip("trafilatura")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no tree")

    monkeypatch.setattr(trafilatura, "bare_extraction", fail)
    (tmp_path / "a.html").write_text("<p>x</p>", "utf-8")
    (found,) = run([tmp_path], tmp_path / "quads")
    assert found.reason == "made its reader fail (RuntimeError: no tree); the log has the details"


def test_gone(articles: Path, tmp_path: Path) -> None:
    found = run([articles], tmp_path / "quads")
    recorded = {one.graph: one.path for one in found if one.graph} | {
        GRAPH + "deleted": str(articles / "deleted.txt"),
        GRAPH + "elsewhere/x": "elsewhere/x.md",
        GRAPH + "broken-now": str(articles / "c.txt"),
        GRAPH + "broken-line": str(articles / "d.jsonl:7"),
    }
    assert pipeline.gone(recorded, found) == [GRAPH + "deleted", GRAPH + "elsewhere/x"]
    assert pipeline.gone({}, found) == []


def test_extracted_gives_records_and_what_was_set_aside(articles: Path) -> None:
    results = list(pipeline.extracted([articles], reference=REFERENCE))
    assert [type(one) for one in results] == [Extraction, Extraction, SetAside, Extraction, SetAside]


def test_file_names_of_graphs_cannot_meet() -> None:
    assert pipeline.file_name(GRAPH + "the-gazette/b") == "the-gazette--b.nq"
    assert pipeline.file_name(GRAPH + "the-gazette-b") == "the-gazette-b.nq"
