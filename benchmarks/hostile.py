"""Hostile queries between good ones: what the good ones wait, and what becomes of the server.

`python -m benchmarks.hostile DATA` starts a server on a data folder, asks it good queries from 16 clients, then the
same ones among 1,000 hostile ones, and prints how long the good ones took both times: first those that need a worker,
then lookups, which need none.
"""

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
START = "from server import serving, settings; serving.serve(settings.read())"
_TYPED = "?s <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ?class"
GOOD = f"SELECT ?s WHERE {{ {_TYPED} FILTER(isIRI(?s)) }} LIMIT 1"
LOOKUP = f"SELECT ?s WHERE {{ {_TYPED} }} LIMIT 1"
STOPPED = {400, 413, 431, 503, 504}
CLIENTS = 16
GOOD_PER_HOSTILE = 4

Maker = Callable[[random.Random], str]


def _repeated(before: str, part: str, after: str, close: str = "") -> Maker:
    """Return what nests or chains a part, deeper than any person writes."""

    def make(chance: random.Random) -> str:
        times = chance.choice((150, 400, 1_500, 5_000))
        return before + part * times + after + close * times + " }"

    return make


def _product(chance: random.Random, least: int = 5) -> str:
    """Return patterns that have nothing to do with each other: their product never ends."""
    return " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(chance.randint(least, 9)))


def _over_product(text: str) -> Maker:
    return lambda chance: text.replace("PRODUCT", _product(chance))


def _service(chance: random.Random) -> str:
    call = chance.choice(
        [
            "SERVICE <http://127.0.0.1:9/> { ?s ?p ?o }",
            "SERVICE SILENT <http://169.254.169.254/latest/> { ?s ?p ?o }",
            "seRVice#\n<http://[::1]/>{ ?s ?p ?o }",
            "\\u0053ERVICE <file:///etc/passwd> { ?s ?p ?o }",
            "VALUES ?e { <http://127.0.0.1:9/> } SERVICE ?e { ?s ?p ?o }",
            "SERVICESILENT<http://2130706433/>{ ?s ?p ?o }",
        ]
    )
    around = chance.choice(
        ["{}", "FILTER EXISTS {{ {} }}", "OPTIONAL {{ {} }}", "{{ SELECT * {{ {} }} }}", "GRAPH ?g {{ {} }}"]
    )
    return f"SELECT * {{ {around.format(call)} }}"


def _values(chance: random.Random) -> str:
    size = chance.randint(80, 200)
    blocks = " ".join(f"VALUES ?v{n} {{ {' '.join(map(str, range(size)))} }}" for n in range(6))
    return f"SELECT (SUM(?v0 * ?v5) AS ?n) {{ {blocks} FILTER(?v0 != ?v1 || ?v2 != ?v3) }}"


def _doubling(chance: random.Random) -> str:
    steps = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(40))
    return f"SELECT (STRLEN(?x40) AS ?n) {{ BIND('{'a' * chance.randint(10, 90)}' AS ?x0) {steps} }}"


def _garbage(chance: random.Random) -> str:
    pieces = [
        "SELECT",
        "{",
        "}",
        "(",
        "?x",
        "'",
        '"""',
        "<a b>",
        "\\u00",
        "\\U00110000",
        "#",
        "@en",
        "\x00",
        "é",
        "UNION",
        "||",
    ]
    return "SELECT * { " + " ".join(chance.choice(pieces) for _ in range(chance.randint(3, 400))) + " <"


def _long(chance: random.Random) -> str:
    filler = chance.choice(
        ["'" + "x" * 150_000 + "'", "# " + "}" * 150_000 + "\n1", "<http://e/" + "y" * 150_000 + ">"]
    )
    return f"SELECT * {{ ?s ?p {filler} }}"


