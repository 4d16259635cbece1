"""Loading through the command: what is wrong with an article is one clear line, the rest goes on, nothing is lost."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from armsclaims.cli import main
from loader import extraction
from server.store.releases import Release, Releases

ALLEGED = (
    "North Korea has shipped shells to Russia, the South Korean government said on Monday. "
    "Russia denied that it had received any weapons from North Korea.\n"
)
QUIET = "The weather over the mountains was fine, and the train arrived at the station of the small town at noon.\n"
GRAPH = "https://w3id.org/armsclaims/graph/article/"


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder with one good article."""
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.txt").write_text(ALLEGED, "utf-8")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def load(*arguments: object, data: Path) -> Result:
    """Call `armsclaims load` in this process, where the language model is read once."""
    return CliRunner().invoke(main, ["load", *map(str, arguments), "--data", str(data)])


def lines(result: Result, mark: str) -> list[str]:
    return [line for line in result.stderr.splitlines() if line.startswith(mark)]


def current(data: Path) -> Release:
    return Releases(data).require_current()


def graphs(data: Path) -> list[str]:
    return [graph.removeprefix(GRAPH) for graph in current(data).manifest.sources]


BAD = {
    "binary.txt": (b"\x00\x01\x02" * 99, "is binary, not text; save it as UTF-8 text"),
    "broken.md": (b"---\nheadline: [\n---\nText.\n", "front matter, line 3: "),
    "broken.jsonl": (b'{"id": "x"\n', "is not a JSON object: "),
    "empty.html": (b"<html><body></body></html>", "has no article that can be told from its page"),
    "empty.txt": (b"", "is empty"),
    "foreign.txt": (
        ("Le gouvernement a déclaré que les armes n'étaient pas là. " * 9).encode(),
        "is not in English, which alone is read",
    ),
    "future.md": (
        b"---\npublished: 2999-01-01\n---\n" + QUIET.encode(),
        "2999-01-01 lies in the future; correct the day",
    ),
    "latin1.txt": (
        "Größe und Ärger, and more of the same in the old letters.".encode("latin-1"),
        "is not UTF-8 (byte 2); save it",
    ),
    "no-id.jsonl": (b'{"text": "Text."}\n', 'needs to be a JSON object with the texts "id" and "text"'),
}


def test_whatever_cannot_be_read_is_one_line_and_the_rest_is_published(articles: Path, data: Path) -> None:
    for name, (content, _) in BAD.items():
        (articles / name).write_bytes(content)
    with (articles / "big.txt").open("wb") as file:
        file.truncate(50_000_000)
    missing = articles / "missing.txt"
    loaded = load(articles, missing, data=data)
    assert loaded.exit_code == 1
    told = dict(line.removeprefix(f"! {articles}{os.sep}").split(": ", 1) for line in lines(loaded, "!"))
    wanted = {name.replace(".jsonl", ".jsonl:1"): reason for name, (_, reason) in BAD.items()}
    wanted |= {"big.txt": "has 50,000,000 bytes, more than the 20,000,000 allowed; split it"}
    wanted |= {"missing.txt": "does not exist; check the path"}
    assert told.keys() == wanted.keys()
    assert {name: reason for name, reason in wanted.items() if reason not in told[name]} == {}
    assert lines(loaded, "+") == [f"+ {articles / 'good.txt'}"]
    assert loaded.stdout.splitlines()[0] == f"1 extracted, 0 unchanged, {len(wanted)} set aside"
    assert graphs(data) == ["good"]


def test_odd_articles_are_read_all_the_same(articles: Path, data: Path) -> None:
    page = (
        "<html><head><title>Shells by rail</title><script>alert('Chile')</script></head><body>"
        f"<article><h1>Shells by rail</h1><p>{ALLEGED}</p><p>{QUIET * 3}</p><script>var a = 'Chile';</script></article>"
        "</body></html>"
    )
    (articles / "page.html").write_text(page, "utf-8")
    (articles / "bom.txt").write_bytes(b"\xef\xbb\xbf" + ALLEGED.replace("\n", "\r\n").encode())
    (articles / "long.txt").write_text(f"Russia said that {'it had seen a train and ' * 1999}nothing else.\n", "utf-8")
    (articles / "undated.md").write_text(f"---\nheadline: Shells\n---\n{ALLEGED}", "utf-8")
    loaded = load(articles, data=data)
    assert (loaded.exit_code, lines(loaded, "!")) == (0, []), loaded.output
    assert graphs(data) == ["bom", "good", "long", "page", "undated"]
    store = current(data).open()
    assert not any("Chile" in str(quad) for quad in store if "article/page" in str(quad.graph_name))
    said = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s <https://w3id.org/armsclaims/ontology#quote> ?q } } GROUP BY ?g"
    assert len(list(store.query(said))) >= 4


def test_two_articles_with_one_name_are_told_apart_by_the_user(articles: Path, data: Path) -> None:
    for name in ("one.md", "two.md"):
        (articles / name).write_text(f"---\nid: same\npublisher: The Gazette\n---\n{ALLEGED}", "utf-8")
    loaded = load(articles, data=data)
    assert loaded.exit_code == 1
    reason = f"has the same publisher and id as {articles / 'one.md'}; give one of them another id"
    assert lines(loaded, "!") == [f"! {articles / 'two.md'}: {reason}"]
    assert graphs(data) == ["good", "the-gazette/same"]


