"""The command `armsclaims`."""

import json
import logging
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from armsclaims import __version__
from armsclaims.push_command import push, push_current
from armsclaims.release_commands import releases
from armsclaims.telling import phase, plainly
from server import settings

PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def main() -> None:
    """Who alleged an arms transfer, who denied it, who stayed silent: articles to a graph that answers SPARQL.

    Start with `armsclaims load seeds`, then `armsclaims serve`.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


def metadata_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say what the files do not."""
    for name, text in (
        ("--published", "Day of publication (YYYY-MM-DD) of articles that do not say it."),
        ("--publisher", "Publisher of articles that do not name one."),
        ("--rights", "Rights in articles that do not say: 'open' publishes the whole text, else only quotes."),
    ):
        command = click.option(name, default=None, help=text)(command)
    return command


@main.command()
@PATHS
@settings.options("data", "keep_releases", "engine_graphs", "engine_login")
@metadata_options
@click.option("--dry-run", is_flag=True, help="Extract and tell, but publish nothing.")
@click.option("--prune", is_flag=True, help="Drop articles that no longer lie under the given paths.")
@click.option("--watch", is_flag=True, help="Go on: load what comes or changes under the paths, until stopped.")
@click.option("--jobs", default=None, type=click.IntRange(1, 256), help="Processes that extract; default: one a core.")
@click.option(
    "--engine", default="processes", show_default=True, type=click.Choice(["processes", "spark"]), help="What extracts."
)
@click.option("--spark-master", default="local[*]", show_default=True, help="Where Spark runs: its master's address.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --engine spark: write N-Quads by day into this folder, and publish nothing.",
)
@plainly
def load(
    paths: tuple[Path, ...],
    data: str | None,
    keep_releases: str | None,
    engine_graphs: str | None,
    engine_login: str | None,
    dry_run: bool,
    prune: bool,
    watch: bool,
    jobs: int | None,
    engine: str,
    spark_master: str,
    output: Path | None,
    **options: str | None,
) -> None:
    """Read articles (.txt, .md, .html, .jsonl, .parquet; files or folders) and publish a new release.

    Articles that have not changed are skipped. What cannot be read is set aside with its reason and the rest goes on;
    the exit code is then 1, as it is where a correction of an article fits none of its statements. With the graphs of
    another server the release is pushed there too, as `armsclaims push` does.

    With --watch it stays: an article that comes, or changes, is published a second or two later. Ctrl-C ends it.
    """
    from armsclaims.loading import Summary, extract_to
    from armsclaims.loading import load as load_articles
    from armsclaims.watch_command import watch_for
    from loader.pipeline import Options, Outcome
    from server.store.releases import Releases

    def on_outcome(outcome: Outcome) -> None:
        mark = {"extracted": "+", "unchanged": "=", "set aside": "!"}[outcome.status]
        click.echo(f"{mark} {outcome.path}{f': {outcome.reason}' if outcome.reason else ''}", err=True)
        for unapplied in outcome.unapplied:
            click.echo(f"? {outcome.path}: {unapplied}", err=True)

    if output and engine != "spark":
        raise click.UsageError("--output needs --engine spark")
    if watch and (dry_run or engine == "spark"):
        raise click.UsageError("--watch publishes what comes: leave out --dry-run and --engine spark")
    if output:
        given = Options.given(**options)
        done = extract_to(paths, output, options=given, spark_master=spark_master, on_outcome=on_outcome)
        click.echo(f"{done.counts()}; N-Quads by day are in {output}")
        sys.exit(1 if done.set_aside or done.unapplied else 0)
    values = settings.read(
        data=data, keep_releases=keep_releases, engine_graphs=engine_graphs, engine_login=engine_login
    )
    releases = Releases(values.data)

    def load_some(some: Sequence[Path]) -> Summary:
        summary = load_articles(
            some,
            values.data,
            options=Options.given(**options),
            dry_run=dry_run,
            prune=prune and some is paths,
            keep=values.keep_releases,
            jobs=jobs,
            spark_master=spark_master if engine == "spark" else None,
            releases=releases,
            on_outcome=on_outcome,
            on_phase=phase,
        )
        click.echo(str(summary))
        if summary.release and not dry_run:
            push_current(values)
        return summary

    if watch:
        watch_for(paths, load_some, prune=prune)
        return
    summary = load_some(paths)
    if summary.set_aside or summary.unapplied:
        sys.exit(1)


