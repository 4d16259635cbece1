"""The downloads: every release as files in every RDF format, made when first asked for."""

from flask import Blueprint, Response, render_template, send_file
from werkzeug.exceptions import NotFound

from server import reading
from server.store import dumping
from server.store.release import Release

bp = Blueprint("dumps", __name__)


@bp.get("/dumps/")
def index() -> str:
    """List the files of a release; sizes are told for those that are made already."""
    release = reading.release()
    sizes = {name: _size(release, name) for name in dumping.DUMPS}
    return render_template("dumps.html", release_shown=release, dumps=dumping.DUMPS, sizes=sizes)


@bp.get("/dumps/<name>")
def dump(name: str) -> Response:
    """Send a dump as an attachment, with ETag, Last-Modified and ranges."""
    wanted = dumping.DUMPS.get(name)
    if wanted is None:
        raise NotFound(f"There is no dump “{name}”. /dumps/ lists them.")
    release = reading.release()
    path = dumping.file(release, wanted)
    response = send_file(
        path.resolve(),
        mimetype="application/gzip" if wanted.compressed else wanted.media_type,
        as_attachment=True,
        download_name=f"armsclaims-{release.id}-{name}",
        conditional=True,
        etag=f"{release.id}-{release.contents[:12]}-{name}",
        max_age=0,
    )
    response.headers["Armsclaims-Release"] = release.id
    return response


def _size(release: Release, name: str) -> int | None:
    path = release.dumps / name
    return path.stat().st_size if path.exists() else None
