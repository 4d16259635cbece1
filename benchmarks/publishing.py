"""Publishing: quads a second into a release beside `oxigraph load`, and what one article more costs, as releases grow.

`python -m benchmarks.publishing --articles 1000 10000` makes articles up, publishes them as a first release and says
what each stage takes; loads what that release holds into a store, by ours and by the program `oxigraph` in turns; then
adds articles one by one, from their quads and from their texts (by a new process, and by one that watches a folder),
and waits until a running server answers with them.
`--data FOLDER` adds articles to a copy (of links) of a data folder that is there. Seconds are by the clock, and in
brackets of the processor, since other work on the machine only lengthens the first.
"""

import argparse
import dataclasses
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from pyoxigraph import RdfFormat, Store

from benchmarks.contenders import Served, served
from benchmarks.generator import Generator
from benchmarks.plots import Panel, draw
from loader import emit, pipeline, sources
from loader.records import Article
from server.store.releases import Changes, Releases

ROUNDS = 3  # of loading the same quads, in turns
PATIENCE = 120.0  # seconds for an article to be seen
Took = tuple[float, float]  # seconds by the clock, and of the processor


@dataclass
class Size:
    """What was measured of one number of articles."""

    articles: int
    quads: int = 0  # of the articles
    all_quads: int = 0  # in the release's store, with its default graph
    triples: int = 0
    stages: dict[str, Took] = field(default_factory=dict)
    release: Took | None = None
    loads: list[tuple[Took, Took]] = field(default_factory=list)  # ours and theirs, of all that the store holds
    plain: Took | None = None  # `oxigraph load` of the articles' quads
    ones: dict[str, list[Took]] = field(default_factory=dict)

    @property
    def ratios(self) -> list[float]:
        """Return how many times as many quads a second ours loads, round by round."""
        return [theirs[0] / ours[0] for ours, theirs in self.loads]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[1000])
    parser.add_argument("--data", type=Path, action="append", default=[], help="only add articles to a copy of these")
    parser.add_argument("--more", type=int, default=5, help="articles that are added one by one, in each way")
    parser.add_argument("--plot", type=Path, help="where to draw how it grows, as SVG")
    given = parser.parse_args()
    versions = ", ".join(f"{package} {version(package)}" for package in ("pyoxigraph", "spacy"))
    print(
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {versions}\n"
    )
    sizes = []
    for data in given.data:
        with tempfile.TemporaryDirectory(dir=data.resolve().parent) as folder:
            linked(data, Path(folder) / "data")
            manifest = Releases(Path(folder) / "data").require_current().manifest
            size = Size(manifest.articles, triples=manifest.triples)
            add_ones(Path(folder), size, given.more)
            sizes.append(size)
    for count in given.articles if not given.data else ():
        with tempfile.TemporaryDirectory() as folder:
            size = first_release(Path(folder), count)
            add_ones(Path(folder), size, given.more)
            sizes.append(size)
    print("\n\n".join(filter(None, [stages(sizes), loading(sizes), ones(sizes)])))
    if given.plot:
        plot(sizes, given.plot)


def linked(data: Path, copy: Path) -> None:
    """Copy a data folder by links: what is in it is replaced and never written over, but for the lock."""
    shutil.copytree(data, copy, symlinks=True, copy_function=os.link, ignore=shutil.ignore_patterns("lock", "building"))


def first_release(folder: Path, count: int) -> Size:
    """Make articles up and publish them; load the same by `oxigraph load`."""
    generator = Generator()
    put: dict[str, Path] = {}
    (folder / "quads").mkdir()
    with (folder / "all.nq").open("wb") as all_quads:
        for extraction in generator.extractions(count):
            path = folder / "quads" / pipeline.file_name(extraction.article.graph)
            emit.write(extraction, generator.reference, path)
            put[extraction.article.graph] = path
            all_quads.write(path.read_bytes())
    size, watch = Size(count), _Watch()
    size.release = measured(lambda: Releases(folder / "data").publish(Changes(put=put), progress=watch))
    watch("")
    size.stages = watch.stages
    release = Releases(folder / "data").require_current()
    size.quads, size.triples = release.manifest.sources.tally.quads, release.manifest.triples
    store = release.open()
    size.all_quads = len(store)
    store.dump(str(folder / "held.nq"), RdfFormat.N_QUADS)
    del store
    for turn in range(ROUNDS):
        ours = measured(lambda turn=turn: _load(folder / f"ours-{turn}", folder / "held.nq"))  # type: ignore[misc]
        theirs = loaded_by_oxigraph(folder / f"theirs-{turn}", folder / "held.nq")
        if theirs:
            size.loads.append((ours, theirs))
        for name in ("ours", "theirs"):
            shutil.rmtree(folder / f"{name}-{turn}", ignore_errors=True)
    size.plain = loaded_by_oxigraph(folder / "plain", folder / "all.nq")
    return size


