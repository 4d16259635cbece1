"""A small dataset about flares and two peaceful states, published as a release."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph
from flask import Flask
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat
from waitress.server import create_server

from ontology.terms import AC, ARTICLE_GRAPHS, DCT, ID, OA, OWL, PROV, RDF, RDFS, SCHEMA, SKOS, XSD
from server.store.engine import Term
from server.store.releases import Changes, Release, Releases

CHROMIUM = Path("/usr/bin/chromium")
HOSTILE_LABEL = '<script>alert("label")</script>'
HOSTILE_IRI = "http://e.example/a'onmouseover='alert(1)"
SCRIPT_IRI = "javascript:alert(1)"

OUTLET = NamedNode(ID + "outlet/fjord-post")
NORWAY = NamedNode(ID + "state/norway")
ICELAND = NamedNode(ID + "state/iceland")
MINISTRY = NamedNode(ID + "body/ministry-of-foreign-affairs-norway")
FLARES = NamedNode(ID + "materiel/flares")
TRANSFER = NamedNode(ID + "transfer/norway--iceland--flares")
TALKS = NamedNode(ID + "talks/iceland--norway")
VISIT = NamedNode(ID + "meeting/visit-reykjavik")


@dataclass
class Story:
    """An article under construction: statements find their sentence in its text."""

    id: str
    headline: str
    date: str
    text: str
    open: bool = True
    outlet_label: str = "Fjord Post"
    triples: list[tuple[NamedNode, NamedNode, Term]] = field(default_factory=list)

    @property
    def iri(self) -> NamedNode:
        return NamedNode(f"{ID}article/fjord-post/{self.id}")

    @property
    def graph(self) -> str:
        return f"{ARTICLE_GRAPHS}fjord-post/{self.id}"

    def add(self, subject: NamedNode, *facts: tuple[NamedNode, Term]) -> None:
        self.triples += [(subject, predicate, value) for predicate, value in facts]

    def says(
        self, name: str, kind: str, sentence: str, *facts: tuple[NamedNode, Term], quantity: str = ""
    ) -> NamedNode:
        """Add a statement that rests on a sentence of the text; return its IRI."""
        start = self.text.index(sentence)
        iri, evidence, selector, extraction = (
            NamedNode(f"{ID}{part}/{self.id}-{name}") for part in ("statement", "evidence", "selector", "extraction")
        )
        stance = {"Allegation": "Positive", "Confirmation": "Positive", "Denial": "Negative"}.get(kind, "None")
        self.add(
            iri,
            (RDF.type, AC[kind]),
            (RDFS.label, english(f"{kind} {name}")),
            (AC.reportedIn, self.iri),
            (AC.stance, AC["Stance" + stance]),
            (AC.certainty, AC.CertaintyCertain),
            (AC.realis, AC.RealisDone),
            (AC.reviewStatus, AC.ReviewMachine),
            (AC.quote, english(sentence)),
            (AC.evidence, evidence),
            (AC.statedOn, day(self.date)),
            (AC.statedUntil, day(self.date)),
            (AC.datePrecision, AC.PrecisionDay),
            (AC.dateBasis, AC.DateDerived),
            (PROV.wasDerivedFrom, self.iri),
            (PROV.wasGeneratedBy, extraction),
            *facts,
        )
        self.add(
            extraction,
            (RDF.type, AC.Extraction),
            (RDFS.label, english(f"Extraction {name}")),
            (PROV.used, self.iri),
            (AC.loaderVersion, Literal("0")),
        )
        self.add(
            evidence,
            (RDF.type, AC.Evidence),
            (RDFS.label, english(f"Evidence {name}")),
            (OA.hasSource, self.iri),
            (OA.hasSelector, selector),
        )
        self.add(
            selector,
            (RDF.type, OA.TextQuoteSelector),
            (RDF.type, OA.TextPositionSelector),
            (RDFS.label, english(f"Selector {name}")),
            (OA.exact, english(sentence)),
            (OA.prefix, Literal(self.text[max(0, start - 20) : start])),
            (OA.suffix, Literal(self.text[start + len(sentence) :][:20])),
            (OA.start, Literal(start)),
            (OA.end, Literal(start + len(sentence))),
        )
        if quantity:
            node = NamedNode(f"{ID}quantity/{self.id}-{name}")
            self.add(iri, (AC.quantity, node))
            self.add(
                node,
                (RDF.type, AC.Quantity),
                (RDFS.label, english(f"Quantity {name}")),
                (AC.value, Literal(quantity, datatype=XSD.decimal)),
                (AC.unit, Literal("container")),
                (AC.bound, Literal("about")),
            )
        return iri

    def review(self, statement: NamedNode, status: str, *facts: tuple[NamedNode, Term]) -> None:
        """Give a statement another review status, and what comes with it."""
        self.triples.remove((statement, AC.reviewStatus, AC.ReviewMachine))
        self.add(statement, (AC.reviewStatus, AC["Review" + status]), *facts)

    def quads(self) -> list[Quad]:
        graph = NamedNode(self.graph)
        self.add(
            self.iri,
            (RDF.type, AC.Article),
            (RDFS.label, english(self.headline)),
            (SCHEMA.headline, english(self.headline)),
            (SCHEMA.publisher, OUTLET),
            (SCHEMA.datePublished, day(self.date)),
            (SCHEMA.sha256, Literal("0" * 64)),
            *([(SCHEMA.articleBody, english(self.text)), (DCT.rights, Literal("open"))] if self.open else []),
        )
        self.add(OUTLET, (RDF.type, AC.MediaOutlet), (RDFS.label, english(self.outlet_label)))
        return [Quad(s, p, o, graph) for s, p, o in self.triples]


def english(text: str) -> Literal:
    return Literal(text, language="en")


def day(text: str) -> Literal:
    return Literal(text, datatype=XSD.date)


def stories() -> list[Story]:
    """Return two articles that disagree and one that attacks whoever shows it."""
    first = Story(
        "flares-1",
        "Iceland says flares came by sea",
        "2024-02-01",
        "---\nid: flares-1\n---\n\n# Iceland says flares came by sea\n\nIceland's government said that Norway had "
        "shipped about 40 containers of flares. Nobody else has seen them.\n\nThe ministry in Oslo did not comment on "
        "a visit to Reykjavik.\n",
    )
    first.add(
        TRANSFER,
        (RDF.type, AC.ArmsTransfer),
        (RDFS.label, english("Norway → Iceland, flares")),
        (AC.supplier, NORWAY),
        (AC.recipient, ICELAND),
        (AC.materiel, FLARES),
    )
    first.add(
        FLARES,
        (RDF.type, AC.Materiel),
        (RDFS.label, english("signal flares")),
        (SKOS.prefLabel, english("signal flares")),
        (SKOS.topConceptOf, NamedNode(ID + "materiel/scheme")),
    )
    first.add(
        MINISTRY,
        (RDF.type, AC.GovernmentBody),
        (RDFS.label, english("Ministry of Foreign Affairs (Norway)")),
        (SKOS.altLabel, english("Oslo's foreign ministry")),
        (AC.ofState, NORWAY),
        (AC.speaksFor, NORWAY),
        (OWL.sameAs, NamedNode("http://www.wikidata.org/entity/Q1509829")),
    )
    first.add(
        VISIT,
        (RDF.type, AC.Visit),
        (RDFS.label, english("Visit to Reykjavik")),
        (AC.participant, MINISTRY),
        (AC.startDate, day("2024-02-10")),
    )
    first.says(
        "ships",
        "Allegation",
        "Iceland's government said that Norway had shipped about 40 containers of flares.",
        (AC.speaker, ICELAND),
        (AC.about, TRANSFER),
        quantity="40",
    )
    first.says(
        "silent",
        "NoComment",
        "The ministry in Oslo did not comment on a visit to Reykjavik.",
        (AC.speaker, MINISTRY),
        (AC.onBehalfOf, NORWAY),
        (AC.about, VISIT),
    )
    second = Story(
        "flares-2",
        "Oslo denies it all",
        "2024-02-03",
        "The ministry in Oslo denied that Norway had sent flares. It also denied talks about them.",
        open=False,
    )
    second.add(
        TRANSFER,
        (RDF.type, AC.ArmsTransfer),
        (RDFS.label, english("Norway → Iceland, flares")),
        (AC.supplier, NORWAY),
        (AC.recipient, ICELAND),
    )
    second.add(MINISTRY, (RDF.type, AC.GovernmentBody), (RDFS.label, english("Ministry of Foreign Affairs (Norway)")))
    second.add(
        TALKS,
        (RDF.type, AC.TransferTalks),
        (RDFS.label, english("Talks of Iceland and Norway")),
        (AC.party, ICELAND),
        (AC.party, NORWAY),
    )
    for name, sentence, event in (
        ("denies", "The ministry in Oslo denied that Norway had sent flares.", TRANSFER),
        ("talks", "It also denied talks about them.", TALKS),
    ):
        second.says(name, "Denial", sentence, (AC.speaker, MINISTRY), (AC.onBehalfOf, NORWAY), (AC.about, event))
    return [first, second, hostile_story()]


def hostile_story() -> Story:
    """Return an article whose labels, quotes and links attack the page that shows them."""
    story = Story(
        "hostile",
        "</title></script><script>alert('headline')</script>",
        "2024-02-02",
        "</mark><img src=x onerror=alert(1)> said a body that likes angle brackets. \u202egnihton",
    )
    event = NamedNode(ID + "event/hostile")
    story.add(
        event,
        (RDF.type, AC.Event),
        (RDFS.label, english(HOSTILE_LABEL)),
        (OWL.sameAs, NamedNode(HOSTILE_IRI)),
        (OWL.sameAs, NamedNode(SCRIPT_IRI)),
        (OWL.sameAs, NamedNode("data:text/html,<x>".replace("<x>", "x"))),
    )
    story.says(
        "img", "Report", "</mark><img src=x onerror=alert(1)> said a body that likes angle brackets.", (AC.about, event)
    )
    return story


def publish(folder: Path, these: list[Story] | None = None) -> Release:
    """Publish the stories, or others, as one release in a data folder."""
    return Releases(folder).publish(Changes(put=_written(folder, these or stories())))


@dataclass
class Reply:
    """An answer whose chunks the test may choose; `closed` tells whether the work was ended."""

    form: str
    media_type: str
    release: str
    chunks: Iterator[bytes]
    complete: bool = True
    truncated: bool = False
    truncated_by: str | None = None
    closed: bool = False

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks

    def close(self) -> None:
        self.closed = True


def publish_corrections(folder: Path) -> Release:
    """Publish the next release: a statement confirmed, one corrected, one retracted, one article gone, a new one."""
    first, second, _ = stories()
    review = NamedNode(ID + "review/flares-1")
    editor = NamedNode(ID + "editor/desk")
    sentence = "Iceland's government said that Norway had shipped about 40 containers of flares."
    ships = NamedNode(ID + "statement/flares-1-ships")
    for story in (first, second):
        story.add(
            review,
            (RDF.type, AC.Review),
            (RDFS.label, english("Decided by the desk (2024-02-05)")),
            (PROV.wasAssociatedWith, editor),
            (DCT.date, day("2024-02-05")),
            (RDFS.comment, english("Compared with <b>the</b> sources.")),
        )
        story.add(editor, (RDF.type, PROV.Agent), (RDFS.label, english("the desk")))
    first.says(
        "ships-corrected",
        "Allegation",
        sentence,
        (AC.speaker, ICELAND),
        (AC.about, TRANSFER),
        (AC.review, review),
        (PROV.wasRevisionOf, ships),
        (PROV.wasAttributedTo, editor),
        quantity="30",
    )
    corrected = NamedNode(ID + "statement/flares-1-ships-corrected")
    first.review(corrected, "Corrected")
    first.review(ships, "Retracted", (AC.review, review), (PROV.wasInvalidatedBy, review))
    first.review(NamedNode(ID + "statement/flares-1-silent"), "Confirmed", (AC.review, review))
    second.review(
        NamedNode(ID + "statement/flares-2-talks"), "Retracted", (AC.review, review), (PROV.wasInvalidatedBy, review)
    )
    third = Story("flares-3", "Flares seen again", "2024-02-06", "Iceland said that more flares had come from Norway.")
    third.add(
        TRANSFER,
        (RDF.type, AC.ArmsTransfer),
        (RDFS.label, english("Norway → Iceland, flares")),
        (AC.supplier, NORWAY),
        (AC.recipient, ICELAND),
    )
    third.says(
        "again",
        "Allegation",
        "Iceland said that more flares had come from Norway.",
        (AC.speaker, ICELAND),
        (AC.about, TRANSFER),
    )
    return Releases(folder).publish(
        Changes(put=_written(folder, [first, second, third]), drop={hostile_story().graph}), note="after review"
    )


def _written(folder: Path, these: list[Story]) -> dict[str, Path]:
    files: dict[str, Path] = {}
    (folder / "quads").mkdir(parents=True, exist_ok=True)
    for story in these:
        path = folder / "quads" / f"{story.id}.nq"
        pyoxigraph.serialize(story.quads(), str(path), RdfFormat.N_QUADS)
        files[story.graph] = path
    return files


@contextmanager
def serving(app: Flask, threads: int = 4) -> Iterator[str]:
    """Serve an app from a thread of this process; yield its address.

    The thread's own loop closes the sockets at the end: another thread would close them while they are polled.
    """
    server = create_server(app, host="127.0.0.1", port=0, threads=threads)
    over = threading.Event()

    def run() -> None:
        while not over.is_set():
            server.asyncore.loop(1.0, use_poll=True, map=server._map, count=1)
        server.task_dispatcher.shutdown()
        server.asyncore.close_all(server._map, ignore_all=True)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        over.set()
        server.pull_trigger()
        thread.join(30)
