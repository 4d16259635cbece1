"""The Python API: a release as an rdflib Dataset."""

import os
from pathlib import Path
from weakref import finalize

from oxrdflib import OxigraphStore
from rdflib import Dataset

from ontology.terms import PREFIXES
from server.store import lease
from server.store.releases import Releases


def open_release(data: str | Path = "data", release: str | None = None) -> Dataset:
    """Open a release, read-only, as an rdflib `Dataset` whose queries Oxigraph answers.

    The default graph is the one that design and endpoint share: the triples of the article, reference, derived and
    ontology graphs, as a set. Pass queries as text: a prepared rdflib query would fall back to rdflib's own engine.

    While the dataset is in use, pruning leaves its release.

    :param data: the data folder that `armsclaims load` wrote.
    :param release: the identifier of a release; the current one if none is given.
    :raises server.store.errors.StoreError: when there is no such release.
    """
    releases = Releases(Path(data))
    opened = releases.get(release) if release else releases.require_current()
    descriptor = lease.take(opened.folder)
    try:
        store = OxigraphStore(store=opened.open())
    except BaseException:
        os.close(descriptor)
        raise
    finalize(store, os.close, descriptor)
    dataset = Dataset(store=store)
    for prefix, iri in PREFIXES.items():
        dataset.bind(prefix, iri)
    return dataset
