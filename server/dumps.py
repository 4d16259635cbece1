"""The downloads: every release as files in many formats, made when first asked for, with their checksums."""

from base64 import b64encode

from flask import Blueprint, Response, render_template, request, send_file
from werkzeug.exceptions import NotFound

from ontology.terms import BASE
from server import reading
from server.site import site
from server.store import dump_all, dumping
from server.store.dumping import SUMS, File
from server.store.release import Release
from server.streaming import RELEASE

bp = Blueprint("dumps", __name__)

SUM = ".sha256"
LATEST = 5  # releases named on the page


@bp.get("/dumps/")
def index() -> str:
    """List the files of a release; sizes and checksums are told for those that are made already."""
    release = reading.release()
    return render_template(
        "dumps.html",
        release_shown=release,
        dumps={dump.name: dump for dump in dumping.available(release)},
        made={file.dump.name: file for file in dumping.files(release)},
        sums=SUMS,
        at_once=site().settings.dump_triples,
        latest=reading.latest(LATEST),
        base=BASE,
    )


@bp.get(f"/dumps/{SUMS}")
def sums() -> Response:
    """Tell the checksums of the files that are made already, for `sha256sum -c --ignore-missing`."""
    release = reading.release()
    return _text(dumping.sums(dumping.files(release)), release)


@bp.get("/dumps/<name>")
def dump(name: str) -> Response:
    """Send a dump as an attachment, with ETag, Last-Modified, digest and ranges; or its checksum, by `.sha256`."""
    release = reading.release()
    offered = {dump.name: dump for dump in dumping.available(release)}
    wanted = offered.get(name.removesuffix(SUM))
    if wanted is None:
        raise NotFound(f"There is no dump “{name}”. /dumps/ lists them.")
    file = dump_all.file(release, wanted)
    return _text(dumping.sums([file]), release) if name.endswith(SUM) else _file(file, release)


def _file(file: File, release: Release) -> Response:
    response = send_file(
        file.path.resolve(),
        mimetype=file.dump.media_type.partition(";")[0],  # Flask adds the charset
        as_attachment=True,
        download_name=f"armsclaims-{release.id}-{file.dump.name}",
        conditional=True,
        etag=file.sha256,
        last_modified=int(file.modified),
        max_age=0,
    )
    response.headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(file.sha256)).decode()}:"
    response.headers[RELEASE] = release.id
    return response


def _text(text: str, release: Release) -> Response:
    response = Response(text, content_type="text/plain; charset=utf-8", headers={RELEASE: release.id})
    response.add_etag()
    response.make_conditional(request)
    return response