def test_an_article_that_breaks_keeps_its_last_version(articles: Path, data: Path) -> None:
    (articles / "other.txt").write_text(ALLEGED, "utf-8")
    assert load(articles, data=data).exit_code == 0
    first = current(data)
    (articles / "other.txt").write_bytes(b"\xff")
    (articles / "new.txt").write_text(QUIET, "utf-8")
    loaded = load(articles, "--prune", data=data)
    assert loaded.exit_code == 1
    assert loaded.stdout.startswith("1 extracted, 1 unchanged, 1 set aside\npublished: ")
    assert graphs(data) == ["good", "new", "other"]
    assert current(data).manifest.sources[GRAPH + "other"] == first.manifest.sources[GRAPH + "other"]


def test_an_article_that_violates_the_shapes_is_set_aside_and_the_rest_is_published(articles: Path, data: Path) -> None:
    (articles / "bad.txt").write_text(ALLEGED, "utf-8")
    (articles / "bad.corrections.md").write_text(
        "---\nwho: the desk\nwhen: 2024-06-20\nwhy: A slip.\ncorrections:\n"
        "  - correct: Denial\n    quote: Russia denied\n    to: {stance: positive}\n---\n",
        "utf-8",
    )
    for _ in range(2):
        loaded = load(articles, data=data)
        assert loaded.exit_code == 1
        (told,) = lines(loaded, "!")
        assert told.startswith(f"! {articles / 'bad.txt'}: violates the shapes: ")
        assert "A denial has ac:StanceNegative" in told
        assert "Russia denied that it had received" in told
        assert lines(loaded, "Error") == []
        assert ", 1 set aside" in loaded.stdout
        assert graphs(data) == ["good"]
    (articles / "bad.corrections.md").unlink()
    assert load(articles, data=data).exit_code == 0
    assert graphs(data) == ["bad", "good"]


def test_what_has_not_changed_costs_nothing(articles: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(articles, data=data).exit_code == 0
    first = current(data)

    def extract(*_: object) -> None:
        raise AssertionError("an article that has not changed is extracted again")

    monkeypatch.setattr(extraction, "extract", extract)
    loaded = load(articles, data=data)
    assert loaded.exit_code == 0
    assert loaded.stdout.startswith(f"0 extracted, 1 unchanged, 0 set aside\nunchanged: release {first.id}, 1 articles")
    assert [release.id for release in Releases(data).list()] == [first.id]


def test_a_dry_run_publishes_nothing(articles: Path, data: Path) -> None:
    loaded = load(articles, "--dry-run", data=data)
    assert loaded.exit_code == 0
    assert loaded.stdout == "1 extracted, 0 unchanged, 0 set aside; nothing was published yet\n"
    assert Releases(data).list() == []
    load(articles, data=data)
    first = current(data)
    (articles / "good.txt").write_text(QUIET, "utf-8")
    assert load(articles, "--dry-run", "--prune", data=data).exit_code == 0
    assert current(data).id == first.id
    assert load(articles, data=data).stdout.startswith("1 extracted")
    assert current(data).id != first.id


def test_prune_drops_what_is_gone_and_only_then(articles: Path, data: Path) -> None:
    (articles / "second.txt").write_text(QUIET, "utf-8")
    load(articles, data=data)
    (articles / "second.txt").unlink()
    assert load(articles, data=data).exit_code == 0
    assert graphs(data) == ["good", "second"]
    loaded = load(articles, "--prune", data=data)
    assert (loaded.exit_code, loaded.stdout.splitlines()[0]) == (0, "0 extracted, 1 unchanged, 0 set aside, 1 dropped")
    assert graphs(data) == ["good"]


def test_a_folder_that_cannot_be_written_is_told_in_one_line(articles: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    loaded = load(articles, data=tmp_path / "file" / "data")
    assert loaded.exit_code == 1
    (told,) = lines(loaded, "Error:")
    assert "cannot write the data folder" in told
    assert "give a folder that you may write" in told


def test_the_command_itself_survives_a_full_disk_with_the_last_release_intact(
    articles: Path, data: Path, root: Path
) -> None:
    """In a process of its own, whose files may not grow beyond 1 kB, as on a full disk."""
    load(articles, data=data)
    first = current(data)
    (articles / "good.txt").write_text(ALLEGED * 2, "utf-8")
    command = [
        sys.executable,
        "-c",
        "from armsclaims.cli import main; main()",
        "load",
        str(articles),
        "--data",
        str(data),
    ]
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 1; exec {shlex.join(command)}"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("Error:")]
    assert len(told) == 1
    assert "no room left for the data folder" in told[0]
    assert "Traceback" not in done.stderr
    assert current(data).id == first.id
    assert load(articles, data=data).exit_code == 0
    assert current(data).id != first.id


def test_lines_of_one_file_stand_and_fall_alone(articles: Path, data: Path) -> None:
    rows = [json.dumps({"id": "l-1", "text": ALLEGED}), "{", json.dumps({"id": "l-3", "text": QUIET})]
    (articles / "lines.jsonl").write_text("\n".join(rows), "utf-8")
    loaded = load(articles, data=data)
    assert loaded.exit_code == 1
    assert [line.split(": ")[0] for line in lines(loaded, "!")] == [f"! {articles / 'lines.jsonl'}:2"]
    assert graphs(data) == ["good", "l-1", "l-3"]
