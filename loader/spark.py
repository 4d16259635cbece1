"""Loading on Apache Spark: the same pure function per article, on the cores of one machine or of a cluster.

The driver cuts the input into pieces (files, parts of .jsonl files, row groups of Parquet files), Spark gives them to
its workers, and what they read comes out as N-Quads in folders by day of publication: `day=2024-06-12/….nq`. All
machines need to see the input and the output under the same paths, such as on a shared file system.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pyoxigraph import RdfFormat, serialize

from loader import corrections, pipeline, sources
from loader.pipeline import Outcome
from loader.records import Article, SetAside
from loader.sources import Options
from ontology import reference as reference_data

PIECE = 16_000_000  # bytes of a .jsonl file that one task reads
SLICES = 4  # tasks for each core, so that none ends long before the others
UNDATED = "unknown"


class SparkError(Exception):
    """PySpark or Java is not installed, Spark failed, or the output is in the way; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of the input: a file; or its lines from byte `start` to `end`, the first is `number`; or a row group."""

    path: str
    start: int | None = None
    end: int | None = None
    number: int = 1
    group: int | None = None


def run(
    paths: Sequence[Path],
    *,
    out: Path,
    known: Mapping[str, str] | None = None,
    options: Options | None = None,
    master: str = "local[*]",
) -> Iterator[Outcome]:
    """Yield what became of each article, as `pipeline.run` does; `out` then holds folders of N-Quads by day.

    What was in `out` is replaced. The files of the outcomes are those of the articles alone, cut out of the days.

    :raises SparkError: PySpark or Java is missing, or Spark gave up.
    """
    shutil.rmtree(out, ignore_errors=True)
    outcomes = write(paths, out=out, known=known, options=options, master=master)
    files = articles_of(out)
    for outcome in outcomes:
        if outcome.status == "extracted":
            assert outcome.graph
            file = files[outcome.graph]
            yield Outcome(
                outcome.path, "extracted", None, outcome.graph, outcome.article_iri, outcome.key, file,
                outcome.unapplied,
            )  # fmt: skip
        else:
            yield outcome


def write(
    paths: Sequence[Path],
    *,
    out: Path,
    known: Mapping[str, str] | None = None,
    options: Options | None = None,
    master: str = "local[*]",
) -> list[Outcome]:
    """Write the quads of all articles that changed into folders by day under `out`, and return what became of each.

    :raises SparkError: `out` holds something already, PySpark or Java is missing, or Spark gave up.
    """
    target = out.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise SparkError(f"{out} is not empty: empty it, or name another folder")
    session = _session(master)
    from pyspark import StorageLevel

    try:
        context = session.sparkContext
        work = list(enumerate(pieces(paths, options or Options())))
        slices = max(1, min(len(work), context.defaultParallelism * SLICES))
        given = context.broadcast((dict(known or {}), options or Options()))
        read = context.parallelize(work, slices).flatMap(lambda piece: _read(*piece, *given.value))
        read.persist(StorageLevel.MEMORY_AND_DISK)  # else what does not fit would be parsed again
        first = read.filter(lambda row: row["iri"]).map(lambda row: (row["iri"], row["order"])).reduceByKey(min)
        told = read.map(lambda row: {key: value for key, value in row.items() if key != "quads"}).collect()
        winners = dict(first.collect())
        outcomes, twice = _outcomes(told, winners)
        dropped = context.broadcast(twice)
        rows = read.filter(lambda row: row["quads"] and row["order"] not in dropped.value)
        frame = session.createDataFrame(
            rows.map(lambda row: (row["day"], row["iri"], row["quads"])), "day string, iri string, value string"
        )
        (
            frame.repartition("day").sortWithinPartitions("day", "iri").select("day", "value")
            .write.mode("append").partitionBy("day").text(target.as_uri())
        )  # fmt: skip
        for part in sorted(target.glob("day=*/*.txt")):
            part.rename(part.with_suffix(".nq"))
    except Exception as error:
        raise SparkError(f"Spark gave up: {_short(error)}; its own messages above tell more") from error
    finally:
        session.stop()
    return outcomes


def articles_of(folder: Path) -> dict[str, Path]:
    """Cut the days' files into one file of N-Quads per article, in `folder`/articles, by graph."""
    target = folder / "articles"
    target.mkdir(parents=True, exist_ok=True)
    found: dict[str, Path] = {}
    for day in sorted(folder.glob("day=*/*.nq")):
        with day.open("rb") as file:
            for graph, lines in _by_graph(file):
                found[graph] = target / pipeline.file_name(graph)
                found[graph].write_bytes(b"".join(lines))
    return found


