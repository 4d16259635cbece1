"""The command `armsclaims push`, and pushing by the commands that publish, where the settings name another server."""

import click

from armsclaims.telling import phase, plainly
from server import settings
from server.settings import Settings


@click.command()
@settings.options("data", "engine_graphs", "engine_login")
@click.option("--release", default=None, help="Push an older release.")
@plainly
def push(data: str | None, engine_graphs: str | None, engine_login: str | None, release: str | None) -> None:
    """Make the graphs of another SPARQL server those of the current release; only what has changed is sent.

    What broke off before is made good.
    """
    values = settings.read(data=data, engine_graphs=engine_graphs, engine_login=engine_login)
    if not values.engine_graphs:
        raise click.UsageError("name the other server's graphs by --engine-graphs (docs/engines.md)")
    push_current(values, release)


def push_current(values: Settings, identifier: str | None = None) -> None:
    """Push a release, by None the current one, if the settings name a server; say what was done.

    :raises click.ClickException: when that fails; the release is published here all the same.
    """
    from server.engines import graphs_of
    from server.store.pushing import CannotPush
    from server.store.pushing import push as push_release
    from server.store.releases import Releases

    target = graphs_of(values)
    if target is None:
        return
    releases = Releases(values.data)
    release = releases.get(identifier) if identifier else releases.require_current()
    try:
        pushed = push_release(release, target, progress=phase)
    except CannotPush as error:
        raise click.ClickException(
            f"release {release.id} is published in {values.data}, but was not pushed as a whole: {error}; "
            "armsclaims push makes it good"
        ) from error
    click.echo(f"pushed: release {release.id} to {target.address}: {pushed}")
