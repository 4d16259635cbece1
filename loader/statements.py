"""Who says something, by which act, and the span of what is said; statements are found before what they are about."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from loader import clauses, lexicons, quotes
from loader.linking import Linker
from loader.parsing import Document, Sentence, Token
from loader.vocabulary import ROLES, patterns, table, words
from loader.vocabulary import find as find_patterns

SPEECH = lexicons.read("speech")
VERBS = table("speech", "verbs")
NOUNS = table("speech", "nouns")
ACTS = ("deny", "confirm", "allege", "decline", "doubt", "warn", "believe", "say")  # the first that fits holds
IMPERSONAL = words(SPEECH["impersonal"])
PUNISHING = words(SPEECH["punishing"])
MENTAL = words(SPEECH["mental"])
LIGHT = words(SPEECH["light_verbs"])
SEEMING = words(SPEECH["seeming"])
ORDERING = words(SPEECH["ordering"])
DEFENDING = words(SPEECH["defending"])
DEFENDED = words(SPEECH["defended"]) | words(SPEECH["taken_up"])
CALLING = words(SPEECH["calling"])
DISMISSIVE = words(SPEECH["dismissive"])
ANSWERING = words(SPEECH["answering"])
ALLEGED = words(SPEECH["hearsay_adjectives"])
HEARSAY = words(SPEECH["hearsay_adverbs"])
TAKEN_UP = words(SPEECH["taken_up"])
MEANT = {"it", "this", "that", "them", "such", "something", "story", "finding", "statement"}
BOUNDARIES = words(SPEECH["boundaries"])
HYPOTHETICAL = {"would", "may", "might", "could", "should", "'d"}
FIXED = {
    act: patterns(SPEECH[act]) for act in ("no_comment", "not_confirmed", "not_disclosed", "no_evidence", "untrue")
}
SILENCE = patterns(SPEECH["silence"])
COMPLEMENTS = ("ccomp", "xcomp", "dobj", "pcomp", "prep", "oprd", "dative", "attr", "acomp")
PARTICLES = ("aside", "off", "away", "out", "back")
TELLING = ("say", "allege", "confirm", "believe", "warn")
JOINED = ("conj", "parataxis", "ccomp", "dep")
CLAUSAL = ("ccomp", "xcomp", "parataxis")


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who says something: the cue's token, the act, the speakers (none: impersonal), the tokens of what is said."""

    cue: int
    act: str
    speakers: tuple[str, ...]
    content: frozenset[int]
    sentence: int
    cited_by: str | None = None
    negated: bool = False


def find(document: Document, linker: Linker) -> tuple[Attribution, ...]:
    """The attributions of a document, in order of their cues."""
    finder = _Finder(document, linker)
    found = [finder.in_sentence(sentence) for sentence in document.sentences]
    return tuple(attribution for row in finder.carried_back(found) for attribution in row)


