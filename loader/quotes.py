"""Which tokens stand between quotation marks."""

from loader.parsing import Document


def find(document: Document) -> frozenset[int]:
    """The tokens inside double quotation marks; a quotation left open ends with its paragraph."""
    inside: set[int] = set()
    is_open, paragraph = False, -1
    for sentence in document.sentences:
        if sentence.paragraph != paragraph:
            is_open, paragraph = False, sentence.paragraph
        for token in document.within(sentence):
            if token.text == '"' or token.text in ("``", "''"):
                is_open = not is_open
            elif is_open:
                inside.add(token.index)
    return frozenset(inside)
