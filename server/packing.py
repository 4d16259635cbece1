"""Answers packed with zstd or gzip for whoever takes it; streams stay streams, and a broken one stays broken."""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import zstandard
from flask import Flask, Response, request
from werkzeug.datastructures import Accept

STATIC = "static"  # the endpoint of the pages' own files, which are small: no part of them is asked for
LEAST = 1024  # bytes of a whole answer below which packing costs more than it saves
COMPLETE = 1024 * 1024  # bytes of a whole answer beyond which it is packed on its way
PIECE = 128 * 1024
GZIP_LEVEL = 5
ZSTD_LEVEL = 3  # RFC 9659 wants a window of at most 8 MB; that of this level has 2
PACKED = (
    "application/json",
    "application/problem+json",
    "application/ld+json",
    "application/n-quads",
    "application/n-triples",
    "application/rdf+xml",
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "application/trig",
    "image/svg+xml",
)
_GZIP_WINDOW = 16 + zlib.MAX_WBITS  # a gzip header


class Packer(Protocol):
    """Packs a stream: what `compress` returns and `sync` ends can be unpacked at once."""

    def compress(self, data: bytes) -> bytes: ...

    def sync(self) -> bytes: ...

    def finish(self) -> bytes: ...


class GzipPacker:
    """A stream of gzip (RFC 1952)."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(GZIP_LEVEL, wbits=_GZIP_WINDOW)
        self.compress = self._packer.compress

    def sync(self) -> bytes:
        return self._packer.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._packer.flush()


class ZstdPacker:
    """A stream of Zstandard (RFC 8878)."""

    def __init__(self) -> None:
        self._packer = zstandard.ZstdCompressor(level=ZSTD_LEVEL).compressobj()
        self.compress = self._packer.compress

    def sync(self) -> bytes:
        return self._packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    def finish(self) -> bytes:
        return self._packer.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH)


@dataclass(frozen=True)
class Coding:
    """A content coding: its name in Accept-Encoding, and how a whole and a stream are packed."""

    name: str
    whole: Callable[[bytes], bytes]
    stream: Callable[[], Packer]


CODINGS = (
    Coding("zstd", lambda data: zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(data), ZstdPacker),
    Coding("gzip", lambda data: gzip.compress(data, GZIP_LEVEL, mtime=0), GzipPacker),
)


def init_app(app: Flask) -> None:
    """Pack the answers of the app."""
    app.after_request(pack)


def pack(response: Response) -> Response:
    """Pack an answer if the client takes a coding and it is worth it; large files keep their ranges and strong tags."""
    media_type = response.mimetype or ""
    if request.endpoint == STATIC and response.status_code == 200 and "Range" not in request.headers:
        _read(response)
    if not (media_type.startswith("text/") or media_type in PACKED) or response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    coding = choose(request.accept_encodings)
    tag, is_weak = response.get_etag()
    if (
        coding is None
        or "Content-Encoding" in response.headers
        or response.status_code in (204, 206, 304)
        or request.method == "HEAD"
        or (tag is not None and not is_weak)
    ):
        return response
    if response.is_sequence:
        data = response.get_data()
        if len(data) < LEAST:
            return response
        if len(data) > COMPLETE:  # nobody should wait until all of it is packed
            response.response = _Packed(pieces(data), coding.stream())
            response.headers.pop("Content-Length", None)
        else:
            response.set_data(coding.whole(data))
    else:
        response.response = _Packed(response.response, coding.stream())  # type: ignore[arg-type]
        response.headers.pop("Content-Length", None)
    response.headers["Content-Encoding"] = coding.name
    return response


def _read(response: Response) -> None:
    """Turn an answer that passes a file through into one that has its bytes."""
    file = response.response
    response.direct_passthrough = False
    response.set_data(b"".join(file))  # type: ignore[arg-type]
    response.set_etag(response.get_etag()[0] or "", weak=True)
    getattr(file, "close", lambda: None)()


def choose(accepted: Accept) -> Coding | None:
    """Return the coding that a client likes best, None where it likes plain answers better (RFC 9110, 12.5.3).

    Where it likes several equally, one that it names goes before one that only `*` allows, and zstd before gzip.
    """
    named = {value.lower(): quality for value, quality in accepted}
    ranks = {coding: (named.get(coding.name, named.get("*", 0)), coding.name in named) for coding in CODINGS}
    best = max(CODINGS, key=ranks.__getitem__)
    quality, _ = ranks[best]
    return best if quality > 0 and quality >= named.get("identity", 0) else None


def pieces(data: bytes) -> Iterator[bytes]:
    """Return long data piece by piece."""
    return (data[start : start + PIECE] for start in range(0, len(data), PIECE))


class _Packed:
    """The chunks of a stream, packed; each leaves as soon as there is one."""

    def __init__(self, chunks: Iterable[bytes], packer: Packer) -> None:
        self._chunks = chunks
        self._packer = packer

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            packed = self._packer.compress(chunk) + self._packer.sync()
            if packed:
                yield packed
        yield self._packer.finish()

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()
