"""Who was meant lately: what pronouns and "both countries" take up."""

from collections.abc import Callable
from dataclasses import dataclass

from loader.gazetteer import Entry
from loader.parsing import Document, Token
from loader.vocabulary import ROLES

BACK = 6  # sentences that a pronoun reaches back


@dataclass(frozen=True, slots=True)
class Trace:
    """That an actor was meant at a token, and whether as the subject of a clause."""

    index: int
    actor: str
    subject: bool


class Recency:
    """The actors meant so far in a document, in order."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.entries: dict[str, Entry] = {}
        self.nouns: dict[str, str] = {}  # the head nouns of what is only described
        self._history: list[Trace] = []

    def _is_single(self, entry: Entry) -> bool:
        last = self.nouns.get(entry.iri, "")
        return last in ROLES.single_source or last in ROLES.post or last in ROLES.spokes

    def _last(self, token: Token, wanted: Callable[[Entry], bool]) -> tuple[str, ...]:
        """The nearest fitting actor: subjects of the sentence, then sentence by sentence back, subjects first."""
        for back in range(BACK):
            traces = [
                trace
                for trace in self._history
                if self.document.tokens[trace.index].sentence == token.sentence - back
                and wanted(self.entries[trace.actor])
            ]
            subjects = [trace for trace in traces if trace.subject]
            if subjects:
                return (subjects[0 if back else -1].actor,)
            if traces:
                return (traces[-1].actor,)
        return ()

    def _is_pair(self, token: Token) -> bool:
        children = self.document.children(token.index)
        return token.lower == "pair" or any(child.lower in ("both", "two") for child in children)

    def _pair(self, token: Token) -> tuple[str, ...]:
        return self.last_pair(token, people=token.lower == "leaders")

    def last_pair(self, token: Token, *, people: bool, within: int | None = None) -> tuple[str, ...]:
        """The last two states, or people, that were meant before this token, at most so many sentences back."""
        found: list[str] = []
        for trace in reversed(self._history):
            entry = self.entries[trace.actor]
            if within is not None and token.sentence - self.document.tokens[trace.index].sentence > within:
                break
            fits = entry.type == "Person" if people else entry.type == "State"
            if trace.index < token.index and fits and trace.actor not in found:
                found.append(trace.actor)
            if len(found) == 2:
                return tuple(reversed(found))
        return ()
