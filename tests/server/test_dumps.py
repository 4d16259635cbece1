"""Downloads: each holds what the release holds, in an order to read, is made once, and is sent in ranges."""

import csv
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import warnings
from base64 import b64encode
from datetime import date
from functools import cache

import pandas
import pyarrow.parquet
import pyoxigraph
import pytest
import rdflib
import zstandard
from harness import publish, stories
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
)

from ontology.terms import CATALOGUE_GRAPH, REFERENCE_FOLDER, SKOS
from server.app import create_app
from server.settings import Settings
from server.store import dumping, ordering, rdf_files, spreadsheets
from server.store.dumping import DUMPS, Dump
from server.store.embedded import EmbeddedEngine
from server.store.releases import Changes, Releases

PLAIN = [name for name, dump in DUMPS.items() if dump.part != "statements" and not dump.packing]
OF_QUADS = ("trig", "nq", "jsonld")
DERIVED = NamedNode("https://w3id.org/armsclaims/graph/derived")
ARTICLES = "https://w3id.org/armsclaims/graph/article/"


def content(file):
    """The content of a dump, unpacked by other means than ours."""
    data = file.path.read_bytes()
    if file.dump.packing == ".gz":
        return gzip.decompress(data)
    if file.dump.packing == ".zst":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return data


def canonical(quads):
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


@pytest.fixture(scope="module")
def wanted(release):
    """What a dump is to hold, worked out from the store by other means."""

    @cache
    def of(part, with_graphs):
        quads = list(release.open())
        if part == "ontology":
            quads = [q for q in quads if str(q.graph_name) == "<https://w3id.org/armsclaims/graph/ontology>"]
        if part == "claims":
            quads = [
                q
                for q in quads
                if str(q.graph_name).startswith(f"<{ARTICLES}")
                or (q.graph_name == DERIVED and q.predicate != SKOS.broaderTransitive)
            ]
        elif part == "dataset" and not with_graphs:
            quads = [q for q in quads if q.graph_name == DefaultGraph()]
        return canonical(quads if with_graphs else [Quad(q.subject, q.predicate, q.object) for q in quads])

    return lambda dump: of(dump.part, dump.extension in OF_QUADS)


@pytest.mark.parametrize("name", PLAIN)
def test_a_dump_holds_what_the_release_holds(release, wanted, name):
    dump = DUMPS[name]
    path = dumping.file(release, dump).path
    found = list(pyoxigraph.parse(path=path, format=RdfFormat.from_extension(dump.extension)))
    assert canonical(found) == wanted(dump)
    assert len(found) == len(set(found)), "each once"


@pytest.mark.parametrize("name", [name for name in PLAIN if name == "dataset.ttl" or name.startswith("claims")])
def test_rdflib_reads_the_same(release, wanted, name):
    dump = DUMPS[name]
    format = {"rdf": "xml", "jsonld": "json-ld", "ttl": "turtle", "nq": "nquads"}.get(dump.extension, dump.extension)
    read = rdflib.Dataset()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)  # rdflib's own
        read.parse(dumping.file(release, dump).path, format=format)
    found = [Quad(as_ours(s), as_ours(p), as_ours(o), as_ours(g)) for s, p, o, g in read.quads((None,) * 4)]
    assert canonical(found) == wanted(dump)


def as_ours(term):
    """A term of rdflib's as one of pyoxigraph's."""
    match term:
        case None | rdflib.graph.DATASET_DEFAULT_GRAPH_ID:
            return DefaultGraph()
        case rdflib.BNode():
            return BlankNode(term)
        case rdflib.Literal(language=str(language)):
            return Literal(str(term), language=language)
        case rdflib.Literal():
            return Literal(str(term), datatype=NamedNode(term.datatype) if term.datatype else None)
    return NamedNode(term)


def test_what_is_packed_is_what_is_plain(release):
    for dump in DUMPS.values():
        if dump.packing:
            assert content(dumping.file(release, dump)) == dumping.file(release, dump.plain).path.read_bytes(), (
                dump.name
            )


def test_the_files_are_those_promised():
    formats = ("ttl", "nt", "rdf", "trig", "nq", "jsonld")
    plain = [f"{part}.{form}" for part in ("dataset", "claims") for form in formats]
    packed = [name + ending for name in (*plain, "statements.csv", "ontology.ttl") for ending in ("", ".gz", ".zst")]
    assert set(DUMPS) == {*packed, "statements.parquet"}
    assert {dump.media_type for dump in DUMPS.values()} == {
        *("text/turtle", "application/trig", "application/n-quads", "application/n-triples", "application/rdf+xml"),
        *("application/ld+json", "text/csv; charset=utf-8", "application/vnd.apache.parquet"),
        *("application/gzip", "application/zstd"),
    }


