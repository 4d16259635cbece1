"""SHACL validation: the article, the sentence and the message of every violation."""

import pytest
from article_examples import Said, article_of, graph_of, quads_of, statement_of
from pyoxigraph import Literal, NamedNode, Quad

from ontology.terms import AC, ID, XSD
from server.store.errors import BadGraph, Violation
from server.store.foundation import Foundation
from server.store.validation import validate

SAID = Said("Three gears were sent.", quantity=3)


def check(foundation: Foundation, **articles: list[Quad]) -> list[Violation]:
    return validate(
        {graph_of(name): quads for name, quads in articles.items()},
        foundation=[*foundation.ontology, *foundation.reference],
        shapes=foundation.shapes,
    )


def without(quads: list[Quad], predicate: NamedNode) -> list[Quad]:
    return [quad for quad in quads if quad.predicate != predicate]


def test_a_good_article_has_no_violations(foundation: Foundation) -> None:
    assert check(foundation, one=quads_of("one", [SAID]), two=quads_of("two", [SAID])) == []


def test_a_violation_at_a_statement(foundation: Foundation) -> None:
    [violation] = check(foundation, one=quads_of("one", [SAID]), two=without(quads_of("two", [SAID]), AC.certainty))
    assert violation == Violation(
        article=article_of("two"),
        sentence="Three gears were sent.",
        focus=statement_of("two", SAID),
        message="the certainty is missing (property certainty)",
        severity="Warning",
    )


def test_a_violation_at_a_part_names_the_sentence_of_its_statement(foundation: Foundation) -> None:
    quads = [
        Quad(q.subject, q.predicate, Literal("7", datatype=XSD.integer), q.graph_name) if q.predicate == AC.unit else q
        for q in quads_of("one", [Said("Nothing else."), SAID])
    ]
    [violation] = check(foundation, one=quads)
    assert violation.sentence == "Three gears were sent."
    assert violation.focus.startswith(ID + "quantity/")
    assert violation.message.startswith('the unit is not text (property unit, value "7"^^')


def test_a_literal_that_is_not_what_its_datatype_says(foundation: Foundation) -> None:
    quads = quads_of("one", [SAID])
    broken = Quad(
        NamedNode(statement_of("one", SAID)),
        AC.statedOn,
        Literal("1843-06-31", datatype=XSD.date),
        NamedNode(graph_of("one")),
    )
    [violation] = check(foundation, one=[*quads, broken])
    assert violation == Violation(
        article=article_of("one"),
        sentence="Three gears were sent.",
        focus=statement_of("one", SAID),
        message=f'"1843-06-31"^^<{XSD.date.value}> is not what its datatype says: correct it. (property statedOn)',
        severity="Violation",
    )


def test_a_violation_says_where_it_is(foundation: Foundation) -> None:
    [violation] = check(foundation, one=without(quads_of("one", [SAID]), AC.quote))
    assert str(violation) == (
        f"{article_of('one')}: a statement has exactly one quote (property quote)\n  at <{statement_of('one', SAID)}>"
    )


def test_articles_are_judged_apart(foundation: Foundation) -> None:
    """Two articles may give one event different dates; one article may not."""

    def dated(name: str, *days: str) -> list[Quad]:
        event = NamedNode(ID + "transfer/engines-of-1843")
        dates = [Literal(day, datatype=XSD.date) for day in days]
        return quads_of(
            name, [SAID], extra=[Quad(event, AC.startDate, day, NamedNode(graph_of(name))) for day in dates]
        )

    assert check(foundation, one=dated("one", "1843-07-01"), two=dated("two", "1843-07-02")) == []
    [violation] = check(foundation, one=dated("one", "1843-07-01", "1843-07-02"), two=dated("two", "1843-07-02"))
    assert (violation.article, violation.sentence) == (article_of("one"), "Three gears were sent.")


def test_the_foundation_itself_is_validated_when_asked(foundation: Foundation) -> None:
    nameless = Quad(NamedNode(ID + "person/x"), NamedNode(AC.iri + "title"), Literal("x"), NamedNode(graph_of("r")))
    person = Quad(
        nameless.subject, NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"), AC.Person, nameless.graph_name
    )
    base = [*foundation.ontology, nameless, person]
    assert validate({}, foundation=base, shapes=foundation.shapes) == []
    [violation] = validate({}, foundation=base, shapes=foundation.shapes, whole=True)
    assert (violation.article, violation.focus) == (None, ID + "person/x")
    assert str(violation).startswith("(reference data or ontology): an actor has a label")


def test_shapes_that_do_not_parse_say_so(foundation: Foundation) -> None:
    with pytest.raises(BadGraph, match=r"correct shapes\.ttl"):
        validate({graph_of("one"): quads_of("one", [SAID])}, foundation=[], shapes="@prefix oops")