@main.command()
@PATHS
@settings.options("base")
@metadata_options
@plainly
def extract(paths: tuple[Path, ...], **options: str | None) -> None:
    """Print what each article says as one JSON object a line (the form is in docs/input-forms.md)."""
    from loader.pipeline import Options, extracted
    from loader.records import SetAside
    from loader.report import as_json
    from ontology import reference

    known, aside = reference.read(), 0
    for result in extracted(paths, Options.given(**options), known):
        if isinstance(result, SetAside):
            aside += 1
            click.echo(f"! {result.path}: {result.reason}", err=True)
        else:
            click.echo(json.dumps(as_json(result, known), ensure_ascii=False))
            aside += len(result.unapplied)  # the output names them
    if aside:
        sys.exit(1)


@main.command()
@click.argument("gold", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("articles", type=click.Path(path_type=Path, exists=True))
@metadata_options
@click.option(
    "--extracted",
    default=None,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Compare this output of `armsclaims extract` instead of running the loader.",
)
@click.option("--only", default="", metavar="NAMES", help="Gold files to use, without .json, with commas between.")
@click.option("--errors", is_flag=True, help="Print each miss and each false alarm with its sentence.")
@click.option(
    "--bootstrap", default=0, metavar="N", type=click.IntRange(0), help="Draw the articles anew N times for intervals."
)
@click.option("--seed", default=0, show_default=True, help="Seed of the bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with the figures of each article.")
@plainly
def evaluate(
    gold: Path,
    articles: Path,
    extracted: Path | None,
    only: str,
    errors: bool,
    bootstrap: int,
    seed: int,
    as_json: bool,
    **options: str | None,
) -> None:
    """Measure the loader: compare what ARTICLES say with the annotations in GOLD (docs/extraction.md tells how)."""
    from armsclaims import evaluating
    from loader import evaluation
    from loader.pipeline import Options

    try:
        result = evaluation.evaluate(
            gold,
            articles,
            extracted=extracted,
            only=[name.strip() for name in only.split(",") if name.strip()],
            options=Options.given(**options),
            on_problem=lambda line: click.echo(f"! {line}", err=True),
        )
    except evaluation.BadAnnotation as error:
        raise click.ClickException(str(error)) from error
    intervals = result.intervals(bootstrap, seed)
    if as_json:
        click.echo(json.dumps(evaluating.as_json(result, intervals, errors), ensure_ascii=False, indent=2))
        return
    for line in (*(evaluating.mistakes(result) if errors else ()), *evaluating.table(result, intervals)):
        click.echo(line)


@main.command()
@settings.options()
@click.option("--check", is_flag=True, help="Only say whether the server could start.")
@plainly
def serve(check: bool, **given: str | None) -> None:
    """Serve the SPARQL endpoint, the pages, the saved queries and the dumps."""
    from server import serving

    values = settings.read(None, **given)
    if check:
        serving.check(values)
    else:
        serving.serve(values)


@main.command()
@click.argument("review", type=click.Path(dir_okay=False, path_type=Path), default=Path("links.review.tsv"))
@click.option("--endpoint", default="https://query.wikidata.org/sparql", show_default=True, help="SPARQL endpoint.")
@click.option("--dump", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="RDF file to ask instead.")
@click.option("--class", "classes", multiple=True, help="Only things of this class (Person, State …); repeatable.")
@click.option("--name", "names", multiple=True, help="Only the thing with this label; repeatable.")
@click.option("--limit", type=click.IntRange(min=1), help="Ask for so many things at most.")
@click.option(
    "--interval", type=click.FloatRange(min=0), default=1.0, show_default=True, help="Seconds between requests."
)
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="Folder of answers that are known.")
@click.option("--offline", is_flag=True, help="Answer from the cache only.")
@click.option("--apply", "by", metavar="WHO", help="Take the accepted lines of REVIEW into the reference data, as WHO.")
@click.option(
    "--reference",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the reference data; default: the one that is loaded.",
)
@plainly
def link(
    review: Path,
    endpoint: str,
    dump: Path | None,
    classes: tuple[str, ...],
    names: tuple[str, ...],
    limit: int | None,
    interval: float,
    cache: Path | None,
    offline: bool,
    by: str | None,
    reference: Path | None,
) -> None:
    """Propose links to Wikidata for what has none, into the file REVIEW.

    Write accept or refuse in the first column of a line; what is decided is never proposed again. Then take the
    accepted links into the reference data with --apply WHO, and load again.
    """
    from armsclaims.linking import linking

    if by is not None:
        for line in linking.apply(review, reference, by):
            click.echo(f"{line.label} is {line.candidate}")
        return
    source = linking.source(endpoint, dump, cache, offline, interval)

    def tell(done: int, of: int) -> None:
        click.echo(f"… {done} of {of}", err=True)

    count = linking.propose(review, reference, source, classes=classes, names=names, limit=limit, progress=tell)
    click.echo(f"{count} proposals wait in {review}: write accept or refuse, then armsclaims link {review} --apply WHO")


