"""Finds transfers: a trigger, the goods, and who supplies whom, by nearness inside the clause.

The parser often hangs a phrase on the wrong word, so "to X" and "from Y" are taken from the words after the trigger, up
to the next clause, and the parse decides only on subjects and objects. The words and roles are in `topics/arms.yaml`.
"""

from dataclasses import replace

from loader import clauses, lexicons
from loader.frames.completion import completed
from loader.frames.giving import (
    DISCUSS,
    FOSTERING,
    STRICT,
    TURNING,
)
from loader.frames.implied import Implied
from loader.frames.parties import MADE, MAKING, NOUNS, TOPIC, VERBS
from loader.frames.roles import TransferFrame
from loader.goods import Goods
from loader.linking import Linker
from loader.parsing import Document, Token
from loader.vocabulary import words

TALKS = words(TOPIC["talks"]["lemmas"])
AGENTS = {lemma: name for name, lemmas in TOPIC["agents"].items() for lemma in words(lemmas)}
RELYING = words(TOPIC["relying"])
LIGHT = words(TOPIC["light_verbs"])
ORIGIN = words(TOPIC["origin"])
TAKING = words(TOPIC["taking"])
ABOUT_TRANSFERS = words(TOPIC["about_transfers"])
PRESENCE = words(TOPIC["presence"])
DECLINING = words(lexicons.read("speech")["verbs"]["decline"])
INVOLVED = words(TOPIC["involved"])
HOMED = words(TOPIC["homed"])
JOINING = words(TOPIC["joining"]) | {"part"}
ANAPHORIC = words(TOPIC["anaphoric"])
WITH_THE = words(TOPIC["anaphoric_with_the"])
AID_WITH = words(TOPIC["nouns"]["aid"]["only_with"])
CHARGING = words(lexicons.read("speech")["charging"])
BLAMED = words(TOPIC["blamed"])
GIVEN = words(TOPIC["verbs"]["give"]["lemmas"])
FAR = 15  # and "the transfer" takes up one that is told in full
BACK = 3  # sentences back that "these talks" takes up
MOST = 6  # pairs that one clause may name; more is a sentence gone wrong


def find(document: Document, linker: Linker, goods: tuple[Goods, ...]) -> tuple[TransferFrame, ...]:
    """The transfers and talks on transfers that a document speaks of, in order of their triggers."""
    finder = _Finder(document, linker, goods)
    found: list[TransferFrame] = []
    for sentence in document.sentences:
        frames: list[TransferFrame] = []
        for token in document.within(sentence):
            frames.extend(finder.at(token) or finder.taken_up(token, [*found, *frames]))
        frames = finder.with_exchange(frames, found[-1] if found else None, sentence.index)
        found.extend(frames or finder.implied(sentence, found))
    return completed(tuple(frame for frame in found if _counts(frame, found)))


def _counts(frame: TransferFrame, frames: list[TransferFrame]) -> bool:
    """Food and oil count only in exchange for arms; goods told again in passing only where they say more."""
    beside = [one for one in frames if one.sentence == frame.sentence and one is not frame]
    if frame.goods and frame.returns is None and all("humanitarian" in goods.iri for goods in frame.goods):
        return False
    if all(goods.scope == "aid" for goods in frame.goods) and frame.goods and frame.returns is None:
        return any(goods.scope != "aid" for one in beside for goods in one.goods if _is_back(frame, one))
    full = (one for one in beside if one.supplier and one.recipient)
    partial = frame.kind == "ArmsTransfer" and not (frame.supplier and frame.recipient) and bool(frame.goods)
    return not (partial and any(set(frame.goods) <= set(one.goods) for one in full))


def _is_back(frame: TransferFrame, other: TransferFrame) -> bool:
    """Whether one goes where the other comes from: food for arms."""
    ends = {frame.supplier, frame.recipient} - {None}
    return not ends or bool(ends & {other.supplier, other.recipient, *other.parties})


