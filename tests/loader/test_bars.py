"""The bars of extraction on the five originals and on our retellings, by the scorer in the shared material."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loader.extraction import extract
from loader.records import Article
from loader.report import as_json
from loader.sources import discover, read
from ontology import reference

BARS = {("statements", "all"): 0.80, ("transfers", "all"): 0.85, ("meetings", "all"): 0.75}


def extracted(folder: Path, file: Path) -> Path:
    known = reference.read()
    with file.open("w", encoding="utf-8") as lines:
        for path in discover([folder]):
            for article in read(path):
                assert isinstance(article, Article), article
                lines.write(json.dumps(as_json(extract(article, known), known), ensure_ascii=False) + "\n")
    return file


def score(shared: Path, found: Path, gold: Path, articles: Path) -> dict[tuple[str, str], dict[str, float]]:
    """Measure and kind to gold, pred, hit, P, R and F1, as the scorer prints them."""
    command = [sys.executable, shared / "score_extraction.py", found, gold, articles]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^(\w+) +(\w+) +(\d+) +(\d+) +(\d+) +(\S+) +(\S+) +(\S+)$", table, re.MULTILINE)
    names = ("gold", "pred", "hit", "P", "R", "F1")
    return {
        (measure, kind): {n: 0.0 if v == "-" else float(v) for n, v in zip(names, values, strict=True)}
        for measure, kind, *values in rows
    }


@pytest.fixture(scope="module", params=["originals", "retellings"])
def figures(request: pytest.FixtureRequest, shared: Path, root: Path, tmp_path_factory: pytest.TempPathFactory):
    work = tmp_path_factory.mktemp(request.param)
    if request.param == "originals":
        gold, articles = shared / "gold", shared / "seeds"
        found = extracted(articles, work / "found.jsonl")
    else:
        gold, articles = root / "tests" / "gold", work / "articles"
        articles.mkdir()
        found = extracted(root / "seeds", work / "found.jsonl")
        for file in (root / "seeds").glob("*.md"):  # the scorer looks for .txt
            shutil.copy(file, articles / f"{file.stem}.txt")
    return score(shared, found, gold, articles)


@pytest.mark.parametrize(("measure", "bar"), BARS.items(), ids=lambda value: str(value))
def test_f1_is_at_or_above_the_bar(
    figures: dict[tuple[str, str], dict[str, float]], measure: tuple[str, str], bar: float
) -> None:
    assert figures[measure]["gold"] > 0
    assert figures[measure]["F1"] >= bar


def test_every_denial_is_found(figures: dict[tuple[str, str], dict[str, float]]) -> None:
    denials = figures["statements", "Denial"]
    assert denials["gold"] == 4
    assert denials["hit"] == denials["gold"]
