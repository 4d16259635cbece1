"""`armsclaims load --watch`: how watching is told of in a terminal, and how it ends."""

import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

import click

from armsclaims.watching import watch
from loader import pipeline
from ontology import reference


def watch_for(paths: Sequence[Path], load: Callable[[Sequence[Path]], object], *, prune: bool) -> None:
    """Load what lies or comes under the paths until Ctrl-C or SIGTERM, which wait for what is under way."""
    stopped = Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stopped.set())

    def load_and_say(some: Sequence[Path]) -> None:
        load(some)
        if some is paths:
            pipeline.get_ready(reference.read())
            click.echo(f"… watching {', '.join(map(str, paths))}; Ctrl-C ends it", err=True)

    watch(paths, load_and_say, stopped, prune=prune, on_error=lambda error: click.echo(f"! {error}", err=True))
