"""Names in the text: those that the gazetteer knows, and what the parser takes for a name besides.

A name is matched where it stands as words of its own; the longest wins, and names that are written in capitals match
only so ("US", not "us").
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from loader import lexicons
from loader.gazetteer import Entry, Gazetteer
from loader.parsing import Document, Token
from loader.slugs import slug
from loader.vocabulary import ROLES, head_class
from ontology.terms import ID

NAMED = {"PERSON": "Person", "ORG": "Organization", "GPE": "Place", "LOC": "Place", "FAC": "Place"}
FOLDERS = {"Person": "person", "Organization": "organization", "Place": "place", "MediaOutlet": "outlet"}
EPITHETS: defaultdict[str, list[tuple[list[str], list[str]]]] = defaultdict(list)  # by first word: all, and whose
for epithet, labels in lexicons.read("english")["epithets"].items():
    EPITHETS[epithet.split()[0]].append((epithet.split(), labels))
LONGEST = 6  # words of a name that only the parser knows; more is a sentence gone wrong


@dataclass(frozen=True, slots=True)
class Mention:
    """A name: tokens first to last (half-open), the token that ties it to the sentence, and what it stands for."""

    first: int
    last: int
    head: int
    entry: Entry

    @property
    def indices(self) -> range:
        """The indices of its tokens."""
        return range(self.first, self.last)


def find(document: Document, gazetteer: Gazetteer) -> tuple[Mention, ...]:
    """The names in the document, in order, none over another."""
    known = _with_epithets(document, _known(document, gazetteer))
    taken = {index for mention in known for index in mention.indices}
    unknown = _together(list(_unknown(document, taken, gazetteer)))
    taken |= {index for mention in unknown for index in mention.indices}
    named = sorted(known + unknown, key=lambda mention: mention.first)
    short = list(_short(document, named, taken, gazetteer))
    return tuple(sorted(named + short, key=lambda mention: mention.first))


def _known(document: Document, gazetteer: Gazetteer) -> list[Mention]:
    found: list[Mention] = []
    free = 0
    for token in document.tokens:
        if token.index < free or not token.text[0].isalnum():
            continue
        for name, entry in gazetteer.starting(document.text, token.start):
            last = _token_ending_at(document, token, token.start + len(name))
            if last is not None and not _longer_inside(document, gazetteer, token.index, last):
                found.append(Mention(token.index, last, _head(document, token.index, last), entry))
                free = last
                break
    return found


def _with_epithets(document: Document, known: list[Mention]) -> list[Mention]:
    """The names, with "the North", "the kingdom" where the state that they stand for is named before."""
    taken = {index for mention in known for index in mention.indices}
    added = []
    for token in document.tokens:
        for row, labels in EPITHETS.get(token.lower, ()):
            last = token.index + len(row)
            span = document.tokens[token.index : last]
            written = [token.lower, *(one.text for one in span[1:])]
            following = document.tokens[last : last + 1]
            if (
                written != row
                or not following
                or following[0].tag.startswith(("NNP", "HYPH"))
                or not taken.isdisjoint(range(token.index, last))
            ):
                continue
            named = [one for one in known if one.first < token.index and one.entry.label in labels]
            if named:
                added.append(Mention(token.index, last, last - 1, named[-1].entry))
    return sorted(known + added, key=lambda mention: mention.first)


def _longer_inside(document: Document, gazetteer: Gazetteer, first: int, last: int) -> bool:
    """Whether a longer name begins inside this one: "The National" before "National Security Council"."""
    length = document.tokens[last - 1].end - document.tokens[first].start
    return any(
        len(name) > length
        for token in document.tokens[first + 1 : last]
        for name, _ in gazetteer.starting(document.text, token.start)
    )


def _token_ending_at(document: Document, token: Token, end: int) -> int | None:
    index = token.index
    sentence = document.sentence(index)
    while index < sentence.last and document.tokens[index].end < end:
        index += 1
    if index < sentence.last and document.tokens[index].end == end:
        return index + 1
    return None


def _head(document: Document, first: int, last: int) -> int:
    """The token of a span whose head lies outside it."""
    for index in range(last - 1, first - 1, -1):
        token = document.tokens[index]
        if token.head == index or not first <= token.head < last:
            return index
    return last - 1


def _unknown(document: Document, taken: set[int], gazetteer: Gazetteer) -> Iterable[Mention]:
    spans = [span for span in map(_trimmed, _entities(document)) if span and _looks_like_a_name(span)]
    people = {part.text for span in spans if span[0].entity == "PERSON" and len(span) > 1 for part in span}
    for span in spans:
        first, last = span[0].index, span[-1].index + 1
        following = document.tokens[last] if last < len(document.tokens) else span[-1]
        alone = len(span) == 1 and (span[0].text in gazetteer.surnames or span[0].text in people)
        part_of_title = head_class(following.lower) in ("post", "spokes") and span[0].entity == "ORG"
        if not (alone or part_of_title or taken.intersection(range(first, last)) or _is_thing(span, gazetteer)):
            entry = _entry(document.surface(first, last), span)
            if entry.type == "Organization" and len(span) > 1 and _is_titled(document, first):
                entry = Entry(f"{ID}person/{slug(entry.label)}", entry.label, "Person", known=False)
            if _is_where(document, first, last):
                entry = Entry(f"{ID}place/{slug(entry.label)}", entry.label, "Place", known=False)
            yield Mention(first, last, _head(document, first, last), entry)


def _is_titled(document: Document, first: int) -> bool:
    """Whether a role noun stands right before a name that the parser takes for an organization: "spokesman X Y"."""
    before = document.tokens[first - 1] if first else None
    return (
        before is not None and before.pos == "NOUN" and head_class(before.lower) in ("post", "spokes", "single_source")
    )


def _is_thing(span: tuple[Token, ...], gazetteer: Gazetteer) -> bool:
    """Whether it is the name of goods ("Grad", "Patriots")."""
    name = " ".join(token.lower for token in span)
    return name in gazetteer.things or name.removesuffix("s") in gazetteer.things or span[-1].lower in ROLES.things


def _is_where(document: Document, first: int, last: int) -> bool:
    """Whether the words around a name that is not known make it a place: "the town of X", "X airport", "near X"."""
    before = [token.lower for token in document.tokens[max(0, first - 2) : first]]
    following = document.tokens[last].lower if last < len(document.tokens) else ""
    is_named = len(before) == 2 and before[1] == "of" and before[0] in ROLES.places
    return is_named or following in ROLES.places or bool(before and before[-1] in ("near", "outside", "around"))


def _entities(document: Document) -> Iterable[tuple[Token, ...]]:
    """What the parser takes for a name, a person's with the capitalised names that follow."""
    tokens = document.tokens
    index = 0
    while index < len(tokens):
        first = index
        index += 1
        kind = tokens[first].entity
        if kind not in NAMED or not tokens[first].entity_begins:
            continue
        while index < len(tokens) and tokens[index].entity == kind and not tokens[index].entity_begins:
            index += 1
        while kind == "PERSON" and index < len(tokens) and _is_more_of_a_name(tokens[index], tokens[index - 1]):
            index += 1
        yield tokens[first:index]
    yield from _capitalised(document)


