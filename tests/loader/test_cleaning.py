"""Cleaning: what is prose, a headline or a page's furniture, on own texts, on the originals, and for any text."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader import cleaning
from loader.records import Article

PAGE = """\
August 1, 2025
News that moves you!
+44 20 7946 0000

Freedonia sends its cannons to Sylvania

Published on 12 September 2023, 10:15 GMT

By Mary Shelley

Photo credit: Gazette Pictures

The government of Freedonia has sent cannons to Sylvania, its ministry of defence said on Monday.

Also Read: Ten beaches that you must see before the summer ends

The cannons came by rail, the ministry added, and more of them are on their way to the border.

Where the cannons come from

An arsenal in the north made them.

Credit: Wire Service

Sources related to cannons (selected):

The Daily Example

Leave a Reply

Required fields are marked *

Share to:

Your email address will not be published.

© Copyright 2021 Gazette Media
"""


def article(text: str, **values: object) -> Article:
    settings: dict[str, object] = {"path": "one.txt", "sha256": "", **values}
    return Article(id="one", iri="urn:x:one", graph="urn:x:graph", text=text, **settings)  # type: ignore[arg-type]


def by_role(text: str, **values: object) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"headline": [], "body": [], "boilerplate": []}
    for block in cleaning.blocks(article(text, **values)):
        found[block.role].append(text[block.start : block.end])
    return found


def test_a_page_with_everything_around_its_article() -> None:
    found = by_role(PAGE)
    assert found["headline"] == ["Freedonia sends its cannons to Sylvania", "Where the cannons come from"]
    assert found["body"] == [
        "The government of Freedonia has sent cannons to Sylvania, its ministry of defence said on Monday.",
        "The cannons came by rail, the ministry added, and more of them are on their way to the border.",
        "An arsenal in the north made them.",
    ]
    assert found["boilerplate"] == [
        "August 1, 2025",
        "News that moves you!",
        "+44 20 7946 0000",
        "Published on 12 September 2023, 10:15 GMT",
        "By Mary Shelley",
        "Photo credit: Gazette Pictures",
        "Also Read: Ten beaches that you must see before the summer ends",
        "Credit: Wire Service",
        "Sources related to cannons (selected):",
        "The Daily Example",
        "Leave a Reply",
        "Required fields are marked *",
        "Share to:",
        "Your email address will not be published.",
        "© Copyright 2021 Gazette Media",
    ]


def test_what_the_lines_tell_of_the_article() -> None:
    found = cleaning.found(article(PAGE))
    assert found == cleaning.Found(
        headline="Freedonia sends its cannons to Sylvania",
        credit="Wire Service",
        publisher="Gazette Media",
        published=date(2023, 9, 12),
        banner=False,
    )


def test_a_date_before_the_headline_is_only_a_banner() -> None:
    found = cleaning.found(
        article("June 22, 2024\n\nCannons for a small neighbour\n\nThey arrived on a train at noon today.\n")
    )
    assert (found.published, found.banner) == (date(2024, 6, 22), True)


def test_nothing_is_found_where_nothing_is_said() -> None:
    assert cleaning.found(article("The cannons came by rail, and more of them are on their way.\n")) == cleaning.Found()


def test_a_title_printed_twice_counts_once() -> None:
    title = "Freedonia sends its cannons to Sylvania"
    found = by_role(
        f"{title}\n\nThe cannons came by rail and were paid for in gold.\n\n{title}\n\nNobody commented on it.\n"
    )
    assert found["headline"] == [title]
    assert found["boilerplate"] == [title]


LEDE = "The king of Freedonia praised his neighbour as news spread of a visit by the queen of Sylvania."
TOLD = "The king of Freedonia has praised his neighbour amid news of a visit by the queen of Sylvania. It was time."
REST = "Both countries share a border and a railway, and little else.\n\nThe railway was built in 1871 by engineers."


def test_a_lede_that_only_repeats_what_follows_is_dropped() -> None:
    assert by_role(f"{LEDE}\n\n{TOLD}\n\n{REST}\n")["boilerplate"] == [LEDE]
    assert by_role(f"{LEDE}\n\n{REST}\n")["boilerplate"] == []


def test_a_first_paragraph_that_shares_only_its_subject_stays() -> None:
    other = "The king of Freedonia travelled by train through the mountains for eleven days."
    assert by_role(f"{LEDE}\n\n{other}\n\n{REST}\n")["boilerplate"] == []


def test_lines_without_blank_ones_between_are_paragraphs_unless_they_are_wrapped() -> None:
    lines = "The first paragraph is here and it is a rather long one that goes on for a while.\nA second one.\n"
    assert len(cleaning.blocks(article(lines))) == 2
    wrapped = "The cannons came by rail and were paid\nfor in gold, as the ministry of defence\nof Freedonia said.\n"
    assert [wrapped[b.start : b.end] for b in cleaning.blocks(article(wrapped))] == [wrapped.strip()]


def test_markdown_headings_lists_and_front_matter() -> None:
    text = (
        "---\nid: x\n---\n# Cannons\nThe cannons came by rail\nand by sea, he said.\n\n"
        "- They were paid for in gold and in silver.\n\n---\n"
    )
    start = text.index("# ")
    found = cleaning.blocks(article(text, path="one.md", body=(start, len(text))))
    assert [(text[b.start : b.end], b.role) for b in found] == [
        ("Cannons", "headline"),
        ("The cannons came by rail\nand by sea, he said.", "body"),
        ("They were paid for in gold and in silver.", "body"),
        ("---", "boilerplate"),
    ]


def test_the_known_headline_tells_which_line_is_the_headline() -> None:
    slogan = "The longest line of them all is but a slogan of the page"
    text = f"{slogan}\n\nCannons for Sylvania by rail\n\nThey came at noon, and more will come.\n"
    assert by_role(text)["headline"] == [slogan]
    assert by_role(text, headline="Cannons for Sylvania, by rail")["headline"] == ["Cannons for Sylvania by rail"]


def test_a_line_that_introduces_prose_is_prose() -> None:
    text = "The statement of the ministry says:\n\nThe friendship of the two peoples is eternal and invincible.\n"
    assert by_role(text)["body"] == text.strip().split("\n\n")


@pytest.mark.parametrize(
    "headline",
    [
        "From Freedonia with love and cannons",
        "No comment from Freedonia on the cannons",
        "Source: Freedonia sent cannons to Sylvania",
        "By the border, cannons wait for spring",
        "Must see action on cannons, Sylvania says",
        "Sign up for war? Freedonia asks its youth",
    ],
)
def test_headlines_that_look_like_furniture_are_headlines(headline: str) -> None:
    assert by_role(f"{headline}\n\nThe cannons came by rail and were paid for in gold.\n")["headline"] == [headline]


def originals(shared: Path) -> dict[str, dict[str, list[str]]]:
    paths = sorted((shared / "seeds").glob("*.txt"))
    return {path.stem[:3]: by_role(path.read_text("utf-8"), path=path.name) for path in paths}


def test_the_noise_of_the_originals_is_dropped(shared: Path) -> None:
    found = originals(shared)
    assert {name: len(roles["body"]) for name, roles in found.items()} == {
        "000": 5, "001": 10, "002": 6, "003": 23, "004": 6,
    }  # fmt: skip
    assert {name: len(roles["headline"]) for name, roles in found.items()} == {
        "000": 1, "001": 0, "002": 1, "003": 1, "004": 0,
    }  # fmt: skip
    kept = " ".join(text for roles in found.values() for text in roles["body"] + roles["headline"])
    for noise in (
        "Also Read",
        "Antarctica",
        "Burning Man",
        "The Guardian",
        "Credit",
        "Copyright",
        "Site icon",
        "Reply",
    ):
        assert noise not in kept


def test_credit_date_and_publisher_of_the_originals(shared: Path) -> None:
    texts = {path.stem[:3]: path.read_text("utf-8") for path in (shared / "seeds").glob("*.txt")}
    found = cleaning.found(article(texts["002"]))
    assert (found.credit, found.published, found.banner) == ("AP", date(2023, 9, 12), False)
    assert cleaning.found(article(texts["000"])).publisher == "BW News"


def test_prose_of_other_outlets_stays(shared: Path) -> None:
    for path in sorted((shared / "articles").glob("*.txt")):
        text = path.read_text("utf-8")
        roles = by_role(text, path=path.name)
        assert sum(map(len, roles["body"] + roles["headline"])) > 0.95 * len(text), path.name


LINES = st.one_of(
    st.sampled_from(["Share to:", "# Heading", "June 22, 2024", "Also Read: more", "- item", "", "  ", "Sources:"]),
    st.sampled_from(["The cannons came by rail, he said.", "A line without an end", "Credit: AP", "0803 333 3333"]),
    st.sampled_from(["\u2028 ’“”", "\ufeff", "1. one", "...", "***", "> quoted"]),
)


@given(st.lists(LINES | st.text(max_size=30)).map("\n".join), st.booleans(), st.none() | st.text(max_size=20))
def test_blocks_lie_in_order_within_any_text(text: str, markdown: bool, headline: str | None) -> None:
    one = article(text, path="one.md" if markdown else "one.txt", headline=headline)
    end = 0
    for block in cleaning.blocks(one):
        assert end <= block.start < block.end <= len(text)
        assert text[block.start : block.end] == text[block.start : block.end].strip()
        assert block.role in ("headline", "body", "boilerplate")
        end = block.end
    cleaning.found(one)


@given(st.text(max_size=40), st.text(max_size=60))
def test_blocks_lie_in_the_body(before: str, after: str) -> None:
    text = before + after
    one = article(text, body=(len(before), len(text)))
    assert all(len(before) <= block.start < block.end <= len(text) for block in cleaning.blocks(one))


@given(st.lists(LINES, min_size=1).map("\n\n".join))
def test_every_word_is_in_some_block(text: str) -> None:
    covered = "".join(text[block.start : block.end] for block in cleaning.blocks(article(text)))
    assert all(word in covered for word in text.split() if len(word) > 2 and word.isalpha())
