"""RDF as an answer: the triples of a CONSTRUCT query, or some that were made, in the order of reading."""

import io
from collections.abc import Iterable

import pyoxigraph
from flask import Response
from pyoxigraph import DefaultGraph, RdfFormat, Triple

from ontology.terms import WRITTEN_PREFIXES
from server.negotiation import Choice
from server.site import site
from server.store import ordering, rdf_files
from server.store.engine import Query, Term
from server.streaming import LIMITS, RELEASE, TRUNCATED, ask, describe


def respond(text: str, substitutions: dict[str, Term], choice: Choice) -> Response:
    """Answer with the graph that a CONSTRUCT query makes.

    :raises QueryError: when the engine does not answer.
    """
    limits = site().limits()
    query = Query(text, substitutions=substitutions, limits=limits)
    answer = ask(query, {"graph": "application/n-triples"})
    try:
        data = b"".join(answer)
    finally:
        answer.close()
    triples = (quad.triple for quad in pyoxigraph.parse(data, format=RdfFormat.N_TRIPLES))
    response = written(triples, choice)
    response.headers[RELEASE] = answer.release
    response.headers[LIMITS] = describe(limits)
    response.headers[TRUNCATED] = (answer.truncated_by or "yes") if answer.truncated else "no"
    return response


def written(triples: Iterable[Triple], choice: Choice) -> Response:
    """Answer with some triples, in the format of the choice, with the prefixes that they need."""
    found = list(triples)
    used = "".join(map(str, found))
    prefixes = {prefix: namespace for prefix, namespace in WRITTEN_PREFIXES.items() if f"<{namespace}" in used}
    format = RdfFormat.from_media_type(choice.format.media_type)
    assert format
    out = io.BytesIO()
    rdf_files.write([(DefaultGraph(), [ordering.of(found)])], format, out, prefixes)
    response = Response(out.getvalue(), content_type=choice.content_type)
    response.vary.add("Accept")
    return response
