"""Finds transfers: a trigger, the goods, and who supplies whom, by nearness inside the clause.

The parser often hangs a phrase on the wrong word, so "to X" and "from Y" are taken from the words after the trigger, up
to the next clause, and the parse decides only on subjects and objects. The words and roles are in `topics/arms.yaml`.
"""

from dataclasses import dataclass, replace

from loader import clauses, lexicons
from loader.goods import Goods
from loader.linking import Linker
from loader.parsing import CLAUSAL, Document, Token
from loader.vocabulary import ROLES, find as find_patterns, patterns, words

TOPIC = lexicons.read("topics/arms")
VERBS = {lemma: name for name, group in TOPIC["verbs"].items() for lemma in words(group["lemmas"])}
NOUNS = {lemma: name for name, group in TOPIC["nouns"].items() for lemma in words(group["lemmas"])}
TALKS = words(TOPIC["talks"]["lemmas"])
AGENTS = {lemma: name for name, lemmas in TOPIC["agents"].items() for lemma in words(lemmas)}
RELYING = words(TOPIC["relying"])
STRICT = words(TOPIC["talks"]["strict"]) | words(TOPIC["talks"]["verbs"])
DISCUSS = words(TOPIC["talks"]["verbs"])
LIGHT = words(TOPIC["light_verbs"])
EXCHANGE = patterns(TOPIC["exchange"])
CONTROL = words(TOPIC["object_control"])
STOPS = words(TOPIC["stops"])
ANAPHORIC = words(TOPIC["anaphoric"])
TURNING = words(TOPIC["turning"])
AID_WITH = words(TOPIC["nouns"]["aid"]["only_with"])
BACK = 2  # sentences back that "these talks" takes up
MOST = 6  # pairs that one clause may name; more is a sentence gone wrong
REACH = 14  # words after a noun in which its roles stand
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


def find(document: Document, linker: Linker, goods: tuple[Goods, ...]) -> tuple[TransferFrame, ...]:
    """The transfers and talks on transfers that a document speaks of, in order of their triggers."""
    finder = _Finder(document, linker, goods)
    found: list[TransferFrame] = []
    for sentence in document.sentences:
        frames: list[TransferFrame] = []
        for token in document.within(sentence):
            frames.extend(finder.at(token) or finder.taken_up(token, [*found, *frames]))
        found.extend(finder.with_exchange(frames, found[-1] if found else None, sentence.index))
    return tuple(frame for frame in found if _counts(frame, found))


def _counts(frame: TransferFrame, frames: list[TransferFrame]) -> bool:
    """Food and oil count only in exchange for arms; goods told again in passing only where they say more."""
    beside = [one for one in frames if one.sentence == frame.sentence and one is not frame]
    if all(goods.scope == "aid" for goods in frame.goods) and frame.goods and frame.returns is None:
        return any(goods.scope != "aid" for one in beside for goods in one.goods)
    full = (one for one in beside if one.supplier and one.recipient)
    partial = frame.kind == "ArmsTransfer" and not (frame.supplier and frame.recipient) and bool(frame.goods)
    return not (partial and any(set(frame.goods) <= set(one.goods) for one in full))


