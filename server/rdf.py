"""RDF as an answer: the triples of a CONSTRUCT query, written with our prefixes."""

import pyoxigraph
from flask import Response
from pyoxigraph import RdfFormat

from ontology.terms import WRITTEN_PREFIXES
from server.negotiation import Choice
from server.site import site
from server.store.engine import Query, Term
from server.streaming import LIMITS, RELEASE, TRUNCATED, ask, describe

_FORMATS = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "rdf": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}


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
    triples = [quad.triple for quad in pyoxigraph.parse(data, format=RdfFormat.N_TRIPLES)]
    used = data.decode()
    body = pyoxigraph.serialize(
        sorted(triples, key=str),  # a subject's triples must stand together for ; and ,
        format=_FORMATS[choice.format.name],
        prefixes={prefix: namespace for prefix, namespace in WRITTEN_PREFIXES.items() if f"<{namespace}" in used},
    )
    response = Response(body, content_type=choice.content_type)
    response.headers[RELEASE] = answer.release
    response.headers[LIMITS] = describe(limits)
    response.headers[TRUNCATED] = (answer.truncated_by or "yes") if answer.truncated else "no"
    response.vary.add("Accept")
    return response
