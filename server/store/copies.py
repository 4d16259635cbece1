"""Copies of one story: articles that share so much of their own prose that they are one report, printed twice.

An article is a copy of the earliest one with which it shares enough. Compared are runs of words, so that agency copies
and light rewrites are found, and two reports on one event in words of their own are not. What stands in quotation marks
is left out: independent reports quote the same words. No library is used: those for near-duplicates (MinHash) bring
numpy and scipy, which a server does without.
"""

import re
from array import array
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from zlib import crc32

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.terms import AC, DERIVED_GRAPH, RDF, SCHEMA, XSD

WORDS = 3  # in a row, each run a shingle
ENOUGH = 0.3  # of the shingles of the shorter text; reports on one event share up to 0.07, retellings of one up to 0.14
SMALLEST = 40  # shingles of a text that can be judged
SAMPLE = 4  # one shingle in so many finds candidates
FEW = 0.1  # of the sample of the shorter text are shared at least, before all of both is compared
DAYS = timedelta(7)  # between copies of one story
FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?^---[ \t]*$", re.DOTALL | re.MULTILINE)
QUOTED = re.compile(r"“[^“”]{0,2000}”|\"[^\"\n]{0,2000}\"")
WORD = re.compile(r"\w+")
_OF_ARTICLES = {SCHEMA.articleBody, SCHEMA.headline, SCHEMA.datePublished, RDF.type}
_UNDATED = f"ASK {{ ?article a {AC.Article} FILTER NOT EXISTS {{ ?article {SCHEMA.datePublished} ?day }} }}"


@dataclass(frozen=True, eq=False)  # two are the same when they are one
class Text:
    """What is compared of one article: the digests of its shingles, sorted."""

    article: NamedNode
    published: date | None
    shingles: "array[int]"

    @property
    def order(self) -> tuple[date, str]:
        """Where the article comes among all; one without a day comes last."""
        return self.published or date.max, self.article.value

    @cached_property
    def whole(self) -> frozenset[int]:
        """The shingles, to be looked up."""
        return frozenset(self.shingles)

    @cached_property
    def sample(self) -> set[int]:
        """The shingles that find candidates."""
        return {shingle for shingle in self.shingles if shingle % SAMPLE == 0}


def find(store: Store) -> list[Quad]:
    """Return `ac:copyOf`, from each copy to the first article of its story, for the articles of the default graph."""
    reader = Reader(store)
    days: list[tuple[date, str]] = []
    undated: list[Text] = []
    for article in reader.articles():
        day = reader.day(article)
        if day:
            days.append((day, article.value))
        elif text := reader.text(article):
            undated.append(text)
    dated = (reader.text(NamedNode(article)) for _, article in sorted(days))
    found = _copies((text for text in dated if text), sorted(undated, key=lambda text: text.order))
    return [marked(copy, story) for copy, story in found]


def marked(copy: NamedNode, story: NamedNode) -> Quad:
    """Return the quad that says so."""
    return Quad(copy, AC.copyOf, story, DERIVED_GRAPH)


class Reader:
    """Reads the texts of articles in a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._texts: dict[NamedNode, Text | None] = {}

    def articles(self) -> Iterator[NamedNode]:
        """Yield all articles."""
        for found in self.store.quads_for_pattern(None, RDF.type, AC.Article, DefaultGraph()):
            if isinstance(found.subject, NamedNode):
                yield found.subject

    def text(self, article: NamedNode) -> Text | None:
        """Return what is known of an article's text: all, or else headline and quotes; None if it is too short."""
        bodies = self._values(article, SCHEMA.articleBody)
        shingles = shingles_of(bodies or [*self._values(article, SCHEMA.headline), *self._quotes(article)])
        return Text(article, self.day(article), shingles) if len(shingles) >= SMALLEST else None

    def of_texts(self, triples: Iterable[Quad]) -> Iterator[NamedNode]:
        """Yield the articles whose texts or days these triples belong to."""
        for quad in triples:
            if quad.predicate in _OF_ARTICLES and isinstance(quad.subject, NamedNode):
                yield quad.subject
            elif quad.predicate == AC.reportedIn and isinstance(quad.object, NamedNode):
                yield quad.object
            elif quad.predicate == AC.quote:
                reported = self.store.quads_for_pattern(quad.subject, AC.reportedIn, None, DefaultGraph())
                yield from (one.object for one in reported if isinstance(one.object, NamedNode))

    @cached_property
    def has_undated(self) -> bool:
        """Whether an article has no day, so that it may be a copy of any."""
        return bool(self.store.query(_UNDATED))

    def known(self, article: NamedNode) -> Text | None:
        """Return the text of what is an article here; it is read once."""
        if article not in self._texts:
            self._texts[article] = self.text(article) if self.is_article(article) else None
        return self._texts[article]

    def day(self, article: NamedNode) -> date | None:
        """Return the day on which an article appeared."""
        days = self._values(article, SCHEMA.datePublished)
        return date.fromisoformat(days[0]) if days else None

    def is_article(self, article: NamedNode) -> bool:
        """Tell whether this is an article here."""
        return Quad(article, RDF.type, AC.Article, DefaultGraph()) in self.store

    def published(self, first: date, last: date) -> Iterator[NamedNode]:
        """Yield the articles of some days; one that has two of them twice."""
        for distance in range((last - first).days + 1):
            value = Literal((first + timedelta(distance)).isoformat(), datatype=XSD.date)
            for quad in self.store.quads_for_pattern(None, SCHEMA.datePublished, value, DefaultGraph()):
                if isinstance(quad.subject, NamedNode):
                    yield quad.subject

    def _quotes(self, article: NamedNode) -> list[str]:
        reported = self.store.quads_for_pattern(None, AC.reportedIn, article, DefaultGraph())
        return sorted({quote for one in reported for quote in self._values(one.subject, AC.quote)})

    def _values(self, subject: object, predicate: NamedNode) -> list[str]:
        found = self.store.quads_for_pattern(subject, predicate, None, DefaultGraph())  # type: ignore[arg-type]
        return sorted(quad.object.value for quad in found if isinstance(quad.object, Literal))


