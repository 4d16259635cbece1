"""The dumps of a release: written aside when first asked for, then renamed into its folder `dumps/`."""

import gzip
import hashlib
import os
import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import zstandard
from pyoxigraph import DefaultGraph, RdfFormat, Store

from ontology.terms import DERIVED_GRAPH, ONTOLOGY_GRAPH
from server.store import lease, ordering, rdf_files, spreadsheets
from server.store.errors import told
from server.store.files import sync, write
from server.store.manifest import PLAIN
from server.store.release import Release

SUMS = "SHA256SUMS"
PACKED = {"": "", ".gz": "application/gzip", ".zst": "application/zstd"}  # ending to media type
ZSTD_LEVEL = 10
CHUNK = 1024 * 1024

_making: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True)
class Dump:
    """One file of a release: what of it (`part`), as what, and how it is packed.

    The parts: dataset, claims (what articles say, without ontology and reference data), statements (as rows), ontology.
    """

    part: str
    extension: str
    label: str
    content_type: str  # unpacked
    write: Callable[[Store, bool, IO[bytes]], None]  # store, whether its default graph is independent, file
    packing: str = ""

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.part}.{self.extension}{self.packing}"

    @property
    def short(self) -> str:
        """The name that the command line knows it by: ttl.gz, claims.ttl, csv, ontology."""
        if self.name == "ontology.ttl":
            return "ontology"
        return self.name.removeprefix("dataset.").removeprefix("statements.")

    @property
    def media_type(self) -> str:
        """The media type of the file as it is sent."""
        return PACKED[self.packing] or self.content_type

    @property
    def compressed(self) -> bool:
        """Whether it is packed."""
        return bool(self.packing)

    @property
    def plain(self) -> "Dump":
        """The same, not packed."""
        return DUMPS[f"{self.part}.{self.extension}"]


@dataclass(frozen=True)
class File:
    """A dump that was made: its place, its size in bytes, its SHA-256, and when it was made (seconds since 1970)."""

    dump: Dump
    path: Path
    size: int
    sha256: str
    modified: float


_TRIPLES = (
    ("ttl", "Turtle", RdfFormat.TURTLE),
    ("nt", "N-Triples", RdfFormat.N_TRIPLES),
    ("rdf", "RDF/XML", RdfFormat.RDF_XML),
)
_QUADS = (
    ("trig", "TriG", RdfFormat.TRIG),
    ("nq", "N-Quads", RdfFormat.N_QUADS),
    ("jsonld", "JSON-LD", RdfFormat.JSON_LD),
)


def _rdf(format: RdfFormat, graphs: Callable[[Store, bool], rdf_files.Graphs]) -> Callable[..., None]:
    def write(store: Store, plain: bool, out: IO[bytes]) -> None:
        rdf_files.write(graphs(store, plain), format, out)

    return write


def _default(store: Store, plain: bool) -> rdf_files.Graphs:
    yield DefaultGraph(), [ordering.graph(store, DefaultGraph())] if plain else ordering.union(store)


def _all(store: Store, plain: bool) -> rdf_files.Graphs:
    yield from _default(store, plain)
    for graph in ordering.graphs(store):
        yield graph, [ordering.graph(store, graph)]


def _claims(store: Store, _plain: bool) -> rdf_files.Graphs:
    yield DefaultGraph(), ordering.claims(store)


def _claims_by_graph(store: Store, _plain: bool) -> rdf_files.Graphs:
    for graph in (*ordering.article_graphs(store), DERIVED_GRAPH):
        yield graph, [ordering.graph(store, graph, ordering.is_claim)]


def _ontology(store: Store, _plain: bool) -> rdf_files.Graphs:
    yield DefaultGraph(), [ordering.graph(store, ONTOLOGY_GRAPH)]


_FILES = (
    *(Dump("dataset", ext, label, f.media_type, _rdf(f, _default)) for ext, label, f in _TRIPLES),
    *(Dump("dataset", ext, label, f.media_type, _rdf(f, _all)) for ext, label, f in _QUADS),
    *(Dump("claims", ext, label, f.media_type, _rdf(f, _claims)) for ext, label, f in _TRIPLES),
    *(Dump("claims", ext, label, f.media_type, _rdf(f, _claims_by_graph)) for ext, label, f in _QUADS),
    Dump("statements", "csv", "CSV", "text/csv; charset=utf-8", lambda s, _, out: spreadsheets.write_csv(s, out)),
    Dump(
        *("statements", "parquet", "Parquet", "application/vnd.apache.parquet"),
        lambda s, _, out: spreadsheets.write_parquet(s, out),
    ),
    Dump("ontology", "ttl", "Turtle", "text/turtle", _rdf(RdfFormat.TURTLE, _ontology)),
)


