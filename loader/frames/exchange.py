"""Goods against goods: "in exchange for", "in return"."""

from dataclasses import replace

from loader import clauses
from loader.frames.parties import TOPIC
from loader.frames.roles import Roles, TransferFrame
from loader.goods import Goods
from loader.vocabulary import find as find_patterns
from loader.vocabulary import patterns

EXCHANGE = patterns(TOPIC["exchange"])


class Exchange(Roles):
    """Adds what is given in return as a transfer the other way round."""

    def with_exchange(
        self, frames: list[TransferFrame], earlier: TransferFrame | None, sentence: int
    ) -> list[TransferFrame]:
        """The frames, with what is given in return as a transfer the other way round."""
        tokens = self.document.within(self.document.sentences[sentence])
        for first, last in find_patterns(EXCHANGE, tokens):
            at, end = tokens[first].index, tokens[last - 1].index + 1
            if tokens[last - 1].lower == "for":
                frames = [one for one in frames if one.trigger < end or one.supplier or one.recipient]
                frames += self._given_in_return(frames, at, end)
            else:
                frames = [self._filled(frame, frames, earlier, at) for frame in frames]
        return frames

    def _given_in_return(self, frames: list[TransferFrame], at: int, end: int) -> list[TransferFrame]:
        given = [frame for frame in frames if frame.trigger < at and frame.kind == "ArmsTransfer"]
        last = self._end_of_clause(self.document.tokens[end - 1])
        goods = tuple(dict.fromkeys(self.goods_at[index] for index in range(end, last) if index in self.goods_at))
        if not goods or any(frame.trigger >= end for frame in frames):
            return []
        if not given:
            return self._bartered(at, goods)
        first = given[-1]
        back = replace(
            first,
            trigger=goods[0].head,
            goods=goods,
            supplier=first.recipient,
            recipient=first.supplier,
            nominal=False,
            returns=first.trigger,
        )
        return [back]

    def _bartered(self, at: int, goods: tuple[Goods, ...]) -> list[TransferFrame]:
        """ "A helps B with its satellites in return for shells": B gives A the shells."""
        verb = self.document.tokens[self.document.clause(at)]
        subject = clauses.subject(self.document, self.linker, verb)
        helped = [party for one in self.document.children(verb.index, "dobj") for party in self._parties(one.index)]
        if subject is None or not helped or not self._parties(subject.index):
            return []
        roles = {"supplier": tuple(helped), "recipient": self._parties(subject.index)}
        return [self._frame(self.document.tokens[goods[0].head], "ArmsTransfer", goods, roles, nominal=True)]

    def _filled(
        self, frame: TransferFrame, frames: list[TransferFrame], earlier: TransferFrame | None, at: int
    ) -> TransferFrame:
        """ "In return, A got …": the partner is the one of the transfer told before."""
        before = [one for one in frames if one.trigger < frame.trigger]
        model = before[-1] if before else earlier
        if (
            model is None
            or frame.returns is not None
            or frame.kind != "ArmsTransfer"
            or (at > frame.trigger and not before)
        ):
            return frame
        partners = {model.supplier, model.recipient, *model.parties} - {None}
        if frame.supplier is None and frame.recipient in partners:
            others = partners - {frame.recipient}
            return replace(frame, supplier=min(others, default=None, key=str), returns=model.trigger)
        if frame.recipient is None and frame.supplier in partners:
            others = partners - {frame.supplier}
            return replace(frame, recipient=min(others, default=None, key=str), returns=model.trigger)
        return frame
