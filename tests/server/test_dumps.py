"""Downloads: each holds what the release holds, is made once and appears whole, and is sent in ranges with an ETag."""

import gzip
import io
import json
import shutil

import pyoxigraph
import pytest
import rdflib
from pyoxigraph import DefaultGraph, Quad, RdfFormat

from ontology.terms import REFERENCE_FOLDER
from server.store import dumping
from server.store.dumping import DUMPS
from server.store.releases import Releases

ONTOLOGY = "https://w3id.org/armsclaims/graph/ontology"


def loaded(path, dump):
    data = path.read_bytes()
    data = gzip.decompress(data) if dump.compressed else data
    store = pyoxigraph.Store()
    for quad in pyoxigraph.parse(data, format=dump.format):
        store.add(quad)
    return store


def without_blank_nodes(quads):
    return {q for q in quads if not any(isinstance(t, pyoxigraph.BlankNode) for t in (q.subject, q.object))}


@pytest.mark.parametrize("name", DUMPS)
def test_a_dump_holds_what_the_release_holds(release, name):
    dump = DUMPS[name]
    store = release.open()
    wanted = list(store)
    if dump.graph is not None:
        wanted = [Quad(q.subject, q.predicate, q.object) for q in store.quads_for_pattern(None, None, None, dump.graph)]
    found = loaded(dumping.file(release, dump), dump)
    assert without_blank_nodes(found) == without_blank_nodes(wanted)
    assert len(found) == len(set(wanted))


def test_the_formats_are_those_promised():
    assert list(DUMPS) == [
        *("dataset.ttl", "dataset.ttl.gz", "dataset.trig", "dataset.trig.gz", "dataset.nq", "dataset.nq.gz"),
        *("dataset.nt", "dataset.nt.gz", "dataset.jsonld", "dataset.jsonld.gz", "dataset.rdf", "dataset.rdf.gz"),
        "ontology.ttl",
    ]
    assert DUMPS["dataset.ttl"].graph == DefaultGraph()


def test_turtle_has_our_prefixes(release):
    text = dumping.file(release, DUMPS["dataset.ttl"]).read_text("utf-8")
    assert "@prefix ac: <https://w3id.org/armsclaims/ontology#> ." in text
    assert "statement:flares-1-ships" in text


def test_rdflib_reads_our_turtle():
    """Of all reference data: DBpedia has names that end in a full stop."""
    store, out = pyoxigraph.Store(), io.BytesIO()
    for path in REFERENCE_FOLDER.glob("*.ttl"):
        store.load(path=path, format=RdfFormat.TURTLE)
    dumping.write(store, DUMPS["dataset.ttl"], out)
    assert len(rdflib.Graph().parse(data=out.getvalue(), format="turtle")) == len(store)


def test_it_is_made_once_and_leaves_nothing_beside(release):
    first = dumping.file(release, DUMPS["dataset.nt"]).stat()
    second = dumping.file(release, DUMPS["dataset.nt"]).stat()
    assert (first.st_ino, first.st_mtime_ns) == (second.st_ino, second.st_mtime_ns)
    assert [path.name for path in release.dumps.iterdir() if path.name.startswith(".")] == []


@pytest.fixture
def fresh(flares, tmp_path):
    """The release in a folder of its own, without dumps."""
    shutil.copytree(flares, tmp_path / "data", symlinks=True, ignore=shutil.ignore_patterns("dumps"))
    release = Releases(tmp_path / "data").current()
    assert release is not None
    return release


def test_one_that_fails_on_the_way_is_not_there(fresh, monkeypatch):
    monkeypatch.setattr(dumping, "_dump", lambda store, dump, out: out.write(b"half") and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dumping.file(fresh, DUMPS["dataset.nq"])
    assert list(fresh.dumps.iterdir()) == []


def test_what_was_forgotten_meanwhile_does_not_come_back(fresh, monkeypatch):
    made = []

    def write_while_something_is_forgotten(store, dump, out, write=dumping._dump):
        made.append(dump.name)
        if len(made) == 1:
            manifest = fresh.folder / "manifest.json"
            content = json.loads(manifest.read_bytes()) | {"contents": "1" * 64}
            manifest.write_text(json.dumps(content))
        write(store, dump, out)

    monkeypatch.setattr(dumping, "_dump", write_while_something_is_forgotten)
    assert dumping.file(fresh, DUMPS["ontology.ttl"]).exists()
    assert made == ["ontology.ttl", "ontology.ttl"]


def test_the_page_lists_the_files_and_their_sizes(client):
    with client.get("/dumps/ontology.ttl"):
        pass
    html = client.get("/dumps/", headers={"Accept": "text/html"}).text
    for name in DUMPS:
        assert f'<a href="/dumps/{name}">' in html
    assert "KiB" in html
    assert client.get("/dumps").status_code == 200


def test_a_file_is_an_attachment_with_etag_ranges_and_its_release(client, release):
    with client.get("/dumps/dataset.nq") as whole:
        data = whole.data
        headers = whole.headers
    assert headers["Content-Type"] == "application/n-quads"
    assert headers["Content-Disposition"] == f"attachment; filename=armsclaims-{release.id}-dataset.nq"
    assert headers["Armsclaims-Release"] == release.id
    assert "Last-Modified" in headers
    with client.get("/dumps/dataset.nq", headers={"If-None-Match": headers["ETag"]}) as again:
        assert again.status_code == 304
    with client.get("/dumps/dataset.nq", headers={"Range": "bytes=10-19"}) as part:
        assert (part.status_code, part.data) == (206, data[10:20])
        assert part.headers["Content-Range"] == f"bytes 10-19/{len(data)}"
    with client.get("/dumps/dataset.nq.gz") as packed:
        assert packed.headers["Content-Type"] == "application/gzip"
        assert "Content-Encoding" not in packed.headers
        assert gzip.decompress(packed.data) == data


def test_an_older_release_can_be_had_and_an_unknown_one_is_404(client, release):
    with client.get(f"/dumps/ontology.ttl?release={release.id}") as response:
        assert response.status_code == 200
    for unknown in ("nothing", "../../etc", "."):
        assert client.get("/dumps/ontology.ttl", query_string={"release": unknown}).status_code == 404


def test_rdf_formats_name_their_media_type():
    assert {dump.media_type for dump in DUMPS.values()} == {
        *("text/turtle", "application/trig", "application/n-quads", "application/n-triples"),
        *("application/ld+json", "application/rdf+xml"),
    }
    assert DUMPS["dataset.rdf"].format == RdfFormat.RDF_XML
