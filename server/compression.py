"""Pages go out compressed where the client takes gzip (RFC 9110, 8.4.1); there is no secret in them to be guessed."""

import gzip

from flask import Flask, Response, request

LEAST = 1000  # bytes
LEVEL = 5


def init_app(app: Flask) -> None:
    """Let the app compress its pages; answers of data, files and streams go out as they are."""
    app.after_request(_compressed)


def _compressed(response: Response) -> Response:
    if response.mimetype != "text/html" or response.is_streamed or response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if len(body) >= LEAST and "Content-Encoding" not in response.headers and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
