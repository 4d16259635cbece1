"""Whom pronouns mean: the nearest fitting actor before, or, for "we" in a quotation, who is quoted."""

from loader import lexicons, quotes
from loader.mentions import Mention
from loader.parsing import Document, Token
from loader.recency import Recency
from loader.vocabulary import table, words

SUBJECT = {"nsubj", "nsubjpass", "csubj", "agent"}
FIRST_PERSON = {"we", "our", "us", "i", "ours"}
SAYING = table("speech", "verbs")["say"] | table("speech", "verbs")["allege"]
PERSONAL = {"he", "she", "him", "her", "his"}
IMPERSONAL = {"it", "its", "itself"}
PLURAL = {"they", "them", "their"}
OBJECT_CONTROL = words(lexicons.read("topics/arms")["object_control"])
BLAMING = words(lexicons.read("speech")["charging"]) | words(lexicons.read("speech")["blaming"])
CORPORATE = ("State", "GovernmentBody", "Organization", "MediaOutlet", "ArmedGroup")


class Pronouns(Recency):
    """Resolves the pronouns of one document, from the phrases before them that are resolved already."""

    def __init__(self, document: Document, mentions: tuple[Mention, ...]) -> None:
        super().__init__(document)
        self.at = {index: mention for mention in mentions for index in mention.indices}
        self._quoted = quotes.find(document)
        self._references: dict[int, tuple[str, ...]] = {}

    def resolve(self, index: int) -> tuple[str, ...]:
        """The actors that the phrase with this head means; empty where it means none."""
        return self._references.get(index, ())

    def _quoted_speaker(self, token: Token) -> tuple[str, ...]:
        """Who says "we": the subject of the verb of saying in this sentence, else in the sentences before."""
        for index in self._nearby(token.sentence):
            for verb in self.document.within(self.document.sentences[index]):
                if verb.pos == "VERB" and verb.lemma in SAYING and verb.index not in self._quoted:
                    for one in self.document.children(verb.index, "nsubj"):
                        if one.lower not in FIRST_PERSON and self.resolve(one.index):
                            return self.resolve(one.index)
        return ()

    def _nearby(self, sentence: int) -> list[int]:
        """Where a quotation's speaker may stand: its own sentence, those that it runs on into, those before."""
        ahead = [sentence]
        while quotes.runs_on(self.document, self._quoted, self.document.sentences[ahead[-1]]):
            ahead.append(ahead[-1] + 1)
        return [*ahead, *range(sentence - 1, max(sentence - 4, -1), -1)]

    def _pronoun(self, token: Token) -> tuple[str, ...]:
        word = token.lower
        if word in ("which", "who", "that") and token.dep in SUBJECT:
            relative = next((one for one in self.document.ancestors(token.index) if one.dep == "relcl"), None)
            found = self.resolve(relative.head) if relative and relative.head < token.index else ()
            return found or (self._right_before(token) if word == "which" else ())
        barred = self._subject_above(token) if token.dep in ("dobj", "pobj", "dative") else ()
        if word in PERSONAL:
            ahead = self._subject_ahead(token, ("Person",))
            if ahead:
                return ahead
            return self._last(token, lambda entry: entry.type == "Person" or self._is_single(entry))
        beside = self._beside(token)
        if beside:
            return beside
        if word in IMPERSONAL and self._is_expletive(token):
            return ()
        urged = self._urged(token) if token.tag == "PRP$" and word in IMPERSONAL else ()
        urged = urged or (self._blamed(token) if token.dep in SUBJECT and word in IMPERSONAL else ())
        if urged:
            return urged
        if word in IMPERSONAL:
            ahead = self._subject_ahead(token, CORPORATE)
            if ahead:
                return ahead
            nearest = self._nearest(token, barred) if barred else ()
            return nearest or self._last(token, lambda entry: entry.type in CORPORATE and entry.iri not in barred)
        if word in PLURAL:
            plural = (*CORPORATE, "AnonymousSource")
            return self._last(token, lambda entry: entry.type in plural and entry.iri not in barred)
        return self._pair(token) if word == "both" else ()

    def _right_before(self, token: Token) -> tuple[str, ...]:
        """ "Sanctions on X, which denies it": the name that stands right before, whatever the parser hangs it on."""
        mention = self.at.get(token.index - 2) if self.document.tokens[token.index - 1].text == "," else None
        corporate = mention is not None and mention.entry.type in CORPORATE
        return self._references.get(mention.head, ()) if mention and corporate else ()

    def _urged(self, token: Token) -> tuple[str, ...]:
        """ "Urged X to halt its sales": they are X's."""
        verb = next((one for one in self.document.ancestors(token.index) if one.pos == "VERB"), None)
        above = self.document.tokens[verb.head] if verb and verb.dep in ("xcomp", "ccomp") else None
        if above is None or above.lemma not in OBJECT_CONTROL:
            return ()
        own = self.document.children(verb.index, "nsubj") if verb else []
        for one in own or self.document.children(above.index, "dobj"):
            if one.index < token.index and (found := self.resolve(one.index)):
                return found if self.entries[found[0]].type in CORPORATE else ()
        return ()

    def _blamed(self, token: Token) -> tuple[str, ...]:
        """ "Blames X because it sent": X, not who blames it."""
        verb = self.document.tokens[token.head]
        above = self.document.tokens[verb.head]
        if verb.dep != "advcl" or above.lemma not in BLAMING or above.index > token.index:
            return ()
        for one in self.document.children(above.index, "dobj"):
            if (found := self.resolve(one.index)) and self.entries[found[0]].type in CORPORATE:
                return found
        return ()

    def _subject_ahead(self, token: Token, types: tuple[str, ...]) -> tuple[str, ...]:
        """ "During his visit, X said", "Because it fears that, X has": the subject that follows.

        Only where the sentence names nobody of these types before; a pronoun that is a subject, and any "it" or "its",
        must be that of a clause that goes before the main one.
        """
        sentence = self.document.sentence(token.index)
        before = range(sentence.first, token.index)
        if any(index in self.at and self.at[index].entry.type in types for index in before):
            return ()
        root = next((one for one in self.document.within(sentence) if one.dep == "ROOT"), None)
        verb = self.document.tokens[token.head]
        in_clause = token.dep in SUBJECT and verb.dep == "advcl"
        if root is None or not (in_clause or ("Person" in types and token.dep not in SUBJECT)):
            return ()
        for one in self.document.children(root.index, "nsubj", "nsubjpass"):
            mention = self.at.get(one.index)
            if mention and mention.entry.type in types and one.index > token.index:
                return (mention.entry.iri,)
        return ()

    def _nearest(self, token: Token, barred: tuple[str, ...]) -> tuple[str, ...]:
        """For an object: who was named last in the sentence, if not the subject itself."""
        for trace in reversed(self._history):
            if self.document.tokens[trace.index].sentence != token.sentence:
                break
            if trace.actor not in barred and self.entries[trace.actor].type in CORPORATE:
                return (trace.actor,)
        return ()

    def _subject_above(self, token: Token) -> tuple[str, ...]:
        """The subject of the clause that a pronoun is an object of: it means somebody else."""
        for above in self.document.ancestors(token.index):
            own = self.document.children(above.index, "nsubj")
            if own:
                return self.resolve(own[0].index)
        return ()

    def _beside(self, token: Token) -> tuple[str, ...]:
        """ "South Korea and their partners": the possessive means the name right before it."""
        if token.tag != "PRP$" or token.index < 2 or self.document.tokens[token.index - 1].lower != "and":
            return ()
        for index in (token.index - 2, token.index - 3):
            mention = self.at.get(index)
            if mention and mention.entry.type not in ("Demonym", "Place"):
                return self._references.get(mention.head, ())
        return ()

    def _is_expletive(self, token: Token) -> bool:
        """ "It is important to note that …", "it is believed that …"."""
        verb = self.document.tokens[token.head]
        clause = self.document.children(verb.index, "ccomp", "xcomp", "advcl", "csubj")
        is_copula = verb.lemma in ("be", "remain", "seem", "appear") and self.document.children(
            verb.index, "acomp", "attr"
        )
        return token.dep in SUBJECT and bool(clause) and bool(is_copula or token.dep == "nsubjpass")
