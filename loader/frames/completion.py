"""Fills the ends that a transfer's own sentence leaves open from where the article tells of it in full."""

from collections import Counter
from dataclasses import replace

from loader.frames.roles import TransferFrame

GENERIC = "materiel/arms"  # goods that may be any arms told of before
SHARE, LEAST = 0.6, 2  # of the transfers with a party in a role, by which it is what the article is about
BESIDE = 1  # sentences over which the supplier stays the same
NEAR = 4  # sentences over which "the shipment" takes up a transfer, both ends of which it leaves open


def completed(frames: tuple[TransferFrame, ...]) -> tuple[TransferFrame, ...]:
    """The frames, each with its open ends filled from the transfer of like goods that the article told last in full."""
    told = [frame for frame in frames if frame.kind == "ArmsTransfer"]
    halves = [_joined(frame, told) for frame in frames]
    full = [frame for frame in halves if frame.supplier and frame.recipient and frame.kind == "ArmsTransfer"]
    filled = [_agreed(frame, full) if frame.kind == "TransferTalks" else _filled(frame, full) for frame in halves]
    suppliers = Counter(one.supplier for one in told if one.supplier)
    recipients = Counter(one.recipient for one in told if one.recipient)
    return tuple(_usual(frame, _main(suppliers), _main(recipients)) for frame in filled)


def _joined(frame: TransferFrame, told: list[TransferFrame]) -> TransferFrame:
    """ "Efforts to supply X with arms, delivered by Y": one clause has the receiver and the next the supplier."""
    if frame.kind != "ArmsTransfer" or bool(frame.supplier) == bool(frame.recipient) or frame.presupposed:
        return frame
    for one in told:
        ends = {one.supplier, one.recipient, frame.supplier, frame.recipient} - {None}
        other_half = (one.supplier is None) == (frame.recipient is None) and (one.supplier is None) != (
            frame.supplier is None
        )
        if one.sentence == frame.sentence and other_half and len(ends) == 2 and not (one.supplier and one.recipient):
            return replace(frame, supplier=frame.supplier or one.supplier, recipient=frame.recipient or one.recipient)
    return frame


def _agreed(frame: TransferFrame, full: list[TransferFrame]) -> TransferFrame:
    """A deal by the transfer that it is on, if the article tells who supplies whom."""
    known = set(frame.parties)
    fitting = [one for one in full if known and known <= {one.supplier, one.recipient} and _alike(one, frame)]
    chosen = _nearest(fitting, frame)
    if chosen is None:
        return frame
    if frame.settled and _same(chosen, frame) and not _generic(frame):
        return replace(frame, kind="ArmsTransfer", supplier=chosen.supplier, recipient=chosen.recipient, parties=())
    return replace(frame, parties=(str(chosen.supplier), str(chosen.recipient))) if len(known) < 2 else frame


def _main(parties: Counter[str]) -> str | None:
    """The party that most transfers of the article have in this role, if it is clearly one."""
    party, number = next(iter(parties.most_common(1)), (None, 0))
    return party if number >= LEAST and number >= SHARE * parties.total() else None


def _usual(frame: TransferFrame, supplier: str | None, recipient: str | None) -> TransferFrame:
    """The frame with an end that is still open taken from what the article is about."""
    if frame.kind != "ArmsTransfer" or frame.presupposed or frame.unnamed or (frame.supplier and frame.recipient):
        return frame
    if not (frame.supplier or frame.recipient or (supplier and recipient and (frame.definite or not frame.nominal))):
        return frame
    supplier, recipient = frame.supplier or supplier, frame.recipient or recipient
    return replace(frame, supplier=supplier, recipient=recipient) if supplier != recipient else frame


def _filled(frame: TransferFrame, full: list[TransferFrame]) -> TransferFrame:
    if (frame.supplier and frame.recipient) or frame.presupposed or frame.unnamed:
        return frame
    fitting = [one for one in full if _agree(one, frame)]
    if not (frame.supplier or frame.recipient):
        if frame.nominal and not frame.definite:
            return frame
        near = [one for one in fitting if 0 <= frame.sentence - one.sentence <= NEAR]
        fitting = [one for one in near if _alike(one, frame) or frame.sentence - one.sentence <= BESIDE]
    if frame.supplier and not fitting and not frame.nominal:  # "A sent X jets. B gave tanks."
        told = [one for one in full if 0 <= frame.sentence - one.sentence <= BESIDE and one.recipient != frame.supplier]
        chosen = _nearest([one for one in told if one.trigger < frame.trigger], frame)
        return replace(frame, recipient=chosen.recipient) if chosen else frame
    chosen = _nearest([one for one in fitting if _same(one, frame)], frame)
    if not fitting and frame.recipient:  # "a shipment of rifles from X was seized; the arms were meant for Y"
        fitting = [one for one in full if 0 <= frame.sentence - one.sentence <= BESIDE and _alike(one, frame)]
        told = [one for one in full if one.trigger < frame.trigger and _same(one, frame) and not _generic(frame)]
        chosen = _nearest([one for one in fitting or told if one.supplier != frame.recipient], frame)
        return replace(frame, supplier=chosen.supplier) if chosen else frame
    chosen = chosen or _nearest([one for one in fitting if _alike(one, frame)], frame) or _nearest(fitting, frame)
    return replace(frame, supplier=chosen.supplier, recipient=chosen.recipient) if chosen else frame


def _nearest(full: list[TransferFrame], frame: TransferFrame) -> TransferFrame | None:
    """The last one before the frame, else the first one after it."""
    before = [one for one in full if one.trigger < frame.trigger]
    return before[-1] if before else next(iter(full), None)


def _agree(full: TransferFrame, frame: TransferFrame) -> bool:
    return frame.supplier in (None, full.supplier) and frame.recipient in (None, full.recipient)


def _same(full: TransferFrame, frame: TransferFrame) -> bool:
    return bool({thing.iri for thing in frame.goods} & {thing.iri for thing in full.goods})


def _alike(full: TransferFrame, frame: TransferFrame) -> bool:
    """Whether the goods are the same, or those of one are only called arms."""
    return _same(full, frame) or _generic(full) or _generic(frame)


def _generic(frame: TransferFrame) -> bool:
    return any(thing.iri.endswith(GENERIC) for thing in frame.goods)
