"""Who says something, by which act, and the span of what is said; statements are found before what they are about."""

from collections.abc import Iterator
from dataclasses import replace

from loader import clauses, quotes
from loader.contents import ACTS, JOINED, SPEECH, TELLING, VERBS
from loader.linking import Linker
from loader.parsing import Document, Sentence, Token
from loader.phrases import DISMISSIVE, Attribution, Phrases
from loader.vocabulary import ROLES, table, words

NOUNS = table("speech", "nouns")
IMPERSONAL = words(SPEECH["impersonal"])
PUNISHING = words(SPEECH["punishing"])
MENTAL = words(SPEECH["mental"])
ACCUSING = words(SPEECH["accusing"])
LIES = words(SPEECH["lies"])
LIGHT = words(SPEECH["light_verbs"])
SEEMING = words(SPEECH["seeming"])
ORDERING = words(SPEECH["ordering"])
DEFENDING = words(SPEECH["defending"])
DEFENDED = words(SPEECH["defended"]) | words(SPEECH["taken_up"])
CALLING = words(SPEECH["calling"])
ANSWERING = words(SPEECH["answering"])
ALLEGED = words(SPEECH["hearsay_adjectives"])
HEARSAY = words(SPEECH["hearsay_adverbs"])
HYPOTHETICAL = {"would", "may", "might", "could", "should", "'d"}
PARTICLES = ("aside", "off", "away", "out", "back")


def find(document: Document, linker: Linker) -> tuple[Attribution, ...]:
    """The attributions of a document, in order of their cues."""
    finder = _Finder(document, linker)
    found = [finder.in_sentence(sentence) for sentence in document.sentences]
    return tuple(attribution for row in finder.carried_back(found) for attribution in row)