class _Watch:
    """Hears the progress of publishing and says what each stage took."""

    def __init__(self) -> None:
        self.stages: dict[str, Took] = {}
        self._now = "reading"
        self._since = time.monotonic(), time.process_time()

    def __call__(self, told: str) -> None:
        stage = told if told.startswith("deriving: ") else told.partition(" ")[0].rstrip(":")
        if stage == self._now:
            return
        now = time.monotonic(), time.process_time()
        before = self.stages.get(self._now, (0.0, 0.0))
        self.stages[self._now] = before[0] + now[0] - self._since[0], before[1] + now[1] - self._since[1]
        self._now, self._since = stage, now


def _load(folder: Path, quads: Path) -> None:
    store = Store(str(folder))
    store.bulk_load(path=str(quads), format=RdfFormat.N_QUADS)
    store.flush()


def loaded_by_oxigraph(place: Path, quads: Path) -> Took | None:
    """Load a file with `oxigraph load`; return seconds by the clock and of the processor."""
    program = shutil.which("oxigraph", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if not program:
        return None
    command = [program, "load", "--location", str(place), "--file", str(quads)]
    return measured(lambda: subprocess.run(command, check=True, capture_output=True))


def measured(work: Callable[[], object]) -> Took:
    """Return how long some work takes: seconds by the clock, and of the processor here and in its children."""
    clock, processor = time.monotonic(), _processor()
    work()
    return time.monotonic() - clock, _processor() - processor


def _processor() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


# ---- one article more


def add_ones(folder: Path, size: Size, more: int) -> None:
    """Add articles one by one to the data in a folder, from their quads and from their texts."""
    data = folder / "data"
    command: list[str | Path] = [sys.executable, "-m", "armsclaims.cli", "serve", "--data", data]
    command += ["--log-level", "WARNING", "--client-seconds", "0", "--client-connections", "0", "--port"]
    with served("armsclaims", command) as server:
        for number, extraction in enumerate(Generator(1).extractions(more)):
            server.wait_until_quiet()
            name = f"more-{number}"
            article = dataclasses.replace(
                extraction.article,
                graph=f"{extraction.article.graph}-{name}",
            )
            path = folder / f"{name}.nq"
            emit.write(dataclasses.replace(extraction, article=article), Generator().reference, path)
            change = Changes(put={article.graph: path})
            with _seen(server, article.graph, size, "from its quads"):
                took = measured(lambda change=change: Releases(data).publish(change))  # type: ignore[misc]
            size.ones.setdefault("published from its quads", []).append(took)
        for number, (values, _) in enumerate(Generator(2).articles(more)):
            server.wait_until_quiet()
            path = folder / f"text-{number}.jsonl"
            path.write_text(json.dumps(values | {"id": f"text-{number}"}) + "\n", "utf-8")
            [read] = sources.read_all([path])
            assert isinstance(read, Article)
            load = [sys.executable, "-m", "armsclaims.cli", "load", str(path), "--data", str(data)]
            with _seen(server, read.graph, size, "from its text"):
                took = measured(lambda load=load: subprocess.run(load, check=True, capture_output=True))  # type: ignore[misc]
            size.ones.setdefault("`armsclaims load` of its text", []).append(took)
        with _watching(folder / "inbox", data) as inbox:
            for number, (values, _) in enumerate(Generator(3).articles(more)):
                server.wait_until_quiet()
                path = folder / f"watched-{number}.jsonl"
                path.write_text(json.dumps(values | {"id": path.stem}) + "\n", "utf-8")
                [read] = sources.read_all([path])
                assert isinstance(read, Article)
                with _seen(server, read.graph, size, "from its text, by a loader that watches"):
                    path.rename(inbox / path.name)


@contextmanager
def _watching(inbox: Path, data: Path) -> Iterator[Path]:
    """Run `armsclaims load --watch` on a new folder within the block."""
    inbox.mkdir()
    command = [sys.executable, "-m", "armsclaims.cli", "load", str(inbox), "--data", str(data), "--watch"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stderr
            for line in process.stderr:
                if line.startswith("… watching"):
                    break
            threading.Thread(target=process.stderr.read, daemon=True).start()  # so that the pipe does not fill
            yield inbox
        finally:
            process.terminate()


@contextmanager
def _seen(server: Served, graph: str, size: Size, how: str) -> Iterator[None]:
    """Note when a running server answers with a graph that is published in the block."""
    query = f"ASK {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
    code = (
        "import sys, time\nfrom urllib.request import urlopen\nend = time.monotonic() + float(sys.argv[2])\n"
        "while b'true' not in urlopen(sys.argv[1]).read().lower():\n"
        "    assert time.monotonic() < end\n    time.sleep(0.02)\nprint(time.monotonic())"
    )
    address = f"{server.address}?{urlencode({'query': query})}"
    with urlopen(address) as answer:  # noqa: S310 - our own server
        if b"true" in answer.read().lower():
            raise SystemExit(f"<{graph}> is there already: give another --data")
    asker = subprocess.Popen([sys.executable, "-c", code, address, str(PATIENCE)], stdout=subprocess.PIPE)
    time.sleep(0.5)  # till it asks
    start = time.monotonic()
    yield
    told, _ = asker.communicate()
    if asker.returncode:
        raise SystemExit(f"<{graph}> was not seen within {PATIENCE:.0f} s")
    size.ones.setdefault(f"visible at the endpoint, {how}", []).append((float(told) - start, 0.0))


# ---- tables


def _shown(took: Took | None) -> str:
    if took is None:
        return "–"
    return f"{took[0]:.2f} s ({took[1]:.2f})" if took[1] else f"{took[0]:.2f} s"


def _table(head: str, sizes: list[Size], rows: dict[str, list[str]]) -> str:
    lines = [
        f"| {head} | " + " | ".join(f"{size.articles:,}" for size in sizes) + " |",
        "|---" * (len(sizes) + 1) + "|",
    ]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items())])


