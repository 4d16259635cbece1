"""What every view works with: the settings, the engine, the labels and the saved queries of one app."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import current_app, g

from server.caching import PerRelease
from server.labels import Labels
from server.saved_query import SavedQuery
from server.settings import Settings
from server.store.engine import Engine, Limits
from server.store.mirror import Mirror
from server.store.writing import Writer

if TYPE_CHECKING:
    from server.completion import Completion
    from server.disputes import Dispute
    from server.overview import Shown
    from server.tables import Cell

KEY = "armsclaims"
PINNED = "pinned_site"  # in flask.g: the parts of a request that reads the release of ?release=


@dataclass(frozen=True)
class Site:
    """One app's parts; made by `create_app` and kept in `app.extensions`."""

    settings: Settings
    engine: Engine
    writer: Writer
    labels: Labels
    queries: Mapping[str, SavedQuery]
    mirror: Mirror | None = None  # of the releases that another server shows, where the store is not embedded
    choices: PerRelease[list[tuple[str, str]]] = field(default_factory=PerRelease)  # IRI and label, by class
    disputes: "PerRelease[list[Dispute]]" = field(default_factory=PerRelease)
    figures: "PerRelease[Shown]" = field(default_factory=PerRelease)  # of the overview, by query
    examples: "PerRelease[dict[str, Cell]]" = field(default_factory=PerRelease)  # by term of the ontology
    terms: "PerRelease[list[Completion]]" = field(default_factory=PerRelease)  # classes and properties

    def limits(self, seconds: float | None = None, rows: int | None = None) -> Limits:
        """Return the limits of one query; what is given may lower the settings' bounds, never raise them."""
        settings = self.settings
        most = min((n for n in (settings.max_rows, rows) if n), default=None)
        return Limits(
            seconds=min(settings.query_timeout, seconds or settings.query_timeout),
            rows=most,
            bytes=settings.max_bytes or None,
        )


def site() -> Site:
    """Return the parts of the current app; they see the release that the request asks for, else the current one."""
    parts: Site = g.get(PINNED) or current_app.extensions[KEY]
    return parts


def asked_release() -> str | None:
    """Return the release that the request asks for by `?release=`; None where it reads the current one."""
    pinned: Site | None = g.get(PINNED)
    return pinned.engine.release() if pinned else None
