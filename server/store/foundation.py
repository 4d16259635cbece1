"""What every release rests on: the ontology, its shapes and rules, and the reference data, read from their files."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, NamedNode, Quad, RdfFormat, Store

from ontology import terms
from server.store.errors import BadGraph


@dataclass(frozen=True)
class Foundation:
    """The files under one folder, laid out as `ontology/` is; each is read when first asked for."""

    folder: Path = terms.FOLDER

    @cached_property
    def ontology(self) -> list[Quad]:
        """The ontology's quads in their graph, sorted, with canonical blank nodes (RDFC-1.0)."""
        dataset = Dataset(_read([self.folder / terms.ONTOLOGY_FILE.name], terms.ONTOLOGY_GRAPH))
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        return sorted(dataset, key=str)

    @cached_property
    def reference(self) -> list[Quad]:
        """The reference data's quads in their graph, sorted.

        :raises BadGraph: when a file does not parse or has blank nodes.
        """
        paths = sorted((self.folder / terms.REFERENCE_FOLDER.name).glob("*.ttl"))
        quads = sorted(_read(paths, terms.REFERENCE_GRAPH), key=str)
        for quad in quads:
            if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
                raise BadGraph(f"the reference data have a blank node at {quad.predicate} ({quad}): give it an IRI")
        return quads

    @cached_property
    def shapes(self) -> str:
        """The SHACL shapes, in Turtle."""
        return (self.folder / terms.SHAPES_FILE.name).read_text("utf-8")

    @cached_property
    def rules(self) -> dict[str, str]:
        """The CONSTRUCT rules by file name, in the order in which they run."""
        paths = sorted((self.folder / terms.RULES_FOLDER.name).glob("*.rq"))
        return {path.name: path.read_text("utf-8") for path in paths}

    @cached_property
    def versions(self) -> dict[str, str]:
        """SHA-256 of each part."""
        return {
            "ontology": digest(self.ontology),
            "reference": digest(self.reference),
            "rules": hashlib.sha256(repr(self.rules).encode()).hexdigest(),
            "shapes": hashlib.sha256(self.shapes.encode()).hexdigest(),
        }


def digest(quads: Iterable[Quad]) -> str:
    """Return the SHA-256 of a set of quads: of their N-Quads lines, sorted."""
    sha256 = hashlib.sha256()
    for line in sorted({str(quad) for quad in quads}):
        sha256.update(line.encode())
        sha256.update(b" .\n")
    return sha256.hexdigest()


def _read(paths: Iterable[Path], graph: NamedNode) -> set[Quad]:
    store = Store()  # which normalises numbers and dates: what readers will see
    for path in paths:
        try:
            store.bulk_load(path=path, format=RdfFormat.TURTLE, to_graph=graph)
        except SyntaxError as error:
            raise BadGraph(f"{path}, line {error.lineno}: {error.msg}: correct the file") from error
        except FileNotFoundError as error:
            raise BadGraph(f"{path} is missing: install armsclaims again") from error
    return {Quad(terms.rebased(q.subject), q.predicate, terms.rebased(q.object), graph) for q in store}
