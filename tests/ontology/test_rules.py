"""The rules, run as publishing runs them: on the default graph, in order of name, each seeing what came before."""

import time

import pyoxigraph
import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, QueryTriples, RdfFormat, Store

from ontology import terms
from ontology.terms import AC, SKOS

PREFIXES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in terms.PREFIXES.items())
PREFIXES += f"@prefix quantity: <{terms.ID}quantity/> .\n"
RULES = {path.name: path.read_text(encoding="utf-8") for path in sorted(terms.RULES_FOLDER.glob("*.rq"))}

# Two states that trade, one that looks on; who speaks for them; goods.
WORLD = """
state:norway a ac:State . state:chile a ac:State . state:portugal a ac:State .
body:trade a ac:GovernmentBody ; ac:ofState state:norway ; ac:speaksFor state:norway .
body:port-office a ac:GovernmentBody ; ac:ofState state:chile .
body:desk a ac:GovernmentBody ; ac:ofState state:chile ; ac:speaksFor body:port-office .
outlet:gazette a ac:MediaOutlet ; ac:ofState state:norway ; ac:speaksFor state:norway .
outlet:courier a ac:MediaOutlet ; ac:ofState state:portugal .
organization:union a ac:Organization .
person:minister a ac:Person ; ac:ofState state:norway .
person:official a ac:AnonymousSource ; ac:affiliation body:trade .
person:diplomat a ac:AnonymousSource ; ac:affiliation state:chile .
person:expert a ac:AnonymousSource .
materiel:shells skos:broader materiel:ammunition . materiel:ammunition skos:broader materiel:arms .
materiel:missiles skos:broader materiel:arms . materiel:optics skos:broader materiel:technology .
"""
FROM_NORWAY = "ac:supplier state:norway"
TO_CHILE = "ac:recipient state:chile"
BOTH = f"{FROM_NORWAY} ; {TO_CHILE}"
TALKING = "ac:party state:norway, state:chile"
LIVE = "ac:reportedIn article:1 ; ac:reviewStatus ac:ReviewMachine"


def derive(turtle: str) -> Store:
    """A store with the world, these triples and what the rules derive from them."""
    store = Store()
    store.load(input=(PREFIXES + WORLD + turtle).encode(), format=RdfFormat.TURTLE)
    for rule in RULES.values():
        answer = store.query(rule)
        assert isinstance(answer, QueryTriples)
        store.extend([Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in answer])
    return store


def named(name: str) -> NamedNode:
    prefix, _, local = name.partition(":")
    return NamedNode(terms.PREFIXES[prefix] + local)


def objects(store: Store, subject: str, predicate: NamedNode) -> set[str]:
    found = {quad.object for quad in store.quads_for_pattern(named(subject), predicate, None)}
    return {str(term)[1:-1].removeprefix(terms.ID).replace("/", ":", 1) for term in found}


def test_rules_are_constructs_without_service_and_in_order() -> None:
    assert list(RULES) == [
        "00-broader-transitive.rq",
        "10-speaker-state.rq",
        "20-contradicts-deliveries.rq",
        "21-contradicts-talks.rq",
        "22-contradicts-deliveries-by-anybody.rq",
        "30-same-event-as.rq",
        "40-independent-source.rq",
        "50-supersedes.rq",
    ]
    for text in RULES.values():
        assert isinstance(Store().query(text), QueryTriples)
        assert "SERVICE" not in text


