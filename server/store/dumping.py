"""The dumps of a release: written aside when first asked for, then renamed into its folder `dumps/`."""

import gzip
import os
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

from ontology.terms import ONTOLOGY_GRAPH, WRITTEN_PREFIXES
from server.store import lease
from server.store.errors import told
from server.store.files import sync
from server.store.release import Release

_making: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True)
class Dump:
    """One file of a release: what it holds, and in which format."""

    name: str
    label: str
    media_type: str
    format: RdfFormat
    graph: DefaultGraph | NamedNode | None  # None: the whole dataset, graph by graph
    compressed: bool = False


_FORMATS = (
    ("ttl", "Turtle", RdfFormat.TURTLE, DefaultGraph()),
    ("trig", "TriG", RdfFormat.TRIG, None),
    ("nq", "N-Quads", RdfFormat.N_QUADS, None),
    ("nt", "N-Triples", RdfFormat.N_TRIPLES, DefaultGraph()),
    ("jsonld", "JSON-LD", RdfFormat.JSON_LD, None),
    ("rdf", "RDF/XML", RdfFormat.RDF_XML, DefaultGraph()),
)
_ONTOLOGY = Dump("ontology.ttl", "Turtle", "text/turtle", RdfFormat.TURTLE, ONTOLOGY_GRAPH)

DUMPS: dict[str, Dump] = {
    dump.name: dump
    for dump in [
        Dump(f"dataset.{extension}{ending}", label, format.media_type, format, graph, bool(ending))
        for extension, label, format, graph in _FORMATS
        for ending in ("", ".gz")
    ]
    + [_ONTOLOGY]
}


def file(release: Release, dump: Dump) -> Path:
    """Return the file of a dump of a release, made now if it is not there yet.

    :raises StoreError: when the disk is full or the folder cannot be written.
    """

    def make(aside: Path) -> None:
        with aside.open("wb") as out:
            write(release.open(), dump, out)

    return made(release, dump.name, make)


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


def write(store: Store, dump: Dump, out: IO[bytes]) -> None:
    """Write a dump of an open store, streaming, so that memory stays flat."""
    if dump.compressed:
        with gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=6, mtime=0) as packed:
            _dump(store, dump, cast(IO[bytes], packed))
    else:
        _dump(store, dump, out)


def _dump(store: Store, dump: Dump, out: IO[bytes]) -> None:
    prefixes = WRITTEN_PREFIXES if dump.format in (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.RDF_XML) else None
    store.dump(out, dump.format, from_graph=dump.graph, prefixes=prefixes)
