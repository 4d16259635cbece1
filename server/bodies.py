"""The bodies of requests: bounded as sent and as unpacked, in UTF-8."""

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import zstandard
from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.http import parse_options_header

ADVICE = "Send less at a time."
GZIP = ("gzip", "x-gzip")
ZSTD = "zstd"
MAX_WINDOW = 8 * 1024**2  # bytes that unpacking zstd may take beside the text, as RFC 9659 bounds it
_WINDOW = 16 + zlib.MAX_WBITS  # a gzip header and nothing else


def text(limit: int, what: str) -> str:
    """Return the body of the request as text.

    :param limit: bytes, as sent and as unpacked.
    :param what: for messages: "the query".
    :raises HTTPException: 400, 413 or 415, with what to do.
    """
    check_charset(request.content_type)
    return utf8(data(limit), what)


def data(limit: int) -> bytes:
    """Return the body of the request, unpacked where it came as gzip or zstd.

    :raises HTTPException: 400, 413 or 415.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", *GZIP, ZSTD):
        raise _unsupported(encoding)
    with bounded(limit):
        received = request.get_data()
    if encoding == "identity":
        return received
    unpacked = _unzstd(received, limit) if encoding == ZSTD else _gunzipped(received, limit)
    if len(unpacked) > limit:
        raise RequestEntityTooLarge(f"The body is more than {limit} bytes when unpacked; that is the limit. {ADVICE}")
    return unpacked


@contextmanager
def bounded(limit: int) -> Iterator[None]:
    """Let what reads the body within the block take so many bytes.

    :raises RequestEntityTooLarge: when there are more.
    """
    request.max_content_length = limit
    try:
        yield
    except RequestEntityTooLarge:
        has = "too many bytes" if request.content_length is None else f"{request.content_length} bytes"
        raise RequestEntityTooLarge(f"The body has {has}; the limit is {limit} bytes. {ADVICE}") from None


def _gunzipped(packed: bytes, limit: int) -> bytes:
    """Return the text of a gzip file, or its beginning where it is longer than the limit."""
    unpacker = zlib.decompressobj(_WINDOW)
    try:
        unpacked = unpacker.decompress(packed, limit + 1)
    except zlib.error as error:
        raise BadRequest(f"The body is not gzip: {error}.") from None
    if len(unpacked) <= limit and (not unpacker.eof or unpacker.unused_data):
        raise BadRequest("The body is not one whole gzip file.")
    return unpacked


def _unzstd(packed: bytes, limit: int) -> bytes:
    """Return the text of a zstd file of one frame, or its beginning where it is longer than the limit."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
    whole = unpacker.decompressobj()
    try:
        with unpacker.stream_reader(io.BytesIO(packed)) as reader:
            unpacked = reader.read(limit + 1)
        if len(unpacked) <= limit:  # the reader takes a part for the whole, so that it is read once more
            whole.decompress(packed)
    except zstandard.ZstdError as error:
        raise BadRequest(f"The body is not zstd: {error}.") from None
    if len(unpacked) <= limit and (not whole.eof or whole.unused_data):
        raise BadRequest("The body is not one whole zstd file.")
    return unpacked


def check_charset(content_type: str | None) -> None:
    """Refuse another charset than UTF-8.

    :raises UnsupportedMediaType: then.
    """
    charset = parse_options_header(content_type)[1].get("charset", "utf-8")
    if charset.lower().replace("-", "") != "utf8":
        raise UnsupportedMediaType(f"The charset must be UTF-8, not {charset}.")


def utf8(data: bytes, where: str) -> str:
    """Return the text.

    :raises BadRequest: when it is not UTF-8, with the place.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"The byte at {error.start} in {where} is not UTF-8.") from None


def refuse_encoding() -> None:
    """Refuse a packed body where only plain ones are read.

    :raises UnsupportedMediaType: then.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding != "identity":
        raise _unsupported(encoding)


def _unsupported(encoding: str) -> UnsupportedMediaType:
    return UnsupportedMediaType(f"A body comes plain, as gzip or as zstd, not as “{encoding}”.")