KINDS: dict[str, Maker] = {
    "round brackets": _repeated("SELECT * { BIND(", "(", "1", ")"),
    "groups": _repeated("SELECT * { ", "{ ", "?s ?p ?o", " }"),
    "blank nodes": _repeated("SELECT * { ", "[ <p:p> ", "1", " ]"),
    "unions": _repeated("SELECT * { {?s ?p 1}", " UNION {?s ?p 2}", ""),
    "conjunctions": _repeated("SELECT * { ?s ?p ?o FILTER(?o = 1", " && ?o = 2 && ?o = 3 && ?o = 4 && ?o = 5", ")"),
    "negations": _repeated("SELECT * { BIND(", "!!!!!!!!", "true AS ?x)"),
    "steps": _repeated("SELECT * { ?s <p:p>", "/<p:p>", " ?o"),
    "optionals": _repeated("SELECT * { ?s ?p 1", " OPTIONAL {?s ?p ?o}", ""),
    "subqueries": _repeated("SELECT * { ", "{ SELECT * { ", "?s ?p ?o", " } }"),
    "product": _over_product("SELECT (COUNT(*) AS ?n) { PRODUCT }"),
    "distinct": _over_product("SELECT (COUNT(DISTINCT CONCAT(STR(?c0), STR(?c1), STR(?c4))) AS ?n) { PRODUCT }"),
    "order": _over_product("SELECT * { PRODUCT } ORDER BY DESC(STR(?c1)) LIMIT 1"),
    "random order": _over_product("SELECT * { PRODUCT } ORDER BY RAND() LIMIT 1"),
    "offset": _over_product("SELECT * { PRODUCT } OFFSET 1000000000000 LIMIT 1"),
    "group": _over_product("SELECT ?a0 (GROUP_CONCAT(STR(?c1)) AS ?all) { PRODUCT } GROUP BY ?a0"),
    "construct": _over_product("CONSTRUCT { ?a0 ?b1 ?c2 } WHERE { { SELECT * { PRODUCT } ORDER BY ?c1 } }"),
    "describe": _over_product("DESCRIBE ?a0 ?c1 WHERE { { SELECT * { PRODUCT } ORDER BY ?c1 } }"),
    "regex": _over_product(
        'ASK { PRODUCT FILTER(REGEX(CONCAT(STR(?c0), STR(?c1)), "^(([a-z])+.)+[A-Z]([a-z])+\\u0001$")) }'
    ),
    "replace": _over_product('ASK { PRODUCT FILTER(REPLACE(STR(?c0), "(.*)(.*)(.*)x", "$3$2$1$3$2$1") = STR(?b1)) }'),
    "hash": _over_product("ASK { PRODUCT FILTER(SHA512(CONCAT(STR(?c0), STR(?c1), STR(?c2))) = 'x') }"),
    "exists": _over_product("SELECT (COUNT(*) AS ?n) { PRODUCT FILTER NOT EXISTS { ?a0 <p:p>* ?d . ?d <p:q> ?c1 } }"),
    "closure": _over_product("SELECT (COUNT(*) AS ?n) { ?x (!<p:p>|^!<p:p>)* ?y . ?y (<p:p>|!<p:q>)+ ?z . PRODUCT }"),
    "values": _values,
    "doubling": _doubling,
    "service": _service,
    "load": lambda chance: chance.choice(["LOAD <http://127.0.0.1:9/>", "load silent <file:///etc/passwd>"]),
    "function": lambda chance: f"SELECT (<http://e.example/f{chance.random()}>(1) AS ?x) {{ }}",
    "update": lambda chance: chance.choice(
        ["DROP ALL", "CLEAR ALL", "DELETE WHERE { ?s ?p ?o }", "INSERT DATA { <a:a> <a:b> 1 }"]
    ),
    "garbage": _garbage,
    "long": _long,
}


def queries(count: int, seed: int = 1) -> Iterator[tuple[str, str]]:
    """Yield so many hostile queries with their kinds, one kind after the other."""
    chance = random.Random(seed)  # noqa: S311 - to be the same every time
    kinds = list(KINDS)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind, KINDS[kind](chance)


