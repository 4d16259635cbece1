"""Another server that goes and comes, and graphs that change: pushes, what is forgotten, what breaks off."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, RdfFormat, Store
from servers import free_port, oxigraph
from targets import NAMES, Target, started

from armsclaims.cli import main
from ontology.terms import AC, RDF, SCHEMA
from server.app import create_app
from server.settings import BadSetting, Settings
from server.settings import read as read_settings
from server.store import pushing
from server.store.releases import Changes, Releases
from server.store.remote import RemoteEngine

HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}
UNCHANGED = "0 graphs written, 0 removed, 8 unchanged"


@pytest.mark.parametrize("name", NAMES)
def test_errors_say_that_the_engine_is_down_and_the_server_recovers(name: str, tmp_path: Path, seed_data: Path) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    with started(name, folder) as target:
        target.push(seed_data)
    settings = Settings(data=tmp_path / "data", engine=target.endpoint)
    with RemoteEngine(settings.engine, workers=1) as engine:
        client = create_app(settings, engine).test_client()
        for _ in range(2):  # it is down, comes, goes and comes
            says_that_the_engine_is_down(client)
            with started(name, folder, target):
                assert client.get("/health").status_code == 200
                assert client.get("/queries/quantities?format=csv").text.count("\n") == 3
                assert client.get("/page/person/kim-jong-un", headers=HTML).status_code == 200
                asked = client.get("/sparql", query_string={"query": "ASK { ?s a ac:Denial }", "format": "json"})
                assert '"boolean":true' in asked.text
        says_that_the_engine_is_down(client)


def says_that_the_engine_is_down(client: FlaskClient) -> None:
    for path in ("/", "/sparql?query=ASK{}", "/search?q=kim", "/dumps/dataset.nt", "/queries/quantities"):
        down = client.get(path, headers=JSON)
        assert (down.status_code, down.content_type) == (503, "application/problem+json"), path
        assert down.headers["Retry-After"] == "5"
        assert down.json is not None
        assert "The engine behind this server does not answer" in down.json["detail"]
    for path in ("/queries/quantities", "/page/person/kim-jong-un"):
        page = client.get(path, headers=HTML)
        assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
        assert "The engine behind this server does not answer" in page.text
    assert client.get("/health").status_code == 503
    assert client.get("/health/live").status_code == 200


def test_what_changes_is_pushed_and_what_is_forgotten_goes(target: Target, seed_data: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(seed_data, data, symlinks=True)
    releases = Releases(data)
    release = releases.require_current()
    graph, other = sorted(release.manifest.sources)[:2]
    store = release.open()
    headline = next(iter(store.quads_for_pattern(None, SCHEMA.headline, None, NamedNode(graph))))
    (denial,) = [quad.subject for quad in store.quads_for_pattern(None, RDF.type, AC.Silence, None)][:1]
    del store
    with RemoteEngine(target.endpoint, workers=1) as engine:
        try:
            assert target.push(data) == UNCHANGED
            changed = tmp_path / "changed.nq"
            changed.write_text(
                _quads(release.open(), graph).replace(headline.object.value, "Another headline"), "utf-8"
            )
            releases.publish(Changes(put={graph: changed}, drop={other}))
            assert "1 removed" in target.push(data)
            heads = engine.select("SELECT ?h { ?a a ac:Article ; schema:headline ?h }")
            assert len(heads) == 4
            assert "Another headline" in {row["h"].value for row in heads}
            there = f"SELECT (1 AS ?one) {{ {denial} ?p ?o }}"
            assert engine.select(there)
            releases.forget(str(denial)[1:-1], "a test")
            target.push(data)
            assert engine.select(there) == []
        finally:
            target.push(seed_data)
    assert target.push(seed_data) == UNCHANGED


def test_a_push_that_fails_leaves_the_release_and_is_made_good(
    seed_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "TRIES", 1)
    port = free_port()
    command = ["push", "--data", str(seed_data), "--engine-graphs", f"http://127.0.0.1:{port}/store"]
    failed = CliRunner().invoke(main, command)
    assert failed.exit_code == 1
    assert "is published in" in failed.output
    assert "armsclaims push makes it good" in failed.output
    with oxigraph(tmp_path, writable=True, union=True, port=port):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output
        assert "8 graphs written" in done.output


def test_a_secret_stands_in_no_address_and_in_no_error(tmp_path: Path, seed_data: Path) -> None:
    with pytest.raises(BadSetting, match="without user and password"):
        read_settings({"ENGINE": "http://me:secret@localhost/sparql"})
    login = tmp_path / "login"
    login.write_text("me:very-secret")
    values = read_settings({"ENGINE": "http://localhost/sparql", "ARMSCLAIMS_ENGINE_LOGIN": str(login)})
    assert (values.engine, values.engine_login) == ("http://localhost/sparql", login)
    assert "very-secret" not in repr(values)
    login.write_text("no colon")
    command = ["push", "--data", str(seed_data), "--engine-graphs", "http://127.0.0.1:1/", "--engine-login", str(login)]
    failed = CliRunner().invoke(main, command)
    assert failed.exit_code == 1
    assert "should hold one line, user:password" in failed.output
    assert "no colon" not in failed.output


def _quads(store: Store, graph: str) -> str:
    quads = store.quads_for_pattern(None, None, None, NamedNode(graph))
    copy = Store()
    copy.extend(quads)
    return copy.dump(format=RdfFormat.N_QUADS).decode()