def test_turtle_is_in_the_order_of_reading(release):
    text = dumping.file(release, DUMPS["dataset.ttl"]).path.read_text("utf-8")
    assert text.startswith("@prefix ac: <https://w3id.org/armsclaims/ontology#> .\n@prefix rdf: ")
    assert "\n# Iceland says flares came by sea\n\narticle:fjord-post\\/flares-1 a ac:Article ;\n\trdfs:label " in text
    places = [
        text.index(start)
        for start in (
            "\narticle:fjord-post\\/flares-1 a ",
            "\nstatement:flares-1-ships a ac:Allegation ;\n\trdfs:label ",
            "\n<https://w3id.org/armsclaims/id/evidence/flares-1-ships> a ",
            "\n<https://w3id.org/armsclaims/id/selector/flares-1-ships> a ",
            "\nstatement:flares-1-silent a ac:NoComment ;",
            "\ntransfer:norway--iceland--flares a ac:ArmsTransfer ;",
            "\narticle:fjord-post\\/flares-2 a ",
            "\nstate:iceland a ac:State ;",
            "\n<https://w3id.org/armsclaims/ontology> a owl:Ontology ;",
        )
    ]
    assert places == sorted(places)
    assert text.count("\ntransfer:norway--iceland--flares a ") == 1, "two articles speak of it"


def test_equal_content_gives_equal_bytes_whatever_the_order_of_loading(release, tmp_path):
    other = Releases(tmp_path)
    for story in reversed(stories()):
        file = tmp_path / f"{story.id}.nq"
        pyoxigraph.serialize(story.quads(), str(file), RdfFormat.N_QUADS)
        again = other.publish(Changes(put={story.graph: file}))
    for name, dump in DUMPS.items():
        if dump.part == "dataset" and dump.extension in OF_QUADS:
            continue  # the catalogue names the release
        if dump.packing and dump.part != "statements":
            continue  # one packed file of each kind will do
        assert dumping.file(release, dump).sha256 == dumping.file(again, dump).sha256, name
    lines = [
        [
            line
            for line in dumping.file(one, DUMPS["dataset.nq"]).path.read_text("utf-8").splitlines()
            if str(CATALOGUE_GRAPH) not in line
        ]
        for one in (release, again)
    ]
    assert lines[0] == lines[1]


def test_rdflib_reads_our_turtle():
    """Of all reference data: DBpedia has names that end in a full stop."""
    store, out = pyoxigraph.Store(), io.BytesIO()
    for path in REFERENCE_FOLDER.glob("*.ttl"):
        store.load(path=path, format=RdfFormat.TURTLE)
    rdf_files.write([(DefaultGraph(), [ordering.graph(store, DefaultGraph())])], RdfFormat.TURTLE, out)
    assert len(rdflib.Graph().parse(data=out.getvalue(), format="turtle")) == len(store)


def test_what_is_too_much_for_memory_comes_whole_by_subject(release, monkeypatch):
    monkeypatch.setattr(ordering, "AT_ONCE", 100)
    store = release.open()
    blocks = list(ordering.graph(store, DefaultGraph()).blocks)
    assert len({block[0].subject for block in blocks}) == len(blocks) > 1000
    assert sum(map(len, blocks)) == sum(1 for _ in store.quads_for_pattern(None, None, None, DefaultGraph()))


def test_lists_of_a_thousand_items_are_written():
    store = Store()
    items = " ".join(map(str, range(5000)))
    store.load(f"<http://e.example/s> <http://e.example/p> ({items}) .".encode(), format=RdfFormat.TURTLE)
    [block] = ordering.graph(store, DefaultGraph()).blocks
    assert len(block) == 10_001


def test_json_ld_names_terms_by_a_context(release):
    document = json.loads(dumping.file(release, DUMPS["claims.jsonld"]).path.read_bytes())
    assert document["@context"]["speaker"] == {"@id": "https://w3id.org/armsclaims/ontology#speaker", "@type": "@id"}
    graph = next(g for g in document["@graph"] if g["id"] == f"{ARTICLES}fjord-post/flares-1")
    node = next(n for n in graph["@graph"] if n["id"].endswith("/statement/flares-1-ships"))
    assert node["type"] == "ac:Allegation"
    assert node["label"] == "Allegation ships"
    assert node["speaker"] == "https://w3id.org/armsclaims/id/state/iceland"
    assert node["statedOn"] == "2024-02-01"
    selector = next(n for n in graph["@graph"] if n["id"].endswith("/selector/flares-1-ships"))
    assert selector["oa:start"] == 57