@pytest.mark.parametrize(
    ("said", "states"),
    [
        ("ac:speaker state:norway", {"state:norway"}),
        ("ac:speaker body:trade", {"state:norway"}),
        ("ac:speaker body:desk", {"state:chile"}),
        ("ac:speaker person:minister", {"state:norway"}),
        ("ac:speaker person:official", {"state:norway"}),
        ("ac:speaker person:diplomat", {"state:chile"}),
        ("ac:speaker outlet:courier", {"state:portugal"}),
        ("ac:speaker person:expert", set()),
        ("ac:speaker organization:union", set()),
        ("ac:onBehalfOf body:port-office", {"state:chile"}),
        ("ac:speaker person:minister ; ac:onBehalfOf body:port-office", {"state:chile"}),
        ("ac:speaker person:minister ; ac:onBehalfOf organization:union", set()),
        ("ac:citedBy outlet:courier", set()),
        ("ac:speaker state:norway ; ac:reviewStatus ac:ReviewRetracted", set()),
    ],
)
def test_speaker_state(said: str, states: set[str]) -> None:
    store = derive(f"statement:1 a ac:Report ; ac:reportedIn article:1 ; {said} .")
    assert objects(store, "statement:1", AC.speakerState) == states


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("ac:speaker state:norway", "state:norway"),
        ("ac:speaker body:trade", "state:norway"),
        ("ac:speaker body:port-office", "body:port-office"),
        ("ac:speaker body:desk", "body:port-office"),
        ("ac:speaker person:minister ; ac:onBehalfOf body:trade", "state:norway"),
        ("ac:speaker person:minister ; ac:onBehalfOf organization:union", "organization:union"),
        ("ac:speaker person:minister", "person:minister"),
        ("ac:speaker outlet:gazette", "state:norway"),
        ("ac:speaker outlet:courier", "outlet:courier"),
        ("ac:speaker person:official", "person:official"),
        ("ac:speaker person:official ; ac:onBehalfOf body:trade", "state:norway"),
        ("ac:speaker person:expert", "person:expert"),
        ("ac:citedBy outlet:courier", "article:1"),
    ],
)
def test_independent_source(said: str, source: str) -> None:
    store = derive(f"statement:1 a ac:Report ; ac:reportedIn article:1 ; {said} .")
    assert objects(store, "statement:1", AC.independentSource) == {source}


def figure(name: str, day: str, figure: str = "7000", rest: str = "", unit: str = "container") -> str:
    return f"""
        statement:{name} a ac:Allegation ; ac:reportedIn article:{name} ; ac:about event:1 ;
            ac:quantity quantity:{name} ; ac:speaker person:minister ; ac:onBehalfOf body:trade {rest}.
        article:{name} schema:datePublished "{day}"^^xsd:date .
        quantity:{name} ac:value {figure} ; ac:unit "{unit}" ; ac:bound "about" .
        event:1 a ac:ArmsTransfer ; {BOTH} ; ac:materiel materiel:shells .
    """


def test_a_later_figure_of_the_same_source_supersedes_the_earlier_and_both_stay() -> None:
    later = figure("2", "2024-06-01", "9000").replace("person:minister ; ac:onBehalfOf body:trade", "body:trade")
    store = derive(figure("1", "2024-03-01") + later)
    assert objects(store, "statement:2", AC.supersedes) == {"statement:1"}
    assert objects(store, "statement:1", AC.supersedes) == set()
    assert len(list(store.quads_for_pattern(None, AC.quantity, None))) == 2


def test_the_day_of_saying_comes_before_that_of_printing() -> None:
    said = ' ; ac:statedUntil "2024-02-01"^^xsd:date '
    store = derive(figure("1", "2024-03-01") + figure("2", "2024-06-01", "9000", said))
    assert objects(store, "statement:1", AC.supersedes) == {"statement:2"}


def test_a_figure_for_what_may_be_the_same_transfer_supersedes() -> None:
    ammunition = figure("2", "2024-06-01", "9000").replace("event:1", "event:2").replace(":shells", ":ammunition")
    missiles = ammunition.replace(":ammunition", ":missiles")
    assert objects(derive(figure("1", "2024-03-01") + ammunition), "statement:2", AC.supersedes) == {"statement:1"}
    assert objects(derive(figure("1", "2024-03-01") + missiles), "statement:2", AC.supersedes) == set()


@pytest.mark.parametrize(
    "other",
    [
        figure("2", "2024-06-01"),
        figure("2", "2024-03-01", "9000"),
        figure("2", "2024-06-01", "9000", unit="shell"),
        figure("2", "2024-06-01", "9000", "; ac:reviewStatus ac:ReviewRetracted "),
        figure("2", "2024-06-01", "9000").replace("person:minister ; ac:onBehalfOf body:trade", "person:expert"),
        figure("2", "2024-06-01", "9000").replace(
            "ac:speaker person:minister ; ac:onBehalfOf body:trade", "a ac:Report"
        ),
    ],
    ids=["the same figure", "the same day", "another unit", "retracted", "another speaker", "nobody"],
)
def test_what_supersedes_nothing(other: str) -> None:
    assert objects(derive(figure("1", "2024-03-01") + other), "statement:2", AC.supersedes) == set()


def test_a_retracted_statement_counts_as_no_source() -> None:
    store = derive("statement:1 a ac:Report ; ac:reportedIn article:1 ; ac:reviewStatus ac:ReviewRetracted .")
    assert objects(store, "statement:1", AC.independentSource) == set()