def stages(sizes: list[Size]) -> str:
    """Return what the stages of a first release take."""
    published = [size for size in sizes if size.release]
    names = dict.fromkeys(name for size in published for name in size.stages)
    rows = {name: [_shown(size.stages.get(name)) for size in published] for name in names}
    rows["all"] = [_shown(size.release) for size in published]
    rows["triples in the default graph"] = [f"{size.triples:,}" for size in published]
    return _table("first release, articles", published, rows) if published else ""


def loading(sizes: list[Size]) -> str:
    """Return quads a second beside `oxigraph load`: of loading alone, and of all that makes a release."""
    loaded = [size for size in sizes if size.loads and size.plain and size.release]
    if not loaded:
        return ""

    def rate(quads: int, took: Took | None) -> str:
        return f"{quads / took[0]:,.0f}" if took else "–"

    middle = [
        (statistics.median(a[0] for a, _ in one.loads), statistics.median(b[0] for _, b in one.loads)) for one in loaded
    ]
    rows = {
        "quads in the release's store": [f"{one.all_quads:,}" for one in loaded],
        "loading them, quads a second": [
            rate(one.all_quads, (own, 0)) for one, (own, _) in zip(loaded, middle, strict=True)
        ],
        "`oxigraph load` of them": [
            rate(one.all_quads, (its, 0)) for one, (_, its) in zip(loaded, middle, strict=True)
        ],
        "ratio (aim 0.9)": [f"{statistics.median(one.ratios):.2f}" for one in loaded],
        "quads of the articles": [f"{one.quads:,}" for one in loaded],
        "from files to a release, quads a second": [rate(one.quads, one.release) for one in loaded],
        "`oxigraph load` of them ": [rate(one.quads, one.plain) for one in loaded],
        "ratio of everything": [f"{one.plain[0] / one.release[0]:.3f}" for one in loaded if one.plain and one.release],
    }
    return _table("loading, articles", loaded, rows)


def ones(sizes: list[Size]) -> str:
    """Return what one article more takes: medians, and in the row below the longest."""
    names = dict.fromkeys(name for size in sizes for name in size.ones)
    rows = {}
    for name in names:
        found = [size.ones.get(name, []) for size in sizes]
        rows[name] = [_shown(_median(one)) if one else "–" for one in found]
        rows[f"{name}, longest"] = [_shown(max(one)) if one else "–" for one in found]
    return _table("one article more, to articles", sizes, rows) if names else ""


def _median(took: list[Took]) -> Took:
    return statistics.median(one[0] for one in took), statistics.median(one[1] for one in took)


def plot(sizes: list[Size], path: Path) -> None:
    """Draw how it grows with the articles."""
    rates: dict[str, list[tuple[float, float]]] = {
        "a first release": [(size.articles, size.quads / size.release[0]) for size in sizes if size.release],
        "oxigraph load": [(size.articles, size.quads / size.plain[0]) for size in sizes if size.plain],
    }
    names = dict.fromkeys(name for size in sizes for name in size.ones)
    ones: dict[str, list[tuple[float, float]]] = {
        name: [(size.articles, _median(size.ones[name])[0]) for size in sizes if name in size.ones] for name in names
    }
    panels = [Panel("the articles' quads", "articles", "quads a second", rates)] if any(rates.values()) else []
    draw([*panels, Panel("one article more", "articles", "seconds", ones)], path)


if __name__ == "__main__":
    main()
