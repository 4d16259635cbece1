"""How well the loader reads: what it extracts against gold annotations, over all articles (docs/extraction.md)."""

import json
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loader import pipeline, report, sources
from loader.agreement import Names
from loader.annotations import Annotation, BadAnnotation, Reader, Thing
from loader.records import Article, Extraction, SetAside
from loader.scoring import ROWS, Row, Score, Tally, score
from loader.sources import Options
from ontology import reference as reference_data
from ontology.reference import Reference

__all__ = ["BadAnnotation", "Evaluation", "evaluate"]

TAIL = 0.025  # of the resampled figures, left out at either end
FIGURES = ("precision", "recall", "f1")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The score of each article by the name of its gold file."""

    scores: Mapping[str, Score]

    def total(self) -> dict[Row, Tally]:
        """The sums over all articles, of each measure and kind."""
        return _sum(list(self.scores.values()))

    def intervals(self, times: int, seed: int) -> dict[Row, dict[str, tuple[float, float]]]:
        """Within what 95 of 100 times each figure lies when as many articles are drawn anew, with replacement.

        A draw in which a figure has no value is left out of it; a row has no interval where none has one.
        """
        drawn: dict[tuple[Row, str], list[float]] = {}
        choice, scores = random.Random(seed), list(self.scores.values())  # noqa: S311 (not for secrets)
        for _ in range(times):
            for row, tally in _sum(choice.choices(scores, k=len(scores))).items():
                for figure in FIGURES:
                    value = getattr(tally, figure)
                    if value is not None:
                        drawn.setdefault((row, figure), []).append(value)
        found: dict[Row, dict[str, tuple[float, float]]] = {}
        for (row, figure), values in drawn.items():
            values.sort()
            cut = int(len(values) * TAIL)
            found.setdefault(row, {})[figure] = (values[cut], values[-1 - cut])
        return found


def evaluate(
    gold: Path,
    articles: Path,
    *,
    extracted: Path | None = None,
    only: Collection[str] = (),
    options: Options | None = None,
    reference: Reference | None = None,
    on_problem: Callable[[str], None] = lambda _line: None,
) -> Evaluation:
    """Compare the gold annotations in a folder with what the loader finds in the articles of another.

    NN.json is the gold of the article whose file (in .jsonl, whose `id`) is named NN, or begins with NN and goes on
    with neither letter nor digit. With `extracted`, a file that `armsclaims extract` wrote, the loader does not run.
    `only` names the gold to use. `on_problem` hears what could not be used; an article that cannot be read, or that
    `extracted` lacks, counts as one in which nothing was found.

    :raises BadAnnotation: a gold file or `extracted` cannot be read, or gold has no article, or two.
    """
    reference = reference or reference_data.read()
    names, wanted = Names(reference), _gold(gold, only)
    files = [file for file in sources.discover([articles]) if _is_lines(file) or _fitting(file.stem, wanted)]
    done: dict[str, tuple[str, Score]] = {}
    for path, article, document in _readings(files, extracted, options, reference, on_problem):
        name = _fitting(article.id if article and _is_lines(Path(path)) else Path(path).stem, wanted)
        if name is None:
            continue
        if name in done:
            raise BadAnnotation(f"{name}.json fits both {done[name][0]} and {path}: give it the name of one of them")
        reader = Reader(article.text if article else "", names)
        annotation = _read(gold / f"{name}.json", reader.gold, wanted[name])
        for problem in annotation.problems if article else ():
            on_problem(f"{name}.json: {problem}")
        found = _read(extracted or Path(path), reader.extraction, document)
        done[name] = path, score(annotation, found, names)
    if missing := [name for name in wanted if name not in done]:
        raise BadAnnotation(
            f"no article in {articles} is named {', '.join(missing)} or begins so: add it, or name others with --only"
        )
    return Evaluation({name: done[name][1] for name in wanted})


# ---- files


def _gold(folder: Path, only: Collection[str]) -> dict[str, Any]:
    """The gold files of a folder by name."""
    files = {file.stem: file for file in sorted(folder.glob("*.json"))}
    if unknown := sorted(set(only) - files.keys()):
        raise BadAnnotation(f"{folder} has no {', '.join(f'{name}.json' for name in unknown)}")
    if not files:
        raise BadAnnotation(f"{folder} has no gold: no file that ends in .json")
    return {name: _object(str(file), file.read_bytes()) for name, file in files.items() if not only or name in only}


def _readings(
    files: Sequence[Path],
    extracted: Path | None,
    options: Options | None,
    reference: Reference,
    on_problem: Callable[[str], None],
) -> Iterator[tuple[str, Article | None, Thing]]:
    """Path, article (none where it was set aside) and extraction of every article."""
    documents = _extracted(extracted) if extracted else {}
    results = sources.read_all(files, options) if extracted else pipeline.extracted(files, options, reference)
    for result in results:
        if isinstance(result, SetAside):
            on_problem(f"{result.path}: {result.reason}")
            yield result.path, None, {}
        elif isinstance(result, Extraction):
            yield result.article.path, result.article, report.as_json(result, reference)
        else:
            document = documents.get(_key(result.path), {})
            if document.get("article", {}).get("sha256", result.sha256) != result.sha256:
                raise BadAnnotation(f"{extracted} was made from another text of {result.path}: extract it again")
            yield result.path, result, document


def _extracted(file: Path) -> dict[str, Thing]:
    """The extractions in a file of JSON lines by the name of their article's file, or by file and line."""
    found: dict[str, Thing] = {}
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if line.strip():
            document = _object(f"{file}:{number}", line)
            article = document.get("article")
            if not isinstance(article, dict) or not isinstance(article.get("path"), str):
                raise BadAnnotation(f'{file}:{number} needs "article" with a "path"')
            found[_key(article["path"])] = document
    return found


def _object(where: str, content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadAnnotation(f"{where} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadAnnotation(f"{where} must be one JSON object")
    return value


def _read(file: Path, read: Callable[[Thing], Annotation], document: Thing) -> Annotation:
    try:
        return read(document)
    except BadAnnotation as error:
        raise BadAnnotation(f"{file}: {error}") from None


def _fitting(name: str, wanted: Collection[str]) -> str | None:
    """The gold of an article: that with its name, else the longest that its name begins with."""
    begins = (one for one in wanted if name.startswith(one) and not name[len(one) : len(one) + 1].isalnum())
    return max(begins, key=len, default=None)


def _key(path: str) -> str:
    """What tells an article's place, in whichever folder and form its file is: the stem, or file and line."""
    return Path(path).name if _is_lines(Path(path)) else Path(path).stem


def _is_lines(path: Path) -> bool:
    """Whether a path is of a file of JSON lines, or of a line of one."""
    return path.suffix.startswith(".jsonl")


def _sum(scores: Sequence[Score]) -> dict[Row, Tally]:
    return {row: sum((one.tallies.get(row, Tally()) for one in scores), Tally()) for row in ROWS}
