"""Which copies of one story come and go with a change: only what may differ is looked at again, day by day.

Whether an article is a copy hangs on the first articles of stories of the week before it, and on nothing else. So a
change reaches an article when one alike to it, a little earlier, has become the first of a story or is it no longer.
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import date

from pyoxigraph import NamedNode, Quad, Store

from ontology.terms import AC, DERIVED_GRAPH
from server.store.copies import DAYS, Reader, Text, are_alike, find, marked, shared


def changes(
    before: Store, after: Store, triples: Iterable[Quad], *, all_dated: bool | None = None
) -> tuple[list[Quad], list[Quad]]:
    """Return what `find` no longer returns, and what it returns in addition, since some triples came or went.

    :param before: with its derived graph whole.
    :param all_dated: whether every article of `before` has a day, where that is known. Else it is counted, which grows
        with the store; articles without a day may be copies of any, and then all are looked at.
    """
    was, now = Reader(before), Reader(after)
    changed = {article for side in (was, now) for article in side.of_texts(triples)}
    if not changed:
        return [], []
    undated = was.has_undated if all_dated is None else not all_dated
    if undated or any(now.is_article(article) and not now.day(article) for article in changed):
        return _differences(set(find(before)), set(find(after)))
    return _Walk(was, now, changed).differences()


def _differences(was: set[Quad], now: set[Quad]) -> tuple[list[Quad], list[Quad]]:
    return list(was - now), list(now - was)


class _Walk:
    """Goes from the changed articles to those after them whose story may be another."""

    def __init__(self, was: Reader, now: Reader, changed: set[NamedNode]) -> None:
        self.was = was
        self.now = now
        self.changed = changed
        self.stories: dict[NamedNode, NamedNode | None] = {}  # of what was looked at again: None where it is the first
        self._waiting: list[tuple[tuple[date, str], NamedNode]] = []
        self._seen: set[NamedNode] = set()

    def differences(self) -> tuple[list[Quad], list[Quad]]:
        for article in self.changed:
            old = self.was.known(article)
            if old and not self._story_before(article):
                self._reach_beyond(old)
            new = self.now.known(article)
            if new:
                self._put(new)
        while self._waiting:
            _, article = heapq.heappop(self._waiting)
            text = self.now.known(article)
            assert text
            story = self.stories[article] = self._nearest(text)
            if story is None if article in self.changed else (story is None) != (self._story_before(article) is None):
                self._reach_beyond(text)
        touched = self.changed | self.stories.keys()
        before = {marked(one, story) for one in touched if (story := self._story_before(one))}
        after = {marked(one, story) for one, story in self.stories.items() if story}
        return _differences(before, after)

    def _put(self, text: Text) -> None:
        if text.article not in self._seen:
            self._seen.add(text.article)
            heapq.heappush(self._waiting, (text.order, text.article))

    def _reach_beyond(self, text: Text) -> None:
        """Look again at the articles after this one that may be copies of it."""
        assert text.published
        for other in self._texts(text.published, text.published + DAYS):
            if other.order > text.order and are_alike(text, other):
                self._put(other)

    def _nearest(self, text: Text) -> NamedNode | None:
        """Return the story that shares most with a text, the first of equals."""
        assert text.published
        best: tuple[float, Text] | None = None
        for other in self._texts(text.published - DAYS, text.published):
            if other.order >= text.order or not are_alike(text, other) or not self._is_first(other.article):
                continue
            share = shared(text, other)
            if best is None or share > best[0] or (share == best[0] and other.order < best[1].order):
                best = share, other
        return best[1].article if best else None

    def _texts(self, first: date, last: date) -> Iterator[Text]:
        for article in set(self.now.published(first, last)):  # one that has two of these days comes twice
            text = self.now.known(article)
            if text and text.published and first <= text.published <= last:
                yield text

    def _is_first(self, article: NamedNode) -> bool:
        return (self.stories[article] if article in self.stories else self._story_before(article)) is None

    def _story_before(self, article: NamedNode) -> NamedNode | None:
        for quad in self.was.store.quads_for_pattern(article, AC.copyOf, None, DERIVED_GRAPH):
            if isinstance(quad.object, NamedNode):
                return quad.object
        return None
