"""Articles' graphs for the tests of releases, as the loader would write them, about people whom nothing can harm."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, serialize

from ontology.terms import AC, ARTICLE_GRAPHS, DCT, ID, OA, PROV, RDF, RDFS, SCHEMA, XSD

LOVELACE = ID + "person/ada-lovelace"
BABBAGE = ID + "person/charles-babbage"


@dataclass(frozen=True)
class Said:
    """A statement of an example: its words are unique to it unless given."""

    words: str
    kind: str = "Allegation"
    speaker: str | None = LOVELACE
    relayed_by: str | None = None
    review: str = "ReviewMachine"
    quantity: int | None = None


def graph_of(name: str) -> str:
    return ARTICLE_GRAPHS + f"gazette/{name}"


def article_of(name: str) -> str:
    return f"{ID}article/gazette/{name}"


def short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def statement_of(name: str, said: Said) -> str:
    return f"{ID}statement/{name}-{short(said.words)}"


def quads_of(name: str, statements: Iterable[Said], body: str | None = None, extra: Sequence[Quad] = ()) -> list[Quad]:
    """All quads of one article in which these statements stand."""
    graph = NamedNode(graph_of(name))
    article = NamedNode(article_of(name))
    extraction = NamedNode(f"{ID}extraction/gazette/{name}")
    publisher = NamedNode(ID + "outlet/gazette")
    event = NamedNode(ID + "transfer/engines-of-1843")
    triples: list[tuple] = [
        (article, RDF.type, AC.Article),
        (article, RDFS.label, Literal(f"Gazette {name}", language="en")),
        (article, SCHEMA.headline, Literal(f"Gazette {name}", language="en")),
        (article, SCHEMA.publisher, publisher),
        (article, SCHEMA.datePublished, Literal("1843-07-01", datatype=XSD.date)),
        (article, SCHEMA.sha256, Literal(hashlib.sha256(name.encode()).hexdigest())),
        (publisher, RDF.type, AC.MediaOutlet),
        (publisher, RDFS.label, Literal("Gazette", language="en")),
        (extraction, RDF.type, AC.Extraction),
        (extraction, RDFS.label, Literal(f"Extraction of {name}", language="en")),
        (extraction, PROV.used, article),
        (extraction, AC.loaderVersion, Literal("0.1.0")),
        (event, RDF.type, AC.ArmsTransfer),
        (event, RDFS.label, Literal("Transfer of engines", language="en")),
    ]
    if body is not None:
        triples += [(article, SCHEMA.articleBody, Literal(body, language="en")), (article, DCT.rights, Literal("open"))]
    for iri, label in ((LOVELACE, "Ada Lovelace"), (BABBAGE, "Charles Babbage")):
        triples += [(NamedNode(iri), RDF.type, AC.Person), (NamedNode(iri), RDFS.label, Literal(label, language="en"))]
    start = 0
    for said in statements:
        statement = NamedNode(statement_of(name, said))
        evidence = NamedNode(f"{ID}evidence/{short(name + said.words)}")
        selector = NamedNode(f"{ID}selector/{short(name + said.words)}")
        quote = Literal(said.words, language="en")
        end = start + len(said.words)
        triples += [
            (statement, RDF.type, AC[said.kind]),
            (statement, RDFS.label, Literal(f"{said.kind} in {name}", language="en")),
            (statement, AC.reportedIn, article),
            (statement, AC.about, event),
            (statement, AC.stance, AC.StanceNegative if said.kind == "Denial" else AC.StancePositive),
            (statement, AC.certainty, AC.CertaintyCertain),
            (statement, AC.realis, AC.RealisDone),
            (statement, AC.reviewStatus, AC[said.review]),
            (statement, AC.quote, quote),
            (statement, AC.evidence, evidence),
            (statement, PROV.wasDerivedFrom, article),
            (statement, PROV.wasGeneratedBy, extraction),
            (evidence, RDF.type, AC.Evidence),
            (evidence, RDFS.label, Literal("Evidence", language="en")),
            (evidence, OA.hasSource, article),
            (evidence, OA.hasSelector, selector),
            (selector, RDF.type, OA.TextQuoteSelector),
            (selector, RDF.type, OA.TextPositionSelector),
            (selector, RDFS.label, Literal("Selector", language="en")),
            (selector, OA.exact, quote),
            (selector, OA.prefix, Literal("", language="en")),
            (selector, OA.suffix, Literal("", language="en")),
            (selector, OA.start, Literal(str(start), datatype=XSD.nonNegativeInteger)),
            (selector, OA.end, Literal(str(end), datatype=XSD.nonNegativeInteger)),
        ]
        if said.speaker:
            triples.append((statement, AC.speaker, NamedNode(said.speaker)))
        if said.relayed_by:
            triples.append((statement, AC.relayedBy, NamedNode(said.relayed_by)))
        if said.quantity is not None:
            quantity = NamedNode(f"{ID}quantity/{short(name + said.words)}")
            triples += [
                (statement, AC.quantity, quantity),
                (quantity, RDF.type, AC.Quantity),
                (quantity, RDFS.label, Literal(f"about {said.quantity} engines", language="en")),
                (quantity, AC.value, Literal(str(said.quantity), datatype=XSD.decimal)),
                (quantity, AC.unit, Literal("engine")),
                (quantity, AC.bound, Literal("about")),
            ]
        start = end + 1
    return [Quad(s, p, o, graph) for s, p, o in triples] + list(extra)


def write(folder: Path, name: str, statements: Iterable[Said], **options) -> dict[str, Path]:
    """Write the article's file of N-Quads and return it as an argument for `Changes(put=…)`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.nq"
    serialize(sorted(quads_of(name, statements, **options), key=str), str(path), RdfFormat.N_QUADS)
    return {graph_of(name): path}
