"""Tells English from other languages by its function words; the list is `lexicon/english.yaml`."""

import re
import unicodedata

from loader import lexicons

WORDS = lexicons.read("english")
ENGLISH = frozenset(WORDS["words"])


def is_english(text: str) -> bool:
    """Return whether a text is English; a text of a few words counts as such if its letters are Latin."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    if len(words) < WORDS["shortest"]:
        letters = [letter for word in words for letter in word]
        foreign = sum("LATIN" not in unicodedata.name(letter, "") for letter in letters)
        return foreign <= float(WORDS["foreign_letters"]) * len(letters)
    plain = [word for word in re.findall(r"[^\W\d_]+", text) if word.islower()] or words  # names tell nothing
    return sum(word in ENGLISH for word in plain) >= float(WORDS["share"]) * len(plain)
