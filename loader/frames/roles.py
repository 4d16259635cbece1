"""Who supplies, who receives, and what: the roles that words around a trigger fill."""

from dataclasses import dataclass

from loader import clauses, lexicons
from loader.goods import Goods
from loader.linking import Linker
from loader.parsing import Document, Token
from loader.vocabulary import ROLES, patterns, words
from loader.vocabulary import find as find_patterns

TOPIC = lexicons.read("topics/arms")
VERBS = {lemma: name for name, group in TOPIC["verbs"].items() for lemma in words(group["lemmas"])}
NOUNS = {lemma: name for name, group in TOPIC["nouns"].items() for lemma in words(group["lemmas"])}
CONTROL = words(TOPIC["object_control"])
HELPING = {lemma for lemma, group in NOUNS.items() if group == "aid"}
ORDERED = words(TOPIC["ordered"])
MADE = words(TOPIC["made"])
MAKING = words(TOPIC["making"])
FINDING = words(TOPIC["finding"])
BREAKS = words(TOPIC["breaks"])
STOPS = words(TOPIC["stops"])
REACH = 14  # words after a noun in which its roles stand
END_USE = patterns(TOPIC["end_use"])
HOLDING = words(TOPIC["holding"])
EDGES = words(TOPIC["edges"])
RECEIVERS = words(TOPIC["receivers"])
GENERAL = words(TOPIC["general"])
OWN = words(TOPIC["own"])
QUANTIFIERS = words(TOPIC["quantifiers"])
VAGUE = words(TOPIC["vague"])
PURPOSES = words(TOPIC["purposes"])
LINKS = ("compound", "nmod", "npadvmod")
OWNERS = ("poss", "compound", "amod", "nmod")


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


