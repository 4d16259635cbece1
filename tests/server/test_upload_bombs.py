"""RDF that is small on the wire and large when read, or nested beyond measure: refused, and the server is as before."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import Server, exists, resident

from server.store import tokens

TURTLE, RDF_XML, JSON_LD = "text/turtle", "application/rdf+xml", "application/ld+json"
MIB = 1024**2
DEEP, MANY = 100_000, 10_000
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e.example/">{}</rdf:RDF>'
ABOUT = '<rdf:Description rdf:about="http://e.example/a"><e:p>{}</e:p></rdf:Description>'
ENTITIES = '<!ENTITY a0 "xxxxxxxxxx">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
BILLION = f"<!DOCTYPE r [{ENTITIES}]>" + RDF.format(ABOUT.format("&a8;"))  # 1e9 characters
BOMBS = {
    "entities": (BILLION.encode(), RDF_XML),
    "entities after a declaration": (f'<?xml version="1.0"?><!-- --> {BILLION}'.encode(), RDF_XML),
    "entities in UTF-16": (('<?xml version="1.0" encoding="UTF-16"?>' + BILLION).encode("utf-16"), RDF_XML),
    "entities in UTF-16 that is UTF-8 too": (
        ('<?xml version="1.0" encoding="UTF-16LE"?>' + BILLION).encode("utf-16-le"),
        RDF_XML,
    ),
    "blank nodes": (("<a> <b> " + "[ <c> " * DEEP + "1" + "]" * DEEP + " .").encode(), TURTLE),
    "collections": (("<a> <b> " + "(" * MANY + ")" * MANY + " .").encode(), TURTLE),
    "objects": (b'{"http://e.example/p":' * DEEP + b"1" + b"}" * DEEP, JSON_LD),
    "lists": (b'{"@id":"http://e.example/a","http://e.example/p":' + b"[" * DEEP + b"]" * DEEP + b"}", JSON_LD),
    "elements": (RDF.format("<e:A><e:p>" * MANY + "</e:p></e:A>" * MANY).encode(), RDF_XML),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def server(root: Path, folder: Path) -> Iterator[Server]:
    server = Server(
        root, folder, default_graph="plain", workers="1", max_upload="8M", query_memory="300M", write_timeout="30"
    )
    yield server
    server.stop()


@pytest.fixture(scope="module")
def headers(folder: Path) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.add(folder, 'ada')}"}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_or_read_within_the_limits(server: Server, headers: dict[str, str], name: str) -> None:
    (answering,) = server.answering()
    before = resident({answering})
    body, content_type = BOMBS[name]
    response, answer = server.ask("/graphs?default", "PUT", body, Content_Type=content_type, **headers)
    if "entities" in name:
        assert response.status == 400
    assert response.status in (204, 400, 503), answer
    if answer:
        assert json.loads(answer)["detail"]
    assert server.answering() == {answering}
    assert exists(answering)
    assert resident({answering}) - before < 64 * MIB
    assert server.ask("/sparql?query=ASK%7B%7D")[0].status == 200


def test_what_unpacks_beyond_the_limit_is_413(server: Server, headers: dict[str, str]) -> None:
    packed = gzip.compress(b"#" * 200_000_000)
    assert len(packed) < 200_000  # a thousand to one
    (answering,) = server.answering()
    before = resident({answering})
    response, answer = server.ask(
        "/graphs?default", "PUT", packed, Content_Type=TURTLE, Content_Encoding="gzip", **headers
    )
    assert response.status == 413
    assert "limit" in json.loads(answer)["detail"]
    assert resident({answering}) - before < 64 * MIB
