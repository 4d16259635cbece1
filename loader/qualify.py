"""Turns who says what about which event into claims: the kind of statement, its stance, certainty and realis."""

from collections.abc import Iterator
from dataclasses import replace

from loader import clauses, modality
from loader.frames import parties
from loader.frames.meetings import MeetingFrame
from loader.frames.roles import TransferFrame
from loader.modality import Modality
from loader.parsing import Sentence
from loader.phrases import Attribution
from loader.takeup import SPEECH, TAKEN_UP, Claim, TakeUp
from loader.vocabulary import ROLES, words

ENDORSING = words(SPEECH["endorsing"])
PUNISHING = words(SPEECH["charging"])
MENTAL = words(SPEECH["mental"])
EXPECTING = words(SPEECH["expecting"])
ACCUSING = words(SPEECH["accusing"])
ADJUNCTS = {"during", "on", "after", "before", "following", "since", "ahead", "amid"}
WANTING = words(parties.TOPIC["verbs"]["want"]["lemmas"])
SPOKEN = ("say", "allege", "believe", "confirm")
STRIKING = words(parties.TOPIC["striking"])
LEAD, AFTER = 1, 4  # sentences of a lead, and those after one in which somebody is named
GOING_ON = words(parties.TOPIC["going_on"])
STRONG = ("deny", "confirm", "warn", "doubt")
FIXED = {
    "no_comment": "NoComment",
    "silence": "Silence",
    "not_confirmed": "NonConfirmation",
    "not_disclosed": "NonConfirmation",
}


