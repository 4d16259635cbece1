"""The changed articles on their way into the next release: each is read once, judged, and written aside."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar

from pyoxigraph import DefaultGraph, Quad, RdfFormat, Store, parse

from server.store import article_graphs
from server.store.article_graphs import ArticleGraph
from server.store.errors import BadGraph, Violation
from server.store.forgetting import Forgetting
from server.store.sources import Source, Sources

PATIENCE = 5.0  # seconds between two words on how far it is

Item = TypeVar("Item")
Progress = Callable[[str], None]
Given = Mapping[str, Mapping[str, str]]  # graph to what the loader says of it: path, key, article
Judge = Callable[[list[Quad]], list[Violation]]


@dataclass
class Staged:
    """What was read: the file with the quads of all changed articles, and where these came from.

    The file has the shown triples twice: in their graphs, and in the default graph, as the store will.
    """

    path: Path
    changed: dict[str, Source] = field(default_factory=dict)  # whose quads are in the file
    gone: set[str] = field(default_factory=set)  # graphs of which nothing is left
    renewed: dict[str, Source] = field(default_factory=dict)  # the same quads, from elsewhere or by another key
    violations: list[Violation] = field(default_factory=list)

    def load_into(self, store: Store) -> None:
        """Add all quads to a store, those of the default graph as well."""
        if self.changed:
            store.bulk_load(path=self.path, format=RdfFormat.N_QUADS)

    def quads(self) -> Iterator[Quad]:
        """Yield the quads of the named graphs."""
        if self.changed:
            for quad in parse(path=self.path, format=RdfFormat.N_QUADS):
                if not isinstance(quad.graph_name, DefaultGraph):
                    yield quad


def stage(
    put: Mapping[str, Path],
    before: Sources,
    given: Given,
    *,
    forgetting: Forgetting,
    judge: Judge,
    path: Path,
    progress: Progress,
) -> Staged:
    """Read the articles to put; write those whose quads have changed into a file, and judge them.

    :param path: of the file, which is made.
    :raises BadGraph: when a file cannot be published.
    """
    staged = Staged(path)
    with path.open("wb") as out:
        for graph, file in told(sorted(put.items()), len(put), "reading", progress):
            article = read_article(graph, file, forgetting)
            if not article.live and not article.retracted:  # all of it is forgotten
                staged.gone |= {graph} if graph in before else set()
                continue
            about = dict(given.get(graph, {}))
            source = article.source({**about, "path": forgetting.spare(about.get("path", ""))})
            old = before.get(graph)
            if old and old.sha256 == source.sha256:
                staged.renewed[graph] = source
                continue
            staged.violations += judge([*article.live, *article.retracted])
            staged.changed[graph] = source
            _write(article, out)
    return staged


def read_article(graph: str, path: Path, forgetting: Forgetting) -> ArticleGraph:
    """Read an article's file as it will be published: less what is forgotten, the retracted apart.

    :raises BadGraph: when the file cannot be published.
    """
    quads = article_graphs.read(graph, path)
    if not quads:
        raise BadGraph(f"{path} has no quads: extract the article again, or drop <{graph}>")
    return article_graphs.split(graph, forgetting.keep(quads))


def told(items: Iterable[Item], count: int, doing: str, progress: Progress) -> Iterator[Item]:
    """Yield the items and say now and then how far it is."""
    last = time.monotonic()
    for number, item in enumerate(items):
        yield item
        if time.monotonic() - last > PATIENCE:
            last = time.monotonic()
            progress(f"{doing}: {number + 1:,} of {count:,}")


def _write(article: ArticleGraph, out: IO[bytes]) -> None:
    lines = []
    for quad in article.live:
        triple = str(quad.triple)
        lines.append(f"{triple} {quad.graph_name} .\n{triple} .\n")
    lines += [f"{quad} .\n" for quad in article.retracted]
    out.write("".join(lines).encode())