class _Finder(Implied):
    """Finds the triggers of one document."""

    def at(self, token: Token) -> list[TransferFrame]:
        """The frame that this token triggers, if any."""
        frame = None
        if token.index not in self.used and token.index not in self.linker.at:
            if token.dep == "amod" and token.tag == "VBN" and token.lemma in VERBS:
                frame = self._compound(token)
            elif token.lemma in MAKING and (made := self._made_in(token)):
                frame = made
            elif (lemma := self._verb_lemma(token)) in VERBS:
                frame = self._verb(token, self._group(token, lemma))
            elif token.lemma == "be" and token.pos == "AUX":
                frame = self._origin(token) or self._armed_by(token) or self._behind(token)
            elif token.pos == "VERB" and token.lemma in TURNING | RELYING:
                frame = self._turn(token)
            elif token.pos == "VERB" and token.lemma in DISCUSS:
                frame = self._discussed(token)
            elif token.pos == "NOUN" and token.lemma in TALKS:
                frame = self._talks(token)
            elif token.pos == "NOUN" and token.lemma in PRESENCE:
                frame = self._present(token)
            elif token.pos == "NOUN" and token.lemma in AGENTS:
                frame = self._agent(token, AGENTS[token.lemma])
            elif token.pos in ("NOUN", "PROPN") and token.lemma in NOUNS:
                frame = self._noun(token, NOUNS[token.lemma])
        return self._each(frame) if frame else []

    def _group(self, token: Token, lemma: str) -> str:
        """What a verb does that moves by itself or moves something: "arms pour into X", "X pours arms into Y"."""
        moves = VERBS[lemma] == "flow" and lemma in GIVEN
        return "give" if moves and self.document.children(token.index, "dobj", "nsubjpass") else VERBS[lemma]

    def _compound(self, token: Token) -> TransferFrame | None:
        """ "Struck with US-supplied missiles": the user got them."""
        supplier = self._compound_agent(token)
        goods = self._goods_below(self.document.tokens[token.head])
        recipient = self._parties_of_subject(self.document.tokens[token.head])
        verb = self.document.tokens[self.document.clause(token.head)]
        if not recipient and verb.dep == "acl":  # "asked for leave to strike with US-supplied missiles"
            recipient = self._parties_of_subject(self.document.tokens[verb.head])
        if VERBS[token.lemma] != "give" or not supplier or not goods or not recipient or supplier == recipient:
            return None
        frame = self._frame(token, "ArmsTransfer", goods, {"supplier": supplier, "recipient": recipient}, nominal=True)
        return replace(frame, presupposed=True)

    def _origin(self, token: Token) -> TransferFrame | None:
        """ "The rockets are Iranian-made", "the missile was of Iranian origin": a claim of who supplied them."""
        goods = self._moving(token)
        for one in self.document.children(token.index, "acomp", "attr", "prep") if goods else ():
            origin = [p for p in self.document.children(one.index, "pobj") if p.lemma in ORIGIN]
            for noun in [one, *origin] if one.lower in MADE or origin else ():
                supplier = self._compound_agent(noun)
                if supplier:
                    return self._frame(token, "ArmsTransfer", goods, {"supplier": supplier})
        return None

    def _made_in(self, token: Token) -> TransferFrame | None:
        """ "The rockets were made in X": a claim of who supplied them, as "of X's origin" is."""
        goods = self._goods_of_verb(token) if self.document.children(token.index, "nsubjpass") else ()
        for one in self.document.children(token.index, "prep") if goods else ():
            for inner in self.document.children(one.index, "pobj") if one.lower == "in" else ():
                if supplier := self._modifier(inner):
                    return self._frame(token, "ArmsTransfer", goods, {"supplier": (supplier,)})
        return None

    def _armed_by(self, token: Token) -> TransferFrame | None:
        """ "The militia is armed by X", "… armed and paid by X", which the parser takes for an adjective."""
        armed = [one for one in self.document.children(token.index, "acomp") if VERBS.get(one.lower[:-2]) == "arm"]
        subject = self.document.children(token.index, "nsubj")
        if not armed or not subject:
            return None
        suppliers = [party for one in clauses.agents(self.document, armed[0]) for party in self._parties(one.index)]
        recipients = self._parties(subject[0].index)
        if not suppliers or not recipients:
            return None
        roles = {"supplier": tuple(suppliers), "recipient": recipients}
        return self._frame(token, "ArmsTransfer", (), roles)

    def _behind(self, token: Token) -> TransferFrame | None:
        """ "X is behind the shipment of drones", "X was responsible for the delivery": X supplies."""
        subject = self.document.children(token.index, "nsubj")
        blamed = [one for one in self.document.children(token.index, "acomp", "prep") if one.lemma in BLAMED]
        inner = [p for one in blamed for p in self.document.children(one.index, "prep") if p.lower == "for"]
        for one in [p for b in [*blamed, *inner] for p in self.document.children(b.index, "pobj")]:
            group = NOUNS.get(one.lemma)
            goods = self._goods_of_noun(one) if subject and group in ("give", "get") else ()
            if goods:
                roles = TOPIC["nouns"][group]["roles"]
                found = self._phrases(one, roles, self._end_of_phrases(one))
                found.setdefault(roles["poss"], self._parties(subject[0].index))
                self.used.add(one.index)
                return self._frame(token, "ArmsTransfer", goods, found)
        return None

    def _present(self, token: Token) -> TransferFrame | None:
        """ "The appearance of German tanks in Ukraine": a transfer told in passing."""
        goods = self._goods_of_noun(token)
        makers = tuple(dict.fromkeys(maker for one in goods if (maker := self._maker(one))))
        found = self._phrases(token, {"in": "recipient"}, self._end_of_phrases(token))
        if not makers or not found.get("recipient"):
            return None
        roles = {"supplier": makers, "recipient": found["recipient"]}
        return self._frame(token, "ArmsTransfer", goods, roles, nominal=True)

    def _turn(self, token: Token) -> TransferFrame | None:
        """ "Turned to X for shells"."""
        to = [
            p
            for one in self.document.children(token.index, "prep")
            if one.lower in ("to", "on", "upon")
            for p in self.document.children(one.index, "pobj")
        ]
        suppliers = tuple(party for one in to for party in self._parties(one.index))
        goods = tuple(
            found
            for index in self.document.subtree(token.index)
            if self.document.tokens[index].lower == "for"
            for one in self.document.children(index, "pobj")
            for found in self._goods_below(one)
        )
        if not suppliers and token.lemma in RELYING:
            goods = tuple(found for one in to for found in self._goods_below(one))
            suppliers = tuple(maker for one in goods if (maker := self._maker(one)))
        subject = clauses.subject(self.document, self.linker, token)
        if not suppliers or not goods or subject is None:
            return None
        roles = {"supplier": suppliers, "recipient": self._parties(subject.index)}
        return self._frame(token, "ArmsTransfer", goods, roles, sought=token.lemma in TURNING)

    def _agent(self, token: Token, group: str) -> TransferFrame | None:
        """ "Russia is India's biggest arms supplier", "China, the main buyer of Russian arms"."""
        goods = self._goods_of_noun(token)
        own, other = ("supplier", "recipient") if group == "give" else ("recipient", "supplier")
        partner = self._owner(token) if token.lemma not in HOMED else None
        partners: tuple[str, ...] = (partner,) if partner else ()
        if not partners:
            found = self._phrases(token, {"to": other, "for": other}, self._end_of_phrases(token))
            partners = found.get(other, ())
        holder: tuple[str, ...] = ()
        if token.dep == "pobj" and self.document.tokens[token.head].lower in (
            "of",
            "among",
        ):  # "one of the biggest donors"
            token = self.document.tokens[self.document.tokens[token.head].head]
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
        determiners = {one.lower for one in self.document.children(token.index, "det", "amod", "predet")}
        far = [one for one in earlier if token.sentence - one.sentence <= FAR and one.supplier and one.recipient]
        meant = determiners & ANAPHORIC or ("the" in determiners and token.lemma in WITH_THE)
        kind = "TransferTalks" if is_talks else "ArmsTransfer"
        near = [one for one in earlier if one.kind == kind and token.sentence - one.sentence <= BACK]
        near = near if any(one.supplier and one.recipient for one in near) or is_talks else far[-1:] or near
        if not meant or not near or near[-1].sentence == token.sentence:
            return []
        last = next((one for one in reversed(near) if one.supplier and one.recipient), near[-1])
        return [replace(last, trigger=token.index, sentence=token.sentence, nominal=True, returns=None)]

    # verbs

    def _helped_with(self, token: Token, suppliers: tuple[str, ...]) -> tuple[str, ...]:
        """ "Help X with the purchase of drones": X receives."""
        noun = self.document.tokens[token.head] if token.dep == "conj" else token
        above = self.document.tokens[noun.head]
        verb = self.document.tokens[above.head]
        if noun.dep != "pobj" or above.lower not in ("in", "with") or verb.lemma not in FOSTERING:
            return ()
        helped = [party for one in self.document.children(verb.index, "dobj") for party in self._parties(one.index)]
        return tuple(party for party in helped if party not in suppliers)

    # nouns

    def _noun(self, token: Token, group: str) -> TransferFrame | None:
        if token.dep in ("compound", "nmod") and self.document.tokens[token.head].lemma in ABOUT_TRANSFERS:
            return None
        goods = self._goods_of_noun(token)
        roles = TOPIC["nouns"][group]["roles"]
        if group == "aid":
            nearby = {self.document.tokens[i].lower for i in range(max(0, token.index - 3), token.index)}
            if not goods and not nearby & AID_WITH:
                return None
        elif not goods:
            goods = self._goods_between(token, group)
            if not goods:
                return None
        goods = goods or ((self.goods_at[token.index],) if token.index in self.goods_at else ())
        found = self._phrases(token, roles, self._end_of_phrases(token))
        owner = self._owner(token)
        if owner and roles["poss"] not in found:
            found[roles["poss"]] = (owner,)
        above = self.document.tokens[token.head]
        if token.dep == "compound" and above.lemma in NOUNS:
            return None
        if not found.get("recipient") and (helped := self._helped_with(token, found.get("supplier", ()))):
            found["recipient"] = helped
        joined = token.dep == "pobj" and above.lower == "in" and self.document.tokens[above.head].lemma in JOINING
        if joined and not (found.get(roles["poss"]) or self.document.tokens[above.head].dep in ("acl", "relcl")):
            verb = self.document.tokens[self.document.clause(above.head)]
            subject = clauses.subject(self.document, self.linker, verb)
            found[roles["poss"]] = self._parties(subject.index) if subject else ()
        part = self.document.tokens[above.head]
        if token.dep == "pobj" and above.lower == "in" and part.lemma in INVOLVED and not found.get(roles["poss"]):
            owner = self._owner(part)
            found[roles["poss"]] = (owner,) if owner else ()
        verb = self.document.tokens[self.document.clause(above.head)]
        charged = above.lower == "over" or bool({verb.lemma, self.document.tokens[above.head].lemma} & CHARGING)
        if token.dep == "pobj" and above.lower in ("for", "over") and charged and roles["poss"] not in found:
            summoned = self.document.children(
                verb.index, "nsubjpass"
            )  # "the envoy of X was summoned over the transfer"
            before = summoned[0] if summoned else clauses.name_before(self.document, self.linker, token.index)
            named = (self._parties(before.index) or self._owner_party(before)) if before else ()
            found[roles["poss"]] = tuple(one for one in named if self.linker.entries[one].type != "AnonymousSource")
        if not found.get("supplier") and group == "get" and (share := self._accounted_for(token)):
            found["supplier"] = share
        made = above.lemma in LIGHT | TAKING and token.dep == "dobj"
        by_subject = "recipient" if above.lemma in TAKING else roles["poss"]
        if made and by_subject not in found:
            subject = clauses.subject(self.document, self.linker, above)
            found[by_subject] = self._parties(subject.index) if subject else ()
        kind = "ArmsTransfer"
        if not found.get("supplier") and not found.get("recipient") and self._is_discussed(token):
            kind, found["parties"] = "TransferTalks", self._parties_in(token)
        return self._frame(token, kind, goods, found, nominal=not (made or joined))

    def _accounted_for(self, token: Token) -> tuple[str, ...]:
        """ "X accounted for 60% of Y's arms imports": X supplied them."""
        for above in self.document.ancestors(token.index):
            if above.pos == "VERB":
                subject = self.document.children(above.index, "nsubj") if above.lemma == "account" else []
                return self._parties(subject[0].index) if subject else ()
        return ()

    def _goods_between(self, token: Token, group: str) -> tuple[Goods, ...]:
        """ "Shipments from X to Y": the goods that the sentence names, or else the last ones before."""
        roles = {"to": "recipient", "from": "supplier", "by": "supplier"}
        ends = self._phrases(token, roles, self._end_of_phrases(token)) if group == "give" else {}
        owner = self._owner(token)
        if not ends.get("recipient") or not (ends.get("supplier") or owner):
            return ()
        sentence = self.document.sentence(token.index)
        here = [self.goods_at[i] for i in range(sentence.first, sentence.last) if i in self.goods_at]
        first = self.document.sentences[max(0, sentence.index - BACK)].first
        before = [self.goods_at[i] for i in range(first, sentence.first) if i in self.goods_at]
        return tuple(here[:1] or before[-1:])

    def _is_discussed(self, token: Token) -> bool:
        return any(one.lemma in DISCUSS or one.lemma in TALKS for one in self.document.ancestors(token.index))

    def _talks(self, token: Token) -> TransferFrame | None:
        """Negotiations and deals: about goods, between parties."""
        if (
            token.index
            and self.document.tokens[token.index - 1].lower == "in"
            and token.lemma in ("exchange", "return")
        ):
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
        parties = self._parties_in(token)
        frame = self._frame(
            token, "TransferTalks", goods, {"parties": parties, **self._directed(token, parties)}, nominal=True
        )
        return replace(frame, settled=token.lemma not in STRICT)

    def _directed(self, token: Token, parties: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """ "X is in talks with Y on the purchase of drones": X buys; on a sale either may be the seller."""
        following = self.document.tokens[token.index + 1 : self._end_of_phrases(token)]
        joined = any(one.lower == "with" for one in following)
        bought = any(NOUNS.get(one.lemma) == "get" and one.dep == "pobj" for one in following)
        return {"recipient": parties[:1], "supplier": parties[1:]} if bought and joined and len(parties) == 2 else {}

    def _discussed(self, token: Token) -> TransferFrame | None:
        goods = self._goods_of_verb(token)
        if not goods or self.document.tokens[token.head].lemma in DECLINING:
            return None
        self.used.update(i for one in goods for i in range(one.first, one.last + 2))
        return self._frame(token, "TransferTalks", goods, {"parties": self._parties_in(token)})

    # exchange
