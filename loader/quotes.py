"""Which tokens stand between quotation marks."""

from loader.parsing import Document, Sentence


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


def runs_on(document: Document, quoted: frozenset[int], sentence: Sentence) -> bool:
    """Whether a sentence is all quotation and its quotation goes on in the next sentence of the paragraph."""
    if sentence.index + 1 >= len(document.sentences):
        return False
    following = document.sentences[sentence.index + 1]
    words = [token.index for token in document.within(sentence) if token.pos not in ("PUNCT", "SPACE")]
    inside = bool(words) and quoted.issuperset(words)
    return inside and following.paragraph == sentence.paragraph and _first_word(document, following) in quoted


def _first_word(document: Document, sentence: Sentence) -> int:
    words = (token.index for token in document.within(sentence) if token.pos not in ("PUNCT", "SPACE"))
    return next(words, sentence.first)