def _capitalised(document: Document) -> Iterable[tuple[Token, ...]]:
    """Rows of capitalised words that end like the name of an organization, which the parser did not take for one."""
    row: list[Token] = []
    for token in document.tokens:
        fits = token.pos == "PROPN" and token.text[0].isupper() and not token.entity
        if row and (not fits or token.sentence != row[0].sentence):
            if len(row) > 1 and row[-1].lower in ROLES.organization:
                yield tuple(row)
            row = []
        if fits:
            row.append(token)


def _is_more_of_a_name(token: Token, before: Token) -> bool:
    return (
        token.pos == "PROPN"
        and token.text[0].isupper()
        and not token.entity
        and token.sentence == before.sentence
        and not head_class(token.lower)
    )


def _together(mentions: list[Mention]) -> list[Mention]:
    """One entry for the short and the long name of an organization ("the Council", after its full name)."""
    entries = sorted({mention.entry for mention in mentions}, key=lambda entry: (-len(entry.label), entry.iri))
    found = []
    places = {mention.entry.label: mention.entry for mention in mentions if mention.entry.type == "Place"}
    initials = {
        "".join(word[0] for word in entry.label.split() if word[0].isupper()): entry
        for entry in entries
        if len(entry.label.split()) > 1 and entry.type != "Person"
    }
    for mention in mentions:
        same = places.get(mention.entry.label) or initials.get(mention.entry.label)
        if same:
            found.append(replace(mention, entry=same))
            continue
        words = set(mention.entry.label.lower().split())
        longer = next(
            (
                entry
                for entry in entries
                if entry.type == mention.entry.type and len(words) > 1 and words < set(entry.label.lower().split())
            ),
            mention.entry,
        )
        found.append(replace(mention, entry=longer))
    return found


