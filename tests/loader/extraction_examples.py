"""A small article and what it says, made by hand: two ministries, a delivery, a denial and a meeting."""

import hashlib
from datetime import date
from decimal import Decimal

from loader.records import (
    Actor,
    Article,
    Extraction,
    Materiel,
    Meeting,
    OtherEvent,
    Period,
    Place,
    Quantity,
    Statement,
    Transfer,
)
from ontology import terms

TEXT = (
    "Freedonia had shipped about 7,000 crates of cannons, Sylvania’s ministry said in March.\n\n"
    "Freedonia denies it. It would break the Treaty of Ruritania.\n"
)
FREEDONIA, SYLVANIA = terms.ID + "organization/freedonia", terms.ID + "organization/sylvania"
RUSSIA = terms.ID + "state/russia"
DELIVERY = terms.ID + "transfer/freedonia--russia--cannons--0a1b"
CANNONS = terms.ID + "materiel/cannons"


def article(**changes: object) -> Article:
    values: dict[str, object] = {
        "id": "cannons_1",
        "iri": terms.ID + "article/the-gazette/cannons-1",
        "graph": terms.ARTICLE_GRAPHS + "the-gazette/cannons-1",
        "path": "articles/cannons_1.txt",
        "text": TEXT,
        "sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
        "headline": "Cannons for a neighbour",
        "publisher": "The Gazette",
        "published": date(2024, 6, 12),
        "published_how": "stated",
        "url": "https://gazette.example/cannons",
        "rights": "open",
        "credit": "AP",
        "original": "cannons.html",
        "original_sha256": "ab" * 32,
    }
    return Article(**(values | changes))  # type: ignore[arg-type]


def span(words: str) -> tuple[int, int]:
    start = TEXT.index(words)
    return start, start + len(words)


def extraction(**changes: object) -> Extraction:
    said, denied = span(TEXT.split("\n")[0]), span("Freedonia denies it.")
    law = span("It would break the Treaty of Ruritania.")
    return Extraction(
        article=article(**changes),
        actors=(
            Actor(FREEDONIA, "Freedonia", "Organization", known=False, mentions=((0, 9),)),
            Actor(SYLVANIA, "Ministry of Sylvania", "GovernmentBody", known=False, affiliation=RUSSIA),
            Actor(RUSSIA, "Russia", "State"),
        ),
        places=(Place(terms.ID + "place/vladivostok", "Vladivostok"),
                Place(terms.ID + "place/ruritania", "Ruritania", known=False)),
        materiel=(Materiel(CANNONS, "cannons", "arms", known=False),),
        meetings=(
            Meeting(
                terms.ID + "meeting/freedonia--russia--2024-03",
                "Talks",
                "Talks of Freedonia and Russia",
                (FREEDONIA, RUSSIA),
                host=RUSSIA,
                expected_place=terms.ID + "place/ruritania",
                period=Period(date(2024, 3, 1), date(2024, 3, 31), "month", "derived"),
            ),
        ),
        transfers=(
            Transfer(DELIVERY, "ArmsTransfer", "Freedonia → Russia, cannons", "arms", FREEDONIA, RUSSIA,
                     materiel=(CANNONS,), period=Period(date(2024, 1, 1), None, "interval", "stated")),
        ),
        events=(OtherEvent(terms.ID + "event/fair", "Fair"),),
        statements=(
            Statement(
                terms.ID + "statement/cannons-1-aaaaaaaaaa", "Allegation", said, speaker=SYLVANIA, about=DELIVERY,
                stated=Period(date(2024, 3, 1), date(2024, 3, 31), "month", "derived"), stance="positive",
                certainty="certain", realis="done", quantity=Quantity(Decimal(7000), "crate", "about"),
            ),
            Statement(
                terms.ID + "statement/cannons-1-bbbbbbbbbb", "Denial", denied, speaker=FREEDONIA, about=DELIVERY,
                stance="negative", certainty="certain", realis="done",
            ),
            Statement(
                terms.ID + "statement/cannons-1-cccccccccc", "Assessment", law, about=DELIVERY, stance="positive",
                certainty="possible", would_violate="the Treaty of Ruritania",
            ),
        ),
    )  # fmt: skip
