"""Answers on their way: truncation is told, a broken stream is no whole, the work behind an answer always ends."""

import pytest
from flask import request
from harness import Reply

from server import streaming
from server.store.engine import CutShort, Limits


def respond(app, reply, method="GET", gone=None):
    environment = {"waitress.client_disconnected": gone} if gone else {}
    with app.test_request_context("/sparql", method=method, environ_overrides=environment):
        response = streaming.respond(reply, "text/csv", Limits(seconds=3, rows=2))
        return response, request


def reply(chunks, **fields):
    return Reply("solutions", "text/csv", "r1", iter(chunks), **fields)


def test_a_whole_answer_has_its_length_and_says_that_it_is_whole(app):
    answer = reply([b"a\r\n", b"1\r\n"])
    response, _ = respond(app, answer)
    assert response.content_length == 6
    assert response.headers["Armsclaims-Truncated"] == "no"
    assert response.headers["Armsclaims-Limits"] == "seconds=3, rows=2"
    assert answer.closed


def test_a_cut_answer_says_by_which_limit(app):
    response, _ = respond(app, reply([b"a\r\n"], truncated=True, truncated_by="rows"))
    assert response.headers["Armsclaims-Truncated"] == "rows"


def test_a_stream_announces_its_limits_and_no_length(app):
    answer = reply([b"a\r\n"] * 3, complete=False)
    response, _ = respond(app, answer)
    assert response.content_length is None
    assert "Armsclaims-Truncated" not in response.headers
    assert b"".join(response.response) == b"a\r\n" * 3
    response.close()
    assert answer.closed


def test_a_stream_that_is_cut_does_not_end_well(app):
    def chunks():
        yield b"a\r\n"
        raise CutShort("The limit of 2 rows was reached.")

    response, _ = respond(app, reply(chunks(), complete=False))
    received = iter(response.response)
    assert next(received) == b"a\r\n"
    with pytest.raises(CutShort):
        next(received)


def test_a_head_request_ends_the_work_at_once(app):
    answer = reply([b"a\r\n"], complete=False)
    respond(app, answer, method="HEAD")
    assert answer.closed


def test_a_stream_stops_when_its_client_is_gone(app):
    taken = []

    def chunks():
        for n in range(1000):
            taken.append(n)
            yield b"row\r\n"

    answer = reply(chunks(), complete=False)
    response, _ = respond(app, answer, gone=lambda: len(taken) > 3)
    assert len(list(response.response)) == 3
    response.close()
    assert answer.closed
