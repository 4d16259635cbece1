"""The disputes of a release: supplier and recipient, with how many allege, deny and decline, as reports and sources."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from server.labels import Labels
from server.rows import iris, text
from server.store.engine import Engine, Row

_PREFIXES = """PREFIX ac: <https://w3id.org/armsclaims/ontology#>
PREFIX schema: <https://schema.org/>
"""
# Transfers by direction; talks by their two parties, the lesser IRI first, because they have no direction.
_EVENTS = """{
    ?event a ac:ArmsTransfer ; ac:supplier ?one ; ac:recipient ?other . BIND(false AS ?talks)
  } UNION {
    ?event a ac:TransferTalks ; ac:party ?one, ?other . FILTER(STR(?one) < STR(?other)) BIND(true AS ?talks)
  }"""
_COUNTS = f"""{_PREFIXES}
SELECT ?talks ?one ?other ?kind (COUNT(DISTINCT ?article) AS ?reports) (COUNT(DISTINCT ?source) AS ?sources)
       (MIN(?day) AS ?first) (MAX(?day) AS ?last)
WHERE {{
  {_EVENTS}
  ?statement ac:about ?event ; ac:reportedIn ?article ; a ?type .
  VALUES (?type ?kind) {{
    (ac:Allegation "allege") (ac:Confirmation "allege") (ac:Denial "deny")
    (ac:NoComment "decline") (ac:Silence "decline") (ac:NonConfirmation "decline")
  }}
  OPTIONAL {{ ?statement ac:independentSource ?independent }}
  OPTIONAL {{ ?statement ac:onBehalfOf ?behalf }}
  OPTIONAL {{ ?statement ac:speaker ?speaker }}
  BIND(COALESCE(?independent, ?behalf, ?speaker, ?article) AS ?source)
  OPTIONAL {{ ?statement ac:statedOn ?on }}
  OPTIONAL {{ ?article schema:datePublished ?published }}
  BIND(COALESCE(?on, ?published) AS ?day)
}} GROUP BY ?talks ?one ?other ?kind"""
_GOODS = f"""{_PREFIXES}
SELECT ?talks ?one ?other ?goods (COUNT(DISTINCT ?statement) AS ?times)
WHERE {{ {_EVENTS} ?event ac:materiel ?goods . ?statement ac:about ?event . }}
GROUP BY ?talks ?one ?other ?goods ORDER BY DESC(?times) ?goods"""


@dataclass(frozen=True)
class Count:
    """How many articles report it, and how many independent sources it rests on."""

    reports: int
    sources: int


@dataclass
class Dispute:
    """One supplier and recipient (or two parties to talks) and what is said of them."""

    one: str
    other: str
    talks: bool
    goods: Sequence[str] = ()
    counts: dict[str, Count] = field(default_factory=dict)
    first: str | None = None
    last: str | None = None
    iris: tuple[str, str] = ("", "")

    @property
    def reports(self) -> int:
        """All reports of any kind, for the order of the table."""
        return sum(count.reports for count in self.counts.values())


def read(engine: Engine, labels: Labels) -> list[Dispute]:
    """Return the disputes of the current release, those with most reports first.

    :raises QueryError: when the engine does not answer.
    """
    counts, goods = engine.select(_COUNTS), engine.select(_GOODS)
    known = labels.of(iris([*counts, *goods], "one", "other", "goods"))
    named_goods: Mapping[tuple[str, ...], list[str]] = defaultdict(list)
    for row in goods:
        named_goods[_key(row)].append(known[text(row, "goods") or ""])
    disputes: dict[tuple[str, ...], Dispute] = {}
    for row in counts:
        key = _key(row)
        talks, one, other = key
        dispute = disputes.setdefault(
            key, Dispute(known[one], known[other], talks == "true", named_goods[key], iris=(one, other))
        )
        dispute.counts[text(row, "kind") or ""] = Count(int(text(row, "reports") or 0), int(text(row, "sources") or 0))
        dispute.first = min((d for d in (dispute.first, text(row, "first")) if d), default=None)
        dispute.last = max((d for d in (dispute.last, text(row, "last")) if d), default=None)
    return sorted(disputes.values(), key=lambda d: (-d.reports, d.one, d.other, d.talks))


def _key(row: Row) -> tuple[str, str, str]:
    return (text(row, "talks") or "", text(row, "one") or "", text(row, "other") or "")