def contradicts(denier: str, denied: str, alleged: str, denial: str = LIVE, allegation: str = LIVE) -> bool:
    store = derive(f"""
        statement:denial a ac:Denial ; {denial} ; ac:about event:denied {"; " + denier if denier else ""} .
        statement:allegation a ac:Allegation ; {allegation} ; ac:about event:alleged .
        event:denied a {denied} . event:alleged a {alleged} .
    """)
    found = objects(store, "statement:denial", AC.contradicts)
    assert found <= {"statement:allegation"}
    assert objects(store, "statement:allegation", AC.contradicts) == set()
    return found == {"statement:allegation"}


DELIVERIES = "ac:ArmsTransfer ; "
TALKS = "ac:TransferTalks ; "


@pytest.mark.parametrize(
    ("denier", "denied", "alleged", "expected"),
    [
        # supplier and recipient equal: whoever denies
        ("ac:speaker state:norway", BOTH, BOTH, True),
        ("ac:speaker state:portugal", BOTH, BOTH, True),
        ("", BOTH, BOTH, True),
        ("ac:speaker state:norway", "ac:supplier state:chile ; ac:recipient state:norway", BOTH, False),
        ("ac:speaker state:norway", f"{FROM_NORWAY} ; ac:recipient state:portugal", BOTH, False),
        ("ac:speaker state:chile", f"ac:supplier state:portugal ; {TO_CHILE}", BOTH, False),
        # left out in the denial: only a party denies for itself
        ("ac:speaker state:norway", FROM_NORWAY, BOTH, True),
        ("ac:speaker state:chile", TO_CHILE, BOTH, True),
        ("ac:speaker state:chile", FROM_NORWAY, BOTH, True),
        ("ac:speaker state:portugal", FROM_NORWAY, BOTH, False),
        ("ac:speaker state:portugal", TO_CHILE, BOTH, False),
        ("", FROM_NORWAY, BOTH, False),
        ("ac:speaker state:norway", "", BOTH, True),
        ("ac:speaker state:chile", "", BOTH, True),
        ("ac:speaker state:portugal", "", BOTH, False),
        ("ac:speaker state:norway", "", "ac:supplier state:portugal ; ac:recipient state:chile", False),
        # left out in both
        ("ac:speaker state:norway", FROM_NORWAY, FROM_NORWAY, True),
        ("ac:speaker state:portugal", FROM_NORWAY, FROM_NORWAY, True),
        ("ac:speaker state:norway", "", "", False),
        # left out in the allegation only
        ("ac:speaker state:norway", BOTH, FROM_NORWAY, False),
        ("ac:speaker state:norway", BOTH, TO_CHILE, False),
        # the denier speaks for a party
        ("ac:speaker body:trade", FROM_NORWAY, BOTH, True),
        ("ac:speaker person:minister", FROM_NORWAY, BOTH, True),
        ("ac:speaker person:official", "", BOTH, True),
        ("ac:onBehalfOf body:port-office", FROM_NORWAY, BOTH, True),
        ("ac:speaker person:minister ; ac:onBehalfOf organization:union", FROM_NORWAY, BOTH, False),
        ("ac:citedBy state:norway", FROM_NORWAY, BOTH, False),
        # a party that is no state
        ("ac:speaker organization:union", "", "ac:supplier organization:union", True),
        ("ac:speaker person:minister ; ac:onBehalfOf organization:union", "", "ac:supplier organization:union", True),
        # goods
        ("", f"{BOTH} ; ac:materiel materiel:shells", f"{BOTH} ; ac:materiel materiel:shells", True),
        ("", f"{BOTH} ; ac:materiel materiel:arms", f"{BOTH} ; ac:materiel materiel:shells", True),
        ("", BOTH, f"{BOTH} ; ac:materiel materiel:shells", True),
        ("", f"{BOTH} ; ac:materiel materiel:shells", f"{BOTH} ; ac:materiel materiel:arms", False),
        ("", f"{BOTH} ; ac:materiel materiel:shells", f"{BOTH} ; ac:materiel materiel:missiles", False),
        ("", f"{BOTH} ; ac:materiel materiel:arms", f"{BOTH} ; ac:materiel materiel:optics", False),
        ("", f"{BOTH} ; ac:materiel materiel:arms", BOTH, False),
        (
            "",
            f"{BOTH} ; ac:materiel materiel:optics, materiel:missiles",
            f"{BOTH} ; ac:materiel materiel:shells, materiel:missiles",
            True,
        ),
        # dates do not matter
        (
            "",
            f'{BOTH} ; ac:startDate "2019-01-01"^^xsd:date',
            f'{BOTH} ; ac:startDate "2021-01-01"^^xsd:date',
            True,
        ),
    ],
)
def test_a_denial_of_deliveries_contradicts(denier: str, denied: str, alleged: str, expected: bool) -> None:
    assert contradicts(denier, DELIVERIES + denied, DELIVERIES + alleged) is expected


