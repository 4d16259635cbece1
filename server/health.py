"""Whether the process lives and whether it can answer queries; says nothing else about the inside."""

from flask import Blueprint, Response, json

from server.site import site
from server.store.engine import QueryError

bp = Blueprint("health", __name__)


@bp.get("/health/live")
def live() -> Response:
    """Answer 200 as long as the process answers at all."""
    return _status(200, "live")


@bp.get("/health")
@bp.get("/health/ready")
def ready() -> Response:
    """Answer 200 when a query is answered, else 503."""
    try:
        site().engine.select("SELECT ?x WHERE { } LIMIT 1")
    except QueryError as error:
        return _status(503, error.title)
    return _status(200, "ready")


def _status(status: int, text: str) -> Response:
    body = json.dumps({"status": text}) + "\n"
    return Response(body, status, mimetype="application/json", headers={"Cache-Control": "no-store"})
