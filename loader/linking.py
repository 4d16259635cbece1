"""Who is meant: resolves each noun phrase and pronoun to actors, in one pass from left to right.

Every phrase is resolved once, from what stands before it; titles alone ("Israel's defense minister") also look ahead to
the name that the article gives later. What names nobody known becomes an anonymous source with an affiliation.
"""

from collections import Counter

from loader import titles
from loader.descriptions import Descriptions
from loader.gazetteer import Entry, Gazetteer
from loader.mentions import Mention
from loader.parsing import Document, Token
from loader.pronouns import FIRST_PERSON, SUBJECT
from loader.recency import Trace
from loader.records import Article
from loader.slugs import slug
from loader.titles import Title, plain_word
from loader.vocabulary import ROLES, head_class
from ontology.terms import ID

MODIFIERS = {"compound", "amod", "nmod"}
NAMEABLE = ("GovernmentBody", "Organization", "MediaOutlet", "ArmedGroup")
LOCATIVE = {"in", "at", "near", "around", "across", "inside", "outside", "through", "over", "into", "throughout"}
ADMINISTRATION = f"{ID}state/united-states"  # whose government goes by "the administration"
OFFICES = ROLES.offices
WEST = "Western"  # the reference data know it as an adjective
SIDES = ("State", "GovernmentBody")  # for whom a spokesman speaks who was named after them
GENERAL = {"official"}  # who is named later may be any of these
SOON = 2  # sentences after which a spokesman who has spoken is named