@pytest.mark.parametrize(
    ("denier", "denied", "alleged", "expected"),
    [
        ("ac:speaker state:norway", TALKING, TALKING, True),
        ("ac:speaker state:portugal", TALKING, TALKING, True),
        ("ac:speaker state:norway", "ac:party state:norway", TALKING, True),
        ("ac:speaker body:trade", "", TALKING, True),
        ("ac:speaker state:portugal", "ac:party state:norway", TALKING, False),
        ("ac:speaker state:portugal", "", TALKING, False),
        ("ac:speaker state:norway", "ac:party state:norway, state:portugal", TALKING, False),
        ("ac:speaker state:norway", TALKING, "ac:party state:norway, state:portugal", False),
        ("ac:speaker state:norway", TALKING, "ac:party state:norway", False),
        ("ac:speaker state:norway", TALKING, BOTH, True),
        ("ac:speaker state:norway", BOTH, TALKING, True),
        ("", f"{TALKING} ; ac:materiel materiel:arms", TALKING, True),
        ("", TALKING, f"{TALKING} ; ac:materiel materiel:shells", True),
        ("ac:speaker organization:union", "", "ac:party organization:union, state:chile", True),
        ("ac:onBehalfOf organization:union", "", "ac:party organization:union, state:chile", True),
        ("", f"{TALKING} ; ac:materiel materiel:arms", f"{TALKING} ; ac:materiel materiel:shells", True),
        ("", f"{TALKING} ; ac:materiel materiel:shells", f"{TALKING} ; ac:materiel materiel:arms", True),
        ("", f"{TALKING} ; ac:materiel materiel:optics", f"{TALKING} ; ac:materiel materiel:shells", False),
    ],
)
def test_a_denial_of_talks_contradicts(denier: str, denied: str, alleged: str, expected: bool) -> None:
    assert contradicts(denier, TALKS + denied, TALKS + alleged) is expected


@pytest.mark.parametrize(
    ("denied", "alleged"),
    [
        (DELIVERIES + BOTH, TALKS + BOTH),
        (TALKS + BOTH, DELIVERIES + BOTH),
        (TALKS + TALKING, DELIVERIES + BOTH),
        ("ac:Visit ; ac:participant state:norway", DELIVERIES + BOTH),
        (DELIVERIES + BOTH, "ac:Visit ; ac:participant state:norway, state:chile"),
    ],
)
def test_a_denial_of_one_thing_never_contradicts_an_allegation_of_another(denied: str, alleged: str) -> None:
    assert contradicts("ac:speaker state:norway", denied, alleged) is False


@pytest.mark.parametrize(
    "denial", ["ac:ReviewMachine", "ac:ReviewConfirmed", "ac:ReviewCorrected", "ac:ReviewRetracted"]
)
@pytest.mark.parametrize("allegation", ["ac:ReviewMachine", "ac:ReviewRetracted"])
@pytest.mark.parametrize("event", [DELIVERIES + BOTH, TALKS + BOTH])
def test_what_is_retracted_contradicts_nothing(denial: str, allegation: str, event: str) -> None:
    statuses = [f"ac:reportedIn article:1 ; ac:reviewStatus {status}" for status in (denial, allegation)]
    assert contradicts("", event, event, *statuses) is ("ac:ReviewRetracted" not in (denial, allegation))


@pytest.mark.parametrize("event", [DELIVERIES + BOTH, TALKS + BOTH])
def test_only_denials_contradict_and_only_allegations_are_contradicted(event: str) -> None:
    statements = "".join(
        f"statement:{kind} a ac:{kind} ; {LIVE} ; ac:speaker state:norway ; ac:about event:1 .\n"
        for kind in terms.STATEMENT_KINDS
    )
    store = derive(f"{statements} event:1 a {event} .")
    pairs = {(str(quad.subject), str(quad.object)) for quad in store.quads_for_pattern(None, AC.contradicts, None)}
    assert pairs == {(str(named("statement:Denial")), str(named("statement:Allegation")))}


