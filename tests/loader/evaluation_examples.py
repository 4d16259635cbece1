"""Short gold and findings for the tests of the measure, in sentences of our own."""

from typing import Any

from loader.agreement import Names
from loader.annotations import Reader
from loader.scoring import Score, Tally, score
from ontology import reference

NAMES = Names(reference.read())
TEXT = (
    "Kenya said that Peru had shipped 40 howitzers to Chad. “We sold nothing,” Peru’s defence ministry said. "
    "Peru and Kenya spoke of “a great deal of noise” when asked about it. Talks went on in Nairobi on 3 May 2022.\n"
    "Kenya repeated that Peru had shipped howitzers to Chad."
)
SHIPPED, SOLD, SPOKE, TALKS, REPEATED = (
    "Kenya said that Peru had shipped 40 howitzers to Chad.",
    "“We sold nothing,” Peru’s defence ministry said.",
    "Peru and Kenya spoke of “a great deal of noise” when asked about it.",
    "Talks went on in Nairobi on 3 May 2022.",
    "Kenya repeated that Peru had shipped howitzers to Chad.",
)


def wanted(kind: str, speaker: str | None, evidence: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "speaker": speaker, "about": "T1", "date": None, "evidence": evidence, **more}


def given(kind: str, speaker: str | None, evidence: str, **more: Any) -> dict[str, Any]:
    start = TEXT.index(evidence)
    return {"kind": kind, "speaker": speaker, "evidence": {"start": start, "end": start + len(evidence)}, **more}


def compare(gold: dict[str, Any], found: dict[str, Any], text: str = TEXT) -> Score:
    reader = Reader(text, NAMES)
    return score(reader.gold(gold), reader.extraction(found), NAMES)


def said(gold: list[dict[str, Any]], found: list[dict[str, Any]], **more: Any) -> dict[tuple[str, str], Tally]:
    return compare({"statements": gold, **more}, {"statements": found}).tallies


def transfer(supplier: str | None, recipient: str | None, **more: Any) -> dict[str, Any]:
    return {"supplier": supplier, "recipient": recipient, **more}
