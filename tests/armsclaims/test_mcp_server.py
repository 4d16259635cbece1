"""The tools for language models, called by the SDK's own client over the pipes of a real process."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

RUSSIA = "https://w3id.org/armsclaims/id/state/russia"
DENIALS = "SELECT ?s ?quote WHERE { ?s a ac:Denial ; ac:quote ?quote } ORDER BY ?s"


@pytest.fixture(scope="module")
def call(seed_data: Path) -> Callable[..., list[Any]]:
    """Call tools in turn: each is a name and its arguments; returned are results, or the text of an error."""
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "armsclaims.cli", "mcp", "--data", str(seed_data)]
    )

    async def run(calls: tuple[tuple[str, dict[str, Any]], ...]) -> list[Any]:
        async with Client(command) as client:
            return [await answered(client.call_tool(name, arguments)) for name, arguments in calls]

    async def answered(result: Awaitable[Any]) -> Any:
        found = await result
        return found.content[0].text if found.is_error else found.structured_content

    return lambda *calls: asyncio.run(asyncio.wait_for(run(calls), 120))


def test_the_tools_are_listed_as_read_only(seed_data: Path) -> None:
    async def tools() -> Any:
        command = StdioServerParameters(
            command=sys.executable, args=["-m", "armsclaims.cli", "mcp", "--data", str(seed_data)]
        )
        async with Client(command) as client:
            assert "never what is true" in (client.instructions or "")
            return (await client.list_tools()).tools

    listed = asyncio.run(asyncio.wait_for(tools(), 120))
    assert {tool.name for tool in listed} == {
        "search_entities",
        "list_saved_queries",
        "run_saved_query",
        "sparql",
        "get_statement",
    }
    assert all(tool.annotations.read_only_hint and tool.description for tool in listed)


def test_search_saved_queries_and_sparql(call: Callable[..., list[Any]]) -> None:
    found, listed, answered, denials, asked, constructed = call(
        ("search_entities", {"words": "Rusia", "limit": 5}),
        ("list_saved_queries", {}),
        ("run_saved_query", {"name": "allegations-by-speaker", "parameters": {"onlyRecipient": RUSSIA}, "rows": 2}),
        ("sparql", {"query": DENIALS}),
        ("sparql", {"query": "ASK { ?s a ac:Denial }"}),
        ("sparql", {"query": f"CONSTRUCT WHERE {{ <{RUSSIA}> rdfs:label ?name }}"}),
    )
    assert RUSSIA in [one["iri"] for one in found["results"]]
    assert "allegations-by-speaker" in [one["name"] for one in listed["queries"]]
    assert (len(answered["solutions"]), answered["truncated"]) == (2, True)
    assert "limit of rows" in answered["note"]
    assert {one["recipientLabel"] for one in answered["solutions"]} == {"Russia"}
    assert denials["columns"] == ["s", "quote"]
    assert (len(denials["solutions"]), denials["truncated"]) == (4, False)
    assert asked["boolean"] is True
    assert f'<{RUSSIA}> <http://www.w3.org/2000/01/rdf-schema#label> "Russia"@en .' in constructed["ntriples"]


def test_a_statement_comes_with_its_evidence(call: Callable[..., list[Any]]) -> None:
    [denials] = call(("sparql", {"query": DENIALS}))
    first = denials["solutions"][0]
    [statement] = call(("get_statement", {"iri": first["s"]}))
    assert statement["quote"] == [first["quote"]]
    assert statement["evidence"][0]["exact"] == first["quote"]
    assert "ac:Denial" in [one["id"] for one in statement["statement"]["rdf:type"]]
    assert statement["article"]["schema:headline"][0]["value"]


def test_what_cannot_be_answered_says_why(call: Callable[..., list[Any]]) -> None:
    mistakes: list[tuple[str, dict[str, Any], str]] = [
        ("sparql", {"query": "SELEKT"}, "did you mean SELECT"),
        ("sparql", {"query": "DELETE WHERE { ?s ?p ?o }"}, "not valid SPARQL"),
        ("sparql", {"query": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}, "refused"),
        ("run_saved_query", {"name": "nonsense"}, "There is no saved query"),
        ("run_saved_query", {"name": "allegations-by-speaker", "parameters": {"shoe": "44"}}, "shoe"),
        ("get_statement", {"iri": RUSSIA}, "There is no statement"),
        ("get_statement", {"iri": "https://w3id.org/armsclaims/id/statement/a b>"}, "no IRI"),
        ("get_statement", {"iri": "file:///etc/passwd"}, "begin with"),
    ]
    for (tool, arguments, words), told in zip(mistakes, call(*(m[:2] for m in mistakes)), strict=True):
        assert isinstance(told, str), (tool, arguments)
        assert words in told
