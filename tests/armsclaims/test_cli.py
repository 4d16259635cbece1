"""The command line on the seeds' release: asking, dumping, validating, releases, and what it says when it cannot."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from pyoxigraph import RdfFormat, Store

from armsclaims.cli import main
from server.store.releases import Releases

Run = Callable[..., Result]


@pytest.fixture
def run(seed_data: Path) -> Run:
    """Call the command in this process; DATA is the seeds' release."""

    def call(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin, env={"DATA": str(seed_data)}, catch_exceptions=False)

    return call


def commands() -> list[list[str]]:
    found = [[name] for name in main.commands]
    return found + [["releases", name] for name in main.commands["releases"].commands]  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_and_option_says_what_it_does(run: Run, command: list[str]) -> None:
    shown = run(*command, "--help")
    assert shown.exit_code == 0
    node = main
    for name in command:
        node = node.commands[name]  # type: ignore[attr-defined,assignment]
    assert node.help
    assert all(parameter.help for parameter in node.params if isinstance(parameter, click.Option))


def test_a_query_from_standard_input_is_shown_as_a_table(run: Run) -> None:
    shown = run("query", "-", stdin="SELECT ?name WHERE { state:russia rdfs:label ?name }")
    assert shown.exit_code == 0
    assert [line.strip("│ ") for line in shown.stdout.splitlines() if "│" in line] == ["name", "Russia"]
    assert shown.stdout.splitlines()[-1] == "1 rows"


def test_a_result_too_wide_for_the_terminal_is_shown_row_by_row(run: Run) -> None:
    wide = " ".join(f'("{letter * 40}" AS ?{letter})' for letter in "abcdefgh")
    shown = run("query", "-", stdin=f"SELECT {wide} {{}}")
    assert shown.stdout.splitlines()[:2] == ["─ 1 ─", f"  a  {'a' * 40}"]


@pytest.mark.parametrize(
    ("query", "form", "expected"),
    [
        ('SELECT ("1" AS ?a) {}', "csv", "a\r\n1\r\n"),
        ('SELECT ("1" AS ?a) {}', "tsv", '?a\n"1"\n'),
        ("ASK {}", "table", "yes\n"),
        ("ASK { FILTER(false) }", "table", "no\n"),
        ("CONSTRUCT { state:iran rdfs:label 'x' } {}", "nt", '<{state}iran> <{rdfs}label> "x" .\n'),
    ],
)
def test_an_answer_in_each_form(run: Run, query: str, form: str, expected: str) -> None:
    shown = run("query", "-", "--format", form, stdin=query)
    names = {
        "state": "https://w3id.org/armsclaims/id/state/",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    }
    for name, iri in names.items():
        expected = expected.replace("{" + name + "}", iri)
    assert shown.stdout_bytes.decode() == expected


def test_every_saved_query_answers_with_rows(run: Run, root: Path) -> None:
    for file in sorted((root / "queries").glob("*.rq")):
        if "needs-service" in file.read_text("utf-8"):
            continue
        shown = run("query", file.stem, "--format", "json")
        assert shown.exit_code == 0, shown.output
        assert json.loads(shown.stdout)["results"]["bindings"], f"{file.stem} has no rows"


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["query", "no-such-query"], None, "neither a saved query (allegations-by-speaker"),
        (["query", "-"], "SELECT * { ?s ?p }", "not valid SPARQL"),
        (["query", "-"], "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "refused"),
        (["query", "-", "--set", "a=b"], "ASK {}", "--set needs a saved query"),
        (["query", "allegations-by-speaker", "--set", "nonsense=1"], None, "nonsense"),
        (["query", "-", "--query-timeout", "soon"], "ASK {}", "--query-timeout is 'soon', but must be seconds"),
        (["query", "-", "--release", "20200101T000000Z-0000000000"], "ASK {}", "There is no release"),
        (["releases", "show", "nonsense"], None, "there is no release 'nonsense'"),
        (["dump", "word"], None, "'word' is none of all, ttl, nt, rdf, trig,"),
        (["forget", "https://example.org/nobody", "--reason", "a test", "--yes"], None, "https://example.org/nobody"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_done_is_one_clear_message(run: Run, arguments: list[str], stdin: str | None, said: str) -> None:
    shown = run(*arguments, stdin=stdin)
    assert shown.exit_code != 0
    assert said in shown.stderr
    assert "Traceback" not in shown.output


def test_a_federated_query_runs_only_where_its_endpoint_is_allowed(run: Run) -> None:
    shown = run("query", "wikidata-heads-of-state")
    assert shown.exit_code == 1
    assert "allow it by --service-allow https://query.wikidata.org/sparql" in shown.stderr


def test_the_release_conforms_to_the_shapes(run: Run, seed_data: Path) -> None:
    shown = run("validate")
    assert shown.exit_code == 0, shown.output
    current = Releases(seed_data).require_current()
    assert shown.stdout == f"release {current.id} conforms to the shapes\n"


def test_a_dump_holds_the_dataset(run: Run, seed_store: Store, tmp_path: Path) -> None:
    file = tmp_path / "all.nq"
    assert run("dump", "nq", "-o", str(file)).exit_code == 0
    loaded = Store()
    loaded.bulk_load(path=file, format=RdfFormat.N_QUADS)
    assert len(loaded) == len(seed_store)


def test_releases_are_listed_shown_rolled_back_and_pruned(seed_data: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(seed_data, data, symlinks=True)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--data", str(data)], catch_exceptions=False)

    first = Releases(data).require_current().id
    line = call("releases", "list").stdout
    assert line.startswith(f"* {first}  5 articles, ")
    assert json.loads(call("releases", "show").stdout)["id"] == first
    current = call("releases", "rollback", first)
    assert current.exit_code == 1
    assert "nothing to roll back" in current.stderr
    drop = next(iter(Releases(data).require_current().manifest.sources))
    from server.store.releases import Changes

    second = Releases(data).publish(Changes(drop=frozenset([drop]))).id
    removed = call("releases", "diff", first).stdout
    assert removed.startswith("- removed: ")
    assert "    “" in removed
    lines = [json.loads(line) for line in call("releases", "diff", second, first, "--json").stdout.splitlines()]
    assert {line["change"] for line in lines} == {"added"}
    assert removed.count("- removed: ") == len(lines)
    assert call("releases", "diff", first, "nothing").exit_code == 1
    assert call("releases", "rollback", first).exit_code == 0
    assert [line[2:].split()[0] for line in call("releases", "list").stdout.splitlines()][:2] == [first, second]
    assert call("releases", "prune", "--keep", "1").stdout.startswith("2 releases removed")
    assert Releases(data).require_current().manifest.totals["articles"] == 5


def test_a_busy_port_is_one_clear_line(seed_data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "armsclaims.cli", "serve", "--data", str(seed_data), "--port", port]
        for extra in ([], ["--check"]):
            done = subprocess.run([*command, *extra], capture_output=True, text=True, timeout=60)
            assert done.returncode == 1
            assert done.stderr == (
                f"Error: Cannot listen on 127.0.0.1:{port}: Address already in use. "
                "Stop what uses the port or choose another by --port or PORT=.\n"
            )


def test_all_dumps_come_into_a_folder_with_their_checksums(run: Run, tmp_path: Path) -> None:
    shown = run("dump", "all", "-o", str(tmp_path / "dumps"))
    assert shown.exit_code == 0
    assert "43 files" in shown.stderr
    checked = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=tmp_path / "dumps", check=False)
    assert checked.returncode == 0
