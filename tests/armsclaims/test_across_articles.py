"""What several articles say of one thing comes together: events, figures, copies of one story."""

import pytest
from pyoxigraph import NamedNode, QuerySolutions, Store

from armsclaims.loading import load
from ontology import terms

FIRST = """North Korea has shipped more than 6,700 containers of artillery shells to Russia, South Korea said on Monday.

Pyongyang has also sent missiles to Moscow, South Korea said.

Kim's regime denied supplying any weapons to Russia.
"""
SECOND = """Pyongyang has delivered more than 9,000 containers of artillery shells to Moscow, Seoul said on Saturday.

The two governments are expected to say more in the coming weeks.
"""
FILLER = """The harbour was full of people when the ships came in, and nobody could tell what lay under the covers.

Some had waited since dawn; others, who live nearby, were woken by the cranes and came down in their coats.
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("across")
    articles = folder / "articles"
    articles.mkdir()
    for name, publisher, day, text in (
        ("first", "Gazette", "2024-06-10", FIRST + FILLER),
        ("second", "Courier", "2024-08-10", SECOND),
        ("copy", "Herald", "2024-06-11", FIRST + FILLER),
    ):
        front = f"---\npublisher: {publisher}\npublished: {day}\nrights: open\n---\n"
        (articles / f"{name}.md").write_text(front + text, "utf-8")
    summary = load([articles], folder / "data")
    assert summary.release
    return summary.release.open()


def pairs(store: Store, name: str) -> set[tuple[str, str]]:
    """What the property joins, by kind and name; of statements only the article's name."""
    found = store.query(f"SELECT ?s ?o {{ ?s <{terms.AC[name].value}> ?o }}")
    assert isinstance(found, QuerySolutions)
    return {(_short(row[0]), _short(row[1])) for row in found}


def _short(term: object) -> str:
    assert isinstance(term, NamedNode)
    kind, _, name = term.value.removeprefix(terms.ID).partition("/")
    return f"{kind} {name.rpartition('-')[0] if kind == 'statement' else name}"


def test_parties_named_differently_make_one_transfer(store: Store) -> None:
    found = store.query(f"SELECT DISTINCT ?t {{ ?t a <{terms.AC.ArmsTransfer.value}> }}")
    assert isinstance(found, QuerySolutions)
    assert {_short(row[0]) for row in found} == {
        "transfer north-korea--russia--artillery-shells",
        "transfer north-korea--russia--missiles",
        "transfer north-korea--russia--arms",
    }


def test_descriptions_that_fit_one_event_are_joined(store: Store) -> None:
    arms = "transfer north-korea--russia--arms"
    shells, missiles = arms.replace("arms", "artillery-shells"), arms.replace("arms", "missiles")
    assert pairs(store, "sameEventAs") == {(arms, shells), (shells, arms), (arms, missiles), (missiles, arms)}


def test_a_later_figure_supersedes_the_earlier_one_in_every_copy(store: Store) -> None:
    assert pairs(store, "supersedes") == {
        ("statement second", "statement first"),
        ("statement second", "statement copy"),
    }


def test_a_copy_names_the_first_article_of_its_story(store: Store) -> None:
    assert pairs(store, "copyOf") == {("article herald/copy", "article gazette/first")}


def test_a_denial_contradicts_what_other_articles_allege(store: Store) -> None:
    assert ("statement first", "statement second") in pairs(store, "contradicts")
