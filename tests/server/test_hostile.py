"""Hostile queries of every kind among good ones: each is refused or stopped, and the server is as before.

How long the good ones take is measured by `benchmarks/hostile.py`, since it depends on the machine.
"""

import http.client
from pathlib import Path

from processes import Server, exists, resident, wait

from benchmarks import hostile

MIB = 1024**2
ROUNDS = 3  # of each kind
GOOD = {200, 503}  # a slow machine may be too busy for a second


def is_answered(server: Server) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        return hostile.ask(connection, hostile.GOOD) == 200
    finally:
        connection.close()


def test_every_hostile_query_is_stopped_and_the_server_is_as_before(root: Path, flares: Path) -> None:
    server = Server(
        root, flares, workers="2", query_timeout="1", query_memory="300M", cache_bytes="0", log_level="ERROR"
    )
    try:
        stays_as_it_was(server)
        left = server.workers() | server.answering()
    finally:
        server.stop()
    assert wait(lambda: not any(map(exists, left)), 60)


def stays_as_it_was(server: Server) -> None:
    attacks = list(hostile.queries(ROUNDS * len(hostile.KINDS)))
    hostile.attack(server.port, attacks[:: ROUNDS * 2], 2, clients=4)  # what is loaded once and kept
    assert wait(lambda: is_answered(server), 60)
    before, workers = resident(server.answering()), len(server.workers())
    outcome = hostile.attack(server.port, attacks, 1, clients=8)
    assert outcome.not_stopped() == []
    assert outcome.hostile.total() == len(attacks)
    assert set(outcome.good) <= GOOD
    assert outcome.good[200] > 0
    assert wait(lambda: is_answered(server), 60)
    assert resident(server.answering()) - before < 64 * MIB
    assert wait(lambda: len(server.workers()) <= workers, 60)
