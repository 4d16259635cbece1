"""Divides an article's text into paragraphs and tells headlines and prose from what a page puts around them.

Nothing is rewritten: every block is a span of the original text. The patterns are in `lexicon/boilerplate.yaml`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from loader import dates, lexicons
from loader.records import Article, Block

WORDS = lexicons.read("boilerplate")
LENGTHS: dict[str, int] = WORDS["lengths"]
MARKER = re.compile(r"\s*(?:(?P<heading>#{1,6})\s+|[>*+•-]\s+|\d{1,2}[.)]\s+)")
END = re.compile(r"[.!?…][\"')\]*_]*$")
SENTENCE = re.compile(r"(?<=[.!?])[\"')]*\s+")
YEAR = re.compile(r"\d{4}|'\d\d")
CLOCK = re.compile(r"\d{1,2}[:.]\d\d")
WRAPPED_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Found:
    """What the text itself tells of the article; published is beside the headline or, if banner, somewhere else."""

    headline: str | None = None
    credit: str | None = None
    publisher: str | None = None
    published: date | None = None
    banner: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph with its plain text; heading is whether it is marked as one."""

    start: int
    end: int
    text: str
    heading: bool

    @property
    def length(self) -> int:
        """Its number of words."""
        return len(self.text.split())


def blocks(article: Article) -> tuple[Block, ...]:
    """Return the paragraphs of the article's body in order, each as headline, body or boilerplate."""
    paragraphs = list(_paragraphs(article))
    roles = _roles(paragraphs, article.headline)
    return tuple(Block(one.start, one.end, role) for one, role in zip(paragraphs, roles, strict=True))


def found(article: Article) -> Found:
    """Return what lines of the text tell: headline, credit ("Credit: AP"), publisher, date."""
    paragraphs = list(_paragraphs(article))
    roles = _roles(paragraphs, article.headline)
    hints: dict[str, str] = {}
    for one in paragraphs:
        for name, value in _hints(one).items():
            if value.strip():
                hints[name] = value.strip()
    headline = next((number for number, role in enumerate(roles) if role == "headline"), None)
    days = [(number, day) for number, one in enumerate(paragraphs) if (day := _date_line(one.text))]
    beside = [day for number, day in days if headline is not None and number > headline]
    published = next(iter(beside or [day for _, day in days]), None)
    return Found(
        headline=_original(article, paragraphs[headline]) if headline is not None else None,
        credit=hints.get("credit"),
        publisher=hints.get("publisher"),
        published=published,
        banner=published is not None and not beside,
    )


def _original(article: Article, one: Paragraph) -> str:
    return " ".join(article.text[one.start : one.end].split())


# ---- paragraphs


def _paragraphs(article: Article) -> Iterator[Paragraph]:
    first, last = article.body or (0, len(article.text))
    lines: list[tuple[int, int]] = []
    for match in re.finditer(r"[^\n]*\n?", article.text[first:last]):
        line = match[0]
        if line.strip():
            start = first + match.start()
            lines.append((start, start + len(line.rstrip())))
        if not line.strip() and lines:
            yield from _split(article, lines)
            lines = []


def _split(article: Article, lines: list[tuple[int, int]]) -> Iterator[Paragraph]:
    """The paragraphs of lines without a blank one between them: one if the lines are wrapped, else one a line."""
    text = article.text
    runs: list[list[tuple[int, int]]] = []
    whole = article.path.endswith((".md", ".markdown")) or _wrapped([text[a:b] for a, b in lines])
    for start, end in lines:
        if not runs or not whole or MARKER.match(text, start, end):
            runs.append([(start, end)])
        else:
            runs[-1].append((start, end))
        if (marker := MARKER.match(text, start, end)) and marker["heading"]:
            runs.append([])  # what follows a heading is another paragraph
    for run in filter(None, runs):
        start, end = run[0][0], run[-1][1]
        marker = MARKER.match(text, start, end)
        start = marker.end() if marker else start + len(text[start:end]) - len(text[start:end].lstrip())
        if start < end:
            yield Paragraph(start, end, lexicons.plain(text[start:end]), bool(marker and marker["heading"]))


def _wrapped(lines: list[str]) -> bool:
    """Whether lines are one paragraph broken at a margin: about as long as the longest, and not each a sentence."""
    lengths = [len(line) for line in lines]
    longest = max(lengths)
    return (
        len(lines) > 1
        and longest <= WRAPPED_WIDTH
        and (
            all(length > 0.7 * longest for length in lengths[:-1]) and not all(END.search(line) for line in lines[:-1])
        )
    )


# ---- roles


def _roles(paragraphs: list[Paragraph], headline: str | None) -> list[str]:
    roles: list[str] = []
    seen: set[str] = set()
    dropping = False
    for number, one in enumerate(paragraphs):
        prose = _is_prose(one) or _introduces(paragraphs, number)
        dropping = (dropping and not (_is_prose(one) and one.length >= LENGTHS["resume"])) or _begins_section(one)
        if dropping or _key(one.text) in seen or _is_line(one) or _date_line(one.text):
            roles.append("boilerplate")
        else:
            roles.append("headline" if one.heading else "body" if prose else "line")
        seen.add(_key(one.text))
    _settle(paragraphs, roles, headline)
    if (lede := _repeated_lede(paragraphs, roles)) is not None:
        roles[lede] = "boilerplate"
    return roles


