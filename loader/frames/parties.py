"""Which actors a phrase makes parties to a transfer, and which goods a verb or noun is about."""

from loader import clauses, lexicons
from loader.goods import Goods
from loader.linking import Linker
from loader.parsing import Document, Token
from loader.vocabulary import ROLES, words

TOPIC = lexicons.read("topics/arms")
VERBS = {lemma: name for name, group in TOPIC["verbs"].items() for lemma in words(group["lemmas"])}
NOUNS = {lemma: name for name, group in TOPIC["nouns"].items() for lemma in words(group["lemmas"])}
HELPING = {lemma for lemma, group in NOUNS.items() if group == "aid"}
MADE = words(TOPIC["made"])
MAKING = words(TOPIC["making"])
HOLDING = words(TOPIC["holding"])
GENERAL = words(TOPIC["general"])
OWN = words(TOPIC["own"])
OTHERS = words(TOPIC["others"])
RAISING = words(TOPIC["raising"])
QUANTIFIERS = words(TOPIC["quantifiers"])
VAGUE = words(TOPIC["vague"])
LINKS = ("compound", "nmod", "npadvmod")
OWNERS = ("poss", "compound", "amod", "nmod")

NEAR, FAR_BEHIND_MONEY = 8, 14  # words after a verb in which its goods lie: "provide $5m (£4m) in military aid"


class Parties:
    """Finds parties and goods in the phrases of one document."""

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
        if token.lower == "armed" and self.document.children(token.index, "dobj"):
            return "arm"  # "trained and armed them", which the parser takes for an adjective
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
            first = self.document.tokens[token.head]
            heads = self.document.children(first.index, "nsubjpass", "attr")
            if not heads and first.dep in ("acl", "relcl"):
                heads = [self.document.tokens[first.head]]
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
        if not heads and token.dep == "xcomp" and clauses.is_passive(self.document, token):
            heads = self._raised(above)  # "jets are to be delivered", "are expected to be delivered"
        if not heads and token.dep in ("advcl", "xcomp", "acl") and clauses.is_passive(self.document, token):
            before = clauses.objects(self.document, self.document.tokens[token.head])
            heads = [one for one in before if one.index < token.index]  # "make rockets to be shipped to X"
        found = tuple(one for head in heads for one in self._goods_below(head))
        meant = VERBS.get(self._verb_lemma(token)) not in ("help", "arm", "use")
        return found or self._goods_after(token) or (self._goods_meant(heads) if meant else ())

    def _raised(self, above: Token) -> list[Token]:
        """The subject that a verb lends to what follows it: "tanks are due / expected / have begun to be sent"."""
        lends = above.pos == "AUX" or above.dep == "acomp" or above.lemma in RAISING
        if not (lends or clauses.is_passive(self.document, above)):
            return []
        own = self.document.children(above.index, "nsubj", "nsubjpass")
        while not own and above.dep in ("acomp", "xcomp", "conj") and above.head != above.index:
            above = self.document.tokens[above.head]
            own = self.document.children(above.index, "nsubj", "nsubjpass")
        return own

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
        following = self.document.tokens[token.index + 1 : token.index + 5]
        reach = FAR_BEHIND_MONEY if any(one.text[0] in "$£€" for one in following) else NEAR
        for one in self.document.tokens[token.index + 1 : min(token.index + reach, self._end_of_clause(token))]:
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

    def _owner_party(self, token: Token) -> tuple[str, ...]:
        if token.lower in OTHERS:
            return ()
        parts = (
            self.document.children(token.index, "compound", "nmod"),
            self.document.children(token.index, "poss", "amod"),
        )
        owners = (self._modifier(child) for row in parts for child in row)
        return tuple(owner for owner in owners if owner)[:1]

    def _parties(self, index: int) -> tuple[str, ...]:
        named = next((one.index for one in self.document.children(index, "appos") if self._is_close(index, one)), index)
        named = self._listed(named)
        is_name = self.document.tokens[named].pos != "PRON"
        parties = (self._party(actor, is_name=is_name) for actor in self.linker.all(named))
        own = set() if is_name else self.linker.sides_quoted(self.document.tokens[named])
        return tuple(dict.fromkeys(party for party in parties if party and party not in own))

    def _listed(self, index: int) -> int:
        """ "Several countries, including X and Y": the names that follow."""
        if self.document.tokens[index].lower not in VAGUE:
            return index
        for one in self.document.tokens[index + 1 : index + 3]:
            if one.lower in ("including", "like"):
                return next((inner.index for inner in self.document.children(one.index, "pobj")), index)
        return index

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
