"""The tools that language models get over the Model Context Protocol: search, saved queries, SPARQL, one statement.

https://modelcontextprotocol.io/specification; the official Python SDK speaks it. Every answer names IRIs, and every
statement carries the quote it rests on.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field
from pyoxigraph import Literal, NamedNode

import armsclaims
from ontology.terms import AC, ID, OA, RDF, SCHEMA, STATEMENT_KINDS
from server import saved_query
from server.engines import release_of
from server.labels import Labels, short_name
from server.rows import text
from server.settings import Settings
from server.store import search_index
from server.store.engine import Engine, Limits, Query, QueryError

ROWS = 200  # of an answer, unless more is asked for
MOST_ROWS = 2000
FOUND = 50
INSTRUCTIONS = """A graph of what news articles say about arms transfers: who alleged, denied, confirmed or declined to
comment, when, in which article, in which words. It holds what is said, never what is true: repeat each claim with its
speaker and its quote, and cite its IRI. Start with search_entities or list_saved_queries; use sparql for what these do
not answer (prefixes such as ac:, rdfs: and state: are known; classes ac:Allegation, ac:Denial, ac:NoComment,
ac:Meeting, ac:ArmsTransfer; properties ac:speaker, ac:about, ac:quote, ac:reportedIn, ac:supplier, ac:recipient)."""
READ_ONLY = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
MEDIA_TYPES = {
    "solutions": "application/sparql-results+json",
    "boolean": "application/sparql-results+json",
    "graph": "application/n-triples",
}
_FACTS = "SELECT ?x ?p ?o WHERE { ?x ?p ?o }"
_EXTENT = f"""SELECT ?x ?start ?end ?exact WHERE {{
  ?x <{AC.evidence.value}>/<{OA.hasSelector.value}> ?selector . ?selector <{OA.exact.value}> ?exact .
  OPTIONAL {{ ?selector <{OA.start.value}> ?start ; <{OA.end.value}> ?end }} }}"""


class Tools:
    """The tools on one data folder; each is a method that returns JSON."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._labels = Labels(engine)
        self._questions = saved_query.read_folder(settings.queries)

    def search_entities(
        self,
        words: Annotated[
            str, Field(description="A name, a part of one, or words of a headline or quote", max_length=200)
        ],
        limit: Annotated[int, Field(ge=1, le=FOUND)] = 10,
    ) -> dict[str, Any]:
        """Search people, states, bodies, outlets, places, goods, articles and statements; misspelt names too."""
        index = search_index.file(release_of(self._settings, self._engine))
        found = search_index.find(index, words, limit)
        types = self._labels.of(hit.type for hit in found.hits)
        return {
            "results": [
                {"iri": hit.iri, "label": hit.label, "type": types[hit.type], "matched": hit.text} for hit in found.hits
            ],
            "more": found.more,
            "corrected": {word: list(others) for word, others in found.instead},
        }

    def list_saved_queries(self) -> dict[str, Any]:
        """List the questions that can be asked by name, each with its parameters."""
        return {
            "queries": [
                {
                    "name": one.name,
                    "title": one.title,
                    "question": one.question,
                    "parameters": {
                        name: {"label": p.label, "type": p.type, "default": p.default, "description": p.description}
                        for name, p in one.parameters.items()
                    },
                }
                for one in self._questions.values()
                if not one.needs_service or one.needs_service in self._settings.service_allow
            ]
        }

    def run_saved_query(
        self,
        name: Annotated[str, Field(description="A name that list_saved_queries gives")],
        parameters: Annotated[dict[str, str], Field(description="Values by parameter; IRIs in full")] = {},  # noqa: B006
        rows: Annotated[int, Field(ge=1, le=MOST_ROWS)] = ROWS,
    ) -> dict[str, Any]:
        """Answer a saved query."""
        question = self._questions.get(name)
        if question is None:
            raise ToolError(f"There is no saved query {name!r}. There is: {', '.join(self._questions)}.")
        if question.needs_service and question.needs_service not in self._settings.service_allow:
            raise ToolError(f"{name} asks <{question.needs_service}>, which this server may not call.")
        try:
            query = question.query(question.terms(parameters))
        except saved_query.BadParameter as error:
            raise ToolError(str(error)) from error
        return self._ask(query, rows, None)

    def sparql(
        self,
        query: Annotated[str, Field(description="SPARQL 1.1 SELECT, ASK, CONSTRUCT or DESCRIBE; updates are refused")],
        rows: Annotated[int, Field(ge=1, le=MOST_ROWS)] = ROWS,
        seconds: Annotated[float | None, Field(gt=0, description="A deadline below the server's")] = None,
    ) -> dict[str, Any]:
        """Answer a read-only SPARQL query under the limits of the endpoint."""
        return self._ask(Query(query), rows, seconds)

    def get_statement(self, iri: Annotated[str, Field(description="The IRI of a statement")]) -> dict[str, Any]:
        """Fetch one statement: kind, speaker, what it is about, day, quote, evidence and article."""
        if not iri.startswith(ID):
            raise ToolError(f"The IRIs of statements begin with {ID}statement/.")
        try:
            node = NamedNode(iri)
        except ValueError as error:
            raise ToolError(f"This is no IRI: {error}") from error
        facts = self._facts(node)
        if not {short_name(AC[kind].value) for kind in STATEMENT_KINDS} & {
            type_["id"] for type_ in facts.get("rdf:type", [])
        }:
            raise ToolError(f"There is no statement {iri}. search_entities finds statements by their words.")
        [article] = [one for one in facts.get("ac:reportedIn", []) if "iri" in one][:1] or [{}]
        evidence = [
            {name: text(row, name) for name in ("exact", "start", "end")} for row in self._select(_EXTENT, node)
        ]
        told = self._facts(NamedNode(article["iri"])) if article else {}
        shown = (short_name(p.value) for p in (SCHEMA.headline, SCHEMA.publisher, SCHEMA.datePublished, SCHEMA.url))
        return {
            "iri": iri,
            "quote": [one["value"] for one in facts.get("ac:quote", [])],
            "statement": {name: values for name, values in facts.items() if name not in ("ac:quote", "ac:evidence")},
            "evidence": evidence,
            "article": {"iri": article.get("iri")} | {name: told[name] for name in shown if name in told},
        }

    def _facts(self, node: NamedNode) -> dict[str, list[dict[str, str]]]:
        rows = self._select(_FACTS, node)
        things = [row["o"].value for row in rows if isinstance(row["o"], NamedNode)]
        labels = self._labels.of([*things, node.value])
        facts: dict[str, list[dict[str, str]]] = {}
        for row in sorted(rows, key=lambda row: (text(row, "p") or "", str(row["o"]))):
            predicate, term = text(row, "p") or "", row["o"]
            if predicate == SCHEMA.articleBody.value:
                continue
            if isinstance(term, NamedNode):
                value = {"iri": term.value, "label": labels[term.value]}
                if predicate == RDF.type.value:
                    value["id"] = short_name(term.value)
            else:
                value = {"value": term.value if isinstance(term, Literal) else str(term)}
            facts.setdefault(short_name(predicate), []).append(value)
        return facts

    def _select(self, query: str, node: NamedNode) -> list[Any]:
        try:
            return list(self._engine.select(query, {"x": node}))
        except QueryError as error:
            raise ToolError(f"{error.title}: {error}") from error

    def _ask(self, query: Query, rows: int, seconds: float | None) -> dict[str, Any]:
        most = self._settings.query_timeout
        limits = Limits(seconds=min(seconds or most, most), rows=rows, bytes=self._settings.max_bytes or None)
        try:
            answer = self._engine.query(replace(query, limits=limits), MEDIA_TYPES)
            body = b"".join(answer).decode()
        except QueryError as error:
            raise ToolError(f"{error.title}: {error}") from error
        told = {"release": answer.release, "truncated": answer.truncated}
        if answer.truncated:
            told["note"] = f"Only a part of the answer: it was cut at the limit of {answer.truncated_by}."
        if answer.form == "graph":
            return told | {"ntriples": body}
        found: Mapping[str, Any] = json.loads(body)
        if answer.form == "boolean":
            return told | {"boolean": found["boolean"]}
        solutions = [{name: term["value"] for name, term in one.items()} for one in found["results"]["bindings"]]
        return told | {"columns": found["head"]["vars"], "solutions": solutions}


def serve(settings: Settings, engine: Engine) -> MCPServer:
    """Return the server with its tools; `run()` speaks over standard input and output."""
    server = MCPServer(
        "armsclaims",
        title=settings.title,
        version=armsclaims.__version__,
        instructions=INSTRUCTIONS,
        log_level="WARNING",
    )
    tools = Tools(settings, engine)
    for tool in (
        tools.search_entities,
        tools.list_saved_queries,
        tools.run_saved_query,
        tools.sparql,
        tools.get_statement,
    ):
        server.add_tool(tool, annotations=READ_ONLY)
    return server
