"""Which tokens stand between quotation marks."""

from loader.parsing import Document, Sentence, Token

MARKS = ('"', "``", "''")


def find(document: Document) -> frozenset[int]:
    """The tokens inside double quotation marks; a quotation left open ends with its paragraph."""
    inside: set[int] = set()
    is_open, paragraph = False, -1
    for sentence in document.sentences:
        if sentence.paragraph != paragraph:
            is_open, paragraph = False, sentence.paragraph
        for token in document.within(sentence):
            if token.text in MARKS:
                is_open = _opens(document, token, is_open)
            elif is_open:
                inside.add(token.index)
    return frozenset(inside)


def _opens(document: Document, mark: Token, is_open: bool) -> bool:
    """Whether a quotation goes on after a mark: a word follows a mark that opens, and stands before one that closes.

    Where paragraphs have run together, a quotation is opened again that was not closed.
    """
    before, after = document.text[mark.start - 1 : mark.start], document.text[mark.end : mark.end + 1]
    opening = (not before or before.isspace() or before in "([-") and bool(after) and not after.isspace()
    closing = not (not before or before.isspace()) and (not after or after.isspace() or after in ",.;:!?)]")
    return opening if opening != closing else not is_open


def runs_on(document: Document, quoted: frozenset[int], sentence: Sentence) -> bool:
    """Whether a sentence is all quotation and its quotation goes on in the next sentence.

    In the next paragraph too, where it is opened again and was not closed.
    """
    if sentence.index + 1 >= len(document.sentences):
        return False
    following = document.sentences[sentence.index + 1]
    words = [token.index for token in document.within(sentence) if token.pos not in ("PUNCT", "SPACE")]
    inside = bool(words) and quoted.issuperset(words)
    same = following.paragraph == sentence.paragraph or _is_reopened(document, sentence, following)
    return inside and same and _first_word(document, following) in quoted


def _is_reopened(document: Document, sentence: Sentence, following: Sentence) -> bool:
    last = [token for token in document.within(sentence) if token.pos != "SPACE"][-1]
    return last.text not in MARKS and document.tokens[following.first].text in MARKS


def _first_word(document: Document, sentence: Sentence) -> int:
    words = (token.index for token in document.within(sentence) if token.pos not in ("PUNCT", "SPACE"))
    return next(words, sentence.first)