@dataclass
class Outcome:
    """What was seen: seconds of the good queries, statuses of good ones and of hostile ones by kind."""

    seconds: list[float] = field(default_factory=list)
    good: Counter[int] = field(default_factory=Counter)
    hostile: Counter[tuple[str, int]] = field(default_factory=Counter)

    def percentile(self, share: int) -> float:
        """Return the seconds within which so many percent of the good queries were answered."""
        return statistics.quantiles(self.seconds, n=100)[share - 1]

    def not_stopped(self) -> list[tuple[str, int]]:
        """Return kinds and statuses of hostile queries that were neither refused nor stopped."""
        return sorted(key for key in self.hostile if key[1] not in STOPPED)


def ask(connection: http.client.HTTPConnection, query: str) -> int:
    """Return the status of a query; 0 where the connection broke off in the middle of an answer."""
    body = urlencode({"query": query})
    try:
        connection.request("POST", "/sparql", body, {"Content-Type": "application/x-www-form-urlencoded"})
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0
    return response.status


def attack(
    port: int, hostile: Sequence[tuple[str, str]], good: int, clients: int = CLIENTS, query: str = GOOD
) -> Outcome:
    """Let clients share the hostile queries; each asks `good` good ones after every hostile one.

    Without hostile ones each of the clients asks `good` good ones.
    """
    outcome, lock = Outcome(), threading.Lock()
    left = iter(hostile)

    def client() -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
            while True:
                with lock:
                    kind, bad = next(left, ("", ""))
                if bad:
                    status = ask(connection, bad)
                    with lock:
                        outcome.hostile[kind, status] += 1
                elif hostile:
                    return
                for _ in range(good):
                    began = time.perf_counter()
                    status = ask(connection, query)
                    with lock:
                        outcome.seconds.append(time.perf_counter() - began)
                        outcome.good[status] += 1
                if not hostile:
                    return

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


def measure(port: int, query: str, hostile: int) -> dict[str, object]:
    """Return how long a good query takes among its like, and among so many hostile ones."""
    attack(port, [], 20, query=query)
    quiet = attack(port, [], 250, query=query)
    began = time.perf_counter()
    loud = attack(port, list(queries(hostile)), GOOD_PER_HOSTILE, query=query)
    return {
        "quiet": {f"p{share}_ms": round(1000 * quiet.percentile(share), 1) for share in (50, 99)},
        "under attack": {f"p{share}_ms": round(1000 * loud.percentile(share), 1) for share in (50, 99)},
        "p99 ratio": round(loud.percentile(99) / quiet.percentile(99), 1),
        "good": dict(loud.good),
        "hostile": dict(sum((Counter({status: n}) for (_, status), n in loud.hostile.items()), Counter())),
        "not stopped": loud.not_stopped(),
        "seconds": round(time.perf_counter() - began, 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="a data folder with a release")
    parser.add_argument("--hostile", type=int, default=1000, help="hostile queries")
    parser.add_argument("--timeout", default="1", help="seconds of a query")
    options = parser.parse_args()
    environment = {
        "ARMSCLAIMS_DATA": str(options.data),
        "ARMSCLAIMS_PORT": "0",
        "ARMSCLAIMS_QUERY_TIMEOUT": options.timeout,
        "ARMSCLAIMS_QUERY_MEMORY": "512M",
        "ARMSCLAIMS_CACHE_BYTES": "0",  # else nobody would be asked but the cache
        "ARMSCLAIMS_LOG_LEVEL": "ERROR",
    }
    with subprocess.Popen(
        [sys.executable, "-c", START], cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        found = re.search(r":(\d+)$", server.stdout.readline().strip())
        assert found, "the server did not start"
        port = int(found[1])
        figures = {
            name: measure(port, query, options.hostile) for name, query in {"queries": GOOD, "lookups": LOOKUP}.items()
        }
        server.send_signal(signal.SIGTERM)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
