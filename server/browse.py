"""Everything that has a page, by class: /browse lists the classes, /browse?class=IRI their members, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from pyoxigraph import NamedNode
from werkzeug.exceptions import NotFound

from ontology.terms import CATALOGUE_GRAPH, ID, RDFS
from server.caching import PerRelease
from server.paging import pages
from server.rows import iris, text
from server.site import asked_release, site
from server.tables import Cell, cell

bp = Blueprint("browse", __name__)

PAGE = 300
_CLASSES = f"""SELECT ?class (COUNT(DISTINCT ?x) AS ?members) WHERE {{
  ?x a ?class FILTER(STRSTARTS(STR(?x), "{ID}")) MINUS {{ GRAPH {CATALOGUE_GRAPH} {{ ?x a ?class }} }}
}} GROUP BY ?class ORDER BY ?class"""  # another engine's default graph has the catalogue too
_MEMBERS = f"""SELECT ?x (MIN(?name) AS ?label) WHERE {{{{
  ?x a {{class_}} FILTER(STRSTARTS(STR(?x), "{ID}")) OPTIONAL {{{{ ?x {RDFS.label} ?name }}}}
}}}} GROUP BY ?x ORDER BY ?label ?x LIMIT {PAGE} OFFSET {{offset}}"""

_classes: PerRelease[list["Class"]] = PerRelease()


@dataclass(frozen=True)
class Class:
    """A class and how many things of ours are of it."""

    iri: str
    members: int


@bp.get("/browse")
def browse() -> str:
    """Show the classes, or the members of one."""
    wanted = request.args.get("class")
    classes = _read_classes()
    if wanted is None:
        names = site().labels.of(one.iri for one in classes)
        return render_template("browse.html", classes=sorted(classes, key=lambda c: names[c.iri].lower()), names=names)
    members = next((one.members for one in classes if one.iri == wanted), None)
    if members is None:
        raise NotFound(f"Nothing here is of the class “{wanted}”. /browse lists the classes.")
    paged = pages(request.args.get("page"), members, PAGE)
    names = site().labels.of([wanted])
    return render_template(
        "browse.html",
        name=names[wanted],
        iri=wanted,
        found=_read_members(wanted, paged.number),
        pages=paged,
    )


def _read_classes() -> list[Class]:
    def read() -> list[Class]:
        summary = site().engine.summary()
        if summary:
            return [Class(iri, members) for iri, members in summary.classes()]
        rows = site().engine.select(_CLASSES)
        return [Class(iri, int(text(row, "members") or 0)) for row in rows for iri in iris([row], "class")]

    return read() if asked_release() else _classes.get(site().engine.release(), site().settings.data, read)


def _read_members(class_: str, page: int) -> Sequence[Cell]:
    offset = (page - 1) * PAGE
    summary = site().engine.summary()
    found: Sequence[tuple[str, str | None]] = summary.members(class_, PAGE, offset) if summary else ()
    if not found:
        rows = site().engine.select(_MEMBERS.format(class_=NamedNode(class_), offset=offset))
        found = [(iri, text(row, "label")) for row in rows for iri in iris([row], "x")]
    cells = (cell(NamedNode(iri), {iri: label or iri}) for iri, label in found)
    return [one for one in cells if one]
