"""Publishing: quads a second into a release beside `oxigraph load`, and what one article more costs at every size.

`python -m benchmarks.publishing --articles 1000 10000` makes articles up, publishes them as a first release, loads the
same N-Quads with the program `oxigraph`, then publishes articles one by one on top; it prints seconds by the clock and
of the processor, since other work on the machine only lengthens the first.
"""

import argparse
import dataclasses
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.generator import Generator
from loader import emit, pipeline
from server.store.releases import Changes, Releases


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[1000])
    parser.add_argument("--more", type=int, default=5, help="articles that are added one by one")
    given = parser.parse_args()
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}")
    print("| articles | triples | first release | quads/s of processor | oxigraph load | ratio | one article more |")
    print("|---" * 7 + "|")
    for count in given.articles:
        with tempfile.TemporaryDirectory() as folder:
            print(row(Path(folder), count, given.more), flush=True)


def row(folder: Path, count: int, more: int) -> str:
    """Return a row of the table: seconds by the clock, and in brackets of the processor."""
    generator = Generator()
    put: dict[str, Path] = {}
    (folder / "quads").mkdir()
    with (folder / "all.nq").open("wb") as all_quads:
        for extraction in generator.extractions(count):
            path = folder / "quads" / pipeline.file_name(extraction.article.graph)
            emit.write(extraction, generator.reference, path)
            put[extraction.article.graph] = path
            all_quads.write(path.read_bytes())
    releases = Releases(folder / "data")
    clock, processor = measured(lambda: releases.publish(Changes(put=put)))
    current = releases.require_current().manifest
    theirs = loaded_by_oxigraph(folder)
    ones = []
    for number, extraction in enumerate(Generator(1).extractions(more)):
        article = dataclasses.replace(extraction.article, graph=f"{extraction.article.graph}-{number}")
        path = folder / f"one-{number}.nq"
        emit.write(dataclasses.replace(extraction, article=article), generator.reference, path)
        change = Changes(put={article.graph: path})
        ones.append(measured(lambda change=change: releases.publish(change)))  # type: ignore[misc]
    quads = sum(source.quads for source in current.sources.values())
    ours = quads / processor
    cells = [
        f"{count:,}",
        f"{current.triples:,}",
        f"{clock:.1f} s ({processor:.1f})",
        f"{ours:,.0f}",
        f"{quads / theirs[1]:,.0f}" if theirs else "not installed",
        f"{ours / (quads / theirs[1]):.2f}" if theirs else "",
        f"{statistics.median(one[0] for one in ones):.2f} s ({statistics.median(one[1] for one in ones):.2f})",
    ]
    return "| " + " | ".join(cells) + " |"


def loaded_by_oxigraph(folder: Path) -> tuple[float, float] | None:
    """Load the same quads with `oxigraph load`; return seconds by the clock and of the processor."""
    program = shutil.which("oxigraph", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if not program:
        return None
    command = [program, "load", "--location", str(folder / "oxigraph"), "--file", str(folder / "all.nq")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    clock, _ = measured(lambda: subprocess.run(command, check=True, capture_output=True))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long some work takes: seconds by the clock, and of the processor in this process."""
    clock, processor = time.monotonic(), time.process_time()
    work()
    return time.monotonic() - clock, time.process_time() - processor


if __name__ == "__main__":
    main()
