"""`armsclaims link`, against a real SPARQL server with an excerpt in Wikidata's model."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from armsclaims.cli import main
from armsclaims.linking import source as sources
from armsclaims.linking.proposals import linkable
from armsclaims.linking.review import LINKS_FILE
from armsclaims.linking.source import Dump, Endpoint, NoCandidates
from ontology import reference as reference_data
from ontology.terms import REFERENCE_FOLDER

EXCERPT = Path(__file__).parent / "wikidata.ttl"
MEDVEDEV = "https://w3id.org/armsclaims/id/person/dmitry-medvedev"
POLITICIAN = "http://www.wikidata.org/entity/Q900000010"
ASK = "SELECT ?s WHERE { ?s ?p ?o } LIMIT 1"


def link(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["link", *map(str, arguments)])


def lines(review: Path) -> list[list[str]]:
    return [line.split("\t") for line in review.read_text().splitlines()[1:]]


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """The reference data as they come, without the links that were accepted here."""
    return shutil.copytree(REFERENCE_FOLDER, tmp_path / "reference", ignore=shutil.ignore_patterns(LINKS_FILE))


@pytest.fixture
def review(tmp_path: Path, reference: Path, wikidata: str) -> Path:
    """A review file with the proposals for one person."""
    path = tmp_path / "links.tsv"
    where = ("--reference", reference, "--endpoint", wikidata, "--cache", tmp_path / "cache", "--interval", 0)
    done = link(path, *where, "--name", "Dmitry Medvedev")
    assert done.exit_code == 0, done.output
    return path


def decide(review: Path, decision: str, candidate: str = POLITICIAN) -> None:
    text = review.read_text()
    old = next(line for line in text.splitlines() if candidate in line)
    review.write_text(text.replace(old, decision + "\t" + old.partition("\t")[2]))


def test_a_proposal_tells_its_score_and_reasons(review: Path) -> None:
    [line] = lines(review)
    assert line == [
        "",
        MEDVEDEV,
        "Dmitry Medvedev",
        POLITICIAN,
        "Dmitry Medvedev",
        "a politician of the tests",
        "100",
        "the label is the same (+40); is a human (+20); of Russia (+20); "
        "was “prime minister of Russia”, here “Prime Minister” (+20)",
    ]


def test_a_dump_gives_the_same_as_the_endpoint(review: Path, reference: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.tsv"
    assert link(other, "--reference", reference, "--dump", EXCERPT, "--name", "Dmitry Medvedev").exit_code == 0
    assert other.read_text() == review.read_text()


def test_candidates_of_another_kind_or_state_are_left_out(reference: Path, tmp_path: Path) -> None:
    review = tmp_path / "all.tsv"
    assert link(review, "--reference", reference, "--dump", EXCERPT, "--class", "Person").exit_code == 0
    assert [line[3] for line in lines(review)] == [POLITICIAN]


def test_what_is_linked_already_is_not_asked_for(reference: Path) -> None:
    labels = {entry.label for entry in linkable(reference_data.read(reference))}
    assert "Vladimir Putin" not in labels
    assert "Dmitry Medvedev" in labels


def test_an_accepted_link_becomes_reference_data(review: Path, reference: Path) -> None:
    decide(review, "accept")
    done = link(review, "--apply", "the desk", "--reference", reference)
    assert done.output == f"Dmitry Medvedev is {POLITICIAN}\n"
    assert POLITICIAN in reference_data.read(reference).by_iri[MEDVEDEV].links
    written = (reference / LINKS_FILE).read_text()
    assert "# the desk, 20" in written
    assert "score 100: the label is the same (+40)" in written
    assert f"<{MEDVEDEV}> owl:sameAs <{POLITICIAN}> ." in written
    assert link(review, "--apply", "the desk", "--reference", reference).output == ""  # nothing is written twice
    assert (reference / LINKS_FILE).read_text() == written


def test_a_concept_is_matched_exactly_and_no_individual(reference: Path, tmp_path: Path) -> None:
    review = tmp_path / "goods.tsv"
    assert link(review, "--reference", reference, "--dump", EXCERPT, "--class", "Materiel").exit_code == 0
    decide(review, "accept", "Q900000030")
    assert link(review, "--apply", "the desk", "--reference", reference).exit_code == 0
    assert "skos:exactMatch <http://www.wikidata.org/entity/Q900000030>" in (reference / LINKS_FILE).read_text()


def test_what_is_decided_stays_and_is_not_proposed_again(review: Path, reference: Path) -> None:
    decide(review, "refuse")
    assert link(review, "--reference", reference, "--dump", EXCERPT, "--name", "Dmitry Medvedev").exit_code == 0
    assert [line[0] for line in lines(review)] == ["refuse"]


def test_the_cache_answers_without_the_network(review: Path, reference: Path, wikidata: str, tmp_path: Path) -> None:
    before = review.read_text()
    again = ("--reference", reference, "--endpoint", wikidata, "--offline", "--name", "Dmitry Medvedev")
    assert link(review, *again, "--cache", tmp_path / "cache").exit_code == 0
    assert review.read_text() == before
    missing = link(review, *again, "--cache", tmp_path / "empty")
    assert missing.exit_code == 1
    assert "leave out --offline" in missing.output


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("\n\t", "\nyes\t"), ":2: “yes” is no decision"),
        (lambda text: text + "accept\tonly two\n", ":3: 2 columns"),
        (lambda text: text.replace(POLITICIAN, "no IRI"), ":2: “no IRI” is no IRI"),
        (
            lambda text: text.replace("\n\t", "\naccept\t").replace(MEDVEDEV, MEDVEDEV + "-x"),
            "not in the reference data",
        ),
    ],
)
def test_a_bad_review_file_names_its_line(review: Path, reference: Path, change, words: str) -> None:
    review.write_text(change(review.read_text()))
    done = link(review, "--apply", "the desk", "--reference", reference)
    assert done.exit_code == 1
    assert words in done.output
    assert not (reference / LINKS_FILE).exists()


def test_mistakes_on_the_command_line_are_told(tmp_path: Path) -> None:
    for arguments, words in (
        (("--class", "Banana"), "There is no class 'Banana'"),
        (("--name", "Nobody Atall"), "Nothing without a link is called 'Nobody Atall'"),
        (("--endpoint", "ftp://example.org"), "no address of an endpoint"),
        (("--dump", __file__), "names no RDF format"),
        (("--apply", "me"), "propose links first"),
    ):
        done = link(tmp_path / "none.tsv", *arguments)
        assert done.exit_code == 1, arguments
        assert words in done.output


class Moody(BaseHTTPRequestHandler):
    """Answers with the codes of `moods` in turn, then with no solutions; remembers what came."""

    moods: tuple[int, ...] = ()
    came: tuple[str, ...] = ()

    def do_POST(self) -> None:
        type(self).came = (*self.came, self.headers["User-Agent"])
        self.rfile.read(int(self.headers["Content-Length"]))
        code = self.moods[len(self.came) - 1] if len(self.came) <= len(self.moods) else 200
        body = b'{"head": {"vars": []}, "results": {"bindings": []}}' if code == 200 else b""
        self.send_response(code)
        if code == 429:
            self.send_header("Retry-After", "7")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def moody(*moods: int) -> Iterator[tuple[str, type[Moody]]]:
    handler = type("Handler", (Moody,), {"moods": moods, "came": ()})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", handler
        server.shutdown()
        thread.join()


def test_a_busy_endpoint_is_asked_again_when_it_says(tmp_path: Path) -> None:
    slept: list[float] = []
    with moody(429, 503) as (address, handler):
        assert Endpoint(address, tmp_path, interval=0, sleep=slept.append).select(ASK) == []
        assert len(handler.came) == 3
        assert all(agent.startswith("armsclaims/") for agent in handler.came)
    assert 7.0 in slept
    assert any(4 <= wait <= 5 for wait in slept)  # two to the second try, and some chance


def test_requests_keep_their_distance(tmp_path: Path) -> None:
    slept: list[float] = []
    with moody() as (address, _):
        endpoint = Endpoint(address, tmp_path, interval=1000, sleep=slept.append)
        endpoint.select(ASK)
        endpoint.select(ASK + " ")
    assert slept[0] == 0.0
    assert 900 < slept[1] <= 1000


def test_an_endpoint_that_goes_on_failing_is_given_up(tmp_path: Path) -> None:
    with moody(*[500] * 9) as (address, handler):
        with pytest.raises(NoCandidates, match=f"answered 500 .* to try {sources.TRIES}"):
            Endpoint(address, tmp_path, interval=0, sleep=lambda _: None).select(ASK)
        assert len(handler.came) == sources.TRIES
    with moody(400) as (address, handler):
        with pytest.raises(NoCandidates, match="answered 400"):
            Endpoint(address, tmp_path, interval=0, sleep=lambda _: None).select(ASK)
        assert len(handler.came) == 1
    with pytest.raises(NoCandidates, match="did not answer"):
        Endpoint("http://127.0.0.1:9/", tmp_path, interval=0, sleep=lambda _: None).select(ASK)
    assert list(tmp_path.iterdir()) == []  # failures are not remembered


def test_a_dump_that_is_no_rdf_is_told(tmp_path: Path) -> None:
    bad = tmp_path / "bad.ttl"
    bad.write_text("this is no Turtle")
    with pytest.raises(NoCandidates, match="cannot be read"):
        Dump(bad)