def _packings(dump: Dump) -> Iterable[str]:
    return ("",) if dump.extension == "parquet" else PACKED  # it is packed inside


DUMPS: dict[str, Dump] = {
    packed.name: packed for dump in _FILES for packed in (replace(dump, packing=p) for p in _packings(dump))
}


def available(release: Release) -> list[Dump]:
    """Return the dumps of a release that can be made here: a plain dataset has only itself, Parquet needs its extra."""
    parts = {"dataset"} if release.manifest.default_graph == PLAIN else {dump.part for dump in DUMPS.values()}
    return [
        dump for dump in DUMPS.values() if dump.part in parts and (dump.extension != "parquet" or find_spec("pyarrow"))
    ]


def file(release: Release, dump: Dump) -> File:
    """Return a dump of a release, made now if it is not there yet.

    :raises MissingExtra: when it needs a package that is not installed.
    :raises StoreError: when the disk is full or the folder cannot be written.
    """

    def make(aside: Path) -> None:
        with aside.open("wb") as out:
            if dump.packing:
                with file(release, dump.plain).path.open("rb") as source:
                    pack(source, out, dump.packing)
            else:
                dump.write(release.open(), release.manifest.default_graph == PLAIN, out)

    made(release, dump.name, make)
    found = on_disk(release, dump)
    return found if found else file(release, dump)  # something was forgotten just now, and the dumps with it


def files(release: Release) -> list[File]:
    """Return the dumps of a release that were made so far."""
    return [found for dump in DUMPS.values() if (found := on_disk(release, dump))]


def on_disk(release: Release, dump: Dump) -> File | None:
    """Return a dump of a release if it was made already."""
    path = release.dumps / dump.name
    try:
        status = path.stat()
        return File(dump, path, status.st_size, _sha256(path), status.st_mtime)
    except FileNotFoundError:
        return None


def sums(files: Iterable[File]) -> str:
    """Return SHA-256 and name of each file in the form that `sha256sum -c` reads."""
    return "".join(f"{file.sha256}  {file.path.name}\n" for file in files)


def _sha256(path: Path) -> str:
    """Return the SHA-256 of a dump, which stands in a file beside it from the first time on."""
    beside = path.with_name(f".{path.name}.sha256")
    known = beside.read_text("ascii").split() if beside.exists() else []
    status = path.stat()
    of = f"{status.st_ino}.{status.st_mtime_ns}"  # inodes are used again
    if len(known) != 2 or known[0] != of:
        with path.open("rb") as source:
            known = [of, hashlib.file_digest(source, "sha256").hexdigest()]
        write(beside, " ".join(known).encode())
    return known[1]


def made(release: Release, name: str, make: Callable[[Path], None]) -> Path:
    """Return a file among a release's dumps; `make` writes it into the path that it is given, if it is not there yet.

    A process makes each one once. The file appears whole or not at all, whatever happens on the way, and goes with the
    dumps when something is forgotten.

    :raises StoreError: when the disk is full or the folder cannot be written.
    """
    path = release.dumps / name
    if not path.exists():
        with _making[name], told(release.folder):
            while not path.exists():
                _make(release, path, make)
    return path


def _make(release: Release, path: Path, make: Callable[[Path], None]) -> None:
    with lease.held(release.folder):
        _make_leased(release, path, make)


def _make_leased(release: Release, path: Path, make: Callable[[Path], None]) -> None:
    contents = Release.at(release.folder).contents
    path.parent.mkdir(exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    aside = Path(name)
    try:
        make(aside)
        sync(aside)
        aside.chmod(0o644)
        # What was forgotten while this was written must not come back by it: then it is made anew.
        if Release.at(release.folder).contents == contents:
            aside.rename(path)
    finally:
        aside.unlink(missing_ok=True)


def pack(source: IO[bytes], out: IO[bytes], packing: str) -> None:
    """Pack a file, so that equal files give equal bytes."""
    if packing == ".gz":
        with gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=6, mtime=0) as packed:
            shutil.copyfileobj(source, packed, CHUNK)
    else:
        zstandard.ZstdCompressor(ZSTD_LEVEL, write_checksum=True).copy_stream(source, out)
