"""The review file: one proposed link a line, accepted or refused by an editor; accepted ones become reference data."""

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path

from pyoxigraph import NamedNode

from armsclaims.linking.proposals import Proposal
from ontology.reference import Reference
from ontology.terms import BASE, OWL, SHIPPED_BASE, SKOS

ACCEPT, REFUSE = "accept", "refuse"
COLUMNS = ("decision", "entry", "label", "candidate", "candidate label", "description", "score", "why")
LINKS_FILE = "links.ttl"
_HEADER = f"""# Links that an editor accepted (armsclaims link --apply); each line tells who, when and why.

@prefix owl: <{OWL.iri}> .
@prefix skos: <{SKOS.iri}> .
"""


class BadReview(ValueError):
    """A review file that cannot be used; the text names the file and the line."""


@dataclass(frozen=True)
class Line:
    """One line of a review file: a decision ('' where there is none yet) on a candidate."""

    decision: str
    entry: str
    label: str
    candidate: str
    candidate_label: str
    description: str
    score: str
    why: str

    @classmethod
    def of(cls, proposal: Proposal) -> "Line":
        """Return the line of a proposal that nobody has decided on."""
        why = "; ".join(f"{reason} ({points:+d})" for reason, points in proposal.reasons.items())
        label, other_label, description, why = map(
            _shown, (proposal.entry_label, proposal.label, proposal.description, why)
        )
        return cls("", proposal.entry, label, proposal.candidate, other_label, description, str(proposal.score), why)


def read(path: Path) -> list[Line]:
    """Return the lines of a review file; none where there is no such file.

    :raises BadReview: for the first line that is not as it should be.
    """
    if not path.exists():
        return []
    lines = []
    rows = csv.reader(io.StringIO(path.read_text("utf-8-sig")), delimiter="\t", quoting=csv.QUOTE_NONE)
    for number, row in enumerate(rows, 1):
        if number == 1 or not any(row) or row[0].startswith("#"):
            continue
        if len(row) != len(COLUMNS):
            raise BadReview(f"{path}:{number}: {len(row)} columns; there should be {len(COLUMNS)}, parted by tabs")
        line = Line(*(cell.strip() for cell in row))
        if line.decision not in ("", ACCEPT, REFUSE):
            raise BadReview(f"{path}:{number}: “{line.decision}” is no decision; write {ACCEPT}, {REFUSE} or nothing")
        try:
            NamedNode(line.candidate)
        except ValueError as error:
            raise BadReview(f"{path}:{number}: “{line.candidate}” is no IRI: {error}") from error
        lines.append(line)
    return lines


def write(path: Path, lines: Iterable[Line]) -> None:
    """Write a review file, whole or not at all."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", quoting=csv.QUOTE_NONE, lineterminator="\n", escapechar="\\")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(line) for line in lines)
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(out.getvalue(), "utf-8")
    aside.replace(path)


def merged(old: Iterable[Line], new: Iterable[Line]) -> list[Line]:
    """Return the old lines that are decided, and the new ones of which nothing is decided yet."""
    decided = [line for line in old if line.decision]
    known = {(line.entry, line.candidate) for line in decided}
    accepted = {line.entry for line in decided if line.decision == ACCEPT}
    fresh = [one for one in new if (one.entry, one.candidate) not in known and one.entry not in accepted]
    return [*decided, *fresh]


def apply(lines: Iterable[Line], reference: Reference, folder: Path, *, by: str, on: date) -> list[Line]:
    """Add the accepted links to `links.ttl` in a folder of reference data; return those that were new.

    :param by: who decided, for the file.
    :raises BadReview: for a link of what is not in the reference data, or two links of one thing.
    """
    accepted = [line for line in lines if line.decision == ACCEPT]
    candidates: dict[str, str] = {}
    for line in accepted:
        if line.entry not in reference.by_iri:
            raise BadReview(f"{line.entry} is not in the reference data any more: remove its line")
        if candidates.setdefault(line.entry, line.candidate) != line.candidate:
            raise BadReview(
                f"{line.label} has two accepted links, {candidates[line.entry]} and {line.candidate}: keep one"
            )
    new = [line for line in accepted if line.candidate not in reference.by_iri[line.entry].links]
    if new:
        path = folder / LINKS_FILE
        text = path.read_text("utf-8") if path.exists() else _HEADER
        aside = path.with_name(f".{path.name}.new")
        aside.write_text(text + "".join(_statement(line, reference, by, on) for line in new), "utf-8")
        aside.replace(path)
    return new


def _shown(text: str) -> str:
    """Return a text for one cell: on one line, and no formula to a spreadsheet."""
    plain = " ".join(text.split())
    return f"'{plain}" if plain[:1] in ("=", "+", "-", "@") else plain


def _statement(line: Line, reference: Reference, by: str, on: date) -> str:
    concept = reference.by_iri[line.entry].type == "Materiel"
    shipped = SHIPPED_BASE + line.entry.removeprefix(BASE)
    return (
        f"\n# {' '.join(by.split())}, {on.isoformat()}, score {line.score}: {line.why}\n"
        f"{NamedNode(shipped)} {'skos:exactMatch' if concept else 'owl:sameAs'} {NamedNode(line.candidate)} .\n"
    )
