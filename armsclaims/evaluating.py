"""Shows how well the loader reads: a table for people, one JSON object for programs."""

from collections.abc import Iterator, Mapping
from typing import Any

from loader.evaluation import Evaluation
from loader.scoring import ROWS, Row, Tally

Intervals = Mapping[Row, Mapping[str, tuple[float, float]]]
HEAD = f"{'':24}{'gold':>6}{'found':>6}{'hit':>6}{'P':>7}{'R':>7}{'F1':>7}"


def mistakes(evaluation: Evaluation) -> Iterator[str]:
    """Each miss and each false alarm with its sentence, two lines each; a statement is not told twice."""
    for name, score in evaluation.scores.items():
        for one in score.mistakes:
            if one.measure != "detected":
                yield f"{name}  {'false ' if one.false else 'missed'}  {one.measure}: {one.shown}"
                yield f"    {' '.join(one.quote.split()) or '(no sentence)'}"


def table(evaluation: Evaluation, intervals: Intervals) -> Iterator[str]:
    """The figures of all articles as lines; with intervals, that of F1 at the end of each."""
    yield HEAD + ("   95% of F1" if intervals else "")
    for (measure, kind), tally in evaluation.total().items():
        rates = "".join(f"{_rate(value):>7}" for value in (tally.precision, tally.recall, tally.f1))
        low_high = intervals.get((measure, kind), {}).get("f1")
        interval = f"   {_rate(low_high[0])}-{_rate(low_high[1])}" if low_high else ""
        yield f"{measure:12}{kind:12}{tally.gold:6}{tally.found:6}{tally.hit:6}{rates}{interval}"


def as_json(evaluation: Evaluation, intervals: Intervals, with_mistakes: bool) -> dict[str, Any]:
    """All figures by measure and kind, in total and for each article; null for what has no value."""
    articles: dict[str, Any] = {}
    for name, score in evaluation.scores.items():
        articles[name] = {"figures": _figures(score.tallies, {})}
        if with_mistakes:
            articles[name]["mistakes"] = [
                {
                    "measure": one.measure,
                    "is": "false" if one.false else "missed",
                    "what": one.shown,
                    "quote": one.quote,
                }
                for one in score.mistakes
            ]
    return {"figures": _figures(evaluation.total(), intervals), "articles": articles}


def _figures(tallies: Mapping[Row, Tally], intervals: Intervals) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for measure, kind in ROWS:
        tally = tallies.get((measure, kind), Tally())
        figures: dict[str, Any] = {"gold": tally.gold, "found": tally.found, "hit": tally.hit}
        figures |= {"precision": tally.precision, "recall": tally.recall, "f1": tally.f1}
        if intervals:
            figures["intervals"] = {name: list(ends) for name, ends in intervals.get((measure, kind), {}).items()}
        found.setdefault(measure, {})[kind] = figures
    return found


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
