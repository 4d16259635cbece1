"""Slugs: the readable last part of an IRI."""

import hashlib
import re
import unicodedata

LONGEST = 120


def slug(text: str) -> str:
    """The text in lower-case ASCII letters and digits with hyphens between words; shortened with a digest past 120."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'", "")
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "x" + digest(text)
    return made if len(made) <= LONGEST else f"{made[: LONGEST - 11].rstrip('-')}-{digest(made)}"


def digest(text: str) -> str:
    """The first ten hexadecimal digits of the text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]