def _by_graph(lines: Iterable[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """Rows of lines of one graph; every article's stand together."""
    graph, row = "", list[bytes]()
    for line in lines:
        own = line.rstrip(b" .\n").rpartition(b" <")[2][:-1].decode()
        if own != graph and row:
            yield graph, row
            row = []
        graph = own
        row.append(line)
    if row:
        yield graph, row


# ---- the driver


def pieces(paths: Iterable[Path], options: Options) -> Iterator[Piece]:
    """Yield the input in pieces, in its order."""
    for path in sources.discover(paths):
        whole = not path.is_file() or path.with_name(path.stem + corrections.ENDING).exists()
        if not whole and path.suffix.lower() == ".jsonl" and path.stat().st_size > PIECE:
            yield from _lines(path, options)
        elif not whole and path.suffix.lower() == ".parquet":
            try:
                groups = sources.row_groups(path)
            except sources.Unreadable:
                groups = 0  # the worker tells why
            yield from (Piece(str(path), group=group) for group in range(groups)) if groups else (Piece(str(path)),)
        else:
            yield Piece(str(path))


def _lines(path: Path, options: Options) -> Iterator[Piece]:
    """Parts of a .jsonl file that begin and end with lines; one with an endless line is read whole, to be told of."""
    found: list[Piece] = []
    start = number = first = 0
    with path.open("rb") as file:
        for line in iter(lambda: file.readline(options.max_bytes + 1), b""):
            if len(line) > options.max_bytes:
                yield Piece(str(path))
                return
            number += 1
            if file.tell() - start >= PIECE:
                found.append(Piece(str(path), start, file.tell(), first + 1))
                start, first = file.tell(), number
        if file.tell() > start:
            found.append(Piece(str(path), start, file.tell(), first + 1))
    yield from found


def _outcomes(
    told: Iterable[Mapping[str, Any]], winners: Mapping[str, tuple[int, int]]
) -> tuple[list[Outcome], set[tuple[int, int]]]:
    """The outcomes in the order of the input, and the places of those that have another one's name."""
    rows = sorted(told, key=lambda row: row["order"])
    places = {row["order"]: row["path"] for row in rows}
    outcomes, twice = [], set()
    for row in rows:
        if row["iri"] and (first := winners[row["iri"]]) != row["order"]:
            twice.add(row["order"])
            reason = f"has the same publisher and id as {places[first]}; give one of them another id"
            outcomes.append(Outcome(row["path"], "set aside", reason))
            continue
        outcomes.append(
            Outcome(
                row["path"], row["status"], row["reason"], row["graph"], row["iri"], row["key"], None, row["unapplied"]
            )
        )
    return outcomes, twice


def _session(master: str) -> Any:
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError:
        raise SparkError("Spark needs more: pip install 'armsclaims[spark]', and Java 17") from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("armsclaims load").config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    try:
        session = builder.config("spark.log.level", "ERROR").getOrCreate()
    except (PySparkRuntimeError, OSError) as error:
        raise SparkError(f"Spark does not start: {_short(error)}; it needs Java 17 (JAVA_HOME)") from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


# ---- a worker


@cache
def _reference() -> reference_data.Reference:
    return reference_data.read()


def _read(order: int, piece: Piece, known: Mapping[str, str], options: Options) -> Iterator[dict[str, Any]]:
    """What becomes of each article of a piece, as a row; `order` is its place in the input."""
    reference = _reference()
    for number, read in enumerate(_articles(piece, options)):
        row: dict[str, Any] = dict.fromkeys(("reason", "graph", "iri", "key", "quads", "day"))
        row |= {"order": (order, number), "path": read.path, "unapplied": ()}
        if isinstance(read, SetAside):
            yield row | {"status": "set aside", "reason": read.reason}
            continue
        key = pipeline.key(read, reference)
        row |= {"graph": read.graph, "iri": read.iri, "key": key}
        row["day"] = read.published.isoformat() if read.published else UNDATED
        if known.get(read.graph) == key:
            yield row | {"status": "unchanged"}
            continue
        read_as = pipeline.quads_of(read, reference)
        if isinstance(read_as, SetAside):
            yield row | {"status": "set aside", "reason": read_as.reason, "key": None}
            continue
        quads, unapplied = read_as
        if unapplied:
            row |= {"key": pipeline.UNSETTLED + key, "unapplied": unapplied}
        yield row | {
            "status": "extracted",
            "quads": (serialize(quads, format=RdfFormat.N_QUADS) or b"").decode().rstrip("\n"),
        }


def _articles(piece: Piece, options: Options) -> Iterator[Article | SetAside]:
    path = Path(piece.path)
    if piece.start is not None:
        return sources.read_lines(path, options, piece.start, piece.end, piece.number)
    if piece.group is not None:
        return sources.read_rows(path, options, piece.group)
    return sources.read(path, options)