def shingles_of(parts: Iterable[str]) -> "array[int]":
    """Return the digests of all runs of words in each of the parts, less front matter and what is quoted, sorted."""
    found: set[int] = set()
    for part in parts:
        for prose in QUOTED.split(FRONT_MATTER.sub("", part)):
            words = [crc32(word.encode()) for word in WORD.findall(prose.casefold())]
            runs = zip(words, words[1:], words[2:], strict=False)
            found.update((a * _PRIMES[0] + b * _PRIMES[1] + c * _PRIMES[2]) & _LARGEST for a, b, c in runs)
    return array("Q", sorted(found))


_PRIMES = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)
_LARGEST = 2**64 - 1


def copies(articles: Iterable[Text]) -> Iterator[tuple[NamedNode, NamedNode]]:
    """Yield each copy with the first article of its story; the same whatever the order of the articles.

    An article is only compared with the first ones of stories, so that no chain of rewrites grows into one story.
    """
    texts = sorted(articles, key=lambda text: text.order)
    return _copies((text for text in texts if text.published), [text for text in texts if not text.published])


def _copies(dated: Iterable[Text], undated: Sequence[Text]) -> Iterator[tuple[NamedNode, NamedNode]]:
    """Yield copies; both come in order. Only stories of some days are in memory, and all texts without a day."""
    recent, without_day = _Stories(), _Stories(undated)
    best: dict[Text, tuple[float, Text]] = {}  # of those without a day, among the dated
    for text in dated:
        assert text.published
        recent.forget_before(text.published - DAYS)
        found = recent.nearest(text)
        if found:
            yield text.article, found[1].article
            continue
        recent.add(text)
        for share, late in without_day.alike(text):
            if late not in best or share > best[late][0]:
                best[late] = share, text
    firsts = _Stories()
    for text in undated:
        choices = [one for one in (best.get(text), firsts.nearest(text)) if one]
        if choices:
            yield text.article, max(choices, key=lambda one: one[0])[1].article
        else:
            firsts.add(text)


class _Stories:
    """The first articles of stories, in order, found by their samples."""

    def __init__(self, texts: Iterable[Text] = ()) -> None:
        self._texts: deque[Text] = deque()
        self._holders: defaultdict[int, list[Text]] = defaultdict(list)
        for text in texts:
            self.add(text)

    def add(self, text: Text) -> None:
        self._texts.append(text)
        for shingle in text.sample:
            self._holders[shingle].append(text)

    def forget_before(self, day: date) -> None:
        while self._texts and (self._texts[0].published or date.max) < day:
            text = self._texts.popleft()
            for shingle in text.sample:
                holders = self._holders[shingle]
                holders.remove(text)
                if not holders:
                    del self._holders[shingle]

    def alike(self, text: Text) -> Iterator[tuple[float, Text]]:
        """Yield the stories that share enough with a text, with how much."""
        counts = Counter(one for shingle in text.sample for one in self._holders.get(shingle, ()))
        near = [story for story, count in counts.items() if _may_share(count, text, story)]
        for story in sorted(near, key=lambda one: one.order):
            if (share := shared(text, story)) >= ENOUGH:
                yield share, story

    def nearest(self, text: Text) -> tuple[float, Text] | None:
        """Return the story that shares most with a text, the first of equals, if any shares enough."""
        return max(self.alike(text), key=lambda found: found[0], default=None)


def are_alike(one: Text, other: Text) -> bool:
    """Tell whether one of two texts may be a copy of the other."""
    return _may_share(len(one.sample & other.sample), one, other) and shared(one, other) >= ENOUGH


def _may_share(count: int, one: Text, other: Text) -> bool:
    return count > 0 and count >= FEW * min(len(one.sample), len(other.sample))


def shared(one: Text, other: Text) -> float:
    """Return how much of the shorter text the other one holds: from 0 to 1."""
    return len(one.whole & other.whole) / min(len(one.whole), len(other.whole))
