"""Transfers whose goods go unsaid because they were named before: "received the supplies", "what X has given Y"."""

from dataclasses import replace

from loader import clauses
from loader.frames.giving import Giving
from loader.frames.parties import NOUNS, TOPIC, VERBS
from loader.frames.roles import TransferFrame
from loader.parsing import Sentence, Token
from loader.vocabulary import words

IMPLYING = words(TOPIC["implying"]["verbs"])
MEANT = words(TOPIC["implying"]["objects"])
AGAIN = words(TOPIC["implying"]["nouns"])
RECALL = 12  # sentences over which goods need not be named again
PRONOUNS = ("WDT", "WP", "PRP", "DT")


class Implied(Giving):
    """Finds transfers told without their goods in sentences that tell no other."""

    def implied(self, sentence: Sentence, told: list[TransferFrame]) -> list[TransferFrame]:
        """The transfer that a sentence goes on to tell of, which earlier ones told in full."""
        full = [
            one
            for one in told
            if one.kind == "ArmsTransfer" and one.supplier and one.recipient and sentence.index - one.sentence <= RECALL
        ]
        for token in self.document.within(sentence) if full else ():
            if token.index in self.linker.at or token.index in self.used:
                continue
            roles = self._roles_of_verb(token) if token.pos == "VERB" else self._roles_of_noun(token)
            frame = self._told_again(token, roles, full) if roles else None
            if frame:
                return [frame]
        return []

    def _roles_of_verb(self, token: Token) -> dict[str, tuple[str, ...]]:
        group = VERBS.get(token.lemma)
        moving = group == "flow" and any(
            one.lemma in MEANT and one.pos == "NOUN" for one in self.document.children(token.index, "nsubj")
        )
        giving = token.lemma in IMPLYING and group in ("give", "get") and self._means_goods(token)
        if not (moving or giving) or group is None:
            return {}
        passive = clauses.is_passive(self.document, token)
        roles = TOPIC["verbs"][group]["roles"]
        found = self._phrases(token, roles, self._end_of_clause(token))
        if giving and (doer := self._doer(token, passive)):
            found.setdefault(roles["subject"], doer)
        for one in self.document.children(token.index, "dobj") if moving else ():
            if parties := self._parties(one.index) or self._owner_party(one):
                found.setdefault("recipient", parties)  # "the supplies reached them"
        given = self.document.children(token.index, "dative", "dobj") if group == "give" else []
        for one in given:
            if parties := self._parties(one.index):
                found.setdefault("recipient", parties)
        return found

    def _means_goods(self, token: Token) -> bool:
        """Whether what is given stands for goods: nothing at all, a pronoun, "supplies"."""
        passive = clauses.is_passive(self.document, token)
        things = self.document.children(token.index, "nsubjpass") if passive else clauses.objects(self.document, token)
        if token.dep in ("relcl", "acl") and (not things or things[0].tag in ("WDT", "WP")):
            things = [self.document.tokens[token.head]]
        things = [one for one in things if not (self._parties(one.index) or one.dep == "dative")]
        if not things and self.document.children(token.index, "xcomp", "ccomp"):
            return False
        return bool(things) and all(
            one.lemma in MEANT or one.lower in MEANT or (one.pos == "NUM" and "%" not in one.text) for one in things
        )

    def _roles_of_noun(self, token: Token) -> dict[str, tuple[str, ...]]:
        if token.pos != "NOUN" or token.lemma not in AGAIN or token.dep in ("compound", "nmod", "amod"):
            return {}
        roles = TOPIC["nouns"][NOUNS.get(token.lemma, "give")]["roles"]
        found = self._phrases(token, roles, self._end_of_phrases(token))
        if owner := self._owner(token):
            found.setdefault(roles["poss"], (owner,))
        return found

    def _told_again(
        self, token: Token, roles: dict[str, tuple[str, ...]], full: list[TransferFrame]
    ) -> TransferFrame | None:
        """The last transfer between those who are named, whichever ends go unnamed."""
        supplier, recipient = (next(iter(roles.get(one, ())), None) for one in ("supplier", "recipient"))
        if not (supplier or recipient):
            return None
        fitting = [one for one in full if supplier in (None, one.supplier) and recipient in (None, one.recipient)]
        if not fitting:
            return None
        return replace(
            fitting[-1],
            trigger=token.index,
            sentence=token.sentence,
            nominal=token.pos != "VERB",
            returns=None,
            sought=False,
            presupposed=False,
            definite=True,
        )
