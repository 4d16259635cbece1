"""Evaluating folders of articles: figures, intervals, files, the command, and the shared scorer."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from evaluation_examples import SHIPPED, SOLD, TEXT, transfer, wanted

from armsclaims.cli import main
from loader import pipeline
from loader.evaluation import BadAnnotation, Evaluation, evaluate
from loader.records import Extraction
from loader.report import as_json
from loader.scoring import Score, Tally
from ontology import reference

# ---- figures


def test_precision_recall_and_f1() -> None:
    tally = Tally(gold=4, found=5, hit=3)
    assert (tally.precision, tally.recall, tally.f1) == (0.6, 0.75, pytest.approx(2 / 3))
    assert (Tally(2, 0, 0).precision, Tally(0, 2, 0).recall, Tally(0, 0, 0).f1) == (None, None, None)
    assert Tally(1, 0, 0).f1 == 0


def scores(*hits: int) -> Evaluation:
    """Articles of ten statements each, of which so many were found, and nothing false."""
    return Evaluation(
        {str(n): Score(tallies={("statements", "all"): Tally(10, h, h)}) for n, h in enumerate(hits)}  # type: ignore[arg-type]
    )


def test_intervals_hold_the_figure_and_come_again_with_the_seed() -> None:
    result = scores(2, 8, 5, 9, 4, 7)
    row = ("statements", "all")
    intervals = result.intervals(500, seed=1)[row]
    low, high = intervals["recall"]
    assert 0.2 < low < result.total()[row].recall < high < 0.9  # type: ignore[operator]
    assert intervals["precision"] == (1, 1)
    assert result.intervals(500, seed=1)[row] == intervals
    assert result.intervals(500, seed=2)[row] != intervals


def test_articles_are_drawn_whole() -> None:
    """Two articles, one all right and one all wrong: a quarter of the draws holds only the one or only the other."""
    assert scores(0, 10).intervals(400, seed=3)["statements", "all"]["recall"] == (0, 1)
    assert scores(5).intervals(50, seed=3)["statements", "all"]["recall"] == (0.5, 0.5)


def test_what_has_no_value_has_no_interval() -> None:
    assert ("meetings", "all") not in scores(5).intervals(50, seed=0)
    assert scores(5).intervals(0, seed=0) == {}


# ---- files


ALLEGED = {"kind": "Allegation", "speaker": "Kenya", "evidence": {"start": 0, "end": len(SHIPPED)}}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Gold and text of one article, and an extraction of it."""
    gold, articles, found = tmp_path / "gold", tmp_path / "articles", tmp_path / "found.jsonl"
    gold.mkdir()
    articles.mkdir()
    (gold / "02.json").write_text(json.dumps({"statements": [wanted("Allegation", "Kenya", SHIPPED)]}), "utf-8")
    (articles / "02_howitzers.txt").write_text(TEXT, "utf-8")
    write(found, "elsewhere/02_howitzers.md", [ALLEGED])
    return gold, articles, found


def write(file: Path, path: str, statements: list[dict[str, Any]], **article: str) -> None:
    file.write_text(json.dumps({"article": {"path": path, **article}, "statements": statements}) + "\n\n", "utf-8")


def statements_of(gold: Path, articles: Path, found: Path, **more: Any) -> Tally:
    return evaluate(gold, articles, extracted=found, **more).total()["statements", "all"]


def test_gold_belongs_to_the_article_whose_name_begins_so(folders: tuple[Path, Path, Path]) -> None:
    gold, articles, found = folders
    for other in ("021.txt", "2.txt", "02a.txt"):
        (articles / other).write_text(SOLD, "utf-8")
    assert statements_of(gold, articles, found) == Tally(1, 1, 1)