def test_statements_as_rows_for_spreadsheets(release):
    data = dumping.file(release, DUMPS["statements.csv"]).path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfstatement,kind,label,speaker,")
    assert data.count(b"\r\n") == data.count(b"\n")
    rows = {row["statement"].rpartition("/")[2]: row for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))}
    assert list(rows) == ["flares-1-ships", "flares-1-silent", "flares-2-denies", "flares-2-talks", "hostile-img"]
    ships = rows["flares-1-ships"]
    expected = {
        "kind": "Allegation",
        "speaker": "https://w3id.org/armsclaims/id/state/iceland",
        "speaker_label": "Iceland",
        "about_kind": "ArmsTransfer",
        "supplier_label": "Norway",
        "recipient_label": "Iceland",
        "materiel_label": "signal flares",
        "stated_on": "2024-02-01",
        "date_precision": "Day",
        "date_basis": "Derived",
        "stance": "Positive",
        "quantity_value": "40",
        "quantity_unit": "container",
        "review_status": "Machine",
        "quote": "Iceland's government said that Norway had shipped about 40 containers of flares.",
        "quote_start": "57",
        "headline": "Iceland says flares came by sea",
        "published": "2024-02-01",
        "publisher_label": "Fjord Post",
    }
    assert {name: ships[name] for name in expected} == expected
    assert rows["flares-2-denies"]["materiel_label"] == "signal flares", "from the other article on the same event"
    assert rows["flares-2-denies"]["contradicts"] == "https://w3id.org/armsclaims/id/statement/flares-1-ships"
    frame = pandas.read_csv(io.BytesIO(data), parse_dates=["stated_on"])
    assert next(iter(frame.columns)) == "statement"
    assert frame["stated_on"].max().date() == date(2024, 2, 3)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_no_text_is_a_formula(text):
    assert spreadsheets.safe(text) == "'" + text
    assert spreadsheets.safe("x" + text) == "x" + text


def test_a_formula_in_a_label_is_text_in_the_file(tmp_path):
    story = stories()[0]
    story.headline = '=HYPERLINK("http://e.example/","x")'
    file = tmp_path / "formula.nq"
    pyoxigraph.serialize(story.quads(), str(file), RdfFormat.N_QUADS)
    release = Releases(tmp_path).publish(Changes(put={story.graph: file}))
    text = dumping.file(release, DUMPS["statements.csv"]).path.read_text("utf-8-sig")
    assert {row["headline"] for row in csv.DictReader(io.StringIO(text))} == {"'" + story.headline}


def test_the_same_rows_typed_as_parquet(release):
    table = pyarrow.parquet.read_table(dumping.file(release, DUMPS["statements.parquet"]).path)
    text = dumping.file(release, DUMPS["statements.csv"]).path.read_text("utf-8-sig")
    assert table.column_names == next(csv.reader([text.splitlines()[0]]))
    [ships] = [row for row in table.to_pylist() if row["statement"].endswith("/flares-1-ships")]
    assert (ships["stated_on"], ships["quantity_value"], ships["quote_start"]) == (date(2024, 2, 1), 40.0, 57)
    assert ships["materiel_label"] == ["signal flares"]
    assert ships["on_behalf_of"] is None
    assert str(table.schema.field("stated_on").type) == "date32[day]"


