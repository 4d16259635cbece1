"""Copies of one story: articles that share so much of their own prose that they are one report, printed twice.

An article is a copy of the earliest one with which it shares enough. Compared are runs of words, so that agency copies
and light rewrites are found, and two reports on one event in words of their own are not. What stands in quotation marks
is left out: independent reports quote the same words. No library is used: those for near-duplicates (MinHash) bring
numpy and scipy, which a server does without.
"""

import hashlib
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.terms import AC, DERIVED_GRAPH, RDF, SCHEMA

WORDS = 3  # in a row, each run a shingle
ENOUGH = 0.3  # of the shingles of the shorter text; reports on one event share up to 0.07, retellings of one up to 0.14
SMALLEST = 40  # shingles of a text that can be judged
SAMPLE = 4  # one shingle in so many finds candidates
COMMON = 500  # a shingle in so many stories finds none
DAYS = timedelta(7)  # between copies of one story
FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?^---[ \t]*$", re.DOTALL | re.MULTILINE)
QUOTED = re.compile(r"“[^“”]{0,2000}”|\"[^\"\n]{0,2000}\"")
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Text:
    """What is compared of one article: the digests of its shingles, sorted."""

    article: NamedNode
    published: date | None
    shingles: "array[int]"


def find(store: Store) -> list[Quad]:
    """Return `ac:copyOf`, from each copy to the first article of its story, for the articles of the default graph."""
    return [Quad(copy, AC.copyOf, story, DERIVED_GRAPH) for copy, story in copies(texts(store))]


def texts(store: Store) -> Iterator[Text]:
    """Yield what is known of the text of each article that is long enough: all of it, or else headline and quotes."""
    for found in store.quads_for_pattern(None, RDF.type, AC.Article, DefaultGraph()):
        article = found.subject
        if isinstance(article, NamedNode):
            bodies = _values(store, article, SCHEMA.articleBody)
            shingles = shingles_of(bodies or [*_values(store, article, SCHEMA.headline), *_quotes(store, article)])
            days = _values(store, article, SCHEMA.datePublished)
            if len(shingles) >= SMALLEST:
                yield Text(article, date.fromisoformat(days[0]) if days else None, shingles)


def _quotes(store: Store, article: NamedNode) -> list[str]:
    reported = store.quads_for_pattern(None, AC.reportedIn, article, DefaultGraph())
    return sorted({quote for one in reported for quote in _values(store, one.subject, AC.quote)})


def _values(store: Store, subject: object, predicate: NamedNode) -> list[str]:
    found = store.quads_for_pattern(subject, predicate, None, DefaultGraph())  # type: ignore[arg-type]
    return sorted(quad.object.value for quad in found if isinstance(quad.object, Literal))


def shingles_of(parts: Iterable[str]) -> "array[int]":
    """Return the digests of all runs of words in each of the parts, less front matter and what is quoted, sorted."""
    found: set[int] = set()
    for part in parts:
        for prose in QUOTED.split(FRONT_MATTER.sub("", part)):
            words = WORD.findall(prose.casefold())
            found.update(_digest(" ".join(words[at : at + WORDS])) for at in range(len(words) - WORDS + 1))
    return array("Q", sorted(found))


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def copies(articles: Iterable[Text]) -> Iterator[tuple[NamedNode, NamedNode]]:
    """Yield each copy with the first article of its story; the same whatever the order of the articles.

    An article is only compared with the first ones of stories, so that no chain of rewrites grows into one story.
    """
    stories: list[Text] = []
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for text in sorted(articles, key=lambda one: (one.published or date.max, one.article.value)):
        sample = [shingle for shingle in text.shingles if shingle % SAMPLE == 0]
        candidates = Counter(
            story for shingle in sample if len(holders[shingle]) <= COMMON for story in holders[shingle]
        )
        near = [(shared(text, stories[one]), -one) for one in candidates if _within_days(text, stories[one])]
        most, first = max(near, default=(0.0, 0))
        if most >= ENOUGH:
            yield text.article, stories[-first].article
            continue
        for shingle in sample:
            holders[shingle].append(len(stories))
        stories.append(text)


def shared(one: Text, other: Text) -> float:
    """Return how much of the shorter text the other one holds: from 0 to 1."""
    small, large = sorted((one.shingles, other.shingles), key=len)
    return len(set(small).intersection(large)) / len(small)


def _within_days(one: Text, other: Text) -> bool:
    return not one.published or not other.published or abs(one.published - other.published) <= DAYS
