"""Merges what single clauses tell into the transfers of the article: one per supplier, recipient and goods."""

from dataclasses import dataclass, field

from loader import timing
from loader.frames.roles import TransferFrame
from loader.goods import Goods
from loader.records import Period

NEAR = 2  # sentences between two halves of one transfer
GENERIC = {"arms", "weapons", "weapon", "military equipment", "military aid", "military assistance"}


@dataclass(slots=True)
class TransferDraft:
    """A transfer of the article, with the frames that tell of it."""

    kind: str
    supplier: str | None
    recipient: str | None
    parties: tuple[str, ...]
    goods: tuple[Goods, ...]
    period: Period | None
    frames: list[TransferFrame] = field(default_factory=list)


def transfers(frames: tuple[TransferFrame, ...], periods: dict[int, Period]) -> list[TransferDraft]:
    """The transfers that the frames tell of: fuller frames first, then the rest where one of these fits."""
    drafts: list[TransferDraft] = []
    for frame in sorted(frames, key=lambda one: (-_fullness(one), one.trigger)):
        period = periods.get(frame.trigger)
        draft = next((one for one in drafts if _fits(frame, one, period)), None)
        if draft is None:
            drafts.append(
                TransferDraft(frame.kind, frame.supplier, frame.recipient, frame.parties, frame.goods, period, [frame])
            )
        else:
            draft.frames.append(frame)
            draft.supplier, draft.recipient = draft.supplier or frame.supplier, draft.recipient or frame.recipient
            draft.period = draft.period or period
            draft.parties = tuple(dict.fromkeys((*draft.parties, *frame.parties)))
    return drafts


def _fullness(frame: TransferFrame) -> int:
    specific = any(one.label.lower() not in GENERIC for one in frame.goods)
    return 4 * bool(frame.supplier) + 4 * bool(frame.recipient) + 2 * (len(frame.parties) > 1) + specific


def _fits(frame: TransferFrame, draft: TransferDraft, period: Period | None) -> bool:
    if frame.kind != draft.kind:
        return False
    if frame.kind == "TransferTalks":
        return not frame.parties or not draft.parties or bool(set(frame.parties) & set(draft.parties))
    if not timing.overlap(period, draft.period):
        return False
    if _completes(frame, draft):
        return True
    given = [(frame.supplier, draft.supplier), (frame.recipient, draft.recipient)]
    if any(one and one != other for one, other in given):
        return False
    partial = not (frame.supplier and frame.recipient)
    scopes = {goods.scope for goods in frame.goods}, {goods.scope for goods in draft.goods}
    if scopes[0] and scopes[1] and not scopes[0] & scopes[1]:
        return False
    return partial or _same_goods(frame.goods, draft.goods)


def _completes(frame: TransferFrame, draft: TransferDraft) -> bool:
    """Whether one names only the supplier and the other only the recipient of like goods, nearly in one breath."""
    lacking = (draft.supplier is None) != (draft.recipient is None)
    other_half = bool(frame.supplier) == (draft.supplier is None) and bool(frame.recipient) == (draft.recipient is None)
    near = any(abs(frame.sentence - one.sentence) <= NEAR for one in draft.frames)
    ends = (frame.supplier or draft.supplier) != (frame.recipient or draft.recipient)
    return lacking and other_half and near and ends and _same_goods(frame.goods, draft.goods)


def _same_goods(one: tuple[Goods, ...], other: tuple[Goods, ...]) -> bool:
    return bool({goods.iri for goods in one} & {goods.iri for goods in other}) or not one