class _Finder:
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
        self.several: dict[int, dict[str, tuple[str, ...]]] = {}

    def at(self, token: Token) -> list[TransferFrame]:
        """The frame that this token triggers, if any."""
        frame = None
        if token.index not in self.used and token.index not in self.linker.at:
            if (lemma := self._verb_lemma(token)) in VERBS:
                frame = self._verb(token, VERBS[lemma])
            elif token.pos == "VERB" and token.lemma in TURNING | RELYING:
                frame = self._turn(token)
            elif token.pos == "VERB" and token.lemma in DISCUSS:
                frame = self._discussed(token)
            elif token.pos == "NOUN" and token.lemma in TALKS:
                frame = self._talks(token)
            elif token.pos == "NOUN" and token.lemma in AGENTS:
                frame = self._agent(token, AGENTS[token.lemma])
            elif token.pos in ("NOUN", "PROPN") and token.lemma in NOUNS:
                frame = self._noun(token, NOUNS[token.lemma])
        return self._each(frame) if frame else []

    def _verb_lemma(self, token: Token) -> str:
        """The lemma of a verb, and of a gerund that the parser takes for a noun ("suspected of shipping tanks")."""
        if token.pos == "VERB":
            return token.lemma
        if token.pos != "NOUN" or not token.lower.endswith("ing"):
            return ""
        stem = token.lower[:-3]
        return next((one for one in (stem, stem + "e", stem[:-1]) if one in VERBS), "")

    def _turn(self, token: Token) -> TransferFrame | None:
        """ "Turned to X for shells"."""
        to = [p for one in self.document.children(token.index, "prep") if one.lower in ("to", "on", "upon") for p in self.document.children(one.index, "pobj")]
        suppliers = tuple(party for one in to for party in self._parties(one.index))
        goods = tuple(
            found
            for index in self.document.subtree(token.index)
            if self.document.tokens[index].lower == "for"
            for one in self.document.children(index, "pobj")
            for found in self._goods_below(one)
        )
        subject = clauses.subject(self.document, self.linker, token)
        if not suppliers or not goods or subject is None:
            return None
        roles = {"supplier": suppliers, "recipient": self._parties(subject.index)}
        return self._frame(token, "ArmsTransfer", goods, roles, sought=token.lemma in TURNING)

    def _agent(self, token: Token, group: str) -> TransferFrame | None:
        """ "Russia is India's biggest arms supplier", "China, the main buyer of Russian arms"."""
        goods = self._goods_of_noun(token)
        own, other = ("supplier", "recipient") if group == "give" else ("recipient", "supplier")
        partner = self._owner(token)
        partners = (partner,) if partner else ()
        for one in self.document.children(token.index, "prep"):
            if one.lower in ("to", "for"):
                partners = partners or tuple(p for x in self.document.children(one.index, "pobj") for p in self._parties(x.index))
        holder: tuple[str, ...] = ()
        if token.dep == "attr":
            subject = self.document.children(token.head, "nsubj")
            holder = self._parties(subject[0].index) if subject else ()
        elif token.dep == "appos":
            holder = self._parties(token.head)
        if not goods or not holder or not partners:
            return None
        return self._frame(token, "ArmsTransfer", goods, {own: holder, other: partners})

    def _each(self, frame: TransferFrame) -> list[TransferFrame]:
        """One frame for each supplier and recipient of a coordination."""
        more = self.several.pop(frame.trigger, {})
        suppliers, recipients = more.get("supplier", (frame.supplier,)), more.get("recipient", (frame.recipient,))
        pairs = [(one, other) for one in suppliers for other in recipients if one is None or one != other]
        if len(pairs) < 2 or len(pairs) > MOST:
            return [frame]
        return [replace(frame, supplier=one, recipient=other) for one, other in pairs]

    def taken_up(self, token: Token, earlier: list[TransferFrame]) -> list[TransferFrame]:
        """ "These talks", "such shipments": the last transfer of the kind, told again."""
        is_talks = token.lemma in TALKS
        if token.index in self.used or token.pos != "NOUN" or not (is_talks or token.lemma in NOUNS):
            return []
        determiner = {one.lower for one in self.document.children(token.index, "det", "amod", "predet")} & ANAPHORIC
        kind = "TransferTalks" if is_talks else "ArmsTransfer"
        near = [one for one in earlier if one.kind == kind and token.sentence - one.sentence <= BACK]
        if not determiner or not near or near[-1].sentence == token.sentence:
            return []
        return [replace(near[-1], trigger=token.index, sentence=token.sentence, nominal=True, returns=None)]

    # verbs

    def _verb(self, token: Token, group: str) -> TransferFrame | None:
        roles = TOPIC["verbs"][group]["roles"]
        goods = self._goods_of_verb(token)
        objects = clauses.objects(self.document, token)
        if group == "arm":
            objects = [one for one in objects if self.linker.resolve(one.index)]
            if not objects and not clauses.is_passive(self.document, token):
                return None
        elif not goods:
            return None
        found = self._phrases(token, roles, self._end_of_clause(token))
        passive = clauses.is_passive(self.document, token)
        doer = self._doer(token, passive)
        if doer and roles["subject"] not in found:
            found[roles["subject"]] = doer
        for one in [*objects, *self._beneficiary(token, objects)]:
            parties = self._parties(one.index)
            if "object" in roles and parties and one.index not in self.goods_at:
                found.setdefault(roles["object"], parties)
        if passive and "object" in roles:
            patient = clauses.subject(self.document, self.linker, token)
            parties = self._parties(patient.index) if patient and patient.index not in self.goods_at else ()
            if parties:
                found.setdefault(roles["object"], parties)
        if "needs" in TOPIC["verbs"][group] and not found.get(TOPIC["verbs"][group]["needs"]):
            return None
        if group == "give" and not found.get("recipient"):
            found["recipient"] = tuple(
                owner
                for one in goods
                for child in self.document.children(one.head, "poss")
                if (owner := self._modifier(child)) and owner not in found.get("supplier", ())
            )[:1]
        if group == "get" and not found.get("supplier"):
            found["supplier"] = self._turned_to(token)
        self.used.update(one.head for one in goods)
        self.used.update(self._nouns_inside(token, goods))
        talks = self._talks_above(token)
        if talks:
            self.used.add(talks.index)
            found["parties"] = parties = self._parties_in(talks)
            for role, other in (("supplier", "recipient"), ("recipient", "supplier")):
                rest = tuple(one for one in parties if one not in found.get(other, ()))
                if not found.get(role) and len(rest) == 1:
                    found[role] = rest
        return self._frame(token, "TransferTalks" if talks else "ArmsTransfer", goods, found, sought=group == "seek")

    def _talks_above(self, token: Token) -> Token | None:
        """The talks that are on this transfer: "in talks with X to buy tanks"."""
        for level, one in enumerate(self.document.ancestors(token.index)):
            if level < 3 and one.pos == "NOUN" and one.lemma in STRICT:
                return one
        verb = self.document.tokens[token.head]
        if token.dep in ("xcomp", "advcl") and verb.index < token.index:
            for one in self.document.tokens[verb.index : token.index]:
                if one.pos == "NOUN" and one.lemma in STRICT:
                    return one
        return None

    def _turned_to(self, token: Token) -> tuple[str, ...]:
        above = self.document.tokens[token.head]
        if token.dep not in ("advcl", "xcomp", "pcomp") or above.lemma not in TURNING:
            return ()
        to = (one for one in self.document.children(above.index, "prep") if one.lower == "to")
        return tuple(party for one in to for p in self.document.children(one.index, "pobj") for party in self._parties(p.index))

    def _beneficiary(self, token: Token, objects: list[Token]) -> list[Token]:
        """ "gave Hezbollah missiles": the parser may take the receiver for a part of the goods' name."""
        return [
            child
            for one in objects
            for child in self.document.children(one.index, "compound", "nmod", "amod", "poss")
            if child.index in self.linker.at
            and self.linker.at[child.index].first == token.index + 1
            and self.linker.at[child.index].entry.type not in ("Demonym", "Place")
            and self.document.tokens[child.index + 1].tag != "POS"
        ]

    def _nouns_inside(self, token: Token, goods: tuple[Goods, ...]) -> set[int]:
        """Nouns of transfer between a verb and its goods: "received a shipment of shells" is one transfer."""
        last = max((one.head for one in goods), default=token.index)
        return {index for index in range(token.index + 1, last + 1) if self.document.tokens[index].lemma in NOUNS}

    def _goods_of_verb(self, token: Token) -> tuple[Goods, ...]:
        heads = [*clauses.objects(self.document, token), *self.document.children(token.index, "nsubjpass", "oprd", "attr")]
        if token.pos == "NOUN" and token.dep in ("compound", "amod"):
            heads.append(self.document.tokens[token.head])
        heads += [
            inner
            for one in self.document.children(token.index, "prep")
            if one.lower in ("with", "of")
            for inner in self.document.children(one.index, "pobj")
        ]
        if token.dep in ("relcl", "acl") and self.document.tokens[token.head].index < token.index:
            if not any(one.tag not in ("WDT", "WP") and self._goods_below(one) for one in heads):
                heads.append(self.document.tokens[token.head])
        found = tuple(one for head in heads for one in self._goods_below(head))
        return found or self._goods_after(token)

    def _goods_below(self, head: Token) -> tuple[Goods, ...]:
        """Goods in a noun phrase: the noun itself, what is coordinated, of-phrases and units ("containers of shells")."""
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
                elif child.dep == "prep" and child.lower == "such":
                    as_ = self.document.children(child.index, "prep")
                    todo.extend(inner for a in as_ for inner in self.document.children(a.index, "pobj"))
                elif child.dep == "acl" and child.lemma in ("fill", "contain", "carry", "include"):
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
            return self._parties(by[0].index) if by else self._compound_agent(token)
        own = self.document.children(token.index, "nsubj")
        if own:
            return self._parties(own[0].index) or self._owner_party(own[0])
        if token.pos == "NOUN":
            before = clauses.name_before(self.document, self.linker, token.index)
            return self._parties(before.index) if before else ()
        above = self.document.tokens[token.head]
        if token.dep == "pcomp" or (token.dep == "xcomp" and above.lemma in CONTROL):
            before = clauses.name_before(self.document, self.linker, token.index)
            return self._parties(before.index) if before else ()
        if token.dep == "acl" and token.tag == "VBG":
            copula = self.document.tokens[self.document.clause(above.index)]
            if copula.lemma == "be" and self._parties_of_subject(above):
                return self._parties_of_subject(above)
            if token.index and self._parties(token.index - 1):
                return self._parties(token.index - 1)
        if token.dep in ("acl", "relcl") and token.tag != "VBG":
            owner = self._owner(above)
            return (owner,) if owner else self._parties_of_subject(above)
        subject = clauses.subject(self.document, self.linker, token)
        return self._parties(subject.index) if subject else ()

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

    # nouns

    def _noun(self, token: Token, group: str) -> TransferFrame | None:
        goods = self._goods_of_noun(token)
        roles = TOPIC["nouns"][group]["roles"]
        if group == "aid":
            nearby = {self.document.tokens[i].lower for i in range(max(0, token.index - 3), token.index)}
            if not goods and not nearby & AID_WITH:
                return None
        elif not goods:
            return None
        goods = goods or ((self.goods_at[token.index],) if token.index in self.goods_at else ())
        found = self._phrases(token, roles, self._end_of_phrases(token))
        owner = self._owner(token)
        if owner and roles["poss"] not in found:
            found[roles["poss"]] = (owner,)
        above = self.document.tokens[token.head]
        if token.dep == "compound" and above.lemma in NOUNS:
            return None
        if token.dep == "pobj" and above.lower in ("for", "over") and roles["poss"] not in found:
            before = clauses.name_before(self.document, self.linker, token.index)
            found[roles["poss"]] = self._parties(before.index) if before else ()
        made = above.lemma in LIGHT and token.dep == "dobj"
        if made and roles["poss"] not in found:
            subject = clauses.subject(self.document, self.linker, above)
            found[roles["poss"]] = self._parties(subject.index) if subject else ()
        kind = "ArmsTransfer"
        if not found.get("supplier") and not found.get("recipient") and self._is_discussed(token):
            kind, found["parties"] = "TransferTalks", self._parties_in(token)
        return self._frame(token, kind, goods, found, nominal=not made)

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

    def _is_discussed(self, token: Token) -> bool:
        return any(one.lemma in DISCUSS or one.lemma in TALKS for one in self.document.ancestors(token.index))

    def _talks(self, token: Token) -> TransferFrame | None:
        """Negotiations and deals: about goods, between parties."""
        if token.index and self.document.tokens[token.index - 1].lower == "in" and token.lemma in ("exchange", "return"):
            return None
        goods = self._goods_of_noun(token)
        if any(self._verb_lemma(one) in VERBS for one in self.document.children(token.index, "acl", "xcomp", "relcl")):
            return None
        if not goods:
            window = range(token.index + 1, min(token.index + 9, self._end_of_clause(token)))
            linked = any(
                self.document.tokens[i].lower
                in ("about", "on", "over", "regarding", "around", "for", "of", "to", "respect", "concerning")
                for i in window
            )
            if linked:
                goods = tuple(dict.fromkeys(self.goods_at[i] for i in window if i in self.goods_at))[:3]
        if not goods:
            return None
        self.used.update(
            i
            for i in range(token.index + 1, min(token.index + 9, len(self.document.tokens)))
            if self.document.tokens[i].lemma in TALKS
        )
        return self._frame(token, "TransferTalks", goods, {"parties": self._parties_in(token)}, nominal=True)

    def _discussed(self, token: Token) -> TransferFrame | None:
        goods = self._goods_of_verb(token)
        if not goods:
            return None
        self.used.update(i for one in goods for i in range(one.first, one.last + 2))
        return self._frame(token, "TransferTalks", goods, {"parties": self._parties_in(token)})

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

    # roles

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
            role = None if active and one.lower == "by" else roles.get(one.lower)
            if role in (None, "goods") or one.pos not in ("ADP", "SCONJ", "PART") or role in found:
                continue
            for inner in self.document.children(index, "pobj"):
                if inner.index in self.goods_at and self.goods_at[inner.index].scope != "troops":
                    continue
                parties = self._parties(inner.index) or self._owner_party(inner)
                if one.lower == "for" and not self._parties(inner.index):
                    continue
                if parties:
                    found[role] = parties
        return found

    def _owner_party(self, token: Token) -> tuple[str, ...]:
        for child in self.document.children(token.index, "poss", "amod", "compound"):
            owner = self._modifier(child)
            if owner:
                return (owner,)
        return ()

    def _parties(self, index: int) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._party(actor) for actor in self.linker.all(index)))

    def _party(self, actor: str) -> str:
        """A state for its people and bodies; companies, rebels and groups stay themselves."""
        entry = self.linker.entries[actor]
        if entry.type in ("Person", "GovernmentBody", "MediaOutlet"):
            return self.linker.state_of(actor) or actor
        if entry.type == "AnonymousSource":
            noun = self.linker.nouns.get(actor, "")
            if noun in ROLES.spokes and entry.state:
                return self._party(entry.state)
            armed = noun in ("soldiers", "troops", "forces", "fighters") or noun not in ROLES.collective
            return (self.linker.state_of(actor) or actor) if armed else actor
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
        )

    def _maker(self, goods: Goods) -> str | None:
        """Whose weapons they are: "advanced Russian weapons"."""
        for index in range(goods.first - 1, max(goods.first - 4, -1), -1):
            mention = self.linker.at.get(index)
            if mention and mention.entry.type in ("Demonym", "Capital", "State"):
                return self.linker.known(mention.entry.state or mention.entry.iri)
            if self.document.tokens[index].pos not in ("ADJ", "NOUN", "PROPN") and self.document.tokens[index].tag != "POS":
                return None
        return None

    # exchange

    def with_exchange(
        self, frames: list[TransferFrame], earlier: TransferFrame | None, sentence: int
    ) -> list[TransferFrame]:
        """The frames, with what is given in return as a transfer the other way round."""
        tokens = self.document.within(self.document.sentences[sentence])
        for first, last in find_patterns(EXCHANGE, tokens):
            at, end = tokens[first].index, tokens[last - 1].index + 1
            if tokens[last - 1].lower == "for":
                frames += self._given_in_return(frames, at, end)
            else:
                frames = [self._filled(frame, frames, earlier, at) for frame in frames]
        return frames

    def _given_in_return(self, frames: list[TransferFrame], at: int, end: int) -> list[TransferFrame]:
        given = [frame for frame in frames if frame.trigger < at and frame.kind == "ArmsTransfer"]
        last = self._end_of_clause(self.document.tokens[end - 1])
        goods = tuple(dict.fromkeys(self.goods_at[index] for index in range(end, last) if index in self.goods_at))
        if not goods or any(frame.trigger >= end for frame in frames):
            return []
        if not given:
            return self._bartered(at, goods)
        first = given[-1]
        back = replace(
            first,
            trigger=goods[0].head,
            goods=goods,
            supplier=first.recipient,
            recipient=first.supplier,
            nominal=False,
            returns=first.trigger,
        )
        return [back]

    def _bartered(self, at: int, goods: tuple[Goods, ...]) -> list[TransferFrame]:
        """ "A helps B with its satellites in return for shells": B gives A the shells."""
        verb = self.document.tokens[self.document.clause(at)]
        subject = clauses.subject(self.document, self.linker, verb)
        helped = [party for one in self.document.children(verb.index, "dobj") for party in self._parties(one.index)]
        if subject is None or not helped or not self._parties(subject.index):
            return []
        roles = {"supplier": tuple(helped), "recipient": self._parties(subject.index)}
        return [self._frame(self.document.tokens[goods[0].head], "ArmsTransfer", goods, roles, nominal=True)]

    def _filled(
        self, frame: TransferFrame, frames: list[TransferFrame], earlier: TransferFrame | None, at: int
    ) -> TransferFrame:
        """ "In return, A got …": the partner is the one of the transfer told before."""
        before = [one for one in frames if one.trigger < frame.trigger]
        model = before[-1] if before else earlier
        if (
            model is None
            or frame.returns is not None
            or frame.kind != "ArmsTransfer"
            or (at > frame.trigger and not before)
        ):
            return frame
        partners = {model.supplier, model.recipient, *model.parties} - {None}
        if frame.supplier is None and frame.recipient in partners:
            others = partners - {frame.recipient}
            return replace(frame, supplier=min(others, default=None, key=str), returns=model.trigger)
        if frame.recipient is None and frame.supplier in partners:
            others = partners - {frame.supplier}
            return replace(frame, recipient=min(others, default=None, key=str), returns=model.trigger)
        return frame
