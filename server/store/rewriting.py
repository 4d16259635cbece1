"""Writing releases anew without what is forgotten: into fresh stores, so that no file keeps its bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse, serialize

from ontology.terms import (
    AC,
    DERIVED_GRAPH,
    ONTOLOGY_GRAPH,
    RDF,
    RDFS,
    REFERENCE_GRAPH,
    RETRACTED_GRAPH,
    SKOS,
)
from server.store import files
from server.store.article_graphs import KINDS, ArticleGraph, retracted_among
from server.store.derivation import is_article_graph, is_shown
from server.store.errors import StoreError, UnknownThing
from server.store.forgetting import Forgetting, without
from server.store.foundation import digest
from server.store.manifest import Manifest, Source, contents_of
from server.store.publishing import count, describe
from server.store.release import NEXT_STORE, STORE, Release
from server.store.sources import Sources
from server.store.tombstones import Tombstone, hashed, name_digests


def tombstone(iri: str, releases: Iterable[Release], reference: Iterable[Quad], *, date: str, reason: str) -> Tombstone:
    """Find out what `iri` is and under which names the releases and the reference data know it.

    :raises UnknownThing: when no release knows it.
    :raises StoreError: when it is something that cannot be forgotten.
    """
    try:
        node = NamedNode(iri)
    except ValueError as error:
        raise UnknownThing(f"{iri!r} is not an IRI: copy it from its page") from error
    found = {quad for quad in reference if quad.subject == node}
    for release in releases:
        found.update(release.open().quads_for_pattern(node, None, None))
    if not found:
        raise UnknownThing(f"no release knows <{iri}>: copy the IRI from its page")
    types = {quad.object for quad in found if quad.predicate == RDF.type}
    if types & KINDS.keys():
        return Tombstone("statement", (hashed(iri),), date, reason)
    if AC.Article in types:
        graphs = {str(quad.graph_name)[1:-1] for quad in found if is_article_graph(quad.graph_name)}
        return Tombstone("article", tuple(hashed(one) for one in sorted({iri} | graphs)), date, reason)
    if AC.Person in types:
        names = {quad.object.value for quad in found if quad.predicate in (RDFS.label, SKOS.prefLabel, SKOS.altLabel)}  # type: ignore[union-attr]
        full, single, longest = name_digests(names)
        return Tombstone("person", (hashed(iri),), date, reason, full, single, longest)
    raise StoreError(f"<{iri}> is neither a statement nor an article nor a person: only these can be forgotten")


def rewrite(release: Release, forgetting: Forgetting, building: Path, *, date: str) -> None:
    """Write a release anew under its old identifier, less what is forgotten, and remove its dumps.

    Killed at any point it leaves a release that opens; doing it again finishes it.
    """
    manifest = _fill(building / STORE, release, forgetting, date)
    manifest = describe(building / STORE, manifest)
    files.sync_tree(building)
    (building / STORE).rename(release.folder / NEXT_STORE)
    files.sync(release.folder)
    settle(release.folder, building)
    manifest.write(release.folder)
    if release.dumps.exists():  # after the manifest: a dump in the making sees that its release has changed
        files.discard(release.dumps, building)


def settle(folder: Path, trash: Path) -> None:
    """Finish the exchange of a release's store for its rewritten one, wherever it stopped."""
    if not (folder / NEXT_STORE).is_dir():
        return
    if (folder / STORE).is_dir():
        files.discard(folder / STORE, trash)
    (folder / NEXT_STORE).rename(folder / STORE)
    files.sync(folder)


def clean(path: Path, forgetting: Forgetting) -> None:
    """Take what is forgotten out of one of the loader's files of quads; one that does not parse is removed."""
    try:
        quads = list(parse(path=path, format=RdfFormat.N_QUADS))
    except SyntaxError:  # half-written by a killed loader, or not ours: it can be made again
        path.unlink()
        return
    kept = forgetting.keep(quads)
    if not kept or forgetting.names_somebody(path.name):
        path.unlink()
    elif kept != quads:
        files.write(path, b"".join(sorted(serialize([quad], format=RdfFormat.N_QUADS) or b"" for quad in kept)))


def _fill(folder: Path, release: Release, forgetting: Forgetting, date: str) -> Manifest:
    old, new = release.open(), Store(str(folder))
    sources: dict[str, Source] = {}
    reference = forgetting.keep(list(old.quads_for_pattern(None, None, None, REFERENCE_GRAPH)))
    new.bulk_extend(_with_copies(_kept(old, release.manifest, forgetting, reference, sources)))
    new.flush()
    counts = count(new)
    versions = {**release.manifest.versions, "reference": digest(reference)}
    return replace(
        release.manifest,
        note=forgetting.spare(release.manifest.note),
        triples=counts.triples,
        others=counts.others,
        sources=Sources.of(sources),
        versions=versions,
        contents=contents_of(sources, versions),
        rewritten=(*release.manifest.rewritten, date),
    )


def _kept(
    old: Store, manifest: Manifest, forgetting: Forgetting, reference: list[Quad], sources: dict[str, Source]
) -> Iterator[Quad]:
    """Yield all quads that stay but the catalogue's, and fill `sources` on the way."""
    retracted, gone = forgetting.sift(list(old.quads_for_pattern(None, None, None, RETRACTED_GRAPH)))
    living: set[object] = set()
    for graph, source in manifest.sources.items():
        live, nodes = forgetting.sift(list(old.quads_for_pattern(None, None, None, NamedNode(graph))))
        apart = retracted_among(retracted, [NamedNode(source.article)] if source.article else [])
        gone |= nodes
        living.update(quad.subject for quad in live)
        if live or apart:
            given = {"path": forgetting.spare(source.path), "key": source.key, "article": source.article or ""}
            sources[graph] = ArticleGraph(NamedNode(graph), live, apart).source(given)
        yield from live
    yield from reference
    yield from retracted
    yield from old.quads_for_pattern(None, None, None, ONTOLOGY_GRAPH)
    derived = forgetting.keep(list(old.quads_for_pattern(None, None, None, DERIVED_GRAPH)))
    yield from without(derived, gone - living)


def _with_copies(quads: Iterable[Quad]) -> Iterator[Quad]:
    for quad in quads:
        yield quad
        if is_shown(quad.graph_name):
            yield Quad(quad.subject, quad.predicate, quad.object, DefaultGraph())
