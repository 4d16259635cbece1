"""Transfers that a verb tells: who gives, gets, moves or uses arms."""

from loader import clauses
from loader.frames.exchange import Exchange
from loader.frames.parties import HELPING, NOUNS, TOPIC, VERBS
from loader.frames.roles import EDGES, ORDERED, RECEIVERS, TransferFrame
from loader.goods import Goods
from loader.parsing import Token
from loader.vocabulary import words

DISCUSS = words(TOPIC["talks"]["verbs"])
DEALS = words(TOPIC["talks"]["lemmas"])
STRICT = words(TOPIC["talks"]["strict"]) | DISCUSS
FOSTERING = words(TOPIC["fostering"])
SUPPLYING = words(TOPIC["supplying"])
FIGHTING = words(TOPIC["fighting"])
ASKING = words(TOPIC["asking"])
HEADING = words(TOPIC["heading"])
LOADING = words(TOPIC["loading"])
LANDING = words(TOPIC["landing"])
PERFORMING = words(TOPIC["performing"])
DEPLOYING = words(TOPIC["deploying"]["verbs"])
FLYING = words(TOPIC["flying"])
SHIPS = words(TOPIC["deploying"]["goods"])
TURNING = words(TOPIC["turning"])


class Giving(Exchange):
    """Finds the transfers of verbs in one document."""

    def _verb(self, token: Token, group: str) -> TransferFrame | None:
        roles = TOPIC["verbs"][group]["roles"]
        goods = self._moving(token) if group in ("flow", "end") else self._goods_of_verb(token)
        if self._is_other_use(token, group, goods):
            return None
        scopes = TOPIC["verbs"][group].get("scopes")
        goods = tuple(one for one in goods if scopes is None or one.scope in scopes)
        objects = clauses.objects(self.document, token)
        if group == "clear" and any(one.lemma in NOUNS or one.lemma in DEALS for one in objects):
            return None  # "approved the sale": told by its noun
        if group == "arm":
            if token.lower.endswith("ing") and not objects:  # "the arming of the rebels"
                of = [one for one in self.document.children(token.index, "prep") if one.lower == "of"]
                objects = [inner for one in of for inner in self.document.children(one.index, "pobj")]
            objects = [one for one in objects if self.linker.resolve(one.index)]
            if not objects and not clauses.is_passive(self.document, token):
                return None
        elif not goods and token.lemma in SUPPLYING and any(one.lemma in FIGHTING for one in objects):
            pass  # "is supplying his army"
        elif not goods or (token.lemma in DEPLOYING and all(one.iri.rpartition("/")[2] in SHIPS for one in goods)):
            return None
        if token.lemma in ORDERED and self.document.children(token.index, "xcomp", "ccomp"):
            return None  # "ordered rockets to be shipped": told by what follows
        found = self._phrases(token, roles, self._end_of_clause(token))
        if token.lemma in PERFORMING and self._performs(token, found):
            return None
        brought_in = any(one.lower == "in" for one in self.document.children(token.index, "prt"))
        if group == "move" and not (found.get("recipient") or found.get("supplier") or brought_in):
            return None
        passive = clauses.is_passive(self.document, token)
        doer = self._doer(token, passive)
        if group == "move" and token.dep in ("acl", "relcl") and not self._parties(token.head):
            whose = (maker for one in goods if (maker := self._maker(one)))
            owner = self._owner(self.document.tokens[token.head])
            doer = (owner,) if owner else tuple(whose)[:1]  # "seized a ship carrying X's arms": not who seized it
        if doer and "subject" in roles and roles["subject"] not in found:
            found[roles["subject"]] = doer
        for one in [*objects, *self._beneficiary(token, objects)]:
            parties = self._parties(one.index)
            if "object" in roles and parties and one.index not in self.goods_at:
                found.setdefault(roles["object"], parties)
        if group == "give" and (asker := self._asker(token)):
            found["recipient"] = asker
        if passive and "object" in roles:
            patient = clauses.subject(self.document, self.linker, token)
            parties = self._parties(patient.index) if patient and patient.index not in self.goods_at else ()
            if parties:
                found.setdefault(roles["object"], parties)
        if token.lemma in LOADING and not found.get("recipient"):
            vessel = clauses.subject(self.document, self.linker, token) if passive else None
            owner = self._owner(vessel) if vessel and vessel.index not in self.goods_at else None
            found["recipient"], found["supplier"] = (owner,) if owner else (), ()
        if not passive and doer == () and self._is_people(token):
            self.unnamed.add(token.index)
        if group == "give" and passive and not found.get("recipient"):
            found["recipient"] = self._user(token)
        if group == "use":
            makers = tuple(maker for one in goods if (maker := self._maker(one)))
            found["supplier"] = tuple(one for one in makers if one not in found.get("recipient", ()))
            if not found.get("recipient"):
                return None
        if not found.get("supplier") and roles.get("from") == "supplier":
            origins = (p for one in goods for p in self.document.children(one.head, "prep") if p.lower == "from")
            named = (
                party
                for p in origins
                for o in self.document.children(p.index, "pobj")
                for party in self._parties(o.index)
            )
            found["supplier"] = tuple(one for one in named if one not in found.get("recipient", ()))[:1]
        if group == "flow":
            owners = (self._owner(one) for one in self.document.children(token.index, "nsubj"))
            found.setdefault("supplier", tuple(one for one in owners if one))
            if not (found.get("recipient") or found.get("supplier") or self._goes_somewhere(token)):
                return None
        if group == "get" and not passive and not found.get("supplier"):
            found["supplier"] = doer if found.get("recipient", doer) != doer else ()  # "ordered jets for X"
        needs = TOPIC["verbs"][group].get("needs")
        if (
            needs
            and not found.get(needs)
            and token.lemma not in LOADING
            and not (group == "bound" and self._goes_somewhere(token))
        ):
            return None
        if group == "give" and not found.get("recipient"):
            found["recipient"] = tuple(
                owner
                for one in goods
                for child in self.document.children(one.head, "poss")
                if (owner := self._modifier(child)) and owner not in found.get("supplier", ())
            )[:1]
        if group in ("give", "move") and not found.get("recipient"):
            found["recipient"] = self._helped(token, found.get("supplier", ()))
        if group in ("get", "seek") and not found.get("supplier"):
            found["supplier"] = self._turned_to(token) or self._helpers(objects)
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
        kind = "TransferTalks" if talks else "ArmsTransfer"
        return self._frame(token, kind, goods, found, nominal=group == "use", sought=group == "seek")

    def _is_other_use(self, token: Token, group: str, goods: tuple[Goods, ...]) -> bool:
        """ "Sent troops into X", "missiles fly into X", "given that …": no transfers."""
        subjects = self.document.children(token.index, "nsubj")
        if group == "move" and any(one.index in self.goods_at for one in subjects):
            return True
        if token.lower == "given" and token.dep in ("prep", "advcl", "pcomp"):
            return True
        following = {one.lower for one in self.document.tokens[token.index : token.index + 8]}
        if goods and all(one.scope == "troops" for one in goods):
            return token.lemma == "divert" or "into" in following
        attacking = {"towards", "toward", "against"} & following or self._is_aimed(token)
        return bool(attacking and goods) and all(one.iri.rpartition("/")[2] in FLYING for one in goods)

    def _is_aimed(self, token: Token) -> bool:
        """ "Sent drones at the port", not "sent at least ten drones"."""
        near = self.document.tokens[token.index : token.index + 8]
        return any(one.lower == "at" and self.document.children(one.index, "pobj") for one in near)

    def _helped(self, token: Token, suppliers: tuple[str, ...]) -> tuple[str, ...]:
        """ "Aids X's war effort by sending", "sent weapons to help X": whom the sending is to help."""
        above = self.document.tokens[token.head]
        verbs = [one for one in self.document.children(token.index, "advcl", "xcomp") if one.index > token.index]
        if token.dep == "pcomp" and above.lower == "by":
            verbs.append(self.document.tokens[above.head])
        for verb in verbs:
            for one in self.document.children(verb.index, "dobj") if verb.lemma in FOSTERING else ():
                helped = self._parties(one.index) or self._owner_party(one)
                if helped and not set(helped) & set(suppliers):
                    return helped
        return ()

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

    def _is_people(self, token: Token) -> bool:
        """ "Hundreds of people got weapons": not the parties that the article is about."""
        subjects = self.document.children(token.index, "nsubj")
        below = (self.document.tokens[index] for one in subjects for index in self.document.subtree(one.index))
        return any(one.lemma in RECEIVERS for one in below)

    def _performs(self, token: Token, found: dict[str, tuple[str, ...]]) -> bool:
        """ "The jet can deliver its weapons with accuracy": what arms do, not what anybody does with them."""
        if found.get("recipient") or clauses.is_passive(self.document, token):
            return False
        subject = clauses.subject(self.document, self.linker, token)
        able = {one.lower for one in self.document.children(token.index, "aux")} & {"can", "could"}
        capable = (
            token.dep == "pcomp" and self.document.tokens[self.document.tokens[token.head].head].lemma == "capable"
        )
        if capable:
            return True  # "a missile capable of delivering a warhead"
        enabled = token.dep in ("xcomp", "ccomp") and self.document.tokens[token.head].lemma in ("allow", "enable")
        return subject is not None and (
            subject.index in self.goods_at or (subject.pos == "PRON" and bool(able or enabled))
        )

    def _goes_somewhere(self, token: Token) -> bool:
        """ "Destined for the port of X", "flooding across the border": somewhere, if to nobody who is named."""
        for one in self.document.tokens[token.index + 1 : self._end_of_clause(token)]:
            for inner in self.document.children(one.index, "pobj") if one.pos == "ADP" else ():
                mention = self.linker.at.get(inner.index)
                if inner.lemma in EDGES or (mention and mention.entry.type in ("Place", "Capital")):
                    return one.lower in ("to", "into", "for", "across", "over", "through", "towards", "toward", "in")
        return False

    def _asker(self, token: Token) -> tuple[str, ...]:
        """ "A asked B to send it drones": A would receive."""
        above = self.document.tokens[token.head]
        pronouns = any(one.pos == "PRON" for one in clauses.objects(self.document, token))
        subjects = self.document.children(above.index, "nsubj")
        asked = token.dep == "xcomp" and above.lemma in ASKING and subjects and pronouns
        return self._parties(subjects[0].index) if asked else ()

    def _user(self, token: Token) -> tuple[str, ...]:
        """ "Attacked with missiles supplied by X": the attacker got them."""
        goods = self.document.tokens[token.head]
        above = self.document.tokens[goods.head]
        used = VERBS.get(above.lemma) == "use" and goods.dep == "dobj"
        if token.dep != "acl" or not (used or (goods.dep == "pobj" and above.lower == "with")):
            return ()
        return self._parties_of_subject(goods)

    def _moving(self, token: Token) -> tuple[Goods, ...]:
        """The goods that go somewhere by themselves."""
        subjects = self.document.children(token.index, "nsubj")
        if token.lemma in HEADING:
            subjects += self.document.children(token.index, "nsubjpass")  # "were headed for X"
        one = token
        while not subjects and one.dep in ("xcomp", "conj") and one.head != one.index:
            one = self.document.tokens[
                one.head
            ]  # "weapons are believed to have come from X and to have been headed for Y"
            subjects = self.document.children(one.index, "nsubj", "nsubjpass")
        if token.lemma in LANDING:
            subjects = [one for one in subjects if self.document.children(one.index, "acl")]
        if token.dep in ("relcl", "acl") and (not subjects or subjects[0].tag in ("WDT", "WP")):
            subjects = [self.document.tokens[token.head]]
        return tuple(found for one in subjects for found in self._goods_below(one))

    def _helpers(self, objects: list[Token]) -> tuple[str, ...]:
        """ "Get Russian help with its satellites": whose help it is."""
        helped = (self._owner(one) for one in objects if one.lemma in HELPING)
        return tuple(owner for owner in helped if owner)

    def _turned_to(self, token: Token) -> tuple[str, ...]:
        above = self.document.tokens[token.head]
        if token.dep not in ("advcl", "xcomp", "pcomp") or above.lemma not in TURNING:
            return ()
        to = (one for one in self.document.children(above.index, "prep") if one.lower == "to")
        return tuple(
            party for one in to for p in self.document.children(one.index, "pobj") for party in self._parties(p.index)
        )

    def _beneficiary(self, token: Token, objects: list[Token]) -> list[Token]:
        """ "gave Hezbollah missiles": the parser may take the receiver for a part of the goods' name."""
        mention = self.linker.at.get(token.index + 1)
        if mention is None or mention.first != token.index + 1 or mention.entry.type in ("Demonym", "Place"):
            return []
        receiver = self.document.tokens[mention.head]
        below = {index for one in objects for index in self.document.subtree(one.index)} - {
            one.index for one in objects
        }
        inside = receiver.index in below and receiver.dep in ("compound", "nmod", "amod", "poss")
        return [receiver] if inside and self.document.tokens[receiver.index + 1].tag != "POS" else []

    def _nouns_inside(self, token: Token, goods: tuple[Goods, ...]) -> set[int]:
        """Nouns of transfer between a verb and its goods: "received a shipment of shells" is one transfer."""
        last = max((one.head for one in goods), default=token.index)
        return {index for index in range(token.index + 1, last + 1) if self.document.tokens[index].lemma in NOUNS}