def _settle(paragraphs: list[Paragraph], roles: list[str], headline: str | None) -> None:
    """Decide on the short lines: before the prose one is the headline; later they head what follows."""
    first = next((number for number, role in enumerate(roles) if role == "body"), len(roles))
    before = [number for number in range(first) if roles[number] == "line"]
    long_enough = [number for number in before if paragraphs[number].length >= LENGTHS["headline"]]
    known = _words(headline or "")
    title = max(
        long_enough, key=lambda n: (_shared(known, _words(paragraphs[n].text)), paragraphs[n].length), default=None
    )
    if "headline" in roles[:first]:
        title = None
    for number, role in enumerate(roles):
        if role == "line" and number > first and _is_sentence(paragraphs[number]):
            roles[number] = "body"
        elif role == "line":
            heads = number == title or (number > first and paragraphs[number].length >= LENGTHS["headline"])
            roles[number] = "headline" if heads else "boilerplate"


def _is_prose(one: Paragraph) -> bool:
    if one.heading:
        return False
    ended = END.search(one.text) is not None
    return one.length >= (LENGTHS["prose"] if ended else LENGTHS["unfinished_prose"]) or (ended and '"' in one.text)


def _is_sentence(one: Paragraph) -> bool:
    return one.text.endswith((".", '."')) and one.length >= LENGTHS["later_prose"]


def _introduces(paragraphs: list[Paragraph], number: int) -> bool:
    """Whether a line such as "The statement says:" leads over to the prose after it."""
    one = paragraphs[number]
    after = paragraphs[number + 1] if number + 1 < len(paragraphs) else None
    leads = one.text.endswith(":") and one.length >= LENGTHS["headline"] and not one.heading
    return leads and after is not None and _is_prose(after)


def _begins_section(one: Paragraph) -> bool:
    return one.length <= LENGTHS["line"] and _any_pattern("sections").fullmatch(one.text) is not None


def _is_line(one: Paragraph) -> bool:
    return one.length <= LENGTHS["dropped"] and _any_pattern("lines").fullmatch(one.text) is not None


def _hints(one: Paragraph) -> dict[str, str]:
    if not _any_pattern("lines").fullmatch(one.text):
        return {}
    for pattern in _patterns("lines"):
        if match := pattern.fullmatch(one.text):
            return {name: value for name, value in match.groupdict().items() if value}
    return {}


@cache
def _patterns(table: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in WORDS[table])


@cache
def _any_pattern(table: str) -> re.Pattern[str]:
    """The patterns as one, without their names: far faster than one after the other, and most lines fit none."""
    unnamed = (re.sub(r"\(\?P<\w+>", "(?:", pattern) for pattern in WORDS[table])
    return re.compile("|".join(f"(?:{pattern})" for pattern in unnamed), re.IGNORECASE)


def _date_line(text: str) -> date | None:
    """The day that a line consists of: "September 12, 2023", "Published on 12 September 2023, 10:15 GMT"."""
    if not YEAR.search(text) or len(text.split()) > LENGTHS["line"]:
        return None  # a day that the article's own date does not tell has a year
    days = [(a, b, period) for a, b, period in dates.find(text, None) if period.precision == "day"]
    if len(days) != 1:
        return None
    start, end, period = days[0]
    rest = CLOCK.sub(" ", text[:start] + " " + text[end:]).lower()
    rest = re.sub(rf"(?<!\w){lexicons.any_of(WORDS['beside_dates'])}(?!\w)", " ", rest)
    return period.start if not re.search(r"[a-z0-9]", rest) else None


# ---- repetition


def _repeated_lede(paragraphs: list[Paragraph], roles: list[str]) -> int | None:
    """The first paragraph of prose, if it only says in advance what one of the next ones says."""
    lede = WORDS["lede"]
    prose = [number for number, role in enumerate(roles) if role == "body"]
    if len(prose) < 3:
        return None
    opening = SENTENCE.split(paragraphs[prose[0]].text)[0]
    for number in prose[1 : 1 + lede["paragraphs"]]:
        for sentence in SENTENCE.split(paragraphs[number].text):
            if _key(sentence).split()[: lede["same_opening"]] != _key(opening).split()[: lede["same_opening"]]:
                continue
            if _shared(_words(opening), _words(sentence)) >= lede["shared"]:
                return prose[0]
    return None


def _key(text: str) -> str:
    """A text without what differs between two prints of it: case, marks and blanks."""
    return " ".join(re.findall(r"\w+", lexicons.plain(text).lower()))


def _words(text: str) -> set[str]:
    """The stems of the longer words: the first five letters tell them apart well enough."""
    return {word[:5] for word in re.findall(r"[^\W\d_]{4,}", re.sub(r"'s\b", "", lexicons.plain(text).lower()))}


def _shared(wanted: set[str], given: set[str]) -> float:
    return len(wanted & given) / len(wanted) if wanted else 0.0