class _Finder:
    def __init__(self, document: Document, linker: Linker) -> None:
        self.document = document
        self.linker = linker
        self.quoted = quotes.find(document)
        self.unsigned = -2  # the last sentence in which a document of nobody known speaks
        self.last: tuple[int, tuple[str, ...]] | None = None  # the sentence and speakers of the last attribution

    def in_sentence(self, sentence: Sentence) -> list[Attribution]:
        found: list[Attribution] = []
        used: set[int] = set()
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
        if not any(attribution.speakers for attribution in found):
            found.extend(self._continued_quote(sentence))
        spoken = [attribution for attribution in found if attribution.speakers]
        if spoken:
            main = min(spoken, key=lambda attribution: len(list(self.document.ancestors(attribution.cue))))
            self.last = (sentence.index, main.speakers)
        return sorted(found, key=lambda attribution: attribution.cue)

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
        elif token.lower in HEARSAY:
            clause = self.document.subtree(self.document.clause(token.index))
            yield Attribution(token.index, "hearsay", self._punisher(token), clause, sentence.index)

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
        act = next((act for act in ACTS if self._lemma(token) in VERBS[act]), None)
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
        if subject is None:
            return
        speakers = self._speakers(subject)
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

    def _speakers(self, subject: Token) -> tuple[str, ...]:
        """Who the subject of a verb of saying is; a pronoun rather means who spoke last."""
        speakers = self.linker.all(subject.index)
        if subject.lower == "it" and subject.sentence - self.unsigned == 1:
            return ()
        if subject.lower == "they" and (beside := self._sources_beside(subject)):
            return beside
        if subject.lower not in ("he", "she", "it", "they") or not self.last or subject.sentence - self.last[0] > 2:
            return speakers
        personal = subject.lower in ("he", "she")
        is_person = all(self.linker.entries[one].type == "Person" for one in self.last[1])
        is_source = all(self.linker.entries[one].type == "AnonymousSource" for one in self.last[1])
        if personal and (is_person or (is_source and len(self.last[1]) == 1)):
            return self.last[1]
        if subject.lower == "it" and speakers and not is_person and not is_source:
            return self.last[1][:1]
        if subject.lower == "they" and (len(self.last[1]) > 1 or (is_source and not self._is_one(self.last[1][0]))):
            return self.last[1]
        return speakers

    def _sources_beside(self, pronoun: Token) -> tuple[str, ...]:
        """ "While sources agreed that X, they say": the unnamed people who are a subject in the same sentence."""
        for one in self.document.tokens[self.document.sentence(pronoun.index).first : pronoun.index]:
            found = self.linker.all(one.index) if one.dep == "nsubj" else ()
            if found and all(self.linker.entries[actor].type == "AnonymousSource" for actor in found):
                return found
        return ()

    def _is_one(self, actor: str) -> bool:
        return self.linker.nouns.get(actor, "") in ROLES.single_source | ROLES.post | ROLES.spokes

    def _cited(self, speakers: tuple[str, ...]) -> str | None:
        outlets = (speaker for speaker in speakers if self.linker.entries[speaker].type == "MediaOutlet")
        return next(outlets, None)

    def _citing(self, token: Token) -> tuple[str, ...]:
        for child in self.document.children(token.index, "advcl", "prep"):
            if child.lemma in ("cite", "quote"):
                for one in self.document.children(child.index, "dobj", "pobj"):
                    return self.linker.all(one.index)
        return ()

    # spans of what is said

    def _content(self, token: Token, act: str, sentence: Sentence, complement_of: int | None) -> frozenset[int]:
        if act == "deny" and token.dep == "relcl" and self.document.tokens[token.head].lemma in TAKEN_UP:
            return frozenset({token.head})  # "a charge that X denies"
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
        if not content or (not clausal and self._quote_tokens(sentence)):
            content |= self._quote_tokens(sentence) or self._rest(token, sentence)
        content -= {token.index}
        return frozenset(content)

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

    # nouns, adjectives, phrases

    def _noun(self, token: Token, sentence: Sentence) -> Iterator[Attribution]:
        act = next(
            (
                act
                for act in ("deny", "confirm", "allege", "warn", "doubt", "believe", "say")
                if token.lemma in NOUNS[act]
            ),
            None,
        )
        head = self.document.tokens[token.head]
        if act is None or (head.lemma in LIGHT and token.dep in ("dobj", "nsubjpass")):
            return
        if any(child.lower in ("no", "any") for child in self.document.children(token.index, "det")):
            return
        above = self.document.tokens[head.head]
        if act == "say" and head.dep == "prep" and any(above.lemma in VERBS[one] for one in ACTS):
            return  # "said in an interview that"
        owners = self._owners(token)
        content = set(self._that_clause(token, sentence))
        for child in self.document.children(token.index, "acl", "prep", "relcl", "ccomp"):
            if child.lower not in ("from", "by") and child.dep != "relcl":
                content |= self.document.subtree(child.index)
        if content:
            told = frozenset(content - {token.index})
            act = act if owners or act in ("warn", "doubt") else "claimed"
            yield Attribution(token.index, act, owners, told, sentence.index, self._cited(owners))

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

    def _called_false(self, token: Token, sentence: Sentence) -> Iterator[Attribution]:
        """ "X said that the report was baseless": a denial by X."""
        if token.lemma != "be":
            return
        predicates = self.document.children(token.index, "acomp", "attr", "conj")
        if not any(one.lemma in DISMISSIVE or self._dismisses_below(one) for one in predicates):
            return
        subject = self.document.children(token.index, "nsubj") or [
            one for one in self.document.children(token.head, "nsubj") if token.dep == "conj"
        ]
        named = any(one.lemma in TAKEN_UP or one.lower in ("these", "those") for one in subject)
        if not named and not any(one.lemma in TAKEN_UP - MEANT for one in predicates):
            return
        yield from self._dismissed_by(token, sentence)

    def _takes_up(self, token: Token) -> bool:
        return any(one.lemma in TAKEN_UP for one in self.document.children(token.index, "nsubj"))

    def _teller(self, cue: Token, sentence: Sentence) -> tuple[str, ...]:
        """Who says the words around a token: the subject of the verb of saying above it, or of the quotation's."""
        told = next(self._dismissed_by(cue, sentence), None)
        return told.speakers if told else ()

    def _dismissed_by(self, token: Token, sentence: Sentence) -> Iterator[Attribution]:
        for above in self.document.ancestors(token.index):
            if above.pos == "VERB" and any(above.lemma in VERBS[act] for act in ("say", "allege", "believe")):
                speaker = clauses.subject(self.document, self.linker, above)
                if speaker is None or speaker.lemma in TAKEN_UP:
                    continue
                speakers = self.linker.all(speaker.index)
                if speakers:
                    yield Attribution(token.index, "deny", speakers, self.document.subtree(token.index), sentence.index)
                return
        for verb in self.document.within(sentence):
            if (
                verb.pos == "VERB"
                and verb.lemma in VERBS["say"]
                and token.index in self.quoted
                and verb.index not in self.quoted
            ):
                speaker = clauses.subject(self.document, self.linker, verb)
                speakers = self.linker.all(speaker.index) if speaker else ()
                if speakers:
                    yield Attribution(token.index, "deny", speakers, self.document.subtree(token.index), sentence.index)
                    return

    def _dismisses_below(self, token: Token) -> bool:
        return any(self.document.tokens[index].lemma in DISMISSIVE for index in self.document.subtree(token.index))

    def _fixed(self, sentence: Sentence, taken: set[int]) -> Iterator[Attribution]:
        tokens = self.document.within(sentence)
        for act, rows in FIXED.items():
            for first, last in find_patterns(rows, tokens):
                span = range(sentence.first + first, sentence.first + last)
                if taken.intersection(span):
                    continue
                taken.update(span)
                cue = next((one for one in tokens[first:last] if one.pos in ("VERB", "AUX", "ADJ")), tokens[first])
                speakers = self._of_fixed(cue, sentence) if act != "untrue" else self._teller(cue, sentence)
                content = (
                    frozenset(range(sentence.first + first, sentence.last))
                    if act != "no_evidence"
                    else frozenset(range(cue.index, sentence.last))
                )
                silent = (
                    act == "no_comment"
                    and any(True for _ in find_patterns(SILENCE, tokens[first:last]))
                    and self._is_media(speakers)
                )
                act = "deny" if act == "untrue" else "silence" if silent else act
                if act != "deny" or speakers:
                    yield Attribution(tokens[first].index, act, speakers, content, sentence.index)

    def _of_fixed(self, cue: Token, sentence: Sentence) -> tuple[str, ...]:
        verb = self.document.tokens[self.document.clause(cue.index)]
        if verb.dep == "relcl" and self.document.tokens[verb.head].lower == "nothing":
            verb = self.document.tokens[self.document.clause(verb.head)]
        agents = clauses.agents(self.document, verb)
        if agents:
            return self.linker.all(agents[0].index)
        for one in self.document.tokens[cue.index + 1 : min(cue.index + 6, sentence.last)]:
            if one.lower == "from":
                return tuple(a for p in self.document.children(one.index, "pobj") for a in self.linker.all(p.index))
        subject = clauses.subject(self.document, self.linker, verb)
        named = subject and any(index in self.linker.at for index in range(sentence.first, subject.index))
        found = (self.linker.all(subject.index) if named else self._speakers(subject)) if subject else ()
        found = found if subject and subject.sentence == sentence.index else ()
        sought = () if found else self.document.children(cue.index, "dobj")  # "attempts to reach X failed"
        return found or tuple(actor for one in sought for actor in self.linker.all(one.index))

    def _is_media(self, speakers: tuple[str, ...]) -> bool:
        entries = [self.linker.entries[speaker] for speaker in speakers]
        return any(entry.type == "MediaOutlet" or entry.label.lower().endswith("media") for entry in entries)

    def _according(self, sentence: Sentence) -> Iterator[Attribution]:
        for token in self.document.within(sentence):
            if token.lower == "according" and token.index + 1 < sentence.last:
                to = self.document.children(token.index, "prep")
                objects = [one for child in to for one in self.document.children(child.index, "pobj")]
                speakers = self.linker.all(objects[0].index) if objects else ()
                phrase = self.document.subtree(token.index)
                content = frozenset(range(sentence.first, sentence.last)) - phrase
                if speakers:
                    yield Attribution(token.index, "say", speakers, content, sentence.index, self._cited(speakers))
                elif objects:
                    yield Attribution(token.index, "impersonal", (), content, sentence.index)

    def _colon(self, sentence: Sentence) -> Iterator[Attribution]:
        """ "Seoul: the North shipped shells", and the other way round."""
        tokens = self.document.within(sentence)
        for token in tokens:
            dash = clauses.is_dash(self.document, token)
            if (token.lower == ":" or dash) and token.index - sentence.first > 0:
                for side, other in (
                    (range(sentence.first, token.index), range(token.index + 1, sentence.last)),
                    (range(token.index + 1, sentence.last), range(sentence.first, token.index)),
                ):
                    speakers = tuple(actor for index in side for actor in self.linker.resolve(index))
                    says = any(self.document.tokens[index].pos == "VERB" for index in side)
                    if speakers and len(side) <= 5 and len(other) > 3 and not says:
                        yield Attribution(token.index, "say", speakers[-1:], frozenset(other), sentence.index)
                        return

    def _continued_quote(self, sentence: Sentence) -> Iterator[Attribution]:
        content = self._quote_tokens(sentence)
        if self.last and self.last[1] and len(content) >= 4 and sentence.index - self.last[0] <= 3:
            cue = min(content)
            yield replace(Attribution(cue, "say", self.last[1], frozenset(content), sentence.index))