def test_gold_belongs_to_the_line_whose_id_it_is(folders: tuple[Path, Path, Path]) -> None:
    gold, articles, found = folders
    (articles / "02_howitzers.txt").unlink()
    lines = [{"id": "01", "text": SOLD, "language": "en"}, {"id": "02", "text": TEXT, "language": "en"}]
    (articles / "all.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    write(found, "all.jsonl:2", [ALLEGED])
    assert statements_of(gold, articles, found) == Tally(1, 1, 1)


def test_what_was_not_extracted_counts_as_empty(folders: tuple[Path, Path, Path]) -> None:
    gold, articles, found = folders
    write(found, "03.txt", [ALLEGED])
    assert statements_of(gold, articles, found) == Tally(1, 0, 0)


def test_an_article_that_cannot_be_read_counts_as_empty_and_is_told(folders: tuple[Path, Path, Path]) -> None:
    gold, articles, found = folders
    (articles / "02_howitzers.txt").write_bytes(b"")
    told: list[str] = []
    assert statements_of(gold, articles, found, on_problem=told.append) == Tally(1, 0, 0)
    assert told == [f"{articles / '02_howitzers.txt'}: is empty"]


def test_only_some_gold(folders: tuple[Path, Path, Path]) -> None:
    gold, articles, found = folders
    (gold / "05.json").write_text("not read", "utf-8")
    assert statements_of(gold, articles, found, only=["02"]) == Tally(1, 1, 1)
    with pytest.raises(BadAnnotation, match=r"has no 06\.json, 07\.json$"):
        statements_of(gold, articles, found, only=["07", "02", "06"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gold/02.json", "{", r"02\.json is not JSON: Expecting"),
        ("gold/02.json", "[]", r"02\.json must be one JSON object"),
        ("gold/02.json", '{"statements": {}}', r'02\.json: "statements" must be a list'),
        ("gold/02.json", '{"actors": ["Peru"]}', r'02\.json: "actors" must hold objects'),
        ("gold/02.json", '{"statements": [{"kind": "Denial"}]}', r"""02\.json: .* needs a text "evidence"$"""),
        ("gold/02.json", '{"meetings": [{"date": "May"}]}', r"02\.json: 'May' is no date: write YYYY, "),
        ("gold/03.json", "{}", r"no article in .* is named 03 or begins so"),
        ("articles/02.txt", SOLD, r"02\.json fits both .*02\.txt and .*02_howitzers\.txt"),
        ("found.jsonl", "{}", r'found\.jsonl:1 needs "article" with a "path"'),
        (
            "found.jsonl",
            '{"article": {"path": "02_howitzers.txt"}, "statements": [{"kind": "Denial", "evidence": "Peru"}]}',
            r'found\.jsonl: .* needs "evidence" with the numbers "start" and "end"',
        ),
        (
            "found.jsonl",
            '{"article": {"path": "02_howitzers.txt", "sha256": "0"}}',
            r"was made from another text of .*02_howitzers\.txt: extract it again",
        ),
    ],
)
def test_what_cannot_be_used_is_told_in_a_line(
    folders: tuple[Path, Path, Path], tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(BadAnnotation, match=message) as error:
        statements_of(*folders)
    assert "\n" not in str(error.value)


# ---- the command


@pytest.fixture
def annotated(tmp_path: Path) -> list[str]:
    """Gold and an article for the loader to read: the allegation stands in it, the denial does not."""
    (tmp_path / "gold").mkdir()
    (tmp_path / "articles").mkdir()
    text = "Kenya said on Tuesday that Iran had shipped about 200 rockets to Peru. Nobody else spoke of it at all."
    (tmp_path / "articles" / "7.md").write_text(f"---\npublished: 2022-05-04\nlanguage: en\n---\n\n{text}\n", "utf-8")
    alleged = text.partition(" Nobody")[0]
    statements = [
        wanted("Allegation", "Kenya", alleged, date="2022-05-03"),
        wanted("Denial", "Iran", "Nobody else spoke of it at all."),
    ]
    transfers = [transfer("Iran", "Peru", id="T1", quantity="about 200 rockets")]
    gold = {
        "statements": statements,
        "transfers": transfers,
        "actors": [{"name": n} for n in ("Iran", "Kenya", "Peru")],
    }
    (tmp_path / "gold" / "7.json").write_text(json.dumps(gold), "utf-8")
    return ["evaluate", str(tmp_path / "gold"), str(tmp_path / "articles")]


def test_the_command_runs_the_loader_and_prints_a_table(annotated: list[str]) -> None:
    done = CliRunner().invoke(main, [*annotated, "--errors", "--bootstrap", "20"])
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[:2] == ["7  missed  statements: Denial [Iran]", "    Nobody else spoke of it at all."]
    assert lines[2].split() == ["gold", "found", "hit", "P", "R", "F1", "95%", "of", "F1"]
    rows = {tuple(line.split()[:2]): line.split()[2:] for line in lines[3:]}
    assert len(rows) == 15
    assert rows["statements", "all"] == ["2", "1", "1", "1.00", "0.50", "0.67", "0.67-0.67"]
    assert rows["statements", "NoComment"] == ["0", "0", "0", "-", "-", "-"]
    assert rows["transfers", "all"] == ["1", "1", "1", "1.00", "1.00", "1.00", "1.00-1.00"]
    assert rows["dates", "all"][:3] == rows["quantities", "all"][:3] == ["1", "1", "1"]


def test_the_command_prints_json(annotated: list[str]) -> None:
    done = CliRunner().invoke(main, [*annotated, "--json", "--errors", "--bootstrap", "20"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    figures = told["figures"]["statements"]["all"]
    assert figures["intervals"] == {name: [figures[name]] * 2 for name in ("precision", "recall", "f1")}
    assert (figures["gold"], figures["found"], figures["hit"], figures["recall"]) == (2, 1, 1, 0.5)
    assert told["figures"]["meetings"]["all"]["f1"] is None
    assert told["articles"]["7"]["figures"]["statements"]["Denial"]["gold"] == 1
    assert told["articles"]["7"]["mistakes"][0] == {
        "measure": "statements",
        "is": "missed",
        "what": "Denial [Iran]",
        "quote": "Nobody else spoke of it at all.",
    }


def test_the_command_tells_what_it_cannot_use(annotated: list[str]) -> None:
    done = CliRunner().invoke(main, [*annotated, "--only", "8"])
    assert done.exit_code == 1
    assert re.fullmatch(r"Error: .*gold has no 8\.json\n", done.stderr)


# ---- the scorer that the measure follows

# What the reference data call what the scorer's own tables do not know, and so take for another: here ours know more.
UNKNOWN_THERE = {
    "Czechia": "Czech Republic",
}


@pytest.mark.parametrize(
    ("gold", "articles", "only"),
    [("gold", "seeds", "000,001,002,003,004"), ("articles/gold", "articles", "02,15,18,26")],
)
def test_figures_are_those_of_the_shared_scorer(
    shared: Path, tmp_path: Path, gold: str, articles: str, only: str
) -> None:
    known, found = reference.read(), tmp_path / "found.jsonl"
    files = [file for file in sorted((shared / articles).glob("*.txt")) if file.stem.split("_")[0] in only.split(",")]
    with found.open("w", encoding="utf-8") as lines:
        for result in pipeline.extracted(files, reference=known):
            assert isinstance(result, Extraction)
            line = json.dumps(as_json(result, known), ensure_ascii=False)
            for ours, theirs in UNKNOWN_THERE.items():
                line = line.replace(json.dumps(ours), json.dumps(theirs))
            lines.write(line + "\n")
    command = [sys.executable, shared / "score_extraction.py", found, shared / gold, shared / articles, "--only", only]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^(\w+) +(\w+) +(\d+) +\d+ +\d+ +(\S+) +(\S+) +(\S+)$", table, re.MULTILINE)
    assert len(rows) == 13
    ours = evaluate(shared / gold, shared / articles, extracted=found, only=only.split(",")).total()
    for measure, kind, wanted_there, *rates in rows:
        tally = ours[measure, kind]
        assert tally.gold == int(wanted_there), (measure, kind)
        for rate, own in zip(rates, (tally.precision, tally.recall, tally.f1), strict=True):
            assert (rate == "-") == (own is None), (measure, kind)
            if own is not None:
                assert own == pytest.approx(float(rate), abs=0.02), (measure, kind)