@main.command()
@settings.options(
    *("data", "engine", "engine_login", "queries", "query_timeout", "query_memory", "max_bytes", "service_allow")
)
@plainly
def mcp(**given: str | None) -> None:
    """Give a language model tools to search and query, over standard input and output (Model Context Protocol)."""
    try:
        from armsclaims import mcp_server
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error.name} is missing: install armsclaims[mcp]") from error
    from server.engines import engine_of

    values = settings.read(None, **given)
    engine = engine_of(values, workers=1)
    try:
        mcp_server.serve(values, engine).run()
    finally:
        engine.close()


@main.command()
@click.argument("query")
@settings.options("data", "engine", "engine_login", "queries", "query_timeout", "query_memory", "service_allow")
@click.option(
    "--format",
    "form",
    default="table",
    show_default=True,
    type=click.Choice(["table", "json", "xml", "csv", "tsv", "ttl", "nt", "rdf", "jsonld"]),
    help="The last four are for graphs (CONSTRUCT, DESCRIBE).",
)
@click.option("--release", default=None, help="Ask an older release.")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="A parameter of a saved query; repeatable.")
@plainly
def query(query: str, form: str, release: str | None, values: tuple[str, ...], **given: str | None) -> None:
    """Answer a query: the NAME of a saved query, a FILE with SPARQL, or - for standard input."""
    from armsclaims import querying

    bound = dict(value.partition("=")[::2] for value in values)
    querying.answer(query, settings.read(None, **given), form, release, bound, sys.stdout.buffer)


@main.command()
@settings.options("data")
@plainly
def validate(data: str | None) -> None:
    """Check the current release against the SHACL shapes; each violation names the article and the sentence."""
    from server.store import publishing
    from server.store.releases import Releases

    releases = Releases(settings.read(data=data).data)
    release = releases.require_current()
    found = publishing.violations_of(release, releases.foundation)
    for violation in found:
        click.echo(f"{violation.severity}: {violation}")
    if found:
        raise click.ClickException(f"{len(found)} violations in release {release.id}")
    click.echo(f"release {release.id} conforms to the shapes")