class _Finder(Phrases):
    def in_sentence(self, sentence: Sentence) -> list[Attribution]:
        found: list[Attribution] = []
        used: set[int] = set()
        before = self.last
        fixed = list(self._fixed(sentence, used))
        for token in self.document.within(sentence):
            if token.index not in used:
                cued = list(self._cue(token, sentence))
                found.extend(cued)
                if cued and cued[0].speakers:
                    self.last = (sentence.index, cued[0].speakers)
        found.extend(fixed)
        found.extend(self._according(sentence))
        found.extend(self._colon(sentence) if not found else ())
        if not any(attribution.speakers and attribution.cue not in self.quoted for attribution in found):
            inner, self.last = self.last, before
            found.extend(
                self._continued_quote(sentence)
                if not any(a.speakers for a in found) or self._is_quoted(sentence)
                else ()
            )
            self.last = inner
        spoken = [attribution for attribution in found if attribution.speakers]
        if spoken:
            main = min(spoken, key=lambda attribution: len(list(self.document.ancestors(attribution.cue))))
            self.last = (sentence.index, main.speakers)
        return sorted(found, key=lambda attribution: attribution.cue)

    def _is_quoted(self, sentence: Sentence) -> bool:
        """Whether all words of a sentence are within a quotation that began before it."""
        return all(one.index in self.quoted or one.pos == "PUNCT" for one in self.document.within(sentence))

    def carried_back(self, rows: list[list[Attribution]]) -> list[list[Attribution]]:
        """The attributions by sentence, where a quotation that ends with "…, X said" is X's from its first sentence."""
        for sentence in reversed(self.document.sentences[:-1]):
            following = rows[sentence.index + 1]
            if not quotes.runs_on(self.document, self.quoted, sentence):
                continue
            said = next((one for one in following if one.speakers and one.cue not in self.quoted), None)
            said = said or next((one for one in following if one.speakers and one.act == "say"), None)
            cues = {one.cue for one in rows[sentence.index]}
            own = any(self.document.tokens[cue].pos == "VERB" and cue not in self.quoted for cue in cues)
            if said and not own:
                content = frozenset(self._quote_tokens(sentence))
                kept = [one for one in rows[sentence.index] if one.cue != min(content)]
                carried = replace(said, cue=min(content), act="say", content=content, sentence=sentence.index)
                rows[sentence.index] = [replace(carried, negated=False), *kept]
        return rows

    def _cue(self, token: Token, sentence: Sentence) -> Iterator[Attribution]:
        if token.pos == "VERB" or (token.dep == "relcl" and token.lemma in VERBS["deny"]):
            yield from self._verb(token, sentence)
        elif token.pos == "AUX" or token.lemma == "be":
            yield from self._called_false(token, sentence)
        elif token.pos == "NOUN":
            yield from self._noun(token, sentence)
        elif token.lower in ALLEGED and token.dep == "amod":
            yield Attribution(token.index, "hearsay", (), self.document.subtree(token.head), sentence.index)
        elif token.lower in HEARSAY and not self._says(self.document.tokens[token.head]):
            clause = self.document.subtree(self.document.clause(token.index))
            yield Attribution(token.index, "hearsay", self._punisher(token), clause, sentence.index)

    def _says(self, verb: Token) -> bool:
        """ "X reportedly stated that": it is X who says so."""
        return any(verb.lemma in VERBS[act] for act in ACTS) and bool(
            self.document.children(verb.index, "ccomp", "nsubj")
        )

    def _punisher(self, token: Token) -> tuple[str, ...]:
        """Whose view an "allegedly" is: who sanctions the people so described."""
        for above in self.document.ancestors(token.index):
            if above.lemma in PUNISHING and above.pos == "VERB" and above.index < token.index:
                subject = clauses.subject(self.document, self.linker, above)
                return self.linker.all(subject.index) if subject else ()
        return ()

    # verbs

    def _verb(self, token: Token, sentence: Sentence) -> Iterator[Attribution]:
        if token.lemma in SEEMING and self._dismisses(token) and self._takes_up(token):
            yield from self._dismissed_by(token, sentence)
            return
        if token.lemma in CALLING and self._dismisses(token):
            yield from self._of(token, "deny", sentence)
            return
        lemma = self._lemma(token)
        act = next((act for act in ACTS if lemma in VERBS[act]), None)
        if (act == "believe" or token.lemma in DEFENDING) and self._only_handles(token):
            return
        if act == "say" and token.lemma in ORDERING and self._orders(token):
            act = "warn"  # "told X to withdraw"
        if any(child.lower in HYPOTHETICAL for child in self.document.children(token.index, "aux")):
            return
        light = self._light_noun(token)
        if light:
            yield from self._of(token, light[1], sentence, complement_of=light[0])
        elif (act and act != "decline") or token.lemma in ANSWERING:
            yield from self._of(token, act or "say", sentence)

    def _only_handles(self, token: Token) -> bool:
        """ "Assessed a bid", "defend themselves": doing something with a thing is no saying; "defended the sale" is."""
        objects = self.document.children(token.index, "dobj")
        if token.lemma in DEFENDING:
            return not any(one.lemma in DEFENDED for one in objects)
        told = any(one.lower in ("of", "as") for one in self.document.children(token.index, "prep"))
        return bool(objects) and not told and not self.document.children(token.index, "ccomp", "xcomp", "oprd", "advcl")

    def _orders(self, token: Token) -> bool:
        return bool(self.document.children(token.index, "dobj")) and any(
            one.tag == "VB" for one in self.document.children(token.index, "xcomp")
        )

    def _lemma(self, token: Token) -> str:
        after = self.document.tokens[token.index + 1 : token.index + 2]
        beside = [one for one in after if one.head == token.index and one.lower in PARTICLES]
        particle = next(iter(self.document.children(token.index, "prt") or beside), None)
        return f"{token.lemma}_{particle.lower}" if particle else token.lemma

    def _dismisses(self, token: Token) -> bool:
        below = self.document.subtree(token.index)
        return any(
            self.document.tokens[index].lemma in DISMISSIVE and index > token.index and index - token.index < 15
            for index in below
        )

    def _light_noun(self, token: Token) -> tuple[int, str] | None:
        if token.lemma not in LIGHT:
            return None
        for child in self.document.children(token.index, "dobj", "nsubjpass"):
            for act in ("deny", "confirm", "warn", "doubt", "allege", "say"):
                if child.lemma in NOUNS[act]:
                    return child.index, act
        return None

    def _of(
        self, token: Token, act: str, sentence: Sentence, complement_of: int | None = None
    ) -> Iterator[Attribution]:
        passive = clauses.is_passive(self.document, token)
        content = self._content(token, act, sentence, complement_of)
        negated = any(child.dep == "neg" for child in self.document.children(token.index))
        if passive:
            agents = clauses.agents(self.document, token)
            content |= self._passive_content(token)
            speakers = self.linker.all(agents[0].index) if agents else ()
            if agents and speakers:
                yield Attribution(token.index, act, speakers, content, sentence.index, self._cited(speakers), negated)
            elif not agents and token.lemma in IMPERSONAL:
                yield Attribution(
                    token.index, "impersonal", self._punisher(token), content, sentence.index, negated=negated
                )
            return
        subject = clauses.subject(self.document, self.linker, token)
        beside = self._named_beside(token, act)
        if beside:
            subject, content = beside
        if subject is None:
            return
        speakers = self._speakers(subject)
        if content == frozenset({token.head}) and subject.pos == "PRON":
            speakers = self._accused(token) or speakers  # "X is accused of …, a charge it denies"
        cited = self._cited(speakers)
        sources = self._citing(token)
        if sources and all(self.linker.entries[speaker].type == "AnonymousSource" for speaker in speakers):
            cited, speakers = (speakers[0] if speakers else None), sources
        if any(one.lower == "neither" for one in self.document.children(subject.index)):
            negated = True
            act = "no_comment" if token.lemma in ANSWERING else act
        if speakers:
            yield Attribution(token.index, act, speakers, content, sentence.index, cited, negated)
        elif (
            subject.lemma in ROLES.document
            or subject.lemma in NOUNS["believe"]
            or subject.lemma in NOUNS["allege"]
            or subject.lemma in ("it", "reports")
        ):
            if subject.lemma in ROLES.document:
                self.unsigned = sentence.index
            yield Attribution(token.index, "impersonal", (), content, sentence.index, negated=negated)
        elif act in ("warn", "doubt"):
            yield Attribution(token.index, act, (), content, sentence.index, negated=negated)

    def _named_beside(self, token: Token, act: str) -> tuple[Token, frozenset[int]] | None:
        """ "…, its minister X said on Monday", where the parser takes X for a part of what was said."""
        mention = self.linker.at.get(token.index - 1)
        first = self.document.sentence(token.index).first
        own = self.document.children(token.index, "nsubj", "nsubjpass", "ccomp", "xcomp")
        own += self.document.children(token.index, "dobj") if token.lemma != "tell" else []
        joined = token.dep in (*JOINED, "advcl")
        if act not in TELLING or own or mention is None or mention.entry.type != "Person" or not joined:
            return None
        before = next(
            (one for one in range(mention.first - 1, first, -1) if self.document.tokens[one].text == ","), first
        )
        if before - first < 4:
            return None
        return self.document.tokens[mention.head], frozenset(range(first, before))

    def _accused(self, token: Token) -> tuple[str, ...]:
        """Who is accused before a token, in the same sentence."""
        first = self.document.sentence(token.index).first
        for verb in reversed(self.document.tokens[first : token.index]):
            if verb.pos == "VERB" and verb.lemma in ACCUSING:
                for one in self.document.children(verb.index, "nsubjpass", "dobj"):
                    if found := self.linker.all(one.index):
                        return found
        return ()

    def _citing(self, token: Token) -> tuple[str, ...]:
        for child in self.document.children(token.index, "advcl", "prep"):
            if child.lemma in ("cite", "quote"):
                for one in self.document.children(child.index, "dobj", "pobj"):
                    return self.linker.all(one.index)
        return ()

    # spans of what is said

    # nouns, adjectives, phrases

    def _noun(self, token: Token, sentence: Sentence) -> Iterator[Attribution]:
        acts = ("deny", "confirm", "allege", "warn", "doubt", "believe", "say")
        act = "deny" if token.lemma in LIES else next((act for act in acts if token.lemma in NOUNS[act]), None)
        head = self.document.tokens[token.head]
        if act is None or (head.lemma in LIGHT and token.dep in ("dobj", "nsubjpass")):
            return
        if any(child.lower in ("no", "any") for child in self.document.children(token.index, "det")):
            return
        above = self.document.tokens[head.head]
        if act == "say" and head.dep == "prep" and any(above.lemma in VERBS[one] for one in ACTS):
            return  # "said in an interview that"
        owners = self._owners(token) or (self._teller(token, sentence) if token.lemma in LIES else ())
        content = set(self._that_clause(token, sentence))
        for child in self.document.children(token.index, "acl", "prep", "relcl", "ccomp"):
            told = any(one.lower == "that" and one.dep == "mark" for one in self.document.children(child.index))
            if child.lower not in ("from", "by") and (child.dep != "relcl" or told):
                content |= self.document.subtree(child.index)
        if content:
            span = frozenset(content - {token.index})
            act = act if owners or act in ("warn", "doubt") else "claimed"
            yield Attribution(token.index, act, owners, span, sentence.index, self._cited(owners))

    def _owners(self, token: Token) -> tuple[str, ...]:
        found: list[str] = []
        for child in self.document.children(token.index, "poss", "compound", "amod"):
            found.extend(self.linker.all(child.index) or self._people(child))
        for child in self.document.children(token.index, "prep", "agent"):
            if child.lower in ("from", "by"):
                for one in self.document.children(child.index, "pobj"):
                    found.extend(self.linker.all(one.index))
        if not found and any(one.lower == "from" for one in self.document.children(token.index)):
            found.extend(self._listed_after(token))
        else:
            found.extend(actor for actor in self._listed_after(token) if actor not in found)
        return tuple(dict.fromkeys(found))

    def _people(self, token: Token) -> tuple[str, ...]:
        """ "Western accusations", "Iranian claims": whose an adjective makes them."""
        mention = self.linker.at.get(token.index)
        state = self.linker.known(mention.entry.state) if mention and mention.entry.type == "Demonym" else None
        return (state,) if state else ()

    def _listed_after(self, token: Token) -> tuple[str, ...]:
        """The row of names after "claims from", up to "that": the parser often breaks it."""
        tokens = self.document.tokens
        last = self.document.sentence(token.index).last
        if token.index + 1 >= last or tokens[token.index + 1].lower not in ("from", "by"):
            return ()
        found: list[str] = []
        for one in tokens[token.index + 2 : last]:
            if one.lower in ("that", "about", "over", "of") or one.pos in ("VERB", "AUX"):
                break
            found.extend(self.linker.resolve(one.index) if one.tag != "PRP$" else ())
        return tuple(found)

    def _continued_quote(self, sentence: Sentence) -> Iterator[Attribution]:
        content = self._quote_tokens(sentence)
        if self.last and self.last[1] and len(content) >= 4 and sentence.index - self.last[0] <= 3:
            cue = min(content)
            yield replace(Attribution(cue, "say", self.last[1], frozenset(content), sentence.index))
