"""The span of what is said: from the parse of the clauses around a cue, else from where it stands."""

from loader import clauses, lexicons, quotes
from loader.linking import Linker
from loader.parsing import Document, Sentence, Token
from loader.vocabulary import table, words

SPEECH = lexicons.read("speech")
VERBS = table("speech", "verbs")
ACTS = ("deny", "confirm", "allege", "decline", "doubt", "warn", "believe", "say")  # the first that fits holds
TAKEN_UP = words(SPEECH["taken_up"])
BOUNDARIES = words(SPEECH["boundaries"])
COMPLEMENTS = ("ccomp", "xcomp", "dobj", "pcomp", "prep", "oprd", "dative", "attr", "acomp")
TELLING = ("say", "allege", "confirm", "believe", "warn")
JOINED = ("conj", "parataxis", "ccomp", "dep")
CLAUSAL = ("ccomp", "xcomp", "parataxis")


class Contents:
    """Finds what is said for the cues of one document."""

    def __init__(self, document: Document, linker: Linker) -> None:
        self.document = document
        self.linker = linker
        self.quoted = quotes.find(document)

    def _content(self, token: Token, act: str, sentence: Sentence, complement_of: int | None) -> frozenset[int]:
        if act == "deny" and self._is_denied(token):
            return frozenset({token.head})  # "a charge that X denies"
        after = self.document.tokens[token.index + 1 : sentence.last]
        if act in TELLING and after and after[0].text == ":" and len(after) > 4:
            return frozenset(range(token.index + 2, sentence.last))  # "adding: …"
        before = self._told_before(token, act, sentence)
        if before:
            return before
        children = self.document.children(token.index)
        clausal = [
            child
            for child in children
            if child.dep in CLAUSAL or (child.dep == "advcl" and child.index < token.index and self._has_quote(child))
        ]
        chosen = clausal or [child for child in children if child.dep in COMPLEMENTS]
        if complement_of is not None:
            chosen = [*self.document.children(complement_of, "prep", "acl", "relcl", "ccomp", "pcomp"), *clausal]
            chosen += [child for child in children if child.dep == "prep" and child.index > token.index]
        if act in ("deny", "warn", "doubt"):
            chosen = [child for child in chosen if child.index > token.index or self._has_quote(child)]
        if act in ("deny", "warn", "allege", "confirm", "doubt"):
            chosen = [*chosen, *(child for child in children if child.dep in COMPLEMENTS)]
        content: set[int] = set()
        for child in chosen:
            content |= self.document.subtree(child.index)
        content |= self._that_clause(token, sentence)
        plain = self._plainly(token, sentence) if act in TELLING and not clausal else set()
        if plain:
            content = plain
        elif not content or (not clausal and self._quote_tokens(sentence)):
            content |= self._quote_tokens(sentence) or self._rest(token, sentence)
        content -= {token.index}
        return frozenset(content)

    def _is_denied(self, verb: Token) -> bool:
        """ "A charge that X denies", "claims Moscow denies": the noun before is what is denied."""
        noun = self.document.tokens[verb.head]
        if noun.lemma not in TAKEN_UP or noun.index > verb.index:
            return False
        bare = noun.pos == "VERB" and not self.document.children(noun.index, "nsubj")  # taken for a verb
        return verb.dep == "relcl" or (verb.dep in ("ccomp", "acl") and (noun.pos == "NOUN" or bare))

    def _told_before(self, token: Token, act: str, sentence: Sentence) -> frozenset[int]:
        """ "Iran sends arms, two officials told Reuters": the clause before, where the parser joins both as equals."""
        main = self.document.tokens[token.head]
        subjects = self.document.children(token.index, "nsubj")
        if act not in TELLING or token.dep not in JOINED or main.index > token.index or not subjects:
            return frozenset()
        first = min(self.document.subtree(subjects[0].index))
        between = self.document.tokens[main.index + 1 : first]
        plain = not any(one.dep == "cc" and one.head == main.index for one in between)
        after_comma = bool(between) and between[-1].text in (",", '"', "-", "\u2013", "\u2014")
        if not (plain and after_comma) or self.document.children(token.index, "ccomp") or first > token.index:
            return frozenset()
        return frozenset(range(sentence.first, first))

    def _has_quote(self, token: Token) -> bool:
        return bool(self.document.subtree(token.index) & self.quoted)

    def _that_clause(self, token: Token, sentence: Sentence) -> set[int]:
        """From a "that" soon after the cue to the end of the sentence or to where another voice may begin."""
        for one in self.document.tokens[token.index + 1 : min(token.index + 14, sentence.last)]:
            if one.lower == "that" and one.pos in ("SCONJ", "PRON") and one.tag in ("IN", "WDT"):
                return set(range(one.index, self._boundary(one.index + 1, sentence)))
            spoken = one.dep == "advcl" and any(one.lemma in VERBS[act] for act in ACTS)
            if one.pos in ("VERB", "AUX") and (spoken or one.dep not in ("advcl", "acl")):
                break
        return set()

    def _boundary(self, start: int, sentence: Sentence) -> int:
        for one in self.document.tokens[start + 2 : sentence.last]:
            if clauses.is_dash(self.document, one) and self._is_aside(one, sentence):
                return one.index
            after_comma = self.document.tokens[one.index - 1].lower in (",", ";", "-", "--")
            if one.lower in BOUNDARIES and after_comma and one.index not in self.quoted:
                return one.index
        return sentence.last

    def _is_aside(self, dash: Token, sentence: Sentence) -> bool:
        """ "Its statements that X – which Y has denied – the panel found": another voice within dashes."""
        following = self.document.tokens[dash.index + 1 : sentence.last]
        return bool(following) and following[0].lower in ("which", "something")

    def _quote_tokens(self, sentence: Sentence) -> set[int]:
        return {token.index for token in self.document.within(sentence) if token.index in self.quoted}

    def _plainly(self, token: Token, sentence: Sentence) -> set[int]:
        """ "Said X's supply was a "threat"", where the parser misses the clause: all that follows."""
        following = self.document.tokens[token.index + 1 : sentence.last]
        if token.lemma not in ("say", "claim", "allege", "believe", "insist") or len(following) < 4:
            return set()
        inverted = any(one.index > token.index for one in self.document.children(token.index, "nsubj"))
        finite = any(one.pos in ("VERB", "AUX") and one.tag in ("VBD", "VBZ", "VBP", "MD") for one in following)
        if inverted or not finite or following[0].pos not in ("DET", "NOUN", "PROPN", "PRON", "ADJ", "NUM"):
            return set()
        return set(range(token.index + 1, self._boundary(token.index + 1, sentence)))

    def _rest(self, token: Token, sentence: Sentence) -> set[int]:
        after = set(range(token.index + 1, self._boundary(token.index + 1, sentence)))
        return after if len(after) > 4 else set(range(sentence.first, token.index))

    def _passive_content(self, token: Token) -> frozenset[int]:
        if token.dep in ("acl", "relcl"):
            return self.document.subtree(token.head)
        parts = self.document.children(token.index, "nsubjpass", "xcomp", "prep", "ccomp", "oprd")
        if token.dep == "advcl" or not parts:
            return self.document.subtree(token.head)
        return frozenset(index for part in parts for index in self.document.subtree(part.index))
