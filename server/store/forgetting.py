"""What forgetting a statement, an article or a person removes from a graph (docs/forgetting.md is the policy)."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from pyoxigraph import Literal, NamedNode, Quad

from ontology.terms import AC, ARTICLE_GRAPHS, ID, OA, ORG, RDF, RDFS, SCHEMA
from server.store.article_graphs import with_parts
from server.store.tombstones import Tombstone, hashed, phrases, words_of

REMOVED = "[removed]"
_CACHE = 2**16
_VOICES = (AC.speaker, AC.onBehalfOf, AC.relayedBy)
_TEXTS = {AC.quote, OA.exact, OA.prefix, OA.suffix, SCHEMA.headline, SCHEMA.articleBody}  # an article's own words


class Forgetting:
    """What the tombstones take out of any quads; a pure function of both, so it can be applied again and again."""

    def __init__(self, tombstones: Sequence[Tombstone] = ()) -> None:
        self.tombstones = tuple(tombstones)
        self._iris = {digest: one.kind for one in tombstones for digest in one.iris}
        self._names = {digest for one in tombstones for digest in one.names}
        self._words = {digest for one in tombstones for digest in one.words}
        self._longest = max((one.longest for one in tombstones), default=0)
        self._kind = lru_cache(_CACHE)(lambda iri: self._iris.get(hashed(iri)))
        self._named = lru_cache(_CACHE)(
            lambda text: any(hashed(phrase) in self._names for phrase in phrases(words_of(text), self._longest))
        )

    def __bool__(self) -> bool:
        return bool(self.tombstones)

    def keep(self, quads: Sequence[Quad]) -> list[Quad]:
        """Return the quads of one graph less what is forgotten."""
        return self.sift(quads)[0]

    def sift(self, quads: Sequence[Quad]) -> tuple[list[Quad], set[object]]:
        """Return the quads of one graph less what is forgotten, and the nodes that went.

        Literals and IRIs that name a forgotten person give way to "[removed]"; a whole article goes when its
        identifier names them.
        """
        if not self or not quads:
            return list(quads), set()
        graph = str(quads[0].graph_name)[1:-1]
        if self.is_gone(graph) or (graph.startswith(ARTICLE_GRAPHS) and self.names_somebody(graph)):
            return [], {quad.subject for quad in quads}
        gone = self._gone(quads)
        spoken_of = any(self._is(term, "person") for quad in quads for term in (quad.subject, quad.object))
        articles = {quad.subject for quad in quads if quad.predicate == RDF.type and quad.object == AC.Article}
        kept: list[Quad] = []
        for quad in quads:
            if quad.subject in gone or quad.object in gone:
                continue
            text = quad.predicate in _TEXTS or (quad.predicate == RDFS.label and quad.subject in articles)
            spared = self._spared(quad, single_words=spoken_of and text)
            if spared is not None:
                kept.append(spared)
        return kept, gone

    def is_gone(self, iri: str) -> bool:
        """Tell whether this very IRI is forgotten."""
        return self._kind(iri) is not None

    def names_somebody(self, text: str) -> bool:
        """Tell whether a text or an IRI has the full name of a forgotten person in it."""
        return self._named(text)

    def spare(self, text: str) -> str:
        """Return the text, or "[removed]" where it names a forgotten person."""
        return REMOVED if self.names_somebody(text) else text

    def _is(self, term: object, kind: str) -> bool:
        return isinstance(term, NamedNode) and self._kind(term.value) == kind

    def _names_or_is(self, article: object) -> bool:
        return isinstance(article, NamedNode) and (self.is_gone(article.value) or self.names_somebody(article.value))

    def _gone(self, quads: Sequence[Quad]) -> set[object]:
        forgotten: set[object] = set()
        statements: set[object] = set()
        for quad in quads:
            for term in (quad.subject, quad.object):
                if isinstance(term, NamedNode) and self.is_gone(term.value):
                    forgotten.add(term)
            voice = quad.predicate in _VOICES and self._is(quad.object, "person")
            source = quad.predicate == AC.reportedIn and self._names_or_is(quad.object)
            if voice or source or self._is(quad.subject, "statement"):
                statements.add(quad.subject)
            elif quad.predicate == ORG.member and self._is(quad.object, "person"):
                forgotten.add(quad.subject)  # the post is nothing without its holder
        return forgotten | with_parts(statements, quads, with_events=True)

    def _spared(self, quad: Quad, *, single_words: bool) -> Quad | None:
        """Return the quad, or what is left of it without the names of forgotten people: perhaps nothing."""
        if not self._names and not self._words:
            return quad
        value = quad.object
        if isinstance(value, Literal) and self._in_text(value.value, single_words):
            if quad.predicate == SCHEMA.articleBody:
                return None
            value = Literal(REMOVED, language=value.language) if value.language else Literal(REMOVED)
        terms = [self._renamed(term) for term in (quad.subject, value)]
        if None in terms:
            return None
        return Quad(terms[0], quad.predicate, terms[1], quad.graph_name)  # type: ignore[arg-type]

    def _in_text(self, text: str, single_words: bool) -> bool:
        return self.names_somebody(text) or (
            single_words and any(hashed(word) in self._words for word in set(words_of(text)))
        )

    def _renamed(self, term: object) -> object | None:
        if not isinstance(term, NamedNode) or not self.names_somebody(term.value):
            return term
        if not term.value.startswith(ID):
            return None  # an address elsewhere: of a page about them, or of the article
        kind = term.value.removeprefix(ID).partition("/")[0]
        return NamedNode(f"{ID}{kind}/removed-{hashed(term.value)[:10]}")


def without(quads: Iterable[Quad], nodes: set[object]) -> list[Quad]:
    """Return the quads that speak of none of these nodes."""
    return [quad for quad in quads if quad.subject not in nodes and quad.object not in nodes]