def _trimmed(span: tuple[Token, ...]) -> tuple[Token, ...]:
    while span and (
        span[0].pos in ("DET", "PUNCT", "SPACE")
        or head_class(span[0].lower)
        or span[0].tag == "POS"
        or span[0].lower.rstrip(".") in ROLES.plain_titles
    ):
        span = span[1:]
    bracket = next((place for place, token in enumerate(span) if token.text in ("(", "[")), len(span))
    span = span[:bracket]
    while span and (span[-1].tag == "POS" or span[-1].pos in ("PUNCT", "SPACE")):
        span = span[:-1]
    return span


def _looks_like_a_name(span: tuple[Token, ...]) -> bool:
    if len(span) > LONGEST or not all(token.text[0].isupper() for token in (span[0], span[-1])):
        return False
    if any(character.isdigit() for token in span for character in token.text):
        return False
    kind = span[0].entity or "ORG"
    if {span[-1].lower, span[-1].lemma, span[0].lower} & ROLES.event or head_class(span[-1].lower) == "post":
        return False
    if kind == "PERSON":
        return all(token.pos in ("PROPN", "PUNCT", "NOUN", "ADJ") for token in span) and len(span[-1].text) > 1
    return span[-1].pos == "PROPN" and (len(span) > 1 or len(span[0].text) > 2)


def _entry(name: str, span: tuple[Token, ...]) -> Entry:
    kind = NAMED[span[0].entity or "ORG"]
    if kind == "Organization" and ROLES.media & {token.lower for token in span}:
        kind = "MediaOutlet"
    elif kind == "Organization" and ROLES.body & {token.lower for token in span}:
        kind = "GovernmentBody"
    folder = FOLDERS.get(kind, "body")
    return Entry(f"{ID}{folder}/{slug(name)}", name, kind, known=False)


def _short(document: Document, named: list[Mention], taken: set[int], gazetteer: Gazetteer) -> Iterable[Mention]:
    """Persons called by a part of the name: one that the article gives in full, else one that is known by it."""
    people: dict[str, list[Mention]] = {}
    for mention in named:
        if mention.entry.type == "Person":
            parts = {document.tokens[mention.first].text, document.surface(mention.first, mention.last).split()[-1]}
            for part in parts | {document.tokens[mention.last - 1].text}:
                people.setdefault(part, []).append(mention)
    for token in document.tokens:
        if token.index in taken or not token.text[0].isupper() or token.pos in ("DET", "ADP", "PUNCT"):
            continue
        entry = _called(token, people.get(token.text, []), gazetteer.surnames.get(token.text, []))
        if entry:
            yield Mention(token.index, token.index + 1, token.index, entry)


def _called(token: Token, named: list[Mention], known: list[Entry]) -> Entry | None:
    before = [mention for mention in named if mention.first <= token.index]
    if named:
        return (before[-1] if before else named[0]).entry
    return known[0] if len(known) == 1 and token.entity == "PERSON" else None
