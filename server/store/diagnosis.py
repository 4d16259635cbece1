"""What is told about a query that got no answer: from the worker's report, or from how the worker died."""

import re
import signal
from collections.abc import Mapping

from server.store import mistakes
from server.store.engine import (
    BadQuery,
    Crashed,
    Inexpressible,
    Limits,
    OutOfMemory,
    QueryError,
    ServiceFailed,
    TimedOut,
    Unavailable,
    Unsortable,
)
from server.store.worker import Message
from server.store.workers import Death

MEBIBYTE = 1024**2
EXCERPT = 80
SIGNS = 6  # more of them help nobody
ADVICE = "Ask for less: fewer or more selective patterns, no products of unconnected patterns, a LIMIT."
NO_ORDER = "does not correctly implement a total order"  # says Rust's sort
OUT_OF_MEMORY_WORDS = (
    "memory allocation of",
    "bad_alloc",
    "MemoryError",
    "Cannot allocate memory",
    "Resource temporarily",
)
SYNTAX_ERROR = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
CUSTOM_FUNCTION = re.compile(r"custom function (<\S*>)")
NOT_IN_JSON_LD = "JSON-LD does not support RDF 1.2"


def timed_out(limits: Limits, elapsed: float) -> TimedOut:
    return TimedOut(f"The query was stopped after {elapsed:.1f} s; its limit is {limits.seconds:g} s. {ADVICE}")


def out_of_memory(memory: int) -> OutOfMemory:
    return OutOfMemory(f"The query needed more than the {memory // MEBIBYTE} MiB of memory it may use. {ADVICE}")


def of_report(report: Message, request: Message, memory: int) -> QueryError:
    """Return the error for what a living worker reported."""
    message: str = report["message"]
    match report["error"]:
        case "syntax":
            return bad_query(message, request["text"], request["prefixes"], request["query_prefixes"])
        case "memory":
            return out_of_memory(memory)
        case "store":
            return Unavailable(
                f"The release's store does not open; try again, or roll back to another one ({message})."
            )
        case "down":
            return Unavailable(f"The engine behind this server does not answer; try again in a moment ({message}).")
        case "rejected":
            return BadQuery(f"The engine behind this server does not take the query: {message}")
        case "inexpressible":
            return Inexpressible(message)
        case "failed" if function := CUSTOM_FUNCTION.search(message):
            return BadQuery(
                f"The function {function[1]} is not supported. There are those of SPARQL 1.1 and 1.2 and the casts of "
                "XML Schema, such as xsd:integer(?x)."
            )
        case "failed" if NOT_IN_JSON_LD in message:
            return Inexpressible("JSON-LD cannot hold triple terms: ask for Turtle.")
        case "failed" if request["calls"]:
            return ServiceFailed(f"The endpoint that SERVICE calls did not answer well: {message}. Try again later.")
        case "failed":
            return QueryError(f"The query could not be answered: {message}.")
        case kind:
            return QueryError(f"The engine failed on this query ({kind}: {message}).")


def of_death(death: Death | None, fate: str | None, limits: Limits, elapsed: float, memory: int) -> QueryError:
    """Return the error for a query whose worker died; `fate` is what the pool meant by killing it, if it did."""
    if fate == "deadline" or (death and death.status == -signal.SIGALRM):
        return timed_out(limits, elapsed)
    if fate == "closed" or death is None:
        return Unavailable("The query was stopped because the server is closing or the answer was closed.")
    if any(words in death.words for words in OUT_OF_MEMORY_WORDS):
        return out_of_memory(memory)
    if NO_ORDER in death.words:
        return Unsortable(
            "ORDER BY meets values of types that have no order among them: sort by their text, as in ORDER BY STR(?x)."
        )
    if death.status in (-signal.SIGSEGV, -signal.SIGBUS):
        return Crashed(
            "The query is nested too deeply, or has too many operators, for the engine. "
            "Split it, or write long chains of UNION, || or && as VALUES or IN lists."
        )
    if death.status == -signal.SIGKILL:
        return OutOfMemory(f"The worker was killed by the system, most likely for want of memory. {ADVICE}")
    last_words = death.words.strip().splitlines()[-1:] or ["no words"]
    return Crashed(f"The engine gave up on this query (status {death.status}: {last_words[0][:EXCERPT]}).")


def bad_query(
    message: str, text: str, known_prefixes: Mapping[str, str], predeclared: Mapping[str, str] | None = None
) -> BadQuery:
    """Return a syntax error that names the place, the text at fault and what is wrong with it, as far as one can tell.

    :param message: the engine's.
    :param known_prefixes: prefixes that are worth suggesting.
    :param predeclared: prefixes that need no declaration (default: the known ones).
    """
    found = SYNTAX_ERROR.match(message)
    if not found:
        return BadQuery(message)
    advice = next((said for sentence, said in mistakes.words()[1].items() if sentence in found[3]), None)
    known = known_prefixes if predeclared is None else predeclared
    mistake = None if advice else mistakes.find(text, known, known_prefixes)
    if mistake:
        before = text[: mistake.offset]
        line, column = before.count("\n") + 1, mistake.offset - before.rfind("\n")
        return _bad(line, column, mistake.text, mistake.clause)
    line, column = int(found[1]), int(found[2])
    lines = text.split("\n")
    rest = lines[line - 1][column - 1 :].strip() if line <= len(lines) else ""
    return _bad(line, column, rest, advice or _expectation(found[3]))


def _bad(line: int, column: int, at: str, clause: str) -> BadQuery:
    at = at.partition("\n")[0].strip()
    at = at if len(at) <= EXCERPT else at[:EXCERPT] + "…"
    stop = "" if clause.endswith("?") else "."
    shown = f"“{at}”" if at else "the end of the line"
    return BadQuery(f"Line {line}, column {column}, at {shown}: {clause}{stop}", line, column, at)


def _expectation(expected: str) -> str:
    """Reduce the parser's list of everything that could go on here to what a person can use."""
    parts = expected.split(", ")
    sentences = [part for part in parts if re.match(r"[A-Z][a-z]+( [\w?]+){2}", part)]
    if sentences:
        return sentences[0].rstrip(".")
    signs = [part for part in parts if re.fullmatch(r'"[^"\w]+"', part)]
    if 0 < len(signs) <= SIGNS:
        return f"expected {' or '.join(signs[:SIGNS])}"
    return "the query cannot go on like this here, or just before"