def test_sha256sum_accepts_the_checksums(release, client, tmp_path):
    for name in ("dataset.ttl", "claims.nq.zst", "statements.parquet"):
        with client.get(f"/dumps/{name}") as response:
            (tmp_path / name).write_bytes(response.data)
            digest = hashlib.sha256(response.data).digest()
            assert response.headers["Repr-Digest"] == f"sha-256=:{b64encode(digest).decode()}:"
            assert response.headers["ETag"] == f'"{digest.hex()}"'
        one = client.get(f"/dumps/{name}.sha256")
        assert one.text == f"{digest.hex()}  {name}\n"
    (tmp_path / "SHA256SUMS").write_bytes(client.get("/dumps/SHA256SUMS").data)
    command = ["sha256sum", "-c", "--ignore-missing", "--strict", "SHA256SUMS"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert sorted(done.stdout.split("\n"))[1:] == ["claims.nq.zst: OK", "dataset.ttl: OK", "statements.parquet: OK"]
    (tmp_path / "dataset.ttl").write_bytes(b"changed")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_what_is_forgotten_is_in_no_dump_and_gone_from_its_address(tmp_path):
    release = publish(tmp_path)
    names = ("dataset.nq", "claims.ttl.gz", "statements.csv")  # graph by graph, each triple once, as rows
    before = {name: dumping.file(release, DUMPS[name]) for name in names}
    Releases(tmp_path).forget("https://w3id.org/armsclaims/id/statement/flares-1-ships", "asked")
    for one in Releases(tmp_path).list():
        assert dumping.files(one) == []
        for name, file in before.items():
            again = dumping.file(one, DUMPS[name])
            assert again.sha256 != file.sha256, name
            assert b"statement/flares-1-ships" not in content(again), name
    with EmbeddedEngine(tmp_path, workers=1) as engine:
        client = create_app(Settings(data=tmp_path), engine).test_client()
        for place in ("id/{}", "page/{}", "data/{}.ttl"):
            assert client.get("/" + place.format("statement/flares-1-ships")).status_code == 410
            assert client.get("/" + place.format("statement/never")).status_code == 404


def test_it_is_made_once_and_leaves_nothing_beside(release):
    first = dumping.file(release, DUMPS["dataset.nt.gz"]).path.stat()
    second = dumping.file(release, DUMPS["dataset.nt.gz"]).path.stat()
    assert (first.st_ino, first.st_mtime_ns) == (second.st_ino, second.st_mtime_ns)
    hidden = {path.name for path in release.dumps.iterdir() if path.name.startswith(".")}
    assert hidden <= {f".{name}.sha256" for name in DUMPS}


@pytest.fixture
def fresh(flares, tmp_path):
    """The release in a folder of its own, without dumps."""
    shutil.copytree(flares, tmp_path / "data", symlinks=True, ignore=shutil.ignore_patterns("dumps"))
    release = Releases(tmp_path / "data").current()
    assert release is not None
    return release


def failing(write):
    return Dump("dataset", "nq", "N-Quads", "application/n-quads", write)


def test_one_that_fails_on_the_way_is_not_there(fresh):
    with pytest.raises(ZeroDivisionError):
        dumping.file(fresh, failing(lambda store, plain, out: out.write(b"half") and 1 / 0))
    assert list(fresh.dumps.iterdir()) == []


def test_what_was_forgotten_meanwhile_does_not_come_back(fresh):
    made = []

    def write_while_something_is_forgotten(_store, _plain, out):
        made.append(out)
        if len(made) == 1:
            manifest = fresh.folder / "manifest.json"
            content = json.loads(manifest.read_bytes()) | {"contents": "1" * 64}
            manifest.write_text(json.dumps(content))

    assert dumping.file(fresh, failing(write_while_something_is_forgotten)).size == 0
    assert len(made) == 2


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
    ten = {"Range": "bytes=10-19"}
    for asked in (ten, ten | {"If-Range": headers["ETag"]}, ten | {"Accept-Encoding": "gzip, zstd"}):
        with client.get("/dumps/dataset.nq", headers=asked) as part:
            assert (part.status_code, part.data) == (206, data[10:20])
            assert part.headers["Content-Range"] == f"bytes 10-19/{len(data)}"
    with client.get("/dumps/dataset.nq", headers=ten | {"If-Range": '"another"'}) as whole:
        assert (whole.status_code, len(whole.data)) == (200, len(data))
    with client.get("/dumps/dataset.nq", headers={"Range": f"bytes={len(data)}-"}) as beyond:
        assert beyond.status_code == 416
        assert beyond.headers["Content-Range"] == f"bytes */{len(data)}"
    with client.head("/dumps/dataset.nq") as head:
        assert (head.headers["Content-Length"], head.headers["Accept-Ranges"]) == (str(len(data)), "bytes")
    with client.get("/dumps/dataset.nq", headers={"If-Modified-Since": headers["Last-Modified"]}) as same:
        assert same.status_code == 304
    with client.get("/dumps/dataset.nq.gz") as packed:
        assert packed.headers["Content-Type"] == "application/gzip"
        assert "Content-Encoding" not in packed.headers
        assert gzip.decompress(packed.data) == data


def test_an_older_release_can_be_had_and_an_unknown_one_is_404(client, release):
    with client.get(f"/dumps/ontology.ttl?release={release.id}") as response:
        assert response.status_code == 200
    for unknown in ("nothing", "../../etc", "."):
        assert client.get("/dumps/ontology.ttl", query_string={"release": unknown}).status_code == 404
