"""What the text calls a person around the name: "South Korea's defence minister, X", "X, spokesman for Y"."""

from dataclasses import dataclass

from loader.mentions import Mention
from loader.parsing import Document, Token
from loader.vocabulary import HEADS, ROLES

TITLE_GROUPS = {"post", "spokes", "single_source"}
REACH = 9  # words that a title may run to
NEAR = 2  # words between a title's noun and "of", "to" or "for"
OF = {"for", "of", "at", "to", "in", "with", "on"}


@dataclass(frozen=True, slots=True)
class Title:
    """A description of a named person: its role noun, its words, and the states and bodies in it."""

    person: str
    noun: int
    words: frozenset[str]
    state: str | None
    body: str | None
    tokens: tuple[int, ...]


def is_title_noun(token: Token) -> bool:
    """Whether a token is a noun that describes one person."""
    return HEADS.get(token.lower, "") in TITLE_GROUPS and token.pos in ("NOUN", "PROPN", "ADJ")


def find(document: Document, mentions: tuple[Mention, ...]) -> tuple[Title, ...]:
    """The titles of the persons named in the document."""
    at = {index: mention for mention in mentions for index in mention.indices}
    found = []
    for mention in mentions:
        if mention.entry.type == "Person":
            for tokens in (_before(document, mention, at), _after(document, mention, at)):
                if any(is_title_noun(token) for token in tokens):
                    found.append(_title(mention.entry.iri, tokens, at))
    return tuple(found)


def _before(document: Document, mention: Mention, at: dict[int, Mention]) -> list[Token]:
    """ "Defence minister X", "the ambassador to the UN, X": the words before the name, back to where they begin."""
    sentence = document.sentence(mention.first)
    index = mention.first - 1
    found: list[Token] = []
    while index > sentence.first and document.tokens[index].lower.rstrip(".") in ROLES.plain_titles:
        found.insert(0, document.tokens[index])  # "the head of X, Gen. Y"
        index -= 1
    plain = tuple(found)
    has_comma = index > sentence.first and document.tokens[index].lower == ","
    index -= has_comma
    while index >= sentence.first and len(found) < REACH and _belongs(document.tokens, index, at):
        found.insert(0, document.tokens[index])
        index -= 1
    beside = document.tokens[mention.first - 2 - len(plain)] if has_comma else None
    if beside is not None and not is_title_noun(beside) and not any(one.lower in OF for one in found):
        return []
    return found


def _belongs(tokens: tuple[Token, ...], index: int, at: dict[int, Mention]) -> bool:
    token = tokens[index]
    if token.lower in OF or token.lower == "the":
        return any(is_title_noun(one) for one in tokens[max(0, index - NEAR) : index])
    return _continues(token, at)


def _continues(token: Token, at: dict[int, Mention]) -> bool:
    named = at.get(token.index)
    if named:
        return named.entry.type not in ("Person", "Place") or named.entry.state is not None
    return token.pos in ("NOUN", "PROPN", "ADJ") or token.tag in ("POS", "HYPH", "NN", "NNP", "JJ")


def _after(document: Document, mention: Mention, at: dict[int, Mention]) -> list[Token]:
    sentence = document.sentence(mention.first)
    index = mention.last
    if index >= sentence.last or document.tokens[index].lower != ",":
        return []
    found: list[Token] = []
    for token in document.tokens[index + 1 : min(index + 1 + REACH + 3, sentence.last)]:
        named = at.get(token.index)
        role_seen = any(is_title_noun(one) for one in found)
        if token.pos == "DET" or _continues(token, at) or token.pos == "PRON" or (role_seen and token.lower in OF):
            if role_seen and named and named.entry.type == "Person":
                break
            found.append(token)
        else:
            break
    return found if any(is_title_noun(token) for token in found) else []


def _title(person: str, tokens: list[Token], at: dict[int, Mention]) -> Title:
    noun = next(token for token in reversed(tokens) if is_title_noun(token))
    state = body = None
    sent = False
    for token in tokens:
        sent = sent or token.lower == "to"
        entry = at[token.index].entry if token.index in at else None
        if entry and entry.type in ("State", "Demonym", "Capital"):
            state = state or (entry.iri if entry.type == "State" else entry.state)
        elif sent and state:
            continue  # "Sudan's ambassador to the United Nations" speaks for Sudan
        elif entry and entry.type in ("GovernmentBody", "Organization", "MediaOutlet", "ArmedGroup"):
            body = body or entry.iri
    words = {plain_word(token.lower) for token in tokens if token.index not in at and token.pos not in ("DET", "PUNCT")}
    return Title(person, noun.index, frozenset(words - ROLES.plain_titles), state, body, tuple(t.index for t in tokens))


def plain_word(word: str) -> str:
    """The word in one spelling."""
    return {"defence": "defense", "spokesperson": "spokesman", "spokeswoman": "spokesman"}.get(word, word)
