"""What is known about an article beside its text, from several places, the most trusted first (docs/input-forms.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pyoxigraph import NamedNode

KEYS = {
    "id": ("id",),
    "headline": ("headline", "title"),
    "publisher": ("publisher",),
    "published": ("published", "date"),
    "published_how": ("published_how",),
    "url": ("url", "address"),
    "rights": ("rights",),
    "credit": ("credit",),
    "original": ("original",),
    "original_sha256": ("original_sha256",),
    "language": ("language",),
}
"""The fields of an article and the keys that give them, in any place."""


class BadMetadata(ValueError):
    """A value that cannot be used; the text says which and what to write."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One place of metadata: its name, for people, and what stands there."""

    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Metadata:
    """The fields of an article that do not come from its text."""

    id: str | None = None
    headline: str | None = None
    publisher: str | None = None
    published: date | None = None
    published_how: str | None = None
    url: str | None = None
    rights: str | None = None
    credit: str | None = None
    original: str | None = None
    original_sha256: str | None = None
    language: str | None = None


def merge(layers: Sequence[Layer]) -> Metadata:
    """Return each field from the first layer that gives it; null is as good as absent.

    :raises BadMetadata: a value is no text, no day, a day to come or no address.
    """
    found: dict[str, Any] = {}
    for layer in layers:
        for field, keys in KEYS.items():
            given = [(key, layer.values[key]) for key in keys if layer.values.get(key) not in (None, "")]
            if given and field not in found:
                key, value = given[0]
                found[field] = day(value, f"{layer.name}: {key}") if field == "published" else _text(layer, key, value)
                if field == "published":
                    # How a day is known belongs to the day: never that of another layer.
                    found["published_how"] = layer.values.get("published_how") or f"given by {layer.name}"
    if "published" not in found:
        found.pop("published_how", None)
    if "url" in found:
        _check_address(found["url"])
    return Metadata(**found)


def day(value: Any, where: str) -> date:
    """Return the day that a value gives: a date, or text that begins with YYYY-MM-DD.

    :raises BadMetadata: it gives none, or one that is still to come.
    """
    if isinstance(value, datetime):
        value = value.date()
    if not isinstance(value, date):
        try:
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value).date()
        except (TypeError, ValueError):
            raise BadMetadata(f"{where}: {_short(value)} is not a day; write it as YYYY-MM-DD") from None
    # A day ahead of UTC is today somewhere.
    if value > datetime.now(UTC).date() + timedelta(1):
        raise BadMetadata(f"{where}: {value.isoformat()} lies in the future; correct the day of publication")
    found: date = value
    return found


def _text(layer: Layer, key: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        raise BadMetadata(f"{layer.name}: {key} must be a text, not {_short(value)}")
    return str(value).strip()


def _check_address(address: str) -> None:
    try:
        NamedNode(address)
    except ValueError:
        raise BadMetadata(f"url: {_short(address)} is not a valid address") from None
    if not address.startswith(("http://", "https://")):
        raise BadMetadata(f"url: {_short(address)} must begin with http:// or https://")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
