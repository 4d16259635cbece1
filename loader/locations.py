"""Which names stand for a place only: states that nobody speaks of but as where something is."""

from loader.mentions import Mention
from loader.parsing import Document, Token

WHERE = {"in", "at", "near", "around", "across", "inside", "outside", "through", "over", "throughout"}


def states(document: Document, mentions: tuple[Mention, ...]) -> frozenset[str]:
    """The IRIs of the states that the document names only after "in" and the like."""
    named = [mention for mention in mentions if mention.entry.type == "State"]
    acting = {mention.entry.iri for mention in named if not _is_where(document, document.tokens[mention.head])}
    return frozenset(mention.entry.iri for mention in named) - acting


def _is_where(document: Document, token: Token) -> bool:
    while token.dep == "conj" and token.head != token.index:
        token = document.tokens[token.head]
    return token.dep == "pobj" and document.tokens[token.head].lower in WHERE