@pytest.mark.parametrize("event", [DELIVERIES + BOTH, TALKS + BOTH])
def test_an_allegation_that_nothing_happened_is_not_contradicted(event: str) -> None:
    assert contradicts("", event, event, allegation=f"{LIVE} ; ac:stance ac:StanceNegative") is False


def test_statements_without_an_event_contradict_nothing() -> None:
    store = derive(f"statement:1 a ac:Denial ; {LIVE} . statement:2 a ac:Allegation ; {LIVE} .")
    assert list(store.quads_for_pattern(None, AC.contradicts, None)) == []


MAY = 'ac:startDate "2019-05-01"^^xsd:date ; ac:endDate "2019-05-31"^^xsd:date'
JUNE = 'ac:startDate "2019-06-01"^^xsd:date ; ac:endDate "2019-06-30"^^xsd:date'
SPRING = 'ac:startDate "2019-03-01"^^xsd:date ; ac:endDate "2019-05-01"^^xsd:date'
SINCE_JUNE = 'ac:startDate "2019-06-15"^^xsd:date'
UNTIL_MAY = 'ac:endDate "2019-05-15"^^xsd:date'
PAIR = "ac:participant state:norway, state:chile"
SUMMIT = f"ac:Summit ; {PAIR} ; "
ALONE = "ac:Visit ; ac:participant state:norway ; "


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # transfers: parties
        (DELIVERIES + BOTH, DELIVERIES + BOTH, True),
        (DELIVERIES + BOTH, DELIVERIES + FROM_NORWAY, False),
        (DELIVERIES + FROM_NORWAY, DELIVERIES + FROM_NORWAY, False),
        (DELIVERIES + BOTH, DELIVERIES + "ac:supplier state:chile ; ac:recipient state:norway", False),
        (DELIVERIES + BOTH, TALKS + BOTH, False),
        # periods
        (f"{DELIVERIES}{BOTH} ; {MAY}", f"{DELIVERIES}{BOTH} ; {SPRING}", True),
        (f"{DELIVERIES}{BOTH} ; {MAY}", f"{DELIVERIES}{BOTH} ; {JUNE}", False),
        (f"{DELIVERIES}{BOTH} ; {SINCE_JUNE}", f"{DELIVERIES}{BOTH} ; {JUNE}", True),
        (f"{DELIVERIES}{BOTH} ; {SINCE_JUNE}", f"{DELIVERIES}{BOTH} ; {MAY}", False),
        (f"{DELIVERIES}{BOTH} ; {SINCE_JUNE}", f"{DELIVERIES}{BOTH} ; {UNTIL_MAY}", False),
        (f"{DELIVERIES}{BOTH} ; {UNTIL_MAY}", f"{DELIVERIES}{BOTH} ; {SPRING}", True),
        (f"{DELIVERIES}{BOTH} ; {MAY}", DELIVERIES + BOTH, False),
        # goods
        (f"{DELIVERIES}{BOTH} ; ac:materiel materiel:shells", f"{DELIVERIES}{BOTH} ; ac:materiel materiel:arms", True),
        (f"{DELIVERIES}{BOTH} ; ac:materiel materiel:arms", f"{DELIVERIES}{BOTH} ; ac:materiel materiel:shells", True),
        (f"{DELIVERIES}{BOTH} ; ac:materiel materiel:shells", DELIVERIES + BOTH, True),
        (
            f"{DELIVERIES}{BOTH} ; ac:materiel materiel:shells",
            f"{DELIVERIES}{BOTH} ; ac:materiel materiel:shells",
            True,
        ),
        (
            f"{DELIVERIES}{BOTH} ; ac:materiel materiel:shells",
            f"{DELIVERIES}{BOTH} ; ac:materiel materiel:missiles",
            False,
        ),
        # talks
        (TALKS + TALKING, TALKS + TALKING, True),
        (TALKS + TALKING, TALKS + BOTH, True),
        (TALKS + TALKING, f"{TALKS}{TALKING}, state:portugal", False),
        (f"{TALKS}{TALKING}, state:portugal", TALKS + TALKING, False),
        (TALKS + "ac:party state:norway", TALKS + "ac:party state:norway", False),
        (f"{TALKS}{TALKING} ; {MAY}", f"{TALKS}{TALKING} ; {JUNE}", False),
        # meetings
        (SUMMIT + MAY, SUMMIT + SPRING, True),
        (SUMMIT + MAY, SUMMIT + JUNE, False),
        (SUMMIT + MAY, f"ac:Visit ; {PAIR} ; {MAY}", False),
        (SUMMIT + MAY, f"{SUMMIT} ac:participant state:portugal ; {MAY}", False),
        (f"{SUMMIT} ac:participant state:portugal ; {MAY}", SUMMIT + MAY, False),
        (f"{SUMMIT} ac:host state:chile ; {MAY}", SUMMIT + MAY, True),
        (f"{SUMMIT} ac:host state:chile ; {MAY}", f"{SUMMIT} ac:host state:portugal ; {MAY}", False),
        (ALONE + MAY, ALONE + MAY, False),
        (f"{ALONE} ac:host state:chile ; {MAY}", f"{ALONE} ac:host state:chile ; {MAY}", True),
        (f"{ALONE} ac:host state:chile ; {MAY}", f"{ALONE} ac:host state:portugal ; {MAY}", False),
        # other events are not compared
        (f"ac:Event ; {MAY}", f"ac:Event ; {MAY}", False),
    ],
)
def test_same_event(one: str, other: str, expected: bool) -> None:
    store = derive(f"event:1 a {one} . event:2 a {other} . statement:1 a ac:Report ; {LIVE} ; ac:about event:1 .")
    assert objects(store, "event:1", AC.sameEventAs) == ({"event:2"} if expected else set())
    assert objects(store, "event:2", AC.sameEventAs) == ({"event:1"} if expected else set())


