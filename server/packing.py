"""Answers packed with gzip for whoever takes it; streams stay streams, and a broken one stays broken."""

import gzip
import zlib
from collections.abc import Iterable, Iterator

from flask import Flask, Response, request

LEAST = 1024  # bytes of a whole answer below which packing costs more than it saves
LEVEL = 5
PACKED = (
    "application/json",
    "application/problem+json",
    "application/ld+json",
    "application/n-triples",
    "application/rdf+xml",
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "image/svg+xml",
)
_WINDOW = 16 + zlib.MAX_WBITS  # a gzip header


def init_app(app: Flask) -> None:
    """Pack the answers of the app."""
    app.after_request(pack)


def pack(response: Response) -> Response:
    """Pack an answer if the client takes gzip and it is worth it; files keep their ranges and strong tags."""
    media_type = response.mimetype or ""
    if not (media_type.startswith("text/") or media_type in PACKED) or response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    tag, is_weak = response.get_etag()
    if (
        "Content-Encoding" in response.headers
        or response.status_code in (204, 206, 304)
        or request.method == "HEAD"
        or request.accept_encodings.quality("gzip") <= 0
        or (tag is not None and not is_weak)
    ):
        return response
    if response.is_sequence:
        data = response.get_data()
        if len(data) < LEAST:
            return response
        response.set_data(gzip.compress(data, LEVEL, mtime=0))
    else:
        response.response = _Packed(response.response)  # type: ignore[arg-type]
        response.headers.pop("Content-Length", None)
    response.headers["Content-Encoding"] = "gzip"
    return response


class _Packed:
    """The chunks of a stream, packed; each leaves as soon as there is one."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        packer = zlib.compressobj(LEVEL, wbits=_WINDOW)
        for chunk in self._chunks:
            packed = packer.compress(chunk) + packer.flush(zlib.Z_SYNC_FLUSH)
            if packed:
                yield packed
        yield packer.flush()

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()
