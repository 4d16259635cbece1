"""How phrases describe actors: their words, their labels, and fighters told of under several nouns."""

from loader.parsing import Token
from loader.pronouns import Pronouns
from loader.titles import plain_word
from loader.vocabulary import ROLES

IRREGULAR = {word.removesuffix("s") for word in ROLES.irregular}
NEAR = 2  # sentences back that "the group" means who was named there
FAR = 6  # and "the rebels" the armed group named there
SHORT = 4  # words of a phrase that still belongs into a label


class Descriptions(Pronouns):
    """Describes the unnamed actors of one document."""

    marks: dict[str, frozenset[str]]  # of anonymous groups: what tells them from others

    def _words(self, token: Token) -> tuple[str, ...]:
        """The words of a description without names, articles and numbers: {"defense", "minister"}."""
        found = [plain_word(token.lower)]
        for index in range(token.index - 1, max(token.index - 5, self.document.sentence(token.index).first - 1), -1):
            one = self.document.tokens[index]
            if index in self.at or one.pos not in ("NOUN", "PROPN", "ADJ"):
                break
            found.insert(0, plain_word(one.lower))
        for child in self.document.children(token.index, "prep"):
            if child.lower == "of":
                objects = self.document.children(child.index, "pobj")
                found[:0] = [plain_word(one.lower) for one in objects if one.index not in self.at]
        return tuple(found)

    def _is_definite(self, token: Token) -> bool:
        return any(
            child.lower in ("the", "this", "that", "these", "those") for child in self.document.children(token.index)
        )

    def _same_head(self, token: Token) -> tuple[str, ...]:
        if self._phrase(token)[0] != token.index:
            return ()
        for trace in reversed(self._history):
            entry = self.entries[trace.actor]
            if self.nouns.get(trace.actor) == token.lower and entry.type == "AnonymousSource":
                return (trace.actor,)
        return ()

    def _group_named(self, token: Token) -> tuple[str, ...]:
        """ "Accused the YPG, a charge the group denied": the organization named in the same sentence."""
        for trace in reversed(self._history) if token.lower in ROLES.named_groups else ():
            if token.sentence - self.document.tokens[trace.index].sentence > NEAR:
                break
            if self.entries[trace.actor].type in ("ArmedGroup", "Organization"):
                return (trace.actor,)
        return ()

    def _group_of(self, token: Token) -> tuple[str, ...]:
        """ "The rebels", where nobody has been called so: the armed group named last."""
        if self._marks(token) or (ROLES.irregular | ROLES.armed) & set(self.nouns.values()):
            return ()
        for trace in reversed(self._history):
            if token.sentence - self.document.tokens[trace.index].sentence > FAR:
                return ()
            if self.entries[trace.actor].type == "ArmedGroup":
                return (trace.actor,)
        return ()

    def _same_fighters(self, token: Token, owner: str | None) -> tuple[str, ...]:
        """Irregular forces told of before under another noun: "Syria's rebels", "the Syrian opposition"."""
        marks = self._marks(token)
        for trace in reversed(self._history):
            noun = self.nouns.get(trace.actor, "")
            entry = self.entries[trace.actor]
            alike = self._is_irregular(entry.label, noun) and self._is_irregular(self._label(token), token.lower)
            alike = alike or (bool(marks) and noun in ROLES.irregular | ROLES.armed)
            if (
                alike
                and self.marks.get(trace.actor) == marks
                and (None in (owner, entry.state) or owner == entry.state)
            ):
                return (trace.actor,)
        return ()

    def _is_irregular(self, label: str, noun: str) -> bool:
        """Whether fighters are of no state: rebels, or forces that are called rebel or separatist."""
        told = {word.removesuffix("s") for word in label.lower().split()}
        return noun in ROLES.irregular or (noun in ROLES.armed and bool(told & IRREGULAR))

    def _marks(self, token: Token) -> frozenset[str]:
        """What tells fighters from other fighters: the adjectives and names before the noun."""
        first, _ = self._phrase(token)
        row = self.document.tokens[first : token.index]
        named = (one.lemma.lower() for one in row if one.pos in ("ADJ", "NOUN", "PROPN") and one.index not in self.at)
        return frozenset(named) - ROLES.irregular - IRREGULAR - {"armed"}

    def _phrase(self, token: Token) -> tuple[int, int]:
        first = token.index
        sentence = self.document.sentence(first)
        while first > sentence.first:
            one = self.document.tokens[first - 1]
            if (
                one.pos not in ("NOUN", "PROPN", "ADJ", "NUM")
                and one.tag not in ("POS", "HYPH", "PRP$")
                and not (one.tag == "VBN" and one.dep == "amod")
            ):
                break
            first -= 1
        return first, token.index + 1

    def _label(self, token: Token) -> str:
        first, last = self._phrase(token)
        possessive = self.document.tokens[first]
        label = self.document.surface(first, last)
        if possessive.tag == "PRP$":
            owner = self.resolve(first)
            rest = self.document.surface(first + 1, last)
            return f"{rest} of {self.entries[owner[0]].label}" if owner else rest
        after = self.document.tokens[first + 1 : first + 3]
        if first not in self.at and len(after) == 2 and after[0].tag == "POS" and (owner := self.resolve(first)):
            return f"{self.document.surface(first + 2, last)} of {self.entries[owner[0]].label}"  # "the country's army"
        for child in self.document.children(token.index, "prep"):
            named = [one for one in self.document.children(child.index, "pobj") if one.index in self.at]
            if child.lower in ("of", "from", "in", "for") and named:
                mention = self.at[named[0].index]
                label += f" {child.lower} {self.document.surface(mention.first, mention.last)}"
            elif child.lower in ("of", "for"):
                phrase = self.document.subtree(child.index)
                if len(phrase) <= SHORT and max(phrase) - min(phrase) < SHORT:
                    label += " " + self.document.surface(min(phrase), max(phrase) + 1)
        return label
