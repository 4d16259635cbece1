"""The processes of a server: reload without a lost request, an orderly end, and whatever is killed comes back."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlencode

import pytest
from processes import Server, busy, exists, wait

from server.settings import Settings, as_environment, read
from server.store import tokens
from server.supervisor import notify

QUERIES = Path(__file__).parent / "data" / "queries"
ASK = "/sparql?" + urlencode({"query": "ASK { ?s ?p ?o }"})
ENDLESS = "/sparql?" + urlencode(
    {"query": "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"}
)


@pytest.fixture
def server(root, flares, tmp_path):
    queries = tmp_path / "queries"
    shutil.copytree(QUERIES, queries)
    running = Server(root, flares, queries=str(queries), workers="1", shutdown_timeout="60")
    yield running
    running.stop()


class Clients:
    """Threads that ask without a pause until told to stop; what failed is kept."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.done = threading.Event()
        self.answered = [0, 0, 0, 0]
        self.failed: list[str] = []
        kinds = (self.anew, self.anew, self.kept_alive, self.kept_alive)
        self.threads = [threading.Thread(target=kind, args=(n,)) for n, kind in enumerate(kinds)]
        for thread in self.threads:
            thread.start()

    def anew(self, number: int) -> None:
        """Take a new connection for each request."""
        while not self.done.is_set():
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
                self.ask(connection, number)

    def kept_alive(self, number: int) -> None:
        """Keep the connection until the server says that it ends."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            while not self.done.is_set():
                self.ask(connection, number)

    def ask(self, connection: http.client.HTTPConnection, number: int) -> None:
        try:
            connection.request("GET", ASK)
            response = connection.getresponse()
            body = response.read()
            if response.status != 200 or not json.loads(body)["boolean"]:
                self.failed.append(f"{response.status} {body[:200]!r}")
        except (OSError, http.client.HTTPException) as error:
            self.failed.append(repr(error))
            connection.close()
        self.answered[number] += 1

    def stop(self) -> list[str]:
        self.done.set()
        for thread in self.threads:
            thread.join(60)
        return self.failed


def test_a_reload_drops_no_request(server):
    clients = Clients(server.port)
    try:
        for _ in range(2):
            old = server.answering()
            before = list(clients.answered)
            server.signal(signal.SIGHUP)
            assert wait(lambda old=old: server.answering() and not old & server.answering(), 90), server.log()
            assert wait(lambda before=before: all(a > b for a, b in zip(clients.answered, before, strict=True)))
    finally:
        failed = clients.stop()
    assert failed == []
    assert len(server.answering()) == 1


def test_a_request_in_hand_outlives_a_reload(server):
    asking, statuses = _ask_in_background(server, ENDLESS + "&timeout=6")
    old = server.answering()
    server.signal(signal.SIGHUP)
    assert wait(lambda: server.answering() - old)
    asking.join(60)
    assert statuses == [503]  # its own deadline, not the end of the process
    assert wait(lambda: not old & server.answering())


def test_a_reload_takes_new_saved_queries_and_a_bad_one_changes_nothing(server, tmp_path):
    name = next(QUERIES.glob("*.rq")).name
    shutil.copy(QUERIES / name, tmp_path / "queries" / "fresh.rq")
    assert server.ask("/queries/fresh")[0].status == 404
    old = server.answering()
    server.signal(signal.SIGHUP)
    assert wait(lambda: not old & server.answering())
    assert server.ask("/queries/fresh", Accept="text/html")[0].status == 200

    (tmp_path / "queries" / "broken.rq").write_text("SELECT")
    now = server.answering()
    server.signal(signal.SIGHUP)
    assert wait(lambda: "the reload failed" in server.log()), server.log()
    assert "broken.rq" in server.log()
    assert server.ask("/queries/fresh", Accept="text/html")[0].status == 200
    assert server.answering() == now


def test_an_end_waits_for_requests_in_hand_and_takes_no_new_ones(server):
    idle = socket.create_connection(("127.0.0.1", server.port))
    asking, statuses = _ask_in_background(server, ENDLESS + "&timeout=4")
    everybody = server.answering() | server.workers()
    server.signal(signal.SIGTERM)
    with idle:
        assert wait(lambda: not _accepts(server.port))
        idle.settimeout(30)
        assert idle.recv(1) == b""
    asking.join(60)
    assert statuses == [503]  # the answer of its own deadline
    assert server.process.wait(60) == 0
    assert wait(lambda: not any(exists(pid) for pid in everybody))


def test_an_end_waits_no_longer_than_its_limit(root, flares):
    server = Server(root, flares, workers="1", shutdown_timeout="1", query_timeout="600")
    asking, statuses = _ask_in_background(server, ENDLESS)
    everybody = server.answering() | server.workers()
    assert server.stop() == 0
    asking.join(60)
    assert statuses == [503]
    assert wait(lambda: not any(exists(pid) for pid in everybody))


def test_a_killed_serving_process_is_replaced_and_the_socket_stays(server):
    (old,) = server.answering()
    workers = server.workers()
    os.kill(old, signal.SIGKILL)
    assert server.ask(ASK)[0].status == 200  # it waited in the socket's queue
    assert old not in server.answering()
    assert wait(lambda: not any(exists(pid) for pid in workers))
    assert f"serving process {old} is gone (it ended with status -9)" in server.log()


def test_a_spare_process_takes_over_at_once_and_a_reload_starts_from_nothing(server):
    assert wait(lambda: len(server.spares_too()) == 2)
    (old,) = server.answering()
    (spare,) = server.spares_too() - {old}
    os.kill(old, signal.SIGKILL)
    assert server.ask(ASK)[0].status == 200
    assert server.answering() == {spare}

    assert wait(lambda: len(server.spares_too()) == 2)
    for pid in server.spares_too():  # the spare one too
        os.kill(pid, signal.SIGKILL)
    assert server.ask(ASK)[0].status == 200

    assert wait(lambda: len(server.spares_too()) == 2)
    everybody = server.spares_too()
    server.signal(signal.SIGHUP)
    assert wait(lambda: server.answering() and not everybody & server.spares_too()), server.log()  # new code in both
    assert server.ask(ASK)[0].status == 200


def test_serving_processes_give_back_what_is_freed(server):
    assert wait(lambda: len(server.spares_too()) == 2)
    for pid in server.spares_too():
        assert b"\0MALLOC_ARENA_MAX=2\0" in b"\0" + Path(f"/proc/{pid}/environ").read_bytes()


def test_killed_workers_are_replaced(server):
    for _ in range(3):
        workers = server.workers()
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        assert server.ask(ASK)[0].status in (200, 503)
        assert server.ask(ASK)[0].status == 200
        assert wait(lambda workers=workers: not any(exists(pid) for pid in workers))


def test_when_the_watching_process_is_killed_all_end_and_the_next_start_has_the_port(root, flares, server):
    everybody = server.answering() | server.workers()
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(10)
    server.stop()
    assert wait(lambda: not any(exists(pid) for pid in everybody))
    again = Server(root, flares, workers="1", port=str(server.port))
    try:
        assert again.ask(ASK)[0].status == 200
    finally:
        again.stop()


def test_a_writer_that_is_killed_loses_nothing_that_was_acknowledged(root, flares, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(flares, data, symlinks=True)
    token = tokens.add(data, "tester")
    server = Server(root, data, workers="1")

    def write(number: int) -> int:
        turtle = f"<http://e.example/{number}> <http://e.example/p> {number} .".encode()
        path = "/graphs?" + urlencode({"graph": f"http://e.example/g{number}"})
        headers = {"Authorization": f"Bearer {token}", "Content_Type": "text/turtle"}
        return server.ask(path, "PUT", turtle, **headers)[0].status

    def writers() -> set[int]:
        return {pid for pid in server.workers() if b"server.store.writer" in _command(pid)}

    try:
        statuses = {0: write(0)}
        for number in range(1, 5):
            writing = threading.Thread(target=lambda n=number: statuses.update({n: write(n)}))
            writing.start()
            assert wait(lambda n=number: len(writers()) > 1 or n in statuses)
            killed = writers()  # the one at work, and the one that waits for the next write
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            writing.join(90)
            assert wait(lambda killed=killed: not any(exists(pid) for pid in killed))
        statuses[9] = write(9)
        read = {n: server.ask("/graphs?" + urlencode({"graph": f"http://e.example/g{n}"}))[0].status for n in statuses}
    finally:
        server.stop()
    assert set(statuses.values()) <= {201, 503}, statuses
    assert (statuses[0], statuses[9]) == (201, 201)
    assert all(read[n] == 200 for n, status in statuses.items() if status == 201)


def test_what_cannot_start_says_so_in_one_line(root, flares, tmp_path):
    (tmp_path / "broken.rq").write_text("SELECT")
    command = [sys.executable, "-m", "armsclaims.cli", "serve", "--port", "0"]
    done = subprocess.run(
        [*command, "--data", str(flares), "--queries", str(tmp_path)], cwd=root, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
    assert "broken.rq" in done.stderr
    assert done.stderr.count("\n") == 1


def test_systemd_is_told(tmp_path, monkeypatch):
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(address))
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))
        notify("READY=1")
        assert systemd.recv(100) == b"READY=1"
    monkeypatch.delenv("NOTIFY_SOCKET")
    notify("READY=1")


def test_settings_survive_the_way_through_the_environment(tmp_path):
    settings = Settings(
        data=tmp_path, port=0, query_timeout=0.5, query_memory=1234, service_allow=("http://a/", "http://b/"),
        metrics_for=(), trusted_proxies=("10.0.0.0/8",), proxy_headers=("forwarded", "prefix"), title="A title",
    )  # fmt: skip
    assert read(as_environment(settings, {})) == settings
    assert as_environment(Settings(), {}) == {}
    given = {"DATA": "/elsewhere", "ARMSCLAIMS_TITLE": "Another", "PATH": "/bin"}
    assert as_environment(Settings(), given) == {"PATH": "/bin"}  # what was chosen went before the environment


def _ask_in_background(server: Server, path: str) -> tuple[threading.Thread, list[int]]:
    """Ask, and return when a worker is at it: the thread that waits, and where it will put the status."""
    statuses: list[int] = []
    asking = threading.Thread(target=lambda: statuses.append(server.ask(path)[0].status))
    before = {pid: busy(pid) for pid in server.workers()}
    asking.start()
    assert wait(lambda: any(busy(pid) - before.get(pid, 0) > 5 for pid in server.workers()))
    return asking, statuses


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except ConnectionError:
        return False


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
