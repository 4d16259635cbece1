"""How programs find their way: links in headers and pages, /robots.txt and the site map."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from flask import Blueprint, Flask, Response, render_template, request, url_for
from pyoxigraph import NamedNode
from werkzeug.exceptions import NotFound

from ontology.terms import AC, ID
from server import structured
from server.caching import PerRelease
from server.negotiation import CONSTRUCTED_FORMATS
from server.rows import iris, text
from server.site import site
from server.store.catalogue import LICENCE
from server.store.summary import Summary

bp = Blueprint("discovery", __name__)

SAFE = "/-._~"  # of a path, as links on pages have it
URLS = 10_000  # of one site map; sitemaps.org lets it have 50,000, which take half a second
_LISTED = ("Actor", "Person", "State", "GovernmentBody", "Organization", "MediaOutlet", "ArmedGroup", "Place")
_CLASSES = tuple(
    AC[name].value
    for name in (
        *_LISTED,
        *("Materiel", "LegalInstrument", "Article", "Meeting", "Visit", "Summit", "Talks", "ArmsTransfer"),
        *("TransferTalks", "Event", "Allegation", "Denial", "Confirmation", "NoComment", "Silence"),
        *("NonConfirmation", "Report", "Warning", "Assessment"),
    )
)
_TYPES = " ".join(f"<{iri}>" for iri in _CLASSES)
_MEMBERS = f'?x a ?type VALUES ?type {{ {_TYPES} }} FILTER(STRSTARTS(STR(?x), "{ID}"))'
_COUNT = f"SELECT (COUNT(DISTINCT ?x) AS ?n) WHERE {{ {_MEMBERS} }}"
_PAGE = f"SELECT DISTINCT ?x WHERE {{ {_MEMBERS} }} ORDER BY ?x LIMIT {URLS} OFFSET "
_numbers: PerRelease[int] = PerRelease()
_begins: PerRelease[list[str]] = PerRelease()  # where the parts begin
_RESOURCE = ("resources.page", "resources.data")


@dataclass(frozen=True)
class Link:
    """Where a page leads programs (RFC 8288)."""

    href: str
    rel: str
    type: str | None = None

    def __str__(self) -> str:
        return f'<{self.href}>; rel="{self.rel}"' + (f'; type="{self.type}"' if self.type else "")


def init_app(app: Flask) -> None:
    """Let every page and every description of a resource carry its links."""
    app.after_request(_mark)
    app.context_processor(
        lambda: {
            "discovery_links": general,
            "structured": structured.of_entity,
            "structured_dataset": structured.of_dataset,
        }
    )


def general() -> list[Link]:
    """Return the links of every page: the description of the dataset, its licence, its services."""
    return [
        Link(url_for("void.void", release=None), "describedby", "text/turtle"),
        Link(url_for("sparql.sparql", release=None), "service-desc", "text/turtle"),
        Link(url_for("openapi.openapi", release=None), "service-desc", "application/json"),
        Link(LICENCE.value, "license"),
    ]


def _of_resource() -> Iterator[Link]:
    """Yield the links of a page or of data on one resource: what they describe, and the other forms of it."""
    path = (request.view_args or {}).get("path", "")
    if request.endpoint == "resources.data":
        path = path.rpartition(".")[0]
        yield Link(url_for("resources.page", path=path), "alternate", "text/html")
    yield Link(NamedNode(ID + quote(path, safe=SAFE)).value, "describes")
    for format in CONSTRUCTED_FORMATS:
        address = url_for("resources.data", path=f"{path}.{format.name}")
        if address != request.path:
            yield Link(address, "alternate", format.media_type)


def _mark(response: Response) -> Response:
    if response.status_code == 200 and (response.mimetype == "text/html" or request.endpoint == "resources.data"):
        links = [*general(), *(_of_resource() if request.endpoint in _RESOURCE else ())]
        response.headers.add("Link", ", ".join(map(str, links)))
    return response


@bp.get("/robots.txt")
def robots() -> Response:
    """Tell crawlers what costs much and leads nowhere, and where the site map is."""
    body = render_template("robots.txt", sitemap=url_for(".sitemap", _external=True))
    return Response(body, content_type="text/plain; charset=utf-8")


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """List the pages for search engines, or the parts of the list where there are too many."""
    number = _numbers.get(site().engine.release(), site().settings.data, _number)
    if number + len(_fixed()) > URLS:
        parts = [url_for(".part", number=n, _external=True) for n in range(-(-number // URLS) + 1)]
        return _xml(render_template("sitemap-index.xml", parts=parts))
    return _xml(render_template("sitemap.xml", pages=[*_fixed(), *_listed(0)]))


@bp.get("/sitemap-<int:number>.xml")
def part(number: int) -> Response:
    """List a part of the pages: 0 are those that every site has, the others those of things."""
    pages = _listed((number - 1) * URLS) if number else _fixed()
    if not pages:
        raise NotFound("There is no such part of the site map.")
    return _xml(render_template("sitemap.xml", pages=pages))


def _number() -> int:
    summary = site().engine.summary()
    if summary:
        _parts(summary)  # so that it is there when the parts are asked for
        return summary.number(_CLASSES)
    return int(text(site().engine.select(_COUNT)[0], "n") or 0)


def _fixed() -> list[str]:
    endpoints = ("front.front", "saved_queries.index", "browse.browse", "ontology.ontology", "dumps.index")
    pages = [url_for(endpoint, _external=True) for endpoint in (*endpoints, "sparql.sparql")]
    return pages + [url_for("saved_queries.saved_query", name=name, _external=True) for name in site().queries]


def _listed(offset: int) -> list[str]:
    summary = site().engine.summary()
    if summary:
        begins, part = _parts(summary), offset // URLS
        found = summary.things(_CLASSES, URLS, begins[part]) if part < len(begins) else []
    else:
        found = iris(site().engine.select(f"{_PAGE}{offset}"), "x")
    root = request.url_root.rstrip("/")
    return [f"{root}/page/{quote(iri.removeprefix(ID), safe=SAFE)}" for iri in found]


def _parts(summary: Summary) -> list[str]:
    """Return with which thing each part begins, worked out once for each release."""
    return _begins.get(site().engine.release(), (site().settings.data, URLS), lambda: summary.every(_CLASSES, URLS))


def _xml(body: str) -> Response:
    return Response(body, content_type="application/xml; charset=utf-8")
