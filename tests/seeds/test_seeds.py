"""The seeds are whole, honest retellings: every claim of the originals, none of their sentences, and gold that fits."""

import csv
import hashlib
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SEEDS = sorted((ROOT / "seeds").glob("*.md"))
GOLD = ROOT / "tests" / "gold"
STEMS = [
    "000_eba41d22bd825ff2",
    "001_9f4b7ccf1d691a5a",
    "002_420c701de47a1b0c",
    "003_e0f0b5de1e8e843f",
    "004_799f9b8c3eae584f",
]
LONGEST_COPIED_RUN = 6  # words; 9 would be copying, names of people and offices alone reach 4 or 5
QUOTED_BY_OFFICIALS = {
    "000": ["best assets", "nothing to say", "tactical nuclear attack submarine"],
    "001": ["in the coming days"],
    "002": [],
    "003": ["We have nothing to say on the subject."],
    "004": ["unbreakable relationship of comrades-in-arms", "in the pipeline"],
}

each_seed = pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem[:3])


def split(seed: Path) -> tuple[dict[str, Any], str]:
    """The front matter and the body of a seed."""
    _, matter, body = seed.read_text("utf-8").split("---\n", 2)
    return yaml.safe_load(matter), body


def words(text: str) -> list[str]:
    """The words outside quotation marks; a quotation leaves one mark that agrees with nothing."""
    return re.findall(r"\w+|¶", re.sub(r"“[^”]*”", " ¶ ", text.replace("’", "'")).casefold())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    """All runs of so many words in a row that hold no quotation."""
    all_words = words(text)
    every = (tuple(all_words[n : n + length]) for n in range(len(all_words) - length + 1))
    return {run for run in every if "¶" not in run}


def coverage() -> dict[str, str]:
    """The words of ours that carry each claim of the originals."""
    with (GOLD / "coverage.tsv").open(encoding="utf-8") as file:
        return {row["claim"]: row["words"] for row in csv.DictReader(file, delimiter="\t")}


def test_there_are_five_named_like_the_originals() -> None:
    assert [seed.stem for seed in SEEDS] == STEMS


@each_seed
def test_front_matter_is_complete(seed: Path) -> None:
    matter, body = split(seed)
    credit = {"credit"} if seed.stem.startswith("002") else set()
    assert set(matter) == credit | {
        "id",
        "headline",
        "publisher",
        "published",
        "published_how",
        "original",
        "original_sha256",
        "rights",
        "language",
    }
    assert matter["id"] == seed.stem
    assert matter["original"] == f"{seed.stem}.txt"
    assert (matter["rights"], matter["language"]) == ("open", "en")
    assert body.startswith(f"\n# {matter['headline']}\n\n")


def test_publishers_and_dates_are_those_of_the_originals() -> None:
    found = {seed.stem[:3]: (split(seed)[0]["publisher"], split(seed)[0]["published"]) for seed in SEEDS}
    assert found == {
        "000": ("Britwatch News", date(2023, 9, 10)),
        "001": (None, date(2023, 9, 11)),
        "002": ("inewszone", date(2023, 9, 12)),
        "003": (None, date(2023, 9, 5)),
        "004": ("justunicorns.news", date(2024, 6, 12)),
    }
    assert split(SEEDS[2])[0]["credit"] == "AP"


@each_seed
def test_length_is_that_of_a_news_article(seed: Path) -> None:
    assert 250 <= len(split(seed)[1].split()) <= 750


@each_seed
def test_original_is_the_file_that_the_digest_names(seed: Path, shared: Path) -> None:
    matter, _ = split(seed)
    original = shared / "seeds" / matter["original"]
    assert hashlib.sha256(original.read_bytes()).hexdigest() == matter["original_sha256"]


@each_seed
def test_no_run_of_words_is_copied(seed: Path, shared: Path) -> None:
    original = (shared / "seeds" / f"{seed.stem}.txt").read_text("utf-8")
    length = LONGEST_COPIED_RUN + 1
    assert runs(seed.read_text("utf-8"), length) & runs(original, length) == set()


@each_seed
def test_quotation_marks_hold_only_words_of_officials(seed: Path) -> None:
    assert re.findall(r"“([^”]*)”", split(seed)[1]) == QUOTED_BY_OFFICIALS[seed.stem[:3]]
    assert '"' not in split(seed)[1]


def test_every_claim_of_the_originals_has_its_words(shared: Path) -> None:
    with (shared / "gold" / "seed-claims.tsv").open(encoding="utf-8") as file:
        claims = [row["id"] for row in csv.DictReader(file, delimiter="\t")]
    assert len(claims) == 103
    assert list(coverage()) == claims


@pytest.mark.parametrize(("claim", "our_words"), coverage().items())
def test_words_of_a_claim_stand_in_the_seed(claim: str, our_words: str) -> None:
    seed = next(path for path in SEEDS if path.stem.startswith(claim[:3]))
    assert our_words in split(seed)[1]


@each_seed
def test_gold_quotes_the_seed(seed: Path) -> None:
    text = seed.read_text("utf-8")
    gold = json.loads((GOLD / f"{seed.stem[:3]}.json").read_text("utf-8"))
    quotes = [item["evidence"] for item in gold["statements"] + gold["meetings"]]
    quotes += [mention for item in gold["actors"] + gold["places"] for mention in item["mentions"]]
    assert [quote for quote in quotes if quote not in text] == []
    assert gold["published"] == split(seed)[0]["published"].isoformat()


@each_seed
def test_gold_says_what_the_gold_of_the_original_says(seed: Path, shared: Path) -> None:
    name = f"{seed.stem[:3]}.json"
    ours, theirs = (json.loads((folder / name).read_text("utf-8")) for folder in (GOLD, shared / "gold"))
    for list_name, keys in {
        "statements": ("kind", "speaker", "about", "date", "reported_by", "implicit"),
        "transfers": ("id", "supplier", "recipient", "parties", "status", "scope", "quantity"),
        "meetings": ("kind", "participants", "place", "date", "status"),
    }.items():
        found, expected = ([[item.get(key) for key in keys] for item in gold[list_name]] for gold in (ours, theirs))
        assert sorted(map(repr, found)) == sorted(map(repr, expected)), list_name
