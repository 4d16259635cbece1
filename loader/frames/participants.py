"""Who takes part in a meeting: by subjects, objects and prepositions, possessives, and "his counterpart"."""

from loader import clauses
from loader.frames.venues import NOUNS, TOPIC, Venues
from loader.mentions import Mention
from loader.parsing import Token
from loader.vocabulary import ROLES, words

LEADING = words(TOPIC["leading"])
JUDGING = words(TOPIC["judging"])
PAIRS = words(TOPIC["pairs"])
COUNTERPARTS = words(TOPIC["counterparts"])
UNMET = words(TOPIC["unmet"])
PEOPLE = words(TOPIC["people"])
SENT = words(TOPIC["sent"])
PARTIES = ("Person", "State", "GovernmentBody", "ArmedGroup", "Organization")
TRAVELLERS = ("Person", "AnonymousSource")
REACH = 12
POSSESSIVE = ("his", "her", "its", "their")


class Participants(Venues):
    """Finds who meets in one document; actors are IRIs."""

    def people(self, index: int) -> tuple[str, ...]:
        """Those of a phrase, and of what is coordinated with it, who can meet; "a delegation led by X" is X too."""
        token = self.document.tokens[index]
        if token.lemma in COUNTERPARTS and (other := self._counterparts(token)):
            return other
        found = [actor for actor in self.linker.all(index) if self._can_meet(actor)]
        for one in self.document.children(index, "appos"):
            mention = self.linker.at.get(one.index)
            if mention and mention.entry.type == "Person" and index not in self.linker.at:
                found = [mention.entry.iri]  # "a Libyan official, X"
        if token.lemma in SENT or token.tag == "NNS":
            found = self._senders(token) or found
        for led in self.document.children(index, "acl"):
            if led.lemma in LEADING and clauses.is_passive(self.document, led):
                by = clauses.agents(self.document, led)
                found += [actor for one in by for actor in self.linker.all(one.index) if self._can_meet(actor)]
        return tuple(dict.fromkeys(found))

    def persons(self, index: int) -> tuple[str, ...]:
        """The persons of a phrase, known by name."""
        return tuple(actor for actor in self.people(index) if self.linker.entries[actor].type == "Person")

    def _senders(self, token: Token) -> list[str]:
        """ "A delegation from X", "officials from X and Y"."""
        after = self.document.tokens[token.index + 1 : token.index + 2]
        named = [inner for one in after if one.lower == "from" for inner in self.document.children(one.index, "pobj")]
        return [actor for one in named for actor in self.linker.all(one.index) if self._sends(actor)]

    def _sends(self, actor: str) -> bool:
        return self.linker.entries[actor].type in ("State", "GovernmentBody", "ArmedGroup", "Organization")

    def _can_meet(self, actor: str) -> bool:
        entry = self.linker.entries[actor]
        if entry.type == "AnonymousSource":
            return entry.state is not None and self.linker.nouns.get(actor, "") not in UNMET
        return entry.type in PARTIES

    def is_unnamed(self, token: Token) -> bool:
        """Whether a phrase means people or states without naming them: "nuclear developers"; so do unknown names."""
        plural = token.tag in ("NNS", "NNPS") or token.lemma in ("group", "delegation")
        human = token.lower in ROLES.group | ROLES.collective | ROLES.shared or token.lemma.endswith(
            ("er", "or", "ist")
        )
        named = token.pos == "PROPN" and not self.linker.at.get(token.index) and token.entity in ("", "PERSON")
        one = token.lower in ROLES.post | ROLES.single_source | ROLES.unnamed | PEOPLE
        return named or (plural and human) or one

    def _counterparts(self, token: Token) -> tuple[str, ...]:
        """ "His French counterpart", "their Chinese counterparts": who holds the same post there, else the state."""
        owners: list[Mention] = []
        todo = self.document.children(token.index, "amod", "compound", "nmod", "poss")
        while todo:
            one = todo.pop(0)
            if (mention := self.linker.at.get(one.index)) and self.country(mention):
                owners.append(mention)
            todo += self.document.children(one.index, "conj", "amod", "compound")
        named = [actor for one in self.document.children(token.index, "appos") for actor in self.linker.all(one.index)]
        if named or not owners:
            return tuple(actor for actor in named if self._can_meet(actor))
        subject = self._subject_above(token)
        posts = [title.words for title in self.linker.titles if subject and title.person in self.people(subject.index)]
        found = []
        for owner in owners:
            state = self.linker.known(self.country(owner))
            fitting = (
                title.person
                for title in self.linker.titles
                if any(title.words & ROLES.post & post for post in posts)
                and self.linker.state_of(title.person) == state
            )
            held = (
                self.linker.gazetteer.holder(state or "", tuple(post), self.linker.article.published) for post in posts
            )
            known = next((one.iri for one in held if one), None)
            found.append(next(fitting, None) or self.linker.known(known) or state)
        return tuple(dict.fromkeys(actor for actor in found if actor))

    def _subject_above(self, token: Token) -> Token | None:
        for above in self.document.ancestors(token.index):
            own = self.document.children(above.index, "nsubj", "nsubjpass")
            if own:
                return own[0]
        return None

    def doers(self, token: Token) -> tuple[str, ...]:
        """The subject of a verb, or the agents of a passive one."""
        if clauses.is_passive(self.document, token):
            return tuple(actor for one in clauses.agents(self.document, token) for actor in self.people(one.index))
        subject = clauses.subject(self.document, self.linker, token)
        found = self.people(subject.index) if subject else ()
        others = self.document.children(subject.head, "nsubj") if subject and found else []
        for other in others:
            if subject and other.index > subject.index and self.document.tokens[other.head].index > other.index:
                found = (*found, *self.people(other.index))  # "X and Y met", which the parser may take apart
        if not found and subject and token.dep == "acl" and subject.index == token.head:
            for to in self.document.children(subject.index, "prep"):  # "an invitation to X to attend"
                invited = self.document.children(to.index, "pobj") if to.lower == "to" else []
                found = found or tuple(actor for one in invited for actor in self.people(one.index))
        if not found and subject and token.dep == "acl" and token.tag == "VB" and subject.index == token.head:
            verb = self.document.tokens[self.document.clause(subject.index)]  # "accepted an invitation to visit"
            above = clauses.subject(self.document, self.linker, verb) if verb.index != token.index else None
            found = self.people(above.index) if above else ()
        return found

    def pair(self, subject: Token) -> tuple[str, ...]:
        """ "The sanctioned leaders held a meeting", "the two met": the two people named last."""
        several = subject.lower in PAIRS and any(
            one.lower in ("the", "both", "two", "these") for one in self.document.children(subject.index)
        )
        return self.linker.last_pair(subject, people=True, within=1) if several else ()

    def owners(self, noun: Token) -> list[str]:
        """Whose visit or talks these are: the possessive; a pronoun means the subject of the clause it is told in."""
        labels = ("poss",) if NOUNS[noun.lemma.lower()] == "Visit" else ("poss", "compound", "amod", "nmod")
        found: list[str] = []
        for one in self.document.children(noun.index, *labels):
            if one.tag == "PRP$" and one.lower in POSSESSIVE:
                found += self._owner_told(noun, one) or self.people(one.index)
            elif one.dep == "poss":
                found += self.people(one.index)
            else:
                found += self._states_before(one)
        named = [
            self.linker.at[one.index]
            for one in self.document.children(noun.index, "compound")
            if one.index in self.linker.at
        ]
        with_others = any(one.lower == "with" for one in self.document.children(noun.index, "prep"))
        alone = len(named) == 1 and not with_others and not self.document.children(noun.index, "poss")
        joined = alone and self._hyphened(self.document.tokens[named[0].head])
        if alone and named[0].entry.type == "State" and not joined:
            found = [actor for actor in found if actor != named[0].entry.iri]  # "the Ukraine summit" is about it
        return found

    def _states_before(self, one: Token) -> tuple[str, ...]:
        """ "US-Russia talks", "NATO summit", "French-Iranian talks"."""
        mention = self.linker.at.get(one.index)
        if mention and mention.entry.type == "Demonym":
            state = self.linker.known(mention.entry.state)
            beside = any(child.index in self.linker.at for child in self.document.children(one.index))
            return (state,) if state and (beside or (one.dep == "amod" and self._has_twin(one))) else ()
        if mention and mention.entry.type in ("Capital", "Place") and not self._has_twin(one):
            return ()  # "the Helsinki summit"
        joined = self._hyphened(one)
        return (*(actor for inner in joined for actor in self.people(inner.index)), *self.people(one.index))

    def _hyphened(self, one: Token) -> list[Token]:
        """The first of "US-Iran", "Putin-Kim"."""
        before = self.document.children(one.index, "compound", "amod", "nmod")
        return [inner for inner in before if inner.index in self.linker.at and self.people(inner.index)]

    def _has_twin(self, one: Token) -> bool:
        beside = self.document.children(one.head, "amod", "compound")
        return any(other.index != one.index and other.index in self.linker.at for other in beside)

    def _owner_told(self, noun: Token, pronoun: Token) -> tuple[str, ...]:
        """The person or people of the clause: "During his visit, X said", "X said that his meeting with Y"."""
        below = noun
        for above in self.document.ancestors(noun.index):
            for one in self.document.children(above.index, "nsubj", "nsubjpass"):
                if one.index == noun.index or (below.dep in ("dobj", "nsubj") and above.lemma in JUDGING):
                    continue
                found = self.persons(one.index)
                if found and (len(found) > 1) == (pronoun.lower == "their"):
                    return found
            below = above
        return ()

    def visitor(self, token: Token) -> tuple[str, ...]:
        """Who visits, by the clauses around, up to who says so: the nearest person, else the nearest subject."""
        nearest: tuple[str, ...] = ()
        below = token
        for above in self.document.ancestors(token.index):
            if below.dep == "ccomp" and below.tag != "VB":
                break
            below = above
            for one in self.document.children(above.index, "nsubj", "nsubjpass"):
                found = self.people(one.index) if one.index != token.index else ()
                if any(self.linker.entries[actor].type == "Person" for actor in found):
                    return found
                nearest = nearest or found
        before = self.document.tokens[self.document.sentence(token.index).first : token.index]
        named = [one for row in before for one in self.persons(row.index)] if not nearest else []
        return nearest or tuple(named[-1:])