@main.command()
@click.argument("format")
@settings.options("data")
@click.option("--release", default=None, help="Dump an older release.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=None,
    help="File to write (- is standard output), for `all` the folder; default: the name of the dump, here.",
)
@plainly
def dump(format: str, data: str | None, release: str | None, output: Path | None) -> None:
    """Write a release to a file; FORMAT is ttl, trig, nq, nt, jsonld or rdf, with .gz or .zst for a packed one.

    Turtle, N-Triples and RDF/XML hold the default graph; TriG, N-Quads and JSON-LD all graphs. `claims.ttl` and so on
    leave ontology and reference data out, `csv` and `parquet` are the statements as rows, `ontology` is the ontology
    alone. `all` makes every file, for the server too, and writes them into a folder with their SHA256SUMS.
    """
    from server.store import dumping
    from server.store.releases import Releases

    releases = Releases(settings.read(data=data).data)
    chosen = releases.get(release) if release else releases.require_current()
    offered = {dump.short: dump for dump in dumping.available(chosen)}
    if format == "all":
        folder = output or Path(f"armsclaims-{chosen.id}")
        files = [dumping.file(chosen, dump) for dump in offered.values()]
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file.path, folder / file.path.name)
        (folder / dumping.SUMS).write_text(dumping.sums(files), "ascii")
        click.echo(f"{folder}: release {chosen.id}, {len(files)} files", err=True)
        return
    if format not in offered:
        plain = ", ".join(short for short, dump in offered.items() if not dump.packing)
        raise click.BadParameter(f"{format!r} is none of all, {plain}, or these with .gz or .zst", param_hint="FORMAT")
    made = dumping.file(chosen, offered[format])
    if str(output) == "-":
        with made.path.open("rb") as source:
            shutil.copyfileobj(source, sys.stdout.buffer)
    else:
        target = output or Path(made.path.name)
        shutil.copyfile(made.path, target)
        click.echo(f"{target}: release {chosen.id}, {made.size:,} bytes", err=True)


main.add_command(push)
main.add_command(releases)


@main.group("tokens")
def tokens_group() -> None:
    """Make, list and revoke the bearer tokens of those who may write; without one nobody may."""


@tokens_group.command("add")
@click.argument("name")
@settings.options("data")
@plainly
def add_token(name: str, data: str | None) -> None:
    """Make a token for NAME and print it, this once; its name stands in every release written with it."""
    from server.store import tokens

    click.echo(tokens.add(settings.read(data=data).data, name))
    click.echo("Keep it: only its digest is stored. Send it as “Authorization: Bearer …”.", err=True)


@tokens_group.command("list")
@settings.options("data")
@plainly
def list_tokens(data: str | None) -> None:
    """List who has a token, and since when."""
    from server.store import tokens

    for token in tokens.read(settings.read(data=data).data):
        click.echo(f"{token.name}  since {token.created}")


@tokens_group.command("revoke")
@click.argument("name")
@settings.options("data")
@plainly
def revoke_token(name: str, data: str | None) -> None:
    """Revoke the token of NAME, at once."""
    from server.store import tokens

    tokens.revoke(settings.read(data=data).data, name)
    click.echo(f"{name} may write no more")


@main.command()
@click.argument("iri")
@settings.options("data", "engine_graphs", "engine_login")
@click.option("--reason", required=True, help="Why; it stays in the tombstone.")
@click.confirmation_option("--yes", prompt="This cannot be undone. Forget it in every release and dump?")
@plainly
def forget(iri: str, data: str | None, engine_graphs: str | None, engine_login: str | None, reason: str) -> None:
    """Take a statement, an article or a person (by IRI) out of every release and dump for good."""
    from server.store.releases import Releases

    values = settings.read(data=data, engine_graphs=engine_graphs, engine_login=engine_login)
    tombstone = Releases(values.data).forget(iri, reason, progress=phase)
    click.echo(f"{iri} ({tombstone.kind}) is forgotten in every release and dump")
    push_current(values)


if __name__ == "__main__":
    main()
