"""Fits the weights of `loader/lexicon/standing.yaml`: which pairs of supplier and recipient an article really tells of.

python -m benchmarks.weights GOLD ARTICLES [GOLD ARTICLES ...] [--write]

Prints F1 of pairs by the least sum that is kept, each article weighed by what the others teach; with --write the
weights of all articles together replace those of the file. Nothing of the articles is kept but these numbers.
"""

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loader import lexicons, sources
from loader.agreement import Names
from loader.annotations import ASIDE
from loader.extraction import pairs
from loader.records import Article
from ontology import reference

Numbers = NDArray[np.float64]
FILE = lexicons.FOLDER / "standing.yaml"
PENALTY = 3.0  # on the squares of weights: few articles must not make any of them large
ROUNDS = 50
LEAST = (-3.0, -2.5, -2.0, -1.75, -1.5, -1.25, -1.0, -0.75, -0.5, 0.0)


@dataclass(frozen=True, slots=True)
class Row:
    """A pair that the rules find: whether gold has it, or None where gold does not ask for it."""

    article: str
    marks: frozenset[str]
    right: bool | None


def main() -> None:
    """Fit on the given folders and print how well it does on articles left out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, help="GOLD ARTICLES, once or several times")
    parser.add_argument("--only", default="", help="identifiers of articles, with commas between")
    parser.add_argument("--write", action="store_true", help="write the weights to the word list")
    options = parser.parse_args()
    only = set(filter(None, options.only.split(",")))
    rows: list[Row] = []
    wanted = 0
    for gold, articles in zip(options.folders[::2], options.folders[1::2], strict=True):
        for name, row, asked in _read(gold, articles, only):
            rows.extend(Row(name, marks, right) for marks, right in row)
            wanted += asked
    marks = sorted({mark for mark in lexicons.read("standing")["weights"] if mark != "always"})
    weights = _fit(_table(rows, marks), rows)
    _report(rows, marks, wanted)
    if options.write:
        _write(dict(zip([*marks, "always"], weights, strict=True)))


def _read(
    gold: Path, articles: Path, only: set[str]
) -> Iterator[tuple[str, list[tuple[frozenset[str], bool | None]], int]]:
    """Each article's pairs with their marks, and how many gold asks for."""
    known = reference.read()
    names = Names(known)
    for file in sorted(gold.glob("*.json")):
        if only and file.stem not in only:
            continue
        told = {
            (one.get("supplier"), one.get("recipient"), one.get("scope") in ASIDE)
            for one in json.loads(file.read_text("utf-8"))["transfers"]
        }
        for article in (one for path in sorted(articles.glob(f"{file.stem}*.txt")) for one in sources.read(path)):
            if not isinstance(article, Article):
                raise SystemExit(f"{article.path} {article.reason}")
            rows = []
            for supplier, recipient, marks in pairs(article, known):
                fitting = [t for t in told if names.agree(t[0], supplier) and names.agree(t[1], recipient)]
                rows.append((marks, None if fitting and all(one[2] for one in fitting) else bool(fitting)))
            yield file.stem, rows, len({one[:2] for one in told if not one[2]})


def _table(rows: list[Row], marks: list[str]) -> Numbers:
    return np.array([[*(mark in row.marks for mark in marks), True] for row in rows], dtype=float)


def _fit(table: Numbers, rows: list[Row]) -> Numbers:
    """Logistic regression by Newton's method."""
    asked = np.array([row.right is not None for row in rows])
    table, right = table[asked], np.array([bool(row.right) for row in rows], dtype=float)[asked]
    weights = np.zeros(table.shape[1])
    penalty = np.full(table.shape[1], PENALTY)
    penalty[-1] = 0.001
    for _ in range(ROUNDS):
        likely = 1 / (1 + np.exp(-table @ weights))
        slope = table.T @ (likely - right) + penalty * weights
        weights -= np.linalg.solve((table.T * (likely * (1 - likely))) @ table + np.diag(penalty), slope)
    return weights


def _report(rows: list[Row], marks: list[str], wanted: int) -> None:
    table = _table(rows, marks)
    sums = np.zeros(len(rows))
    for article in {row.article for row in rows}:
        left_out = np.array([row.article == article for row in rows])
        rest = [row for row in rows if row.article != article]
        sums[left_out] = table[left_out] @ _fit(table[~left_out], rest)
    for least in (-np.inf, *LEAST):
        found = [row for row, total in zip(rows, sums, strict=True) if total >= least and row.right is not None]
        right = sum(bool(row.right) for row in found)
        f1 = 2 * right / (len(found) + wanted)
        print(f"least {least:6}: {right} right of {len(found)} found, {wanted} in gold, F1 {f1:.3f}")


def _write(weights: dict[str, Any]) -> None:
    text = FILE.read_text("utf-8")
    for mark, weight in weights.items():
        text = re.sub(rf"^(  {re.escape(mark)}:) .*$", rf"\1 {float(weight):.1f}", text, flags=re.MULTILINE)
    FILE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
