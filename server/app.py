"""The Flask app: a factory that puts settings, engine and blueprints together and sets the headers of every answer."""

from types import ModuleType

from flask import Flask, Response, g, request

from ontology.terms import PREFIXES
from server import access_log, budgets, compiled, errors, metrics, packing, proxies, reading, shortcut
from server.engines import bounds_of, engine_of, mirror_of
from server.labels import Labels
from server.saved_query import read_folder
from server.settings import Settings
from server.site import KEY, Site
from server.store.engine import Engine
from server.store.manifest import PLAIN
from server.store.releases import Releases
from server.store.writing import Writer

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
READABLE_FROM_ANYWHERE = (
    "sparql",
    "graphs",
    "dumps",
    "void",
    "resources",
    "saved_queries",
    "ontology",
    "disputes",
    "search",
    "releases",
    "reconciliation",
    "openapi",
)
READS = "GET, HEAD, OPTIONS"
EXPOSED = "ETag, Armsclaims-Release, Armsclaims-Truncated, Armsclaims-Limits, X-Request-ID"


def create_app(settings: Settings | None = None, engine: Engine | None = None) -> Flask:
    """Return the app; without an engine it serves the releases in the data folder.

    :raises server.saved_query.BadSavedQuery: when a saved query's header or text is wrong.
    """
    settings = settings or Settings()
    queries = read_folder(settings.queries)
    engine = engine or _embedded(settings)

    app = Flask(__name__)
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_body,
        MAX_FORM_MEMORY_SIZE=settings.max_body,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    compiled.init_app(app)
    app.extensions[KEY] = Site(
        settings, engine, _writer(settings), Labels(engine), queries, mirror_of(settings, engine)
    )
    app.url_map.merge_slashes = False  # a redirect to the merged address would be built from the Host header
    app.url_map.strict_slashes = False
    errors.init_app(app)

    from server import discovery, views

    views.init_app(app)
    discovery.init_app(app)
    reading.init_app(app)
    for room in rooms():
        app.register_blueprint(room.bp)
    app.after_request(_headers)
    budgets.init_app(app, settings)
    packing.init_app(app)
    metrics.init_app(app, engine)
    shortcut.init_app(app)
    access_log.init_app(app, metrics.of(app).on_done)
    proxies.init_app(app, settings)
    return app


def prepare() -> None:
    """Do what takes most of a start and needs no settings: import the rooms, compile the templates."""
    from server import views

    rooms()
    app = Flask(__name__)
    compiled.init_app(app)
    views.init_app(app)
    compiled.compile_all(app)


def rooms() -> tuple[ModuleType, ...]:
    """Return the modules that have a blueprint."""
    from server import (
        browse,
        completion,
        discovery,
        dispute_pages,
        dumps,
        front,
        graphs,
        health,
        ontology_pages,
        openapi,
        overview,
        reconciliation,
        release_pages,
        resources,
        saved_queries,
        search,
        sparql,
        void,
    )

    return (
        front,
        overview,
        browse,
        dispute_pages,
        search,
        sparql,
        graphs,
        saved_queries,
        completion,
        openapi,
        resources,
        reconciliation,
        ontology_pages,
        release_pages,
        dumps,
        void,
        discovery,
        health,
    )


def _embedded(settings: Settings) -> Engine:
    if settings.default_graph == PLAIN:
        releases = Releases(settings.data)
        if releases.current() is None:  # an empty dataset is a dataset too
            releases.edit(lambda _: None, plain=True)
    return engine_of(settings, prefixes={} if settings.default_graph == PLAIN else PREFIXES)


def _writer(settings: Settings) -> Writer:
    return Writer(
        settings.data,
        plain=settings.default_graph == PLAIN,
        seconds=settings.write_timeout,
        memory=settings.query_memory,
        keep=settings.keep_releases,
        bounds=bounds_of(settings, settings.max_upload),
        service_allow=settings.service_allow,
    )


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.blueprint in READABLE_FROM_ANYWHERE and not g.get("writes"):
        headers.setdefault("Access-Control-Allow-Origin", "*")
        headers.setdefault("Access-Control-Expose-Headers", EXPOSED)
        if request.method == "OPTIONS":
            asks = headers.get("Allow", READS) if request.blueprint != "graphs" else READS
            headers.setdefault("Access-Control-Allow-Methods", asks)
            headers.setdefault("Access-Control-Allow-Headers", "Accept, Content-Type")
            headers.setdefault("Access-Control-Max-Age", "86400")
    return response
