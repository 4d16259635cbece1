"""Reads articles from files: .txt, Markdown with front matter, .html, .jsonl and Parquet (docs/input-forms.md).

Whatever cannot be read is set aside with one line that says why and what to do; the rest goes on.
"""

import hashlib
import json
import logging
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from loader import cleaning, corrections, language, metadata
from loader.corrections import BadCorrections
from loader.metadata import BadMetadata, Layer, Metadata
from loader.records import Article, Correction, SetAside
from loader.slugs import slug
from ontology import terms

Stamp = tuple[tuple[int, int], ...]

log = logging.getLogger(__name__)

MAX_BYTES = 20_000_000
ROWS = 1000  # of a Parquet file in memory at a time
METADATA = ".meta.json"  # the ending of a file beside an article's
NOT_ARTICLES = {"readme", "license", "licence", "changelog", "contributing", "notice"}
FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<yaml>.*?)(?:^---[ \t]*(?:\n|\Z))", re.DOTALL | re.MULTILINE)


class Unreadable(Exception):
    """Why an input cannot be read, in one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user says about articles whose files do not say it, and the size in bytes above which none is read."""

    published: date | None = None
    publisher: str | None = None
    rights: str | None = None
    max_bytes: int = MAX_BYTES

    @classmethod
    def given(cls, published: str | None = None, publisher: str | None = None, rights: str | None = None) -> "Options":
        """Return the options as the command line gives them.

        :raises BadMetadata: `published` is no day.
        """
        return cls(metadata.day(published, "--published") if published else None, publisher, rights)

    def layer(self) -> Layer:
        """The options as a layer of metadata."""
        values = {"published": self.published, "publisher": self.publisher, "rights": self.rights}
        return Layer("the options", values)