class Linker(Descriptions):
    """The actors that the phrases of one document mean."""

    def __init__(
        self, document: Document, mentions: tuple[Mention, ...], gazetteer: Gazetteer, article: Article
    ) -> None:
        super().__init__(document, mentions)
        self.gazetteer = gazetteer
        self.article = article
        self.marks: dict[str, frozenset[str]] = {}  # of anonymous groups
        self.spans: dict[str, list[tuple[int, int]]] = {}
        self.titles = titles.find(document, mentions)
        self._person_by_title = {index: title.person for title in self.titles for index in [title.noun]}
        self._documents: list[tuple[int, str, tuple[str, ...]]] = []
        for mention in mentions:
            if mention.entry.type not in ("Demonym", "Capital", "Place"):
                self._know(mention.entry)
                if document.tokens[mention.last - 1].text not in ROLES.unnamed:
                    self._spot(mention.entry.iri, mention.first, mention.last)
        for token in document.tokens:
            self._references[token.index] = found = self._resolve(token)
            subject = token.dep in SUBJECT or (token.dep == "pobj" and document.tokens[token.head].dep == "agent")
            if token.dep not in MODIFIERS:
                self._history.extend(Trace(token.index, actor, subject) for actor in found)
        for token in document.tokens:
            if token.pos == "PRON" and token.lower in FIRST_PERSON:
                self._references[token.index] = self._quoted_speaker(token)

    def all(self, index: int) -> tuple[str, ...]:
        """The same for the phrase and what is coordinated with it, each actor once, in order."""
        found = list(self.resolve(index))
        for token in self._coordinated(index):
            found.extend(self.resolve(token.index))
        return tuple(dict.fromkeys(found))

    def _coordinated(self, index: int) -> list[Token]:
        found = []
        for child in self.document.children(index, "conj", "appos"):
            listed = child.dep == "conj" or (
                self._is_state(index) and self._is_state(child.index) and self.document.children(child.index, "conj")
            )
            if listed and child.pos not in ("VERB", "AUX"):
                found.extend([child, *self._coordinated(child.index)])
        return found

    def _is_state(self, index: int) -> bool:
        return index in self.at and self.at[index].entry.type in ("State", "Capital")

    def state_of(self, actor: str | None) -> str | None:
        """The state that an actor is or belongs to, where it is known."""
        entry = self.entries.get(actor or "")
        if entry is None or entry.type == "State":
            return actor if entry else None
        if entry.state:
            return (
                self.known(entry.state)
                if entry.state == actor
                else (self.state_of(self.known(entry.state)) or entry.state)
            )
        return self._title_state(entry.iri)

    def _title_state(self, person: str) -> str | None:
        for title in self.titles:
            if title.person == person:
                state = title.state or self.state_of(title.body)
                if state:
                    return state
        for title in self.titles:
            state = self._state_in(title) if title.person == person else None
            if state:
                return state
        spoke = self._spokesman_named(person)
        return self.state_of(self.known(self.entries[spoke].state)) if spoke and self.entries[spoke].state else None

    def _state_in(self, title: Title) -> str | None:
        """ "The foreign ministry's director, X", "Defence Minister X": the state that the article speaks of there."""
        for index in title.tokens:
            body = head_class(self.document.tokens[index].lower) == "body" and index not in self.at
            for actor in self.resolve(index) if body else ():
                state = self.state_of(self.entries[actor].state) if self.entries[actor].state else None
                if state:
                    return state
        if "spokesman" in title.words:
            for trace in reversed(self._history):
                near = self.document.tokens[title.noun].sentence - self.document.tokens[trace.index].sentence
                if near > SOON:
                    break
                if near >= 0 and trace.index < title.noun and trace.subject and self.entries[trace.actor].type in SIDES:
                    return self.state_of(trace.actor)
        if not title.words & OFFICES:
            return None
        return self._home(title.noun)

    def _home(self, index: int) -> str | None:
        """The state that the article has spoken of most before a token, as the subject of its clauses."""
        told = Counter(
            trace.actor
            for trace in self._history
            if trace.index < index and trace.subject and self.entries[trace.actor].type == "State"
        )
        return told.most_common(1)[0][0] if told else None

    def named_later(self) -> dict[str, str]:
        """Unnamed speakers whom the article names in the next sentences: "a general said"; "Gen. X told the paper"."""
        people = [iri for iri, entry in self.entries.items() if entry.type == "Person" and not entry.known]
        return {spoke: person for person in people if (spoke := self._spokesman_named(person))}

    def _spokesman_named(self, person: str) -> str | None:
        """ "A spokesman said so. "…", said Col. X": who is named after a spokesman has spoken, and has no title."""
        known = self.entries[person].known or any(one.state or one.body for one in self.titles if one.person == person)
        first = next((trace for trace in self._history if trace.actor == person), None)
        if known or first is None:
            return None
        sentence = self.document.tokens[first.index].sentence
        near = (one for one in self._history if 0 < sentence - self.document.tokens[one.index].sentence <= SOON)
        words = {word for title in self.titles if title.person == person for word in title.words}
        spokes = [
            one.actor for one in near if one.subject and self.nouns.get(one.actor, "") in ROLES.spokes | words | GENERAL
        ]
        return spokes[-1] if spokes else None

    def sides_quoted(self, pronoun: Token) -> set[str | None]:
        """The states of who is quoted with a "they" or "it": those he does not mean by it."""
        if pronoun.index not in self._quoted or pronoun.lower not in ("they", "them", "it"):
            return set()
        return {self.state_of(one) for one in self._quoted_speaker(pronoun)}

    def behalf(self, actor: str) -> str | None:
        """The body or state that an actor speaks for at the time of the article, else as the article describes it."""
        entry = self.entries[actor]
        if entry.type == "Person":
            for title in self.titles:
                if title.person == actor and title.body:
                    return title.body
        elif entry.type in ("State", "ArmedGroup") or self.nouns.get(actor, "") in ROLES.collective:
            return None
        voice = self.gazetteer.speaks_for(actor, self.article.published)
        if voice:
            return self._know(voice)
        if entry.type == "Person":
            return self._title_state(actor)
        return self.known(entry.state) if entry.type in ("GovernmentBody", "AnonymousSource") else None

    def _know(self, entry: Entry) -> str:
        return self.entries.setdefault(entry.iri, entry).iri

    def known(self, iri: str | None) -> str | None:
        """The IRI, with its entry of the reference data at hand from now on."""
        entry = self.gazetteer.entry(iri) if iri else None
        return self._know(entry) if entry else iri

    def _spot(self, actor: str, first: int, last: int) -> None:
        tokens = self.document.tokens
        self.spans.setdefault(actor, []).append((tokens[first].start, tokens[last - 1].end))

    # one phrase

    def _resolve(self, token: Token) -> tuple[str, ...]:
        mention = self.at.get(token.index)
        if mention:
            return self._named(mention, token) if mention.head == token.index else ()
        if token.pos == "PRON" or token.tag == "PRP$":
            return self._pronoun(token)
        if token.pos not in ("NOUN", "PROPN", "ADJ", "DET"):
            return ()
        if token.index in self._person_by_title:
            return (self._person_by_title[token.index],)
        if token.lower in ("both", "two"):
            return self._pair(token) if token.dep in (*SUBJECT, "pobj", "dobj") else ()
        after = self.document.tokens[token.index + 1 : token.index + 2]
        if token.lower == "opposition" and any(one.lower == "to" for one in after):
            return ()  # "its opposition to arming them"
        role = head_class(token.lower) or head_class(token.lemma)
        modifies = token.dep in ("compound", "amod")
        if token.pos == "ADJ" or (modifies and (role != "body" or token.head in self.at)):
            return ()
        if token.lower in ROLES.shared and self._is_pair(token):
            return self._pair(token)
        if token.lower == "governments" and len(owners := self._owners(token)) > 1:
            return owners
        if role == "group":
            theirs = any(child.lower == "their" for child in self.document.children(token.index, "poss"))
            if theirs and token.lower in ROLES.shared | {"ministers", "presidents", "officials"}:
                return self.last_pair(token, people=False)
            owners = self._owners(token)
            if len(owners) > 1:
                return tuple(self._anonymous(token, owner, several=True) for owner in owners)
        return self._described(token, role) if role else ()

    def _owners(self, token: Token) -> tuple[str, ...]:
        """The states of a row of adjectives: "Iranian and Russian officials"."""
        found: list[str] = []
        for child in self.document.children(token.index, "amod", "compound", "poss", "nmod"):
            row = [child, *self.document.children(child.index, "conj", "amod", "compound", "poss", "nmod")]
            row += [two for one in row[1:] if one.dep == "conj" for two in self.document.children(one.index, "conj")]
            for one in row:
                owner = self._actor_of_modifier(one)
                found += [owner] if owner else []
        for child in self.document.children(token.index, "prep"):
            for one in self.document.children(child.index, "pobj") if child.lower in ("of", "from") else ():
                found += [
                    owner for part in [one, *self._coordinated(one.index)] if (owner := self._actor_of_modifier(part))
                ]
        states = {self.entries[one].state for one in found if self.entries[one].type == "GovernmentBody"}
        return tuple(dict.fromkeys(one for one in found if one not in states))  # "Indian army officers"

    def _named(self, mention: Mention, token: Token) -> tuple[str, ...]:
        entry = mention.entry
        if entry.type == "Capital":
            return (self.known(entry.state) or "",) if entry.state and not self._is_location(token) else ()
        if entry.type == "Demonym":
            people = token.tag in ("NNPS", "NNS", "NNP") and token.dep not in ("compound", "amod", "poss", "nmod")
            return (self.known(entry.state) or "",) if people and entry.state else ()
        return () if entry.type in ("Place",) else (entry.iri,)

    def _is_location(self, token: Token) -> bool:
        head = self.document.tokens[token.head]
        return (token.dep == "pobj" and head.lower in LOCATIVE) or (token.dep == "dobj" and head.lemma in ("visit",))

    # descriptions

    def _described(self, token: Token, role: str) -> tuple[str, ...]:
        if role == "group":
            for child in self.document.children(token.index, "prep"):
                for one in self.document.children(child.index, "pobj"):
                    if child.lower == "of" and one.lower in ROLES.shared and self._is_pair(one):
                        return self.resolve(one.index) or self._pair(one)
        owner, words = self._owner(token), self._words(token)
        if whole := self._whole(token, owner):
            return (whole,)
        if token.lower in ROLES.armed and self._is_irregular(self._label(token), token.lower):
            return self._same_fighters(token, owner) or (self._anonymous(token, owner),)
        if token.lower in ROLES.media and "news" in words:
            role = "media"
        named = self._apposed(token) if role in ("collective", "body", "media") else ()
        if named:
            return named
        if role == "document":
            return self._document_source(token, owner)
        if role == "state":
            return self._state_itself(token, owner)
        if role == "body":
            return self._body(token, owner, words)
        if role in ("post", "spokes"):
            return self._holder(token, owner, words)
        if self._is_definite(token) and (owner is None or self.entries[owner].type == "State"):
            earlier = self._group_named(token) or self._same_head(token)
            if earlier:
                return earlier
        if owner is None and self._is_definite(token) and token.lower in ROLES.irregular | ROLES.armed:
            group = self._group_of(token)
            if group:
                return group
        if token.lower in ROLES.irregular | ROLES.armed:
            earlier = self._same_fighters(token, owner)
            if earlier:
                return earlier
        if role == "media" and token.lower in ROLES.outlets and self._is_definite(token) and not owner:
            return self._last(token, lambda entry: entry.type in ("MediaOutlet", "GovernmentBody", "Organization"))
        return (self._anonymous(token, owner),)

    def _apposed(self, token: Token) -> tuple[str, ...]:
        """ "The company, Rosoboronexport": the name beside a description."""
        mentions = (self.at[one.index] for one in self.document.children(token.index, "appos") if one.index in self.at)
        return tuple(one.entry.iri for one in mentions if one.entry.type in NAMEABLE)[:1]

    def _owner(self, token: Token) -> str | None:
        """The state, body or person whose minister, officials or army these are."""
        for child in self.document.children(token.index, "amod", "compound", "poss", "nmod", "prep", "appos"):
            inner = self.document.children(child.index, "pobj") if child.dep == "prep" else [child]
            if child.dep == "prep" and child.lower not in ("of", "for", "from", "at", "in", "with", "by"):
                continue
            for one in inner:
                found = self._actor_of_modifier(one)
                if found:
                    return found
        return self._owner_by_place(token)

    def _owner_by_place(self, token: Token) -> str | None:
        index = token.index - 1
        sentence = self.document.sentence(token.index)
        while index >= sentence.first and token.index - index <= 5:
            one = self.document.tokens[index]
            if index in self.at:
                return self._actor_of_modifier(one)
            if one.pos not in ("NOUN", "PROPN", "ADJ", "PART") and one.tag not in ("POS", "HYPH", "CD"):
                return None
            index -= 1
        return None

    def _actor_of_modifier(self, token: Token) -> str | None:
        mention = self.at.get(token.index)
        if mention:
            if mention.entry.type in ("Demonym", "Capital"):
                return self.known(mention.entry.state)
            return None if mention.entry.type in ("Place",) else mention.entry.iri
        ahead = token.index not in self._references and token.pos in ("NOUN", "PROPN")
        found = self._resolve(token) if ahead else self._references.get(token.index, ())
        return found[0] if found else None

    def _state_itself(self, token: Token, owner: str | None) -> tuple[str, ...]:
        if owner:
            state = self.state_of(owner)
            return (state,) if state else (owner,)
        if not self._is_definite(token) and not self.document.children(token.index, "poss"):
            return ()
        if token.lower == "country" and token.dep == "poss":
            for trace in reversed(self._history):  # "a lawmaker of X said, citing the country's spy agency"
                if self.document.tokens[trace.index].sentence != token.sentence:
                    break
                if trace.subject and self.entries[trace.actor].type != "State" and self.state_of(trace.actor):
                    return (str(self.state_of(trace.actor)),)
        if token.lower == "administration":
            american = [trace.actor for trace in self._history if self.state_of(trace.actor) == ADMINISTRATION]
            if american:
                return (str(self.known(ADMINISTRATION)),)
        return self._last(token, lambda entry: entry.type == "State")

    def _body(self, token: Token, owner: str | None, words: tuple[str, ...]) -> tuple[str, ...]:
        if owner is None:
            for trace in reversed(self._history):
                entry = self.entries[trace.actor]
                if entry.type == "GovernmentBody" and set(words) <= label_words(entry.label):
                    return (trace.actor,)
            if len(words) == 1 and token.lower not in ROLES.particular:
                return self._last(token, lambda entry: entry.type in ("GovernmentBody", "Organization", "MediaOutlet"))
            home = (
                (self._home(token.index) or next(iter(self._last(token, _is_state)), None))
                if self._is_definite(token)
                else None
            )
            own = self.gazetteer.body(home, words) if home else None
            return (self._know(own),) if own else (self._anonymous(token, None),)
        if self.entries[owner].type not in ("State", "Person"):
            return (owner,)
        state = self.state_of(owner)
        known = (self._seated(token, state) or self.gazetteer.body(state, words)) if state else None
        if known:
            if token.lower not in ROLES.unnamed:
                self._spot(known.iri, *self._phrase(token))
            return (self._know(known),)
        if token.lower in ROLES.unnamed:
            return (self._anonymous(token, owner),)
        label = self._label(token)
        entry = Entry(f"{ID}body/{slug(label)}", label, "GovernmentBody", state, known=False)
        self._spot(entry.iri, *self._phrase(token))
        return (self._know(entry),)

    def _seated(self, token: Token, state: str) -> Entry | None:
        """ "France's embassy in Berlin"."""
        for child in self.document.children(token.index, "prep"):
            for one in self.document.children(child.index, "pobj") if child.lower == "in" else ():
                mention = self.at.get(one.index)
                place = self.document.surface(mention.first, mention.last) if mention else one.text
                known = self.gazetteer.seated(state, token.lower, place)
                if known:
                    return known
        return None

    def _holder(self, token: Token, owner: str | None, words: tuple[str, ...]) -> tuple[str, ...]:
        """The person who holds a post: as the article says, before or after, else as the reference data say."""
        for child in self.document.children(token.index, "appos"):
            if child.index in self.at and self.at[child.index].entry.type == "Person":
                return (self.at[child.index].entry.iri,)
        if (
            token.lower == "counterpart"
            and self.document.children(token.index, "poss")
            and not self._owners_named(token)
        ):
            return ()
        if any(one.lower in ("a", "an", "another") for one in self.document.children(token.index, "det")):
            return (self._anonymous(token, owner),)  # "a spokesman" is not the one told of
        state = self.state_of(owner)
        best: Title | None = None
        for title in self.titles:
            if owner and title.body and self.entries[owner].type == "GovernmentBody" and title.body != owner:
                continue
            agrees = set(words) <= title.words and (state is None or self._title_state(title.person) in (None, state))
            if agrees and (best is None or title.noun <= token.index):
                best = title
        if best and (owner or self._is_definite(token)):
            return (best.person,)
        if owner:
            holder = self.gazetteer.holder(owner, words, self.article.published)
            if holder is None and state:
                holder = self.gazetteer.holder(state, words, self.article.published)
            if holder:
                return (self._know(holder),)
        elif self._is_definite(token):
            earlier = self._same_head(token)
            if earlier:
                return earlier
            if token.lower in ROLES.post and token.lower not in ("leader",):
                person = self._last(token, lambda entry: entry.type == "Person")
                if person:
                    return person
                home = self._last(token, lambda entry: entry.type == "State")
                head = self.gazetteer.holder(home[0], words, self.article.published) if home else None
                if head:
                    return (self._know(head),)
        return (self._anonymous(token, owner),)

    def _owners_named(self, token: Token) -> bool:
        """Whether an adjective tells whose counterpart it is ("his Iranian counterpart")."""
        return any(child.index in self.at for child in self.document.children(token.index, "amod", "compound", "nmod"))

    def _document_source(self, token: Token, owner: str | None) -> tuple[str, ...]:
        if owner is None:
            for _, noun, found in reversed(self._documents):
                if noun == token.lemma or self._is_definite(token):
                    return found
            if self._is_definite(token):
                return self._last(token, lambda entry: entry.type in ("MediaOutlet", "Organization", "GovernmentBody"))
            return ()
        found = (owner,)
        self._documents.append((token.index, token.lemma, found))
        return found

    def _whole(self, token: Token, owner: str | None) -> str | None:
        """ "NATO allies", "western countries": all of them together, where neither some nor others are meant."""
        described = [one.lower for one in self.document.children(token.index, "amod", "compound", "det")]
        some = self.document.children(token.index, "nummod") or not ROLES.partial.isdisjoint(described)
        if token.lower not in ROLES.constituents or some:
            return None
        if WEST.lower() in described:
            return next(
                (self.known(entry.iri) for name, entry in self.gazetteer.starting(WEST, 0) if name == WEST), None
            )
        entry = self.entries[owner] if owner else None
        near = token.index and self.document.tokens[token.index - 1].index in self.at
        return owner if entry and near and entry.known and entry.type == "Organization" else None

    def _anonymous(self, token: Token, owner: str | None, *, several: bool = False) -> str:
        label = self._label(token)
        unaffiliated = owner is None and head_class(token.lower) in ("single_source", "group", "spokes")
        owner = self._where(token) if unaffiliated and token.dep in SUBJECT else owner
        if several and owner:
            state = self.gazetteer.reference.states.get(owner)
            label = f"{state.demonyms[0] if state and state.demonyms else self.entries[owner].label} {token.lower}"
        entry = Entry(
            f"{ID}source/{self.article.iri.partition('/id/article/')[2]}/{slug(label)}",
            label,
            "AnonymousSource",
            owner,
            known=False,
        )
        self._spot(entry.iri, *self._phrase(token))
        self.nouns[entry.iri] = token.lower
        self.marks[entry.iri] = self._marks(token)
        return self._know(entry)

    def _where(self, token: Token) -> str | None:
        """ "In Islamabad, an official": the state whose capital the sentence begins with."""
        first = self.document.sentence(token.index).first
        mention = self.at.get(first + 1)
        begins = self.document.tokens[first].lower == "in" and mention and mention.entry.type == "Capital"
        return self.known(mention.entry.state) if mention and begins else None


def _is_state(entry: Entry) -> bool:
    return entry.type == "State"


def label_words(label: str) -> frozenset[str]:
    """The words of a name in one spelling."""
    return frozenset(
        plain_word(word) for word in label.lower().replace("'s", "").replace("(", "").replace(")", "").split()
    )
