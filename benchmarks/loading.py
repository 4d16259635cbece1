"""How fast the loader reads, beside the bare parser on the same texts: python -m benchmarks.loading --help.

Both run in turns in one process each time (or in as many as --jobs says), and the medians of the ratios are printed.
The bare parser is spaCy's `nlp(text)` with every component of the model, one call for each cleaned article; ours is all
that happens to an article: cleaning, parsing, extraction, corrections, quads on disk.
"""

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.generator import Generator
from benchmarks.plots import Panel, draw
from loader import cleaning, parsing, pipeline, sources
from loader.records import Article
from ontology import reference as reference_data

ROUNDS = 5
TURN = 10  # articles that one reads before the other has its turn


def main() -> None:
    """Measure what the arguments say and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("what", choices=("speed", "unchanged", "memory"))
    parser.add_argument("--count", type=int, default=200, help="generated articles (default: 200)")
    parser.add_argument("--articles", type=Path, nargs="*", default=[], help="read these instead of generated ones")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--plot", type=Path, help="where to draw it, as SVG")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = given.articles or [_generated(given.count, Path(folder) / "generated.jsonl")]
        print(
            f"Python {sys.version.split()[0]}, spaCy {version('spacy')}, {given.jobs} process{'es' * (given.jobs > 1)}"
        )
        panel = {"speed": speed, "unchanged": unchanged, "memory": memory}[given.what](paths, Path(folder), given.jobs)
    if given.plot:
        draw([panel], given.plot)


def _generated(count: int, path: Path) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for values, _ in Generator().articles(count):
            file.write(json.dumps(values, ensure_ascii=False) + "\n")
    return path


def speed(paths: Sequence[Path], folder: Path, jobs: int) -> Panel:
    """Articles per second of the loader and of the bare parser, and their ratio.

    Of one process the processor's time counts, which neighbours on the machine do not change; of several the clock's.
    """
    articles = [read for read in sources.read_all(paths) if isinstance(read, Article)]
    texts = [_prose(article) for article in articles]
    words = sum(len(text.split()) for text in texts)
    print(f"{len(articles)} articles, {words:,} words\n")
    clock = time.process_time if jobs == 1 else time.perf_counter
    with _Bare(jobs) as bare, _Ours(jobs, folder) as ours:
        for work, items in ((bare, texts), (ours, articles)):
            work(items[: 8 * jobs])  # which reads the model
        timed = []
        for _ in range(ROUNDS):
            theirs = mine = 0.0
            for first in range(0, len(articles), TURN * jobs):
                turn = slice(first, first + TURN * jobs)
                theirs += _seconds(clock, bare, texts[turn])
                mine += _seconds(clock, ours, articles[turn])
            timed.append((theirs, mine))
    print("                articles/s   words/s")
    series = {}
    for name, column in (("bare parser", 0), ("armsclaims", 1)):
        seconds = statistics.median(row[column] for row in timed)
        print(f"{name:<15} {len(articles) / seconds:>10.1f} {words / seconds:>9,.0f}")
        series[name] = [(number, len(articles) / row[column]) for number, row in enumerate(timed, 1)]
    ratios = sorted(one / other for one, other in timed)
    print(
        f"ratio           {statistics.median(ratios):>10.2f}   ({ROUNDS} rounds: {ratios[0]:.2f} to {ratios[-1]:.2f})"
    )
    return Panel("reading", "round", "articles a second", series, log=False)


def unchanged(paths: Sequence[Path], folder: Path, jobs: int) -> Panel:
    """Seconds to see that no article has changed."""
    reference = reference_data.read()
    known = {read.graph: pipeline.key(read, reference) for read in sources.read_all(paths) if isinstance(read, Article)}
    started = time.perf_counter()
    outcomes, passed = [], []
    for outcome in pipeline.run(paths, out=folder / "quads", known=known, reference=reference, jobs=jobs):
        outcomes.append(outcome)
        passed.append((len(outcomes), time.perf_counter() - started))
    seconds = time.perf_counter() - started
    assert {one.status for one in outcomes} == {"unchanged"}
    assert not any((folder / "quads").iterdir())
    print(f"{len(outcomes):,} unchanged articles in {seconds:.2f} s: {1000 * seconds / len(outcomes):.2f} ms each")
    return Panel(
        "unchanged articles", "articles", "seconds", {"armsclaims": passed[:: len(passed) // 100 + 1]}, log=False
    )


def memory(paths: Sequence[Path], folder: Path, jobs: int) -> Panel:
    """Memory of this process (and of the largest that it starts) as it reads on and on."""
    print("articles   resident MiB" + ("   largest child MiB" if jobs > 1 else ""))
    points: list[tuple[float, float]] = []
    for number, _ in enumerate(pipeline.run(paths, out=folder / "quads", jobs=jobs), 1):
        if number % 100 == 0:
            points.append((number, _resident()))
        if number in (100, 1000, 2000, 5000) or number % 10_000 == 0:
            child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"{number:>8,} {_resident():>14.0f}" + (f"{child:>20.0f}" if jobs > 1 else ""), flush=True)
    return Panel("memory of the loader", "articles", "MiB", {"armsclaims": points}, log=False)


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def _prose(article: Article) -> str:
    kept = (one for one in cleaning.blocks(article) if one.role != "boilerplate")
    return "\n\n".join(article.text[one.start : one.end] for one in kept)


def _seconds(clock: Callable[[], float], work: Callable[[Sequence[Any]], None], items: Sequence[Any]) -> float:
    started = clock()
    work(items)
    return clock() - started


class _Workers:
    """Does something with each of many items, here or in several processes."""

    def __init__(self, jobs: int, prepare: Callable[..., None], work: Callable[[Any], object], *given: Any) -> None:
        self._work = work
        self._pool = ProcessPoolExecutor(jobs, get_context("spawn"), prepare, given) if jobs > 1 else None
        if not self._pool:
            prepare(*given)

    def __call__(self, items: Sequence[Any]) -> None:
        for _ in self._pool.map(self._work, items) if self._pool else map(self._work, items):
            pass

    def __enter__(self) -> "_Workers":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown()


class _Bare(_Workers):
    def __init__(self, jobs: int) -> None:
        super().__init__(jobs, _prepare_bare, _bare)


class _Ours(_Workers):
    def __init__(self, jobs: int, folder: Path) -> None:
        super().__init__(jobs, pipeline.prepare, _ours, reference_data.read(), folder)


_nlp: Any = None


def _prepare_bare() -> None:
    global _nlp
    import spacy

    _nlp = spacy.load(next(name for name in parsing.MODELS if find_spec(name)))


def _bare(text: str) -> None:
    _nlp(text)


def _ours(article: Article) -> None:
    loaded = pipeline.load_prepared(article)
    if loaded.failed:  # fast, but no measure
        sys.exit(f"{article.path} {loaded.failed}")


if __name__ == "__main__":
    main()
