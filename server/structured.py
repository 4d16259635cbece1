"""schema.org JSON-LD for search engines: the dataset, and what an entity's page is about."""

import json
from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from markupsafe import Markup

from ontology.terms import AC, STATEMENT_KINDS
from server.entities import Entity
from server.site import site
from server.store.catalogue import DATASET, DESCRIPTION, LICENCE, TITLE
from server.store.dumping import DUMPS
from server.store.manifest import PLAIN

CONTEXT = "https://schema.org"
_KINDS: Mapping[str, str] = {
    AC.Article.value: "NewsArticle",
    AC.Person.value: "Person",
    AC.State.value: "Country",
    AC.GovernmentBody.value: "GovernmentOrganization",
    AC.MediaOutlet.value: "NewsMediaOrganization",
    AC.Organization.value: "Organization",
    AC.ArmedGroup.value: "Organization",
    AC.Place.value: "Place",
    AC.Meeting.value: "Event",
    AC.Visit.value: "Event",
    AC.Summit.value: "Event",
    AC.Talks.value: "Event",
    AC.LegalInstrument.value: "Legislation",
    **{AC[kind].value: "Claim" for kind in STATEMENT_KINDS},
}
_OFFERED = ("dataset.ttl.gz", "dataset.nq.gz", "dataset.jsonld.gz", "statements.csv")


def of_dataset() -> Markup:
    """Return the front page's description of the dataset and of the site's search; empty for a plain dataset."""
    if site().settings.default_graph == PLAIN:
        return Markup()
    root = request.url_root
    release = site().engine.release()
    dataset = {
        "@type": "Dataset",
        "@id": DATASET.value,
        "name": TITLE,
        "description": DESCRIPTION,
        "url": root,
        "license": LICENCE.value,
        "isAccessibleForFree": True,
        "version": release,
        "creator": {"@type": "Organization", "name": site().settings.title, "url": root},
        "distribution": [
            {
                "@type": "DataDownload",
                "name": name,
                "encodingFormat": DUMPS[name].media_type.partition(";")[0],
                "contentUrl": url_for("dumps.dump", name=name, _external=True),
            }
            for name in _OFFERED
        ],
    }
    search = url_for("search.search", _external=True, release=None)
    website = {
        "@type": "WebSite",
        "name": site().settings.title,
        "url": root,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": search + "?q={search_term_string}"},
            "query-input": "required name=search_term_string",
        },
    }
    return script({"@context": CONTEXT, "@graph": [dataset, website]})


def of_entity(entity: Entity) -> Markup:
    """Return the description of what a page is about; empty for what schema.org has no word for."""
    kind = next((_KINDS[cell.iri] for cell in entity.types if cell.iri and cell.iri in _KINDS), None)
    if kind is None:
        return Markup()
    node: dict[str, Any] = {"@context": CONTEXT, "@type": kind, "@id": entity.iri, "url": request.base_url}
    if kind == "Claim":
        return script(node | _of_statement(entity))
    if kind == "NewsArticle":
        return script(node | _of_article(entity))
    node["name"] = entity.label
    if entity.aliases:
        node["alternateName"] = list(entity.aliases)
    same = [cell.iri for cell in entity.links if cell.iri and cell.iri.startswith(("http://", "https://"))]
    return script(node | ({"sameAs": same} if same else {}))


def _of_statement(entity: Entity) -> dict[str, Any]:
    statement = entity.statement
    if statement is None:
        return {"name": entity.label}
    node: dict[str, Any] = {"name": entity.label}
    if statement.quote:
        node["text"] = statement.quote
    speakers = [{"@id": who.iri, "name": who.label} for who in statement.people.get("speaker", ())]
    if speakers:
        node["claimInterpreter"] = speakers
    if statement.article:
        article = {"@type": "NewsArticle", "@id": statement.article.iri, "headline": statement.article.label}
        node["appearance"] = article | ({"datePublished": statement.published} if statement.published else {})
    return node


def _of_article(entity: Entity) -> dict[str, Any]:
    node: dict[str, Any] = {"headline": entity.label}
    for cell in entity.byline:
        if cell.iri:
            node["publisher"] = {"@type": "NewsMediaOrganization", "@id": cell.iri, "name": cell.text}
        else:
            node["datePublished"] = cell.text
    return node


def script(node: Mapping[str, Any]) -> Markup:
    """Return a data block of JSON-LD, in which no text can end the block or begin another."""
    text = json.dumps(node, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(f'<script type="application/ld+json">{text}</script>')  # noqa: S704
