"""Who supplies, who receives, and what: the roles that words around a trigger fill."""

from dataclasses import dataclass

from loader import clauses
from loader.frames.parties import (
    HOLDING,
    MAKING,
    OWN,
    OWNERS,
    TOPIC,
    Parties,
)
from loader.goods import Goods
from loader.parsing import Document, Token
from loader.vocabulary import find as find_patterns
from loader.vocabulary import patterns, words

CONTROL = words(TOPIC["object_control"])
ORDERED = words(TOPIC["ordered"])
FINDING = words(TOPIC["finding"])
BREAKS = words(TOPIC["breaks"])
STOPS = words(TOPIC["stops"])
TALKING = words(TOPIC["talks"]["lemmas"])
REACH = 14  # words after a noun in which its roles stand
END_USE = patterns(TOPIC["end_use"])
EDGES = words(TOPIC["edges"])
RECEIVERS = words(TOPIC["receivers"])
PURPOSES = words(TOPIC["purposes"])


@dataclass(frozen=True, slots=True)
class TransferFrame:
    """A transfer as one clause tells it; roles are IRIs of actors or None, talks have parties instead."""

    trigger: int
    sentence: int
    kind: str
    goods: tuple[Goods, ...]
    supplier: str | None = None
    recipient: str | None = None
    parties: tuple[str, ...] = ()
    nominal: bool = False
    returns: int | None = None  # the trigger of the transfer that this one is in return for
    sought: bool = False
    end_user: str | None = None
    definite: bool = True  # a certain transfer ("the delivery"), not arms sales as such
    unnamed: bool = False  # to somebody told of, whom the article does not name
    settled: bool = False  # a deal or contract, not negotiations
    presupposed: bool = False  # told in passing ("US-supplied missiles"): a transfer, but nobody's statement


def holder(document: Document, goods: Token) -> Token | None:
    """What the goods are in, by which they are counted: the containers of "containers loaded with shells"."""
    for above in document.ancestors(goods.index):
        if above.dep == "acl" and above.lemma in HOLDING:
            return document.tokens[above.head]
        if above.pos not in ("ADP", "NOUN"):
            return None
    return None


