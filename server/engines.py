"""Which engine the settings ask for."""

from collections.abc import Mapping

from ontology.terms import PREFIXES
from server.settings import Settings
from server.store.engine import Engine
from server.store.guard import BOUNDS, Bounds


def engine_of(settings: Settings, *, workers: int | None = None, prefixes: Mapping[str, str] = PREFIXES) -> Engine:
    """Return the engine that answers for these settings; close it after use.

    :param workers: how many long queries run at a time, in place of the setting.
    :param prefixes: what queries need not declare.
    """
    from server.store.embedded import EmbeddedEngine  # not needed where the engine is another one

    return EmbeddedEngine(
        settings.data,
        workers=workers or settings.workers,
        memory=settings.query_memory,
        seconds=settings.query_timeout,
        service_allow=settings.service_allow,
        bounds=bounds_of(settings, max(BOUNDS.length, settings.max_query_length)),
        query_prefixes=prefixes,
        cache=settings.cache_bytes,
    )


def bounds_of(settings: Settings, length: int) -> Bounds:
    """Return what the guard lets through, in texts of at most so many characters."""
    return Bounds(length, settings.max_depth, settings.max_patterns, settings.max_operators)
