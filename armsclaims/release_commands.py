"""The commands `armsclaims releases …`."""

import json

import click

from armsclaims.push_command import push_current
from armsclaims.telling import phase, plainly
from server import settings


@click.group()
def releases() -> None:
    """List, show, compare, roll back and prune the releases of the data folder."""


@releases.command("list")
@settings.options("data")
@plainly
def list_releases(data: str | None) -> None:
    """List all releases, the oldest first; a star marks the one that is served."""
    from server.store.releases import Releases

    found = Releases(settings.read(data=data).data)
    current = found.current()
    for release in found.list():
        total = release.manifest.totals
        click.echo(
            f"{'*' if current and release.id == current.id else ' '} {release.id}  {total['articles']} articles, "
            f"{sum(total['statements'].values())} statements, {total['quads']} quads"
            + "".join(
                f"  {text}"
                for text in (release.manifest.writer and f"by {release.manifest.writer}", release.manifest.note)
                if text
            )
        )


@releases.command()
@click.argument("identifier", required=False)
@settings.options("data")
@plainly
def show(identifier: str | None, data: str | None) -> None:
    """Print the manifest of a release (the current one if none is named) as JSON."""
    from server.store.releases import Releases

    found = Releases(settings.read(data=data).data)
    release = found.get(identifier) if identifier else found.require_current()
    click.echo((release.folder / "manifest.json").read_text("utf-8"), nl=False)


@releases.command()
@settings.options("data")
@plainly
def rebuild(data: str | None) -> None:
    """Derive everything that follows from the articles anew, and publish it as a new release."""
    from server.store.releases import Changes, Releases

    found = Releases(settings.read(data=data).data)
    found.require_current()
    click.echo(found.publish(Changes(rebuild=True), note="derived anew", progress=phase).id)


@releases.command()
@click.argument("old")
@click.argument("new", required=False)
@settings.options("data")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a line, as /releases/NEW?format=jsonl does."
)
@plainly
def diff(old: str, new: str | None, data: str | None, as_json: bool) -> None:
    """Print which statements were added, removed, retracted or corrected from release OLD to NEW (the current one)."""
    from armsclaims import comparing
    from server.store import differences
    from server.store.releases import Releases

    found = Releases(settings.read(data=data).data)
    before, after = found.get(old), found.get(new) if new else found.require_current()
    for change in differences.changes(before, after):
        if as_json:
            click.echo(json.dumps(differences.as_json(change), ensure_ascii=False))
        else:
            click.echo("\n".join(comparing.lines(change)))


@releases.command()
@click.argument("identifier")
@settings.options("data", "engine_graphs", "engine_login")
@plainly
def rollback(identifier: str, **given: str | None) -> None:
    """Publish a new release equal to an old one."""
    from server.store.releases import Releases

    values = settings.read(None, **given)
    release = Releases(values.data).roll_back(identifier)
    click.echo(f"release {release.id} is served; it equals {identifier}")
    push_current(values)


@releases.command()
@click.option("--keep", default=10, show_default=True, type=click.IntRange(1), help="Releases to keep.")
@settings.options("data")
@plainly
def prune(keep: int, data: str | None) -> None:
    """Remove old releases; the current one always stays."""
    from server.store.releases import Releases

    removed = Releases(settings.read(data=data).data).prune(keep)
    click.echo(f"{len(removed)} releases removed" + "".join(f"\n  {identifier}" for identifier in removed))
