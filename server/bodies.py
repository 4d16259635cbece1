"""The bodies of requests: bounded as sent and as unpacked, in UTF-8."""

import zlib

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.http import parse_options_header

GZIP = ("gzip", "x-gzip")
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
    """Return the body of the request, unpacked where it came as gzip.

    :raises HTTPException: 400, 413 or 415.
    """
    request.max_content_length = limit
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "identity":
        return request.get_data()
    if encoding not in GZIP:
        raise _unsupported(encoding)
    unpacker = zlib.decompressobj(_WINDOW)
    try:
        unpacked = unpacker.decompress(request.get_data(), limit + 1)
    except zlib.error as error:
        raise BadRequest(f"The body is not gzip: {error}.") from None
    if len(unpacked) > limit:
        raise RequestEntityTooLarge(f"The body is more than {limit} bytes when unpacked.")
    if not unpacker.eof or unpacker.unused_data:
        raise BadRequest("The body is not one whole gzip file.")
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
    return UnsupportedMediaType(f"A body comes plain or as gzip, not as “{encoding}”.")
