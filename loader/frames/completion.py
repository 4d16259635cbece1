"""Fills the end that a transfer's own sentence leaves open from where the article tells of it in full."""

from dataclasses import replace

from loader.frames.roles import TransferFrame


def completed(frames: tuple[TransferFrame, ...]) -> tuple[TransferFrame, ...]:
    """The frames, each with one open end filled where the article pairs its known end with one party only."""
    full = [frame for frame in frames if frame.supplier and frame.recipient and frame.kind == "ArmsTransfer"]
    return tuple(_filled(frame, full) for frame in frames)


def _filled(frame: TransferFrame, full: list[TransferFrame]) -> TransferFrame:
    if frame.kind != "ArmsTransfer" or bool(frame.supplier) == bool(frame.recipient):
        return frame
    fitting = [one for one in full if _agree(one, frame)]
    goods = {thing.iri for thing in frame.goods}
    same = [one for one in fitting if goods & {thing.iri for thing in one.goods}]
    pairs = {(one.supplier, one.recipient) for one in same or fitting}
    if len(pairs) != 1:
        return frame
    supplier, recipient = pairs.pop()
    return replace(frame, supplier=supplier, recipient=recipient)


def _agree(full: TransferFrame, frame: TransferFrame) -> bool:
    return frame.supplier == full.supplier if frame.supplier else frame.recipient == full.recipient