def discover(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files of articles under the paths, folders in order of names, each file once.

    Hidden files and files such as README.md are left out of folders. A path that is missing and a folder without
    articles are yielded themselves, for `read` to set aside.
    """
    seen: set[Path] = set()
    for path in paths:
        files = list(_walk(path)) if path.is_dir() else [path]
        for file in files or [path]:
            if (real := file.resolve()) not in seen:
                seen.add(real)
                yield file


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if path.suffix.lower() not in READERS or name.startswith(".") or path.stem.lower() in NOT_ARTICLES:
                continue
            if not _corrected(path):
                yield path


def stamp(path: Path) -> Stamp | None:
    """Return what changes whenever an article's file does, or what lies beside it for it; None where it is no file."""
    parts = []
    for one in (path, path.with_suffix(METADATA), path.with_name(_name_of_corrections(path))):
        try:
            status = one.stat()
        except OSError:
            parts.append((0, 0))
            continue
        parts.append((status.st_mtime_ns, status.st_size))
        if one is path and not stat.S_ISREG(status.st_mode):
            return None
    return tuple(parts) if parts[0] != (0, 0) else None


def read_all(paths: Iterable[Path], options: Options | None = None) -> Iterator[Article | SetAside]:
    """Yield every article under the paths; the second one with the same IRI is set aside, naming both."""
    places: dict[str, str] = {}
    for path in discover(paths):
        for result in read(path, options):
            if isinstance(result, Article) and (first := places.setdefault(result.iri, result.path)) != result.path:
                reason = f"has the same publisher and id as {first}; give one of them another id"
                yield SetAside(result.path, reason)
            else:
                yield result


def read(path: Path, options: Options | None = None) -> Iterator[Article | SetAside]:
    """Yield the articles of one file: one, or one a line of a .jsonl file."""
    options = options or Options()
    try:
        if path.is_dir():
            raise Unreadable(f"holds no articles; it needs files that end in {_endings()}")
        if not path.exists():
            raise Unreadable("does not exist; check the path")
        if not path.is_file():  # opening a pipe would wait for ever
            raise Unreadable("is no file but a pipe, socket or device; save what it gives as a file")
        if path.name.endswith(corrections.ENDING):
            article = _corrected(path)
            raise Unreadable(
                f"holds corrections of {article}; load that one"
                if article
                else "holds corrections, but the article that they are of is not beside it; put them where it is"
            )
        reader = READERS.get(path.suffix.lower())
        if not reader:
            raise Unreadable(f"is none of {_endings()}; convert it to one of them")
        yield from reader(path, options)
    except (Unreadable, BadMetadata) as error:
        yield SetAside(str(path), str(error))
    except OSError as error:
        yield SetAside(str(path), f"cannot be read: {error.strerror or error}; check its permissions")
    except Exception as error:  # a library's trouble with one file must not keep the others
        log.exception("%s: the reader failed", path)
        yield SetAside(str(path), f"made its reader fail ({type(error).__name__}: {error}); the log has the details")


# ---- the forms


def _read_text(path: Path, options: Options) -> Iterator[Article]:
    text = _decode(_bytes(path, options))
    front, start = _front_matter(text, required=path.suffix.lower() != ".txt")
    layers = [Layer("the front matter", front), _beside(path), options.layer()]
    yield _article(
        path.stem, str(path), text, layers, (start, len(text)) if start else None, _corrections(path, options)
    )


def _read_html(path: Path, options: Options) -> Iterator[Article]:
    try:
        from trafilatura import bare_extraction
    except ImportError:
        raise Unreadable("is HTML, which needs more: pip install 'armsclaims[load]'") from None
    page = bare_extraction(
        _bytes(path, options),
        with_metadata=True,
        include_comments=False,
        include_tables=False,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if page is None or isinstance(page, dict) or not page.text:
        raise Unreadable("has no article that can be told from its page; save the article's text as .txt")
    told = {"headline": page.title, "publisher": page.sitename, "published": page.date, "url": page.url}
    page_layer = Layer("the page", told | {"published_how": "the page's own metadata"})
    layers = [_beside(path), options.layer(), page_layer]
    yield _article(path.stem, str(path), _lines(page.text), layers, None, _corrections(path, options))


def _read_lines(path: Path, options: Options) -> Iterator[Article | SetAside]:
    decided = _corrections_of_lines(path, options)
    unread = {one.article for one in decided}
    empty = True
    for read in read_lines(path, options, decided=decided):
        empty = False
        if isinstance(read, Article):
            unread.discard(read.id)
        yield read
    if empty:
        raise Unreadable("is empty")
    yield from _unread(path, unread)


def read_lines(
    path: Path,
    options: Options,
    start: int = 0,
    end: int | None = None,
    number: int = 1,
    decided: tuple[Correction, ...] = (),
) -> Iterator[Article | SetAside]:
    """Yield the articles of the lines of a .jsonl file that begin at byte `start` (line `number`) and before `end`."""
    beside = _beside(path)
    with path.open("rb") as file:
        file.seek(start)
        while end is None or file.tell() < end:
            line = file.readline(options.max_bytes + 1)
            if not line:
                return
            where = f"{path}:{number}"
            number += 1
            if not line.strip():
                continue
            try:
                yield _read_line(line, where, options, beside, decided)
            except (Unreadable, BadMetadata) as error:
                yield SetAside(where, str(error))
                if len(line) > options.max_bytes:
                    return


def _read_parquet(path: Path, options: Options) -> Iterator[Article | SetAside]:
    decided = _corrections_of_lines(path, options)
    unread = {one.article for one in decided}
    empty = True
    for group in range(row_groups(path)):
        for read in read_rows(path, options, group, decided):
            empty = False
            if isinstance(read, Article):
                unread.discard(read.id)
            yield read
    if empty:
        raise Unreadable("is empty")
    yield from _unread(path, unread)


def row_groups(path: Path) -> int:
    """Return the number of row groups of a Parquet file.

    :raises Unreadable: it is none, or the package that reads it is not installed.
    """
    return int(_parquet(path).metadata.num_row_groups)


def read_rows(
    path: Path, options: Options, group: int, decided: tuple[Correction, ...] = ()
) -> Iterator[Article | SetAside]:
    """Yield the articles of one row group of a Parquet file, whose columns are the keys of a line of .jsonl."""
    file, beside = _parquet(path), _beside(path)
    number = sum(file.metadata.row_group(before).num_rows for before in range(group))
    for batch in file.iter_batches(ROWS, row_groups=[group]):
        for values in batch.to_pylist():
            number += 1
            where = f"{path}:{number}"
            try:
                yield _read_values(values, where, options, beside, decided)
            except (Unreadable, BadMetadata) as error:
                yield SetAside(where, str(error))


def _parquet(path: Path) -> Any:
    try:
        from pyarrow import ArrowInvalid
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise Unreadable("is Parquet, which needs more: pip install 'armsclaims[parquet]'") from None
    try:
        return ParquetFile(path)
    except ArrowInvalid as error:
        raise Unreadable(f"is not Parquet: {' '.join(str(error).split())}") from None


def _corrections_of_lines(path: Path, options: Options) -> tuple[Correction, ...]:
    decided = _corrections(path, options)
    if any(one.article is None for one in decided):
        raise Unreadable(f"{_name_of_corrections(path)}: give each correction 'article: ID', the id of its line")
    return decided


def _unread(path: Path, unread: set[str | None]) -> Iterator[SetAside]:
    """The corrections of articles that the file does not hold."""
    for identifier in sorted(map(str, unread)):
        yield SetAside(
            str(path.with_name(_name_of_corrections(path))), f"corrects {identifier}, which {path.name} lacks"
        )


def _read_line(line: bytes, where: str, options: Options, beside: Layer, decided: tuple[Correction, ...]) -> Article:
    if len(line) > options.max_bytes:
        raise Unreadable(
            f"is longer than {options.max_bytes:,} bytes, and so the rest of the file is not read; split it"
        )
    try:
        values = json.loads(_decode(line))
    except (json.JSONDecodeError, RecursionError) as error:
        raise Unreadable(f"is not a JSON object: {error}") from None
    return _read_values(values, where, options, beside, decided)


def _read_values(values: Any, where: str, options: Options, beside: Layer, decided: tuple[Correction, ...]) -> Article:
    if not isinstance(values, dict) or not all(isinstance(values.get(key), str) for key in ("id", "text")):
        raise Unreadable('needs to be a JSON object with the texts "id" and "text"')
    text = values["text"]
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unreadable("has half a surrogate pair in its text, which is no character; repair it") from None
    if not values["id"].strip():
        raise Unreadable('has an empty "id"; give it one')
    mine = tuple(one for one in decided if one.article == values["id"].strip())
    return _article(values["id"], where, text, [Layer("the line", values), beside, options.layer()], None, mine)


READERS: dict[str, Callable[[Path, Options], Iterator[Article | SetAside]]] = {
    ".txt": _read_text,
    ".md": _read_text,
    ".markdown": _read_text,
    ".html": _read_html,
    ".htm": _read_html,
    ".jsonl": _read_lines,
    ".parquet": _read_parquet,
}


def _endings() -> str:
    return ", ".join(READERS)


# ---- bytes and text


def _bytes(path: Path, options: Options) -> bytes:
    size = path.stat().st_size
    if size > options.max_bytes:
        raise Unreadable(f"has {size:,} bytes, more than the {options.max_bytes:,} allowed; split it")
    content = path.read_bytes()
    if not content.strip():
        raise Unreadable("is empty")
    return content


def _decode(content: bytes) -> str:
    """The text of a file, without byte-order mark and with LF between lines."""
    if b"\0" in content:
        raise Unreadable("is binary, not text; save it as UTF-8 text")
    try:
        return _lines(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 (byte {error.start}); save it as UTF-8") from None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _front_matter(text: str, required: bool) -> tuple[dict[str, Any], int]:
    """The mapping at the head of the text and where the body begins; `required`: a broken one is an error."""
    if not text.startswith("---"):
        return {}, 0
    match = FRONT_MATTER.match(text)
    try:
        values = yaml.safe_load(match["yaml"]) if match else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 2}" if mark else ""
        raise Unreadable(f"front matter{line}: {getattr(error, 'problem', None) or error}; correct the YAML") from None
    if match and (isinstance(values, dict) or values is None):
        return values or {}, match.end()
    if required and match:
        raise Unreadable("front matter must be lines of the form 'key: value'")
    if required and re.match(r"---[ \t]*\n\w+:", text):
        raise Unreadable("front matter has no end; put a line '---' after its last key")
    return {}, 0


def _beside(path: Path) -> Layer:
    """The metadata in NAME.meta.json beside the file."""
    other = path.with_suffix(METADATA)
    name = other.name
    if not other.is_file():
        return Layer(name, {})
    try:
        values = json.loads(other.read_bytes())
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{name} is not JSON: {error}") from None
    if not isinstance(values, dict):
        raise Unreadable(f"{name} must be one JSON object")
    return Layer(name, values)


def _corrections(path: Path, options: Options) -> tuple[Correction, ...]:
    """The corrections in NAME.corrections.md beside the file; the article waits until they can be read."""
    name = _name_of_corrections(path)
    other = path.with_name(name)
    if not other.is_file():
        return ()
    try:
        front, _ = _front_matter(_decode(_bytes(other, options)), required=True)
        return corrections.read(front)
    except (Unreadable, BadCorrections) as error:
        raise Unreadable(f"{name}: {error}") from None


def _name_of_corrections(path: Path) -> str:
    return path.stem + corrections.ENDING


def _corrected(path: Path) -> Path | None:
    """The file that a file of corrections is about, if it is one and that one is there."""
    if not path.name.endswith(corrections.ENDING):
        return None
    stem = path.name.removesuffix(corrections.ENDING)
    return next((one for ending in READERS if (one := path.with_name(stem + ending)).exists()), None)


# ---- the article


def _article(
    stem: str,
    path: str,
    text: str,
    layers: list[Layer],
    body: tuple[int, int] | None,
    decided: tuple[Correction, ...],
) -> Article:
    known = metadata.merge(layers)
    prose = text[body[0] :] if body else text
    if not prose.strip():
        raise Unreadable("is empty" if not body else "has front matter but no text")
    _check_language(prose, known)
    identifier = known.id or stem
    digest = hashlib.sha256(text.encode()).hexdigest()
    bare = Article(identifier, "", "", path, text, digest, headline=known.headline, body=body)
    found = cleaning.found(bare)
    publisher = known.publisher or found.publisher
    tail = f"{slug(publisher)}/{slug(identifier)}" if publisher else slug(identifier)
    published, how = known.published, known.published_how
    if not published and found.published:
        published = metadata.day(found.published, "the text")
        how = "a banner of the page, which may not be the article's day" if found.banner else "a line of the text"
    return replace(
        bare,
        iri=f"{terms.ID}article/{tail}",
        graph=terms.ARTICLE_GRAPHS + tail,
        headline=known.headline or found.headline,
        publisher=publisher,
        published=published,
        published_how=how,
        url=known.url,
        rights=known.rights,
        credit=known.credit or found.credit,
        original=known.original,
        original_sha256=known.original_sha256,
        corrections=decided,
    )


def _check_language(prose: str, known: Metadata) -> None:
    if known.language and not known.language.lower().startswith("en"):
        raise Unreadable(f"is not in English (language: {known.language}); only English is read")
    if not known.language and not language.is_english(prose):
        raise Unreadable("is not in English, which alone is read; if it is, say so by 'language: en'")
