"""The same request as a command of curl, a program in Python and one in R, each quoted as its language has it."""

import ast
import shlex
from collections.abc import Mapping

from server.store import guard

ROWS = "text/csv"
GRAPH = "text/turtle"
ASK = "application/sparql-results+json"


def of_query(address: str, text: str) -> dict[str, str]:
    """Return the snippets that put a query to an endpoint, by the name of their language."""
    form = guard.form(text)
    accept = {"ask": ASK, "construct": GRAPH, "describe": GRAPH}.get(form or "", ROWS)
    return {
        "curl": _curl(address, {"query": text}, accept),
        "Python": _python(address, text, accept),
        "R": _r(address, {"query": text}, accept),
    }


def of_saved_query(address: str, values: Mapping[str, str], form: str) -> dict[str, str]:
    """Return the snippets that ask a saved query with these values of its parameters."""
    accept = ASK if form == "ask" else ROWS
    return {
        "curl": _curl(address, values, accept, "--get "),
        "Python": _python_get(address, values, accept),
        "R": _r(address, values, accept),
    }


def _curl(address: str, fields: Mapping[str, str], accept: str, method: str = "") -> str:
    lines = [f"curl {method}{shlex.quote(address)}", f"-H {shlex.quote('Accept: ' + accept)}"]
    lines += [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in fields.items()]
    return " \\\n  ".join(lines)


def _python(address: str, text: str, accept: str) -> str:
    return (
        f"{_imports(accept)}\n"
        f"query = {_python_text(text)}\n"
        f"request = urllib.request.Request(\n"
        f"    {address!r},\n"
        f'    urllib.parse.urlencode({{"query": query}}).encode(),\n'
        f"    {{'Accept': {accept!r}}},\n"
        f")\n{_python_result(accept)}"
    )


def _python_get(address: str, values: Mapping[str, str], accept: str) -> str:
    fields = "".join(f"    {name!r}: {value!r},\n" for name, value in values.items())
    return (
        f"{_imports(accept)}\n"
        + (f"values = {{\n{fields}}}\n" if fields else "values = {}\n")
        + f"request = urllib.request.Request(\n"
        f"    {address + '?'!r} + urllib.parse.urlencode(values),\n"
        f"    headers={{'Accept': {accept!r}}},\n"
        f")\n{_python_result(accept)}"
    )


def _imports(accept: str) -> str:
    return ("import csv\nimport io\n" if accept == ROWS else "") + "import urllib.parse\nimport urllib.request\n"


def _python_result(accept: str) -> str:
    if accept != ROWS:
        return "with urllib.request.urlopen(request) as answer:\n    print(answer.read().decode())\n"
    return (
        "with urllib.request.urlopen(request) as answer:\n"
        '    for row in csv.DictReader(io.TextIOWrapper(answer, "utf-8", newline="")):\n'
        "        print(row)\n"
    )


def _python_text(text: str) -> str:
    """Return a literal over several lines where that is the same text, else the one that Python itself would write."""
    literal = f'r"""\n{text}"""'
    try:
        plain = "\r" not in text and ast.literal_eval(literal) == "\n" + text
    except (SyntaxError, ValueError):
        plain = False
    return literal if plain else repr(text)


def _r(address: str, fields: Mapping[str, str], accept: str) -> str:
    values = ",\n".join(f"  `{name}` = {_r_text(value)}" for name, value in fields.items())
    lines = [f"fields <- list(\n{values}\n)" if values else "fields <- list()"]
    lines += [
        f"fields$format <- {_r_text({ROWS: 'csv', GRAPH: 'ttl', ASK: 'json'}[accept])}",
        'encoded <- vapply(fields, URLencode, "", reserved = TRUE)',
        f'address <- paste0({_r_text(address + "?")}, paste0(names(encoded), "=", encoded, collapse = "&"))',
    ]
    if accept == ROWS:
        lines += ['rows <- read.csv(address, encoding = "UTF-8")', "print(rows)"]
    else:
        lines += ['text <- readLines(address, encoding = "UTF-8")', 'cat(text, sep = "\\n")']
    return "\n".join(lines) + "\n"


def _r_text(text: str) -> str:
    """Return a string of R; names and addresses have no control characters, and queries only line ends and tabs."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r")
    return f'"{escaped}"'
