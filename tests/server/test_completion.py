"""What the editor offers for the beginning of a name: from the ontology, the data in use, and the search index."""

import pytest

from server.completion import as_term


@pytest.fixture
def offers(client):
    def ask(text, **fields):
        answer = client.get("/sparql/completions", query_string={"q": text, **fields})
        assert answer.status_code == 200
        return [(offer["term"], offer["label"], offer["kind"]) for offer in answer.json["completions"]]

    return ask


def test_entities_classes_and_properties_are_offered_by_label(offers):
    assert ("state:norway", "Norway", "state") in offers("norw")
    assert (
        "body:ministry-of-foreign-affairs-norway",
        "Ministry of Foreign Affairs (Norway)",
        "government body",
    ) in offers(
        "oslo"  # an alias
    )
    assert offers("denia")[0] == ("ac:Denial", "denial", "class")
    assert ("ac:StancePositive", "positive", "value") in offers("posit")
    assert ("schema:datePublished", "published on", "property") in offers("datePub")  # in use, of another's
    assert offers("") == offers("zzzz") == offers("norwey") == []  # nothing is guessed


def test_what_fits_the_place_comes_first(offers):
    kinds = [kind for _, _, kind in offers("s", first="property")]
    assert kinds[0] == "property"
    assert kinds == sorted(kinds, key=lambda kind: kind != "property")
    assert offers("s", first="class")[0][2] == "class"


def test_statements_have_no_name_to_complete(offers):
    assert not any(term.startswith("statement:") for term, _, _ in offers("ship"))


@pytest.mark.parametrize("fields", [{"q": "x" * 201}, {"q": "a", "first": "thing"}, {"q": "a", "first": ""}])
def test_bad_fields_are_400(client, fields):
    assert client.get("/sparql/completions", query_string=fields).status_code == 400


@pytest.mark.parametrize(
    ("iri", "term"),
    [
        ("https://w3id.org/armsclaims/id/person/sergei-lavrov", "person:sergei-lavrov"),
        (
            "https://w3id.org/armsclaims/id/article/fjord-post/1",
            "<https://w3id.org/armsclaims/id/article/fjord-post/1>",
        ),
        ("https://w3id.org/armsclaims/id/state/a-", "<https://w3id.org/armsclaims/id/state/a->"),
        ("http://elsewhere.example/x", "<http://elsewhere.example/x>"),
    ],
)
def test_a_term_stands_in_a_query_without_escapes(iri, term):
    assert as_term(iri) == term