class Roles:
    """Fills the roles of transfers in one document."""

    def __init__(self, document: Document, linker: Linker, goods: tuple[Goods, ...]) -> None:
        self.document = document
        self.linker = linker
        named = {index for index, mention in linker.at.items() if mention.entry.type != "Demonym"}
        self.goods_at = {
            index: one
            for one in goods
            for index in range(one.first, one.last)
            if not named.intersection(range(one.first, one.last))
        }
        self.used: set[int] = set()
        self.unnamed: set[int] = set()  # triggers whose receiver is told of and not known
        self.several: dict[int, dict[str, tuple[str, ...]]] = {}

    def _verb_lemma(self, token: Token) -> str:
        """The lemma of a verb, and of a gerund that the parser takes for a noun ("suspected of shipping tanks")."""
        if token.pos == "VERB":
            return token.lemma
        if token.pos != "NOUN" or not token.lower.endswith("ing"):
            return ""
        stem = token.lower[:-3]
        return next((one for one in (stem, stem + "e", stem[:-1]) if one in VERBS), "")

    def _goods_of_verb(self, token: Token) -> tuple[Goods, ...]:
        heads = [
            *clauses.objects(self.document, token),
            *self.document.children(token.index, "nsubjpass", "oprd", "attr"),
        ]
        if token.pos == "NOUN" and token.dep in ("compound", "amod"):
            heads.append(self.document.tokens[token.head])
        if token.dep == "conj" and token.tag == "VBN" and not heads:  # "made in X but provided by Y"
            heads = self.document.children(token.head, "nsubjpass", "attr")
        heads += [
            inner
            for one in self.document.children(token.index, "prep")
            if one.lower in ("with", "of")
            for inner in self.document.children(one.index, "pobj")
        ]
        follows_noun = token.dep in ("relcl", "acl") and token.head < token.index
        if follows_noun and not any(one.tag not in ("WDT", "WP") and self._goods_below(one) for one in heads):
            heads.append(self.document.tokens[token.head])
        above = self.document.tokens[token.head]
        if not heads and token.dep == "xcomp" and above.pos == "AUX" and clauses.is_passive(self.document, token):
            heads = self.document.children(token.head, "nsubj")  # "jets are to be delivered"
        if not heads and token.dep in ("advcl", "xcomp", "acl") and clauses.is_passive(self.document, token):
            before = clauses.objects(self.document, self.document.tokens[token.head])
            heads = [one for one in before if one.index < token.index]  # "make rockets to be shipped to X"
        found = tuple(one for head in heads for one in self._goods_below(head))
        meant = VERBS.get(self._verb_lemma(token)) not in ("help", "arm", "use")
        return found or self._goods_after(token) or (self._goods_meant(heads) if meant else ())

    def _goods_meant(self, heads: list[Token]) -> tuple[Goods, ...]:
        """ "It was sent to X": the goods named last, in this sentence or the one before."""
        pronoun = next((one for one in heads if one.lower in ("it", "they", "them", "these", "those")), None)
        if pronoun is None:
            return ()
        first = self.document.sentences[max(0, pronoun.sentence - 1)].first
        others = [
            one.index
            for one in self.document.tokens[first : pronoun.index]
            if one.tag == "NNS" and one.dep not in LINKS
        ]
        if pronoun.lower != "it" and others and others[-1] not in self.goods_at:
            return ()  # "captured protesters before handing them over"
        before = [self.goods_at[index] for index in range(first, pronoun.index) if index in self.goods_at]
        return tuple(before[-1:])

    def _goods_below(self, head: Token) -> tuple[Goods, ...]:
        """Goods in a noun phrase: the noun, what is coordinated, of-phrases and units ("containers of shells")."""
        found: list[Goods] = []
        todo = [head]
        while todo:
            one = todo.pop(0)
            if one.index in self.goods_at:
                found.append(self.goods_at[one.index])
            elif one.pos in ("NOUN", "PROPN"):
                compounds = self.document.children(one.index, "compound", "amod")
                found.extend(self.goods_at[c.index] for c in compounds if c.index in self.goods_at)
            for child in self.document.children(one.index, "conj", "appos", "prep", "acl"):
                if child.dep in ("conj", "appos") and child.pos in ("NOUN", "PROPN", "ADJ"):
                    todo.append(child)
                elif child.dep == "prep" and child.lower in ("of", "including", "like", "as", "with"):
                    todo.extend(self.document.children(child.index, "pobj"))
                elif one.lemma in GENERAL and child.dep in ("prep", "acl", "relcl"):
                    inside = sorted(self.document.subtree(child.index))
                    found.extend(self.goods_at[index] for index in inside if index in self.goods_at)
                elif one.lemma in HELPING and child.dep in ("prep", "acl"):
                    todo.extend(self.document.children(child.index, "pobj", "dobj"))
                elif child.dep == "prep" and child.lower == "such":
                    as_ = self.document.children(child.index, "prep")
                    todo.extend(inner for a in as_ for inner in self.document.children(a.index, "pobj"))
                elif child.dep == "acl" and child.lemma in HOLDING:
                    inner = [
                        g
                        for p in self.document.children(child.index, "prep", "dobj")
                        for g in [p, *self.document.children(p.index, "pobj")]
                    ]
                    todo.extend(inner)
        return tuple(dict.fromkeys(found))

    def _goods_after(self, token: Token) -> tuple[Goods, ...]:
        for one in self.document.tokens[token.index + 1 : min(token.index + 8, self._end_of_clause(token))]:
            if one.pos in ("VERB", "AUX") and one.dep != "amod":
                break
            if one.lower in ("for", "after", "against", "amid", "over", "about", "because"):
                break
            if one.index in self.goods_at:
                goods = self.goods_at[one.index]
                return self._goods_below(self.document.tokens[goods.head]) or (goods,)
        return ()

    def _end_of_clause(self, token: Token) -> int:
        """Where the next clause with a subject of its own begins, or the exchange, or the sentence ends."""
        sentence = self.document.sentence(token.index)
        for one in self.document.tokens[token.index + 1 : sentence.last]:
            following = self.document.tokens[one.index + 1] if one.index + 1 < sentence.last else None
            if one.lower == "in" and following is not None and following.lower in ("exchange", "return"):
                return one.index
            if clauses.is_dash(self.document, one) or one.lower == "according":
                return one.index
            if one.lower in ("while", "whereas", "although", "though", "but", ";", "which", "who"):
                return one.index
            finite = one.pos in ("VERB", "AUX") and one.tag in ("VBD", "VBZ", "VBP", "MD")
            if finite and one.index - token.index > 1:
                subject = self.document.children(one.index, "nsubj", "nsubjpass")
                start = min(self.document.subtree(subject[0].index)) if subject else one.index
                return max(token.index + 1, start if start > token.index else one.index)
        return sentence.last

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
        own = self.document.children(token.index, "nsubj")
        if own:
            return self._parties(own[0].index) or self._owner_party(own[0])
        if token.pos == "NOUN":
            before = clauses.name_before(self.document, self.linker, token.index)
            return self._parties(before.index) if before else ()
        above = self.document.tokens[token.head]
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

    def _goods_of_noun(self, token: Token) -> tuple[Goods, ...]:
        found: list[Goods] = []
        for child in self.document.children(token.index, "compound", "amod", "nmod", "poss"):
            if child.index in self.goods_at:
                found.append(self.goods_at[child.index])
            found.extend(
                self.goods_at[c.index]
                for c in self.document.children(child.index, "conj", "compound")
                if c.index in self.goods_at
            )
        if token.index in self.goods_at and not found:
            found.append(self.goods_at[token.index])
        for one in self.document.tokens[token.index + 1 : token.index + 3]:
            if one.lower in ("of", "in"):
                for inner in self.document.children(one.index, "pobj"):
                    found.extend(self._goods_below(inner))
        if not found and token.index and token.index - 1 in self.goods_at:
            found.append(self.goods_at[token.index - 1])
        return tuple(dict.fromkeys(found))

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

    def _owner_party(self, token: Token) -> tuple[str, ...]:
        parts = (
            self.document.children(token.index, "compound", "nmod"),
            self.document.children(token.index, "poss", "amod"),
        )
        owners = (self._modifier(child) for row in parts for child in row)
        return tuple(owner for owner in owners if owner)[:1]

    def _parties(self, index: int) -> tuple[str, ...]:
        named = next((one.index for one in self.document.children(index, "appos") if self._is_close(index, one)), index)
        is_name = self.document.tokens[named].pos != "PRON"
        parties = (self._party(actor, is_name=is_name) for actor in self.linker.all(named))
        return tuple(dict.fromkeys(party for party in parties if party))

    def _is_close(self, index: int, name: Token) -> bool:
        """ "The paramilitary Rapid Support Forces": a name that follows without a comma."""
        between = self.document.tokens[index + 1 : name.index]
        return index not in self.linker.at and name.index in self.linker.at and "," not in [one.text for one in between]

    def _party(self, actor: str, *, is_name: bool = False) -> str | None:
        """A state for its people and bodies; companies, rebels and groups stay themselves; media are no party."""
        entry = self.linker.entries[actor]
        if entry.type == "MediaOutlet":
            return None
        if entry.type in ("Person", "GovernmentBody"):
            return self.linker.state_of(actor) or (actor if is_name or entry.type == "GovernmentBody" else None)
        if entry.type == "AnonymousSource":
            noun = self.linker.nouns.get(actor, "")
            state = self.linker.state_of(actor)
            if noun in VAGUE and len(set(entry.label.lower().split()) - QUANTIFIERS) == 1 and not state:
                return None  # "the countries that supply arms"
            if noun in OWN and entry.label.lower().startswith(f"{noun} of "):
                return None  # "our partners": who they are is told elsewhere
            if noun in ROLES.collective - ROLES.body:
                return actor if noun not in ("soldiers", "troops", "fighters") else state or actor
            if state or noun in ROLES.body:
                return state or actor
            return None
        return actor

    def _owner(self, token: Token) -> str | None:
        for child in self.document.children(token.index, *OWNERS):
            owner = self._modifier(child)
            if owner:
                return owner
        return None

    def _modifier(self, token: Token) -> str | None:
        mention = self.linker.at.get(token.index)
        if mention and mention.entry.type in ("Demonym", "Capital"):
            return self.linker.known(mention.entry.state)
        found = self.linker.resolve(token.index)
        return self._party(found[0]) if found else None

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

    def _maker(self, goods: Goods) -> str | None:
        """Whose weapons they are: "advanced Russian weapons", "missiles made in Iran"."""
        for made in self.document.children(goods.head, "acl"):
            for prep in self.document.children(made.index, "prep") if made.lemma in MAKING else ():
                for one in self.document.children(prep.index, "pobj") if prep.lower in ("in", "by") else ():
                    return self._modifier(one)
        for index in range(goods.first - 1, max(goods.first - 6, -1), -1):
            mention, one = self.linker.at.get(index), self.document.tokens[index]
            if one.tag == "PRP$":
                return next(iter(self._parties(index)), None)
            if mention and mention.entry.type in ("Demonym", "Capital", "State"):
                return self.linker.known(mention.entry.state or mention.entry.iri)
            if one.pos not in ("ADJ", "NOUN", "PROPN") and one.tag not in ("POS", "HYPH") and one.lower not in MADE:
                return None
        return None
