"""Which engine the settings ask for, and where the releases that it shows lie on this machine."""

from collections.abc import Mapping

from ontology.terms import PREFIXES
from server.settings import BadSetting, Settings
from server.store.engine import Engine
from server.store.guard import BOUNDS, Bounds
from server.store.manifest import PLAIN
from server.store.mirror import Mirror
from server.store.pushing import GraphStore
from server.store.release import Release
from server.store.releases import Releases


def engine_of(settings: Settings, *, workers: int | None = None, prefixes: Mapping[str, str] = PREFIXES) -> Engine:
    """Return the engine that answers for these settings; close it after use.

    :param workers: how many long queries run at a time, in place of the setting.
    :param prefixes: what queries need not declare.
    :raises BadSetting: when the settings do not go together.
    :raises server.store.remote.BadLogin: when the file with user and password cannot be used.
    """
    bounds = bounds_of(settings, max(BOUNDS.length, settings.max_query_length))
    if settings.engine:
        return _remote(settings, workers or settings.workers, bounds, prefixes)
    from server.store.embedded import EmbeddedEngine  # not needed where the engine is another one

    return EmbeddedEngine(
        settings.data,
        workers=workers or settings.workers,
        memory=settings.query_memory,
        seconds=settings.query_timeout,
        service_allow=settings.service_allow,
        bounds=bounds,
        query_prefixes=prefixes,
        cache=settings.cache_bytes,
    )


def mirror_of(settings: Settings, engine: Engine) -> Mirror | None:
    """Return where the releases of another server are copied to; None where the engine is the embedded one."""
    return Mirror(settings.data, engine) if settings.engine else None


def release_of(settings: Settings, engine: Engine) -> Release:
    """Return the release that the engine shows, as it lies on this machine.

    :raises QueryError: when another server does not answer.
    :raises StoreError: when there is none.
    """
    mirror = mirror_of(settings, engine)
    return mirror.release() if mirror else Releases(settings.data).require_current()


def graphs_of(settings: Settings) -> GraphStore | None:
    """Return the graphs that releases are pushed to; None where the settings name none."""
    return GraphStore(settings.engine_graphs, settings.engine_login) if settings.engine_graphs else None


def bounds_of(settings: Settings, length: int) -> Bounds:
    """Return what the guard lets through, in texts of at most so many characters."""
    return Bounds(length, settings.max_depth, settings.max_patterns, settings.max_operators)


def _remote(settings: Settings, workers: int, bounds: Bounds, prefixes: Mapping[str, str]) -> Engine:
    from server.store.remote import RemoteEngine

    if settings.default_graph == PLAIN:
        raise BadSetting("default_graph is plain, which only the embedded engine can be: leave it or engine out.")
    if settings.service_allow:
        raise BadSetting("service_allow is for the embedded engine: leave it or engine out.")
    return RemoteEngine(
        settings.engine,
        login=settings.engine_login,
        workers=workers,
        memory=settings.query_memory,
        seconds=settings.query_timeout,
        bounds=bounds,
        query_prefixes=prefixes,
    )
