"""`armsclaims load --watch`: what comes or changes is published, what is half written waits, and Ctrl-C ends it."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from armsclaims import watching
from armsclaims.cli import main
from armsclaims.watching import watch
from server.store.errors import StoreError
from server.store.releases import Releases

ALLEGED = "Kenya has sent howitzers to Chad, the government of Peru said on Monday. Chad denied that.\n"
GRAPH = "https://w3id.org/armsclaims/graph/article/"
PATIENCE = 90.0  # seconds


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


class _Loads:
    """What was asked to be loaded, in the place of a loader that takes long; it may fail."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.fails: list[str] = []

    def __call__(self, paths: Sequence[Path]) -> None:
        self.calls.append([path.name for path in paths])
        if self.fails:
            raise StoreError(self.fails.pop())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "one.txt").write_text(ALLEGED, "utf-8")
    return tmp_path / "articles"


@pytest.fixture
def loads() -> _Loads:
    return _Loads()


@pytest.fixture
def watched(folder: Path, loads: _Loads, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A watch over the folder that prunes; yields the errors that it told."""
    monkeypatch.setattr(watching, "AGAIN", 0.01)
    told: list[str] = []
    stopped = threading.Event()
    thread = threading.Thread(
        target=watch, args=([folder], loads, stopped), kwargs={"prune": True, "on_error": told.append}
    )
    thread.start()
    try:
        until(lambda: loads.calls == [["articles"]])
        yield told
    finally:
        stopped.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_what_comes_changes_or_gets_a_file_beside_it_is_loaded_alone(
    folder: Path, loads: _Loads, watched: list[str]
) -> None:
    (folder / "two.txt").write_text(ALLEGED, "utf-8")
    until(lambda: loads.calls[1:] == [["two.txt"]])
    (folder / "one.txt").write_text(ALLEGED * 2, "utf-8")
    until(lambda: loads.calls[2:] == [["one.txt"]])
    (folder / "two.meta.json").write_text(json.dumps({"publisher": "The Example"}), "utf-8")
    until(lambda: loads.calls[3:] == [["two.txt"]])
    (folder / "note.pdf").write_bytes(b"no article")
    (folder / ".hidden.txt").write_text(ALLEGED, "utf-8")
    (folder / "three.md").write_text(ALLEGED, "utf-8")
    until(lambda: loads.calls[4:] == [["three.md"]])
    assert watched == []


def test_what_is_still_being_written_waits(folder: Path) -> None:
    arrivals, path = watching._Arrivals(), folder / "one.txt"
    assert arrivals.look({path: ((1, 10),)}) == []
    assert arrivals.look({path: ((2, 20),)}) == []
    assert arrivals.look({path: ((2, 20),)}) == [path]


def test_where_files_have_gone_everything_is_looked_at_again(folder: Path, loads: _Loads, watched: list[str]) -> None:
    (folder / "one.txt").unlink()
    until(lambda: loads.calls[1:] == [["articles"]])
    assert watched == []


def test_what_could_not_be_published_is_told_and_tried_again(folder: Path, loads: _Loads, watched: list[str]) -> None:
    loads.fails.append("no room left")
    (folder / "two.txt").write_text(ALLEGED, "utf-8")
    until(lambda: loads.calls[1:] == [["two.txt"], ["two.txt"]])
    assert watched == ["no room left"]


def test_the_command_publishes_what_comes_until_it_is_told_to_end(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = [sys.executable, "-m", "armsclaims.cli", "load", str(folder), "--data", str(data), "--watch"]
    said = tmp_path / "said"
    with said.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            until(lambda: "… watching" in said.read_text("utf-8") or process.poll() is not None)
            half = folder / ".two.part"
            half.write_text(ALLEGED.replace("Kenya", "Mali"), "utf-8")
            half.replace(folder / "two.txt")
            until(lambda: f"{GRAPH}two" in Releases(data).require_current().manifest.sources)
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0, said.read_text("utf-8")
        finally:
            process.kill()
    assert f"= {folder / 'one.txt'}" not in said.read_text("utf-8")  # only what came was looked at again
    assert sorted(Releases(data).require_current().manifest.sources) == [f"{GRAPH}one", f"{GRAPH}two"]


@pytest.mark.parametrize("other", [["--dry-run"], ["--engine", "spark"]])
def test_watching_publishes_by_processes(folder: Path, tmp_path: Path, other: list[str]) -> None:
    result = CliRunner().invoke(main, ["load", str(folder), "--data", str(tmp_path / "data"), "--watch", *other])
    assert result.exit_code == 2
    assert "--watch publishes what comes: leave out --dry-run and --engine spark" in result.stderr