@pytest.mark.parametrize(("retracted", "others"), [("1", {"2", "3"}), ("2", {"1", "3"}), ("3", {"1", "2"})])
def test_an_event_of_which_everything_is_retracted_is_the_same_as_none(retracted: str, others: set[str]) -> None:
    store = derive(
        "".join(f"event:{n} a {DELIVERIES}{BOTH} . statement:{n} ac:about event:{n} ; {LIVE} ." for n in sorted(others))
        + f"event:{retracted} a {DELIVERIES}{BOTH} ."
        + f"statement:a ac:about event:{retracted} ; ac:reviewStatus ac:ReviewRetracted ."
        + f"statement:b ac:about event:{min(others)} ; ac:reviewStatus ac:ReviewRetracted ."
    )
    assert objects(store, f"event:{retracted}", AC.sameEventAs) == set()
    assert objects(store, f"event:{min(others)}", AC.sameEventAs) == {f"event:{max(others)}"}


def test_rules_derive_only_what_the_data_model_names() -> None:
    store = derive(f"""
        event:1 a {DELIVERIES}{BOTH} . event:2 a {DELIVERIES}{BOTH} .
        statement:1 a ac:Denial ; {LIVE} ; ac:speaker state:norway ; ac:about event:1 .
        statement:2 a ac:Allegation ; {LIVE} ; ac:speaker state:portugal ; ac:about event:2 .
    """)
    given = set(pyoxigraph.parse(PREFIXES + WORLD, format=RdfFormat.TURTLE))
    derived = {quad.predicate for quad in store if quad not in given} - {terms.RDF.type, AC.about, AC.supplier}
    derived -= {AC.recipient, AC.speaker, AC.reportedIn, AC.reviewStatus}
    assert derived == {AC.speakerState, AC.contradicts, AC.sameEventAs, AC.independentSource, SKOS.broaderTransitive}


def test_rules_join_on_parties_and_not_on_everything() -> None:
    """Two hundred pairs of states with ten statements each: a rule that compared all with all would take minutes."""
    statements = []
    for number in range(2000):
        state, other = f"state:s{number % 200}", f"state:t{number % 200}"
        kind = "Denial" if number < 200 else "Allegation"
        goods = ("arms", "ammunition", "shells", "missiles")[number // 200 % 4]
        statements.append(f"""
            {state} a ac:State . {other} a ac:State .
            statement:{number} a ac:{kind} ; {LIVE} ; ac:speaker {state} ; ac:about event:{number} .
            event:{number} a ac:ArmsTransfer ; ac:supplier {state} ; ac:recipient {other} .
            event:{number} ac:materiel materiel:{goods} .
        """)
    started = time.perf_counter()
    store = derive("".join(statements))
    assert time.perf_counter() - started < 20
    assert len(list(store.quads_for_pattern(None, AC.speakerState, None))) == 2000
    assert (
        len(list(store.quads_for_pattern(None, AC.contradicts, None))) == 200 * 9
    )  # every denial is of arms, the broadest


def test_concepts_above_are_known_however_many_steps_up() -> None:
    assert objects(derive(""), "materiel:shells", SKOS.broaderTransitive) == {"materiel:ammunition", "materiel:arms"}
