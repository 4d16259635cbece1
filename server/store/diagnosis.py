"""What is told about a query that got no answer: from the worker's report, or from how the worker died."""

import re
import signal

from server.store.engine import BadQuery, Crashed, Limits, OutOfMemory, QueryError, TimedOut, Unavailable
from server.store.worker import Message
from server.store.workers import Death

MEBIBYTE = 1024**2
EXCERPT = 80
SIGNS = 6  # more of them help nobody
ADVICE = "Ask for less: fewer or more selective patterns, no products of unconnected patterns, a LIMIT."
OUT_OF_MEMORY_WORDS = (
    "memory allocation of",
    "bad_alloc",
    "MemoryError",
    "Cannot allocate memory",
    "Resource temporarily",
)
SYNTAX_ERROR = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
PREFIX = re.compile(r"([\w.-]*):")


def timed_out(limits: Limits, elapsed: float) -> TimedOut:
    return TimedOut(f"The query was stopped after {elapsed:.1f} s; its limit is {limits.seconds:g} s. {ADVICE}")


def out_of_memory(memory: int) -> OutOfMemory:
    return OutOfMemory(f"The query needed more than the {memory // MEBIBYTE} MiB of memory it may use. {ADVICE}")


def of_report(report: Message, request: Message, memory: int) -> QueryError:
    """Return the error for what a living worker reported."""
    message: str = report["message"]
    match report["error"]:
        case "syntax":
            return bad_query(message, request["text"], request["prefixes"])
        case "memory":
            return out_of_memory(memory)
        case "store":
            return Unavailable(
                f"The release's store does not open; try again, or roll back to another one ({message})."
            )
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
    if death.status in (-signal.SIGSEGV, -signal.SIGBUS):
        return Crashed(
            "The query is nested too deeply, or has too many operators, for the engine. "
            "Split it, or write long chains of UNION, || or && as VALUES or IN lists."
        )
    if death.status == -signal.SIGKILL:
        return OutOfMemory(f"The worker was killed by the system, most likely for want of memory. {ADVICE}")
    last_words = death.words.strip().splitlines()[-1:] or ["no words"]
    return Crashed(f"The engine gave up on this query (status {death.status}: {last_words[0][:EXCERPT]}).")


def bad_query(message: str, text: str, known_prefixes: dict[str, str]) -> BadQuery:
    """Return a syntax error that names the place and what is wrong there, as far as the parser's message tells."""
    found = SYNTAX_ERROR.match(message)
    if not found:
        return BadQuery(message)
    line, column = int(found[1]), int(found[2])
    lines = text.split("\n")
    before = lines[line - 1][: column - 1] if line <= len(lines) else ""
    where = f"Line {line}, column {column}"
    if found[3].startswith("Prefix not found"):
        return BadQuery(f"{where}: {_undeclared(before, known_prefixes)}", line, column)
    rest = (lines[line - 1][column - 1 :] if line <= len(lines) else "").strip() or "the end of the line"
    return BadQuery(f"{where}, at “{rest[:EXCERPT]}”: {_expectation(found[3])}", line, column)


def _undeclared(before: str, known_prefixes: dict[str, str]) -> str:
    prefixes = PREFIX.findall(before)
    if not prefixes:
        return "a prefix is not declared."
    prefix = prefixes[-1]
    iri = known_prefixes.get(prefix, "…")
    return f"the prefix “{prefix}:” is not declared; add the line PREFIX {prefix}: <{iri}>"


def _expectation(expected: str) -> str:
    """Reduce the parser's list of everything that could go on here to what a person can use."""
    parts = expected.split(", ")
    sentences = [part for part in parts if re.match(r"[A-Z][a-z]+( [\w?]+){2}", part)]
    if sentences:
        return f"{sentences[0].rstrip('.')}."
    signs = [part for part in parts if re.fullmatch(r'"[^"\w]+"', part)]
    return f"expected {' or '.join(signs[:SIGNS])}." if 0 < len(signs) <= SIGNS else "the query cannot go on like this."