class Roles(Parties):
    """Fills the roles of transfers in one document."""

    def _doer(self, token: Token, passive: bool) -> tuple[str, ...]:
        if passive:
            by = clauses.agents(self.document, token)
            if by:
                return self._parties(by[0].index) or self._owner_party(by[0])
            aims = token.dep in ("advcl", "xcomp") and any(
                one.lower == "to" for one in self.document.children(token.index, "aux")
            )
            makes = self.document.tokens[token.head].lemma in MAKING | ORDERED
            return self._compound_agent(token) or (
                self._parties_of_subject(self.document.tokens[token.head]) if aims and makes else ()
            )
        aux = self.document.children(token.index, "aux")
        own = self.document.children(token.index, "nsubj")
        own += [two for one in aux for two in self.document.children(one.index, "nsubj")]  # "X has, says Y, sent"
        if own:
            return self._parties(own[0].index) or self._owner_party(own[0])
        if token.pos == "NOUN":
            before = clauses.name_before(self.document, self.linker, token.index)
            return self._parties(before.index) if before else ()
        above = self.document.tokens[token.head]
        blamed = self.document.tokens[above.head]
        if token.dep == "pcomp" and blamed.pos == "ADJ" and blamed.dep in ("amod", "relcl", "acl"):
            noun = self.document.tokens[blamed.head]  # "companies responsible for supplying"
            return self._parties(noun.index) or self._owner_party(noun)
        talks = self.document.tokens[above.head]
        if token.dep == "pcomp" and talks.pos == "NOUN" and talks.lemma in TALKING:
            verb = self.document.tokens[self.document.clause(talks.index)]
            subject = clauses.subject(self.document, self.linker, verb)  # "X is in talks with Y on buying": X buys
            return self._parties(subject.index) if subject else ()
        if token.dep == "pcomp" or (token.dep == "xcomp" and above.lemma in CONTROL):
            charged = self.document.tokens[above.head] if token.dep == "pcomp" else above
            if charged.lemma in CONTROL and clauses.is_passive(self.document, charged):
                accused = clauses.subject(self.document, self.linker, charged)
                if accused and accused.index < charged.index:
                    return self._parties(accused.index)
            verb = self.document.tokens[charged.head] if charged.dep == "dobj" else charged
            for accused in self.document.children(verb.index, "dobj") if verb.lemma in CONTROL else ():
                if accused.index < token.index and not self._parties(accused.index):
                    return self._owner_party(accused)  # "accused X's mercenaries of obtaining"
            for on in self.document.children(charged.index, "prep") if token.dep == "xcomp" else ():
                for one in self.document.children(on.index, "pobj") if on.lower in ("on", "upon") else ():
                    return self._parties(one.index)  # "called on X to send"
            before = clauses.name_before(self.document, self.linker, token.index)
            owner = self._owner_of_relative(token)
            return (owner,) if owner else self._parties(before.index) if before else ()
        beside = self.linker.at.get(token.index - 1) if token.tag == "VBG" else None
        if beside and beside.entry.type == "Capital" and self.linker.known(beside.entry.state):
            return (str(self.linker.known(beside.entry.state)),)  # "could result in Moscow arming X"
        if token.dep == "acl" and token.tag == "VBG":
            copula = self.document.tokens[self.document.clause(above.index)]
            if copula.lemma == "be" and self._parties_of_subject(above):
                return self._parties_of_subject(above)
            if token.index and self._parties(token.index - 1):
                return self._parties(token.index - 1)
        if token.dep == "csubj":
            return ()  # "buying the system does not mean": whoever buys
        if token.dep in ("acl", "relcl") and token.tag != "VBG":
            owner = self._owner(above)
            if not owner and self.document.tokens[self.document.clause(above.index)].lemma in FINDING:
                return ()  # "police found a plot to sell": it was not the police's
            return (owner,) if owner else self._parties_of_subject(above)
        found = self.document.tokens[above.head] if token.dep == "conj" else above
        if token.tag == "VB" and found.lemma in FINDING:
            return ()  # "found plots to sell"
        subject = clauses.subject(self.document, self.linker, token)
        return self._parties(subject.index) if subject else ()

    def _owner_of_relative(self, token: Token) -> str | None:
        """ "US policy, which had allowed for selling arms": whose policy it is."""
        for above in self.document.ancestors(token.index):
            if above.dep == "relcl" and any(
                c.tag in ("WDT", "WP") for c in self.document.children(above.index, "nsubj")
            ):
                noun = self.document.tokens[above.head]
                return None if self.linker.resolve(noun.index) else self._owner_in(noun)
            if above.pos not in ("ADP", "VERB", "AUX"):
                return None
        return None

    def _owner_in(self, noun: Token) -> str | None:
        """The owner of a noun or of what it is of: "a reversal of US policy"."""
        inner = (
            p for one in self.document.children(noun.index, "prep") for p in self.document.children(one.index, "pobj")
        )
        return self._owner(noun) or next((owner for one in inner if (owner := self._owner(one))), None)

    def _parties_of_subject(self, token: Token) -> tuple[str, ...]:
        verb = self.document.tokens[self.document.clause(token.index)]
        subject = clauses.subject(self.document, self.linker, verb)
        return self._parties(subject.index) if subject else ()

    def _compound_agent(self, token: Token) -> tuple[str, ...]:
        for child in self.document.children(token.index, "npadvmod", "amod", "advmod", "nmod", "compound"):
            found = self._modifier(child)
            if found:
                return (found,)
        return ()

    def _end_of_phrases(self, token: Token) -> int:
        """Where the phrases that belong to a noun end."""
        end = min(self._end_of_clause(token), token.index + REACH)
        stops = (one.index for one in self.document.tokens[token.index + 1 : end] if one.lower in STOPS)
        return next(stops, end)

    def _parties_in(self, token: Token) -> tuple[str, ...]:
        """Between A and B, with B; else the subject and whoever the sentence says they meet."""
        end = self._end_of_phrases(token)
        found: list[str] = []
        for one in self.document.tokens[token.index + 1 : end]:
            if one.lower in ("between", "among", "with"):
                for inner in self.document.children(one.index, "pobj"):
                    found.extend(self._parties(inner.index))
        for one in self.document.children(token.index, *OWNERS):
            owner = self._modifier(one)
            found[:0] = [owner] if owner else []
        if len(set(found)) < 2:
            verb = self.document.tokens[self.document.clause(token.index)]
            subject = clauses.subject(self.document, self.linker, verb)
            found[:0] = self._parties(subject.index) if subject else ()
            for index in range(self.document.sentence(token.index).first, token.index):
                if self.document.tokens[index].lower in ("with", "between", "among"):
                    for inner in self.document.children(index, "pobj"):
                        found.extend(self._parties(inner.index))
        return tuple(dict.fromkeys(party for party in found if party))[:4]

    def _phrases(self, token: Token, roles: dict[str, str], end: int) -> dict[str, tuple[str, ...]]:
        """Roles from the prepositions after the trigger and those right before it that hang on it."""
        found: dict[str, tuple[str, ...]] = {}
        before = [
            one.index
            for one in self.document.children(token.index, "prep", "agent", "dative")
            if one.index < token.index
        ]
        active = token.pos == "VERB" and not clauses.is_passive(self.document, token)
        for index in [*range(token.index + 1, end), *before]:
            one = self.document.tokens[index]
            if one.lower in BREAKS and index > token.index:
                break  # what the arms are for, or what stands against it, is told from here on
            role = None if active and one.lower == "by" else roles.get(one.lower)
            if role in (None, "goods") or one.pos not in ("ADP", "SCONJ", "PART") or role in found:
                continue
            for inner in self.document.children(index, "pobj"):
                if inner.lemma in EDGES:
                    found[role] = ()  # "to the Syrian border"
                    continue
                if inner.index in self.goods_at and self.goods_at[inner.index].scope != "troops":
                    continue
                parties = self._parties(inner.index) or self._owner_party(inner)
                if one.lower == "for" and not self._parties(inner.index) and inner.lemma not in PURPOSES:
                    continue
                if parties:
                    found[role] = parties
                elif role == "recipient" and one.lower in ("to", "into") and self._is_somebody(inner):
                    found[role] = ()  # "to those regions": somebody, who goes unnamed
                    self.unnamed.add(token.index)
        return found

    def _is_somebody(self, noun: Token) -> bool:
        """Whether a phrase stands for a receiver, not for a place, an end or a point of time."""
        return noun.pos == "NOUN" and noun.lemma in RECEIVERS and noun.index not in self.goods_at

    def _frame(
        self,
        token: Token,
        kind: str,
        goods: tuple[Goods, ...],
        roles: dict[str, tuple[str, ...]],
        *,
        nominal: bool = False,
        sought: bool = False,
    ) -> TransferFrame:
        supplier = next(iter(roles.get("supplier", ())), None)
        recipient = next(iter(roles.get("recipient", ())), None)
        if supplier is None and kind == "ArmsTransfer":
            supplier = next((owner for one in goods if (owner := self._maker(one)) and owner != recipient), None)
        allied = self.linker.entries.get(supplier or "")
        if (
            allied
            and recipient is None
            and allied.type == "AnonymousSource"
            and self.linker.nouns.get(allied.iri) in OWN
        ):
            recipient = self.linker.known(allied.state)  # "Kyiv's allies supply jets"
        rows = {role: roles[role] for role in ("supplier", "recipient") if len(roles.get(role, ())) > 1}
        if rows:
            self.several[token.index] = rows
        if supplier == recipient:
            supplier = recipient = None
        return TransferFrame(
            token.index,
            token.sentence,
            kind,
            goods,
            supplier,
            recipient,
            roles.get("parties", ()),
            nominal,
            sought=sought,
            end_user=self._end_user(token),
            unnamed=token.index in self.unnamed,
            definite=not nominal or self._is_definite(token, goods),
        )

    def _is_definite(self, token: Token, goods: tuple[Goods, ...]) -> bool:
        """ "The delivery", "this shipment", "delivery of the S-400s": not arms sales as such."""
        determined = self.document.children(token.index, "det", "poss")
        placed = any(one.lower in ("across", "over", "through", "into") for one in self.document.children(token.index))
        return bool(determined) or placed or any(one.known and not one.iri.endswith("/arms") for one in goods)

    def _end_user(self, token: Token) -> str | None:
        """Who uses in the end what another receives: "for use by X", "… by contractors known as X"."""
        rest = self.document.tokens[token.index : self.document.sentence(token.index).last]
        for _, end in find_patterns(END_USE, rest):
            for one in self.document.children(rest[end - 1].index, "pobj"):
                named = [
                    self.linker.at[i].entry for i in sorted(self.document.subtree(one.index)) if i in self.linker.at
                ]
                groups = (entry.iri for entry in named if entry.type in ("ArmedGroup", "Organization"))
                return next(groups, None) or next(iter(self._parties(one.index)), None)
        return None