class Qualifier(TakeUp):
    """Decides what each attribution makes of each frame."""

    def claims(self) -> tuple[Claim, ...]:
        """The claims of the document, in order, each once."""
        found: dict[tuple[object, ...], Claim] = {}
        for sentence in self.document.sentences:
            for claim in self._in(sentence):
                found.setdefault((claim.kind, claim.speaker, claim.about, claim.sentence), claim)
        return self._once(list(found.values()))

    def _once(self, claims: list[Claim]) -> tuple[Claim, ...]:
        """ "X denies it, its minister said": the minister's, not also the state's."""
        told = {
            (one.about, one.sentence, self._state(str(one.speaker))) for one in claims if self._denies_for_another(one)
        }
        named = self._named_after_lead() | self.linker.named_later()
        return tuple(
            replace(one, speaker=named.get(one.speaker or "", one.speaker))
            for one in claims
            if one.kind != "Denial" or (one.about, one.sentence, one.speaker) not in told
        )

    def _named_after_lead(self) -> dict[str, str]:
        """ "…, a US official has said. X, the president's adviser, told reporters …": who the lead leaves unnamed."""
        found: dict[str, str] = {}
        for said in self.attributions:
            for one in said.speakers if said.sentence <= LEAD else ():
                entry, home = self.linker.entries[one], self.linker.state_of(one)
                single = self.linker.nouns.get(one, "") in ROLES.single_source | ROLES.post
                if entry.type != "AnonymousSource" or not single or home is None:
                    continue
                later = (
                    person
                    for other in self.attributions
                    if said.sentence < other.sentence <= said.sentence + AFTER
                    for person in other.speakers
                )
                people = (
                    p for p in later if self.linker.entries[p].type == "Person" and self.linker.state_of(p) == home
                )
                if person := next(people, None):
                    found[one] = person
        return found

    def _denies_for_another(self, claim: Claim) -> bool:
        """Whether a denial is that of somebody who is not the state itself that he belongs to."""
        return claim.kind == "Denial" and claim.speaker is not None and self._state(claim.speaker) != claim.speaker

    def _in(self, sentence: Sentence) -> Iterator[Claim]:
        here = [one for one in self.attributions if one.sentence == sentence.index]
        for frame in self.transfers:
            if frame.sentence == sentence.index and not frame.presupposed:
                yield from self._transfer(frame, here)
        for meeting in self.meetings:
            if meeting.sentence == sentence.index:
                yield from self._meeting(meeting, here)
        for attribution in here:
            yield from self._without_frame(attribution, sentence)

    # transfers

    def _transfer(self, frame: TransferFrame, here: list[Attribution]) -> Iterator[Claim]:
        around = sorted((one for one in here if frame.trigger in one.content), key=lambda one: len(one.content))
        if around and around[0].act == "claimed":
            yield from self._claimed(frame, around)
            return
        spoken = [one for one in around if one.speakers and (one.act in (*SPOKEN, *STRONG, "hearsay", "impersonal"))]
        expected = False
        if len(spoken) > 1 and self.document.tokens[spoken[0].cue].lemma in MENTAL:
            expected = self.document.tokens[spoken[0].cue].lemma in EXPECTING
            spoken = spoken[1:]
        inner = spoken[0] if spoken else None
        if inner is None:
            yield from self._own_voice(frame, around)
            return
        outer = next((one for one in spoken[1:] if one.act in SPOKEN and one.speakers != inner.speakers), None)
        if outer and inner.act in SPOKEN and self._is_one_side(outer, inner):
            inner, outer = replace(outer, act=inner.act, negated=inner.negated), None
        relayed = outer.speakers[0] if outer else None
        mood = modality.of(self.document, frame.trigger, inner.cue)
        if any(one.act == "no_evidence" for one in around):
            mood = replace(mood, negated=True)
        mood = replace(mood, conditional=mood.conditional or expected)
        yield from self._by(inner, frame, mood, relayed)
        for one in spoken[1:]:
            if one.act in ("deny", "doubt") and self._takes_up(one, frame):
                yield from self._by(one, frame, mood, None)

    def _is_one_side(self, outer: Attribution, inner: Attribution) -> bool:
        """ "The spokeswoman said the administration had announced": she says so for it."""
        states = [one for one in inner.speakers if self.linker.entries[one].type in ("State", "GovernmentBody")]
        return bool(states) and {self._state(one) for one in states} == {self._state(one) for one in outer.speakers}

    def _claimed(self, frame: TransferFrame, around: list[Attribution]) -> Iterator[Claim]:
        """ "Allegations that …", whoever made them: denied or doubted by whoever does, else nobody's allegation."""
        deniers = [
            one for one in around if one.speakers and one.act in ("deny", "doubt") and self._takes_up(one, frame)
        ]
        for one in deniers:
            mood = modality.of(self.document, frame.trigger, around[0].cue)
            yield from self._by(one, frame, mood, None)
        outer = next((one for one in around[1:] if one.speakers and one.act in SPOKEN), None)
        if outer and not deniers:
            mood = modality.of(self.document, frame.trigger, around[0].cue)
            endorsed = any(
                one.lower in ENDORSING for one in self.document.within(self.document.sentences[frame.sentence])
            )
            mood = replace(mood, conditional=not endorsed)
            yield from self._by(outer, frame, mood, None)  # "supports the contention that", he said
        elif not deniers:
            yield from self._own_voice(frame, around)

    def _is_known(self, frame: TransferFrame) -> bool:
        """Whether the article tells elsewhere who supplies these goods to whom."""
        goods = {one.iri for one in frame.goods}
        full = (one for one in self.transfers if one.supplier and one.recipient)
        return any(goods & {thing.iri for thing in one.goods} for one in full)

    def _takes_up(self, attribution: Attribution, frame: TransferFrame) -> bool:
        """Whether the cue's own object is a claim: "rejected US claims that it sent", "the claims that … are lies"."""
        cue = self.document.tokens[attribution.cue]
        dismissed = attribution.act == "deny" and (cue.lemma == "be" or cue.pos not in ("VERB", "AUX"))
        objects = self.document.children(attribution.cue, "dobj", "nsubjpass", *(("nsubj",) if dismissed else ()))
        return any(one.lemma in TAKEN_UP or frame.trigger in self.document.subtree(one.index) for one in objects)

    def _by(self, said: Attribution, frame: TransferFrame, mood: Modality, relayed: str | None) -> Iterator[Claim]:
        known = self._is_known(frame) and (frame.definite or self.document.tokens[said.cue].lemma not in ACCUSING)
        empty = frame.kind == "ArmsTransfer" and not (frame.supplier or frame.recipient or known)
        open_end = frame.kind == "ArmsTransfer" and not frame.supplier and mood.negated and not mood.conditional
        for speaker in said.speakers:
            if open_end and not self._is_party(speaker, frame) and said.act in SPOKEN:
                about = self._recent_transfer(frame.trigger, self.document.sentences[frame.sentence], (speaker,))
                if about:  # "not one shell was sold, the minister said": of what his side is accused of
                    yield Claim(
                        "Denial", said.sentence, said.cue, about, speaker, said.cited_by, relayed, mood, "negative"
                    )
                    continue
            if empty and said.act != "deny":
                continue
            party = self._is_party(speaker, frame)
            own = frame.kind == "TransferTalks" or frame.supplier == self._state(speaker)
            if party and self.document.tokens[said.cue].lemma in ACCUSING and own:
                continue  # nobody accuses himself: the speaker was resolved wrongly
            kind = self._kind(said, frame, mood, party)
            if kind:
                stance = {"Denial": "negative", "Warning": "none"}.get(kind, "negative" if mood.negated else "positive")
                third = kind == "Denial" and not party and bool(frame.supplier or frame.recipient or frame.parties)
                yield Claim(kind, said.sentence, said.cue, frame, speaker, said.cited_by, relayed, mood, stance, third)

    def _kind(self, said: Attribution, frame: TransferFrame, mood: Modality, party: bool) -> str | None:
        if said.act == "deny":
            return "Assessment" if said.negated else "Denial"
        if self.document.tokens[said.cue].lemma in EXPECTING and mood.realis == "planned":
            return "Assessment"
        told = self._is_fact(mood, frame) and mood.realis in ("done", "underWay") and self._asserts(said, frame)
        if said.act == "warn" and not told:
            return "Warning"
        if mood.opposed and mood.realis in ("planned", "possible"):
            return "Warning"
        if said.act == "doubt":
            return "Assessment"
        if said.act == "confirm" and said.negated:
            return "NonConfirmation"
        if self.document.tokens[frame.trigger].lemma in WANTING:
            return "Assessment"
        if mood.negated and not mood.conditional:
            return "Denial" if party and not mood.modal else "Assessment"
        if not self._is_fact(mood, frame):
            return "Assessment"
        return "Confirmation" if party else "Allegation"

    def _is_fact(self, mood: Modality, frame: TransferFrame) -> bool:
        """Whether the transfer or talks are said to be real or settled; a possible deal can be under negotiation."""
        if mood.demanded and not (frame.sought or self._asks_for_itself(frame)):
            return False
        if mood.conditional or mood.modal or mood.negated or self.document.tokens[frame.trigger].lemma in WANTING:
            return False
        return mood.realis != "possible" or frame.sought or (frame.kind == "TransferTalks" and not mood.opposed)

    def _asks_for_itself(self, frame: TransferFrame) -> bool:
        """ "Russia asked Iran to send drones": who asks would receive; "Israel urged the US to send" is only advice."""
        for above in self.document.ancestors(frame.trigger):
            if above.lemma in modality.LISTS["demanded"]:
                subject = clauses.subject(self.document, self.linker, above)
                return (
                    subject is None
                    or frame.recipient is None
                    or any(
                        self._state(one) in (frame.recipient, *frame.parties) for one in self.linker.all(subject.index)
                    )
                )
        return False

    def _asserts(self, said: Attribution, frame: TransferFrame) -> bool:
        """ "Warned that it had sent" says that it did; "warned of", "warned against" do not."""
        clausal = self.document.children(said.cue, "ccomp", "advcl")
        return any(frame.trigger in self.document.subtree(one.index) for one in clausal)

    def _own_voice(self, frame: TransferFrame, around: list[Attribution]) -> Iterator[Claim]:
        cue = around[0].cue if around else None
        mood = modality.of(self.document, frame.trigger, cue)
        if any(one.act in FIXED for one in around):
            return  # "declined to give details of its aid for X"
        hearsay = bool(around)
        expected = any(self.document.tokens[one.cue].lemma in EXPECTING and one.act != "impersonal" for one in around)
        if any(one.act == "no_evidence" for one in around):
            mood = replace(mood, negated=True)
        feared = next((one.act for one in around if one.act in ("warn", "doubt")), None)
        settled = self._is_fact(mood, frame) and not frame.sought and (hearsay or not mood.wanted)
        if feared:
            kind = "Warning" if feared == "warn" else "Assessment"
        elif not settled or (expected and frame.kind != "TransferTalks"):
            kind = "Assessment"
        elif not self._are_talks(frame) and (
            (
                not (frame.supplier and frame.recipient)
                and not ((hearsay or self._is_charge(frame)) and self._names_somebody(frame))
            )
            or (frame.nominal and not hearsay and not self._is_charge(frame) and not self._goes_on(frame))
        ):
            return
        else:
            kind = "Allegation"
        if hearsay:
            mood = replace(mood, certainty="unknown")
        stance = "negative" if mood.negated else "positive"
        at = frame.trigger if cue is None else cue
        for speaker in (self._charger(frame) if kind == "Allegation" and not hearsay else ()) or (None,):
            yield Claim(kind, frame.sentence, at, frame, speaker, None, None, mood, stance)

    def _charger(self, frame: TransferFrame) -> tuple[str, ...]:
        """ "X imposed sanctions on Y for sending", "X summoned Y's envoy over the delivery": it is X who says so."""
        if not self._is_charge(frame):
            return ()
        verb = self.document.tokens[self.document.clause(self.document.tokens[frame.trigger].head)]
        if verb.lemma in modality.LISTS["averted"] | {"be"} or clauses.is_passive(self.document, verb):
            return ()
        subject = clauses.subject(self.document, self.linker, verb)
        found = self.linker.all(subject.index) if subject else ()
        return found if len(found) == 1 and not self._is_party(found[0], frame) else ()

    def _names_somebody(self, frame: TransferFrame) -> bool:
        return bool(frame.supplier or frame.recipient or frame.parties) or frame.kind == "TransferTalks"

    def _are_talks(self, frame: TransferFrame) -> bool:
        """ "X is in talks with Y on tanks", "X and Y signed a deal for tanks": as real as a transfer that is told."""
        token = self.document.tokens[frame.trigger]
        above = self.document.tokens[token.head]
        within = token.dep == "pobj" and above.lower == "in"
        struck = token.dep in ("dobj", "nsubjpass") and above.lemma in STRIKING
        return frame.kind == "TransferTalks" and len(frame.parties) > 1 and (within or struck)

    def _goes_on(self, frame: TransferFrame) -> bool:
        """ "X's shipments to Y have continued": as real as "X ships to Y"."""
        token = self.document.tokens[frame.trigger]
        verb = self.document.tokens[token.head]
        own = token.dep in ("nsubj", "nsubjpass") and verb.dep in ("ROOT", "conj", "ccomp")
        return own and verb.lemma in GOING_ON

    def _is_charge(self, frame: TransferFrame) -> bool:
        """Whether it is what somebody is punished for: "sanctions on X for sending …"."""
        token = self.document.tokens[frame.trigger]
        above = self.document.tokens[token.head]
        verb = self.document.tokens[self.document.clause(above.index)]
        punished = {
            verb.lemma,
            self.document.tokens[above.head].lemma,
            *(one.lemma for one in self.document.children(verb.index, "dobj", "nsubjpass")),
        }
        return token.dep in ("pcomp", "pobj") and above.lower in ("for", "over") and bool(punished & PUNISHING)

    # meetings

    def _meeting(self, frame: MeetingFrame, here: list[Attribution]) -> Iterator[Claim]:
        around = sorted((one for one in here if frame.trigger in one.content), key=lambda one: len(one.content))
        spoken = [one for one in around if one.speakers and (one.act in SPOKEN or one.act == "deny")]
        trigger = self.document.tokens[frame.trigger]
        if trigger.dep == "pobj" and self.document.tokens[trigger.head].lower in ADJUNCTS:
            spoken = []  # "said on a visit to X": it is the article that tells of the visit
        if any(one.act in FIXED for one in around):
            return
        inner = spoken[0] if spoken else None
        mood = modality.of(self.document, frame.trigger, inner.cue if inner else None)
        if inner is None:
            kind = "Assessment" if mood.conditional else "Report"
            yield Claim(
                kind,
                frame.sentence,
                frame.trigger,
                frame,
                modality=mood,
                stance="negative" if mood.negated else "positive",
            )
            return
        for speaker in inner.speakers:
            kind = "Report"
            if inner.act == "confirm" and inner.negated:
                kind = "NonConfirmation"
            elif inner.act == "confirm":
                kind = "Confirmation" if self._meets(speaker, frame) else "Report"
            elif inner.act == "deny":
                if self._is_such(frame.trigger) and self._recent_transfer(
                    inner.cue, self.document.sentences[frame.sentence]
                ):
                    continue
                kind = "Denial"
            stance = "negative" if kind == "Denial" or mood.negated else "positive"
            yield Claim(kind, frame.sentence, inner.cue, frame, speaker, inner.cited_by, None, mood, stance)

    # acts without a frame in what is said

    def _without_frame(self, said: Attribution, sentence: Sentence) -> Iterator[Claim]:
        if said.act in FIXED:
            about = self._recent(said.cue, sentence)
            kind = FIXED[said.act]
            if (about is None and (kind != "NoComment" or not self.armed or not self._any_arms())) or (
                kind == "NoComment" and (not said.speakers or self._is_on_else(said))
            ):
                return
            for speaker in said.speakers or (None,):
                yield Claim(
                    kind,
                    sentence.index,
                    said.cue,
                    about,
                    speaker,
                    modality=Modality("possible", "unknown"),
                    stance="none",
                )
            return
        framed = any(frame.trigger in said.content for frame in self.transfers if frame.sentence == sentence.index)
        if framed or not said.speakers:
            return
        if said.act == "confirm":
            yield from self._confirms_again(said, sentence)
        if said.act in ("say", "allege", "confirm") and not said.negated and self._gives_nothing(said):
            yield from self._denies_again(said, sentence, own=True)
        if said.act == "allege" and not said.negated:
            yield from self._alleges_again(said, sentence)
        if said.act == "deny" and not said.negated and not self._is_of_else(said):
            if self._is_taken_up(said):
                yield from self._denies_again(said, sentence)
            elif self._is_about_giving(said):
                yield from self._denies_again(said, sentence, own=True)
