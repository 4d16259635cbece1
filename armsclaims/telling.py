"""What commands tell in a terminal: errors that say what to do, and what long work is at."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from server import settings


def plainly(command: Callable[..., Any]) -> Callable[..., Any]:
    """Show the errors that say what to do as one message, without a trace."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Exception as error:
            told = _told(error)
            if told is None:
                raise
            raise click.ClickException(told) from error

    return run


def _told(error: Exception) -> str | None:
    """Return the text of an error that says what to do; None for any other."""
    from armsclaims.linking.review import BadReview
    from armsclaims.linking.source import NoCandidates
    from armsclaims.querying import BadQuerySource
    from loader.metadata import BadMetadata
    from loader.parsing import MissingModel
    from ontology.reference import ReferenceDataError
    from server.saved_query import BadSavedQuery
    from server.serving import CannotServe
    from server.store.engine import QueryError
    from server.store.errors import StoreError

    plain = (
        *(BadMetadata, BadQuerySource, BadReview, BadSavedQuery, CannotServe),
        *(MissingModel, NoCandidates, ReferenceDataError, StoreError),
    )
    if isinstance(error, QueryError):
        return f"{error.title}. {error}"
    return str(error) if isinstance(error, (*plain, settings.BadSetting)) else None


def phase(text: str) -> None:
    """Show what long work is at, on standard error."""
    click.echo(f"… {text}", err=True)
