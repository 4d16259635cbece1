"""A real SPARQL server with an excerpt in the models of Wikidata and DBpedia."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import oxigraph

EXCERPT = Path(__file__).parent / "wikidata.ttl"


@pytest.fixture(scope="session")
def wikidata(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the stand-in for Wikidata's query service, and for DBpedia's."""
    with oxigraph(tmp_path_factory.mktemp("wikidata"), EXCERPT) as address:
        yield f"{address}/query"
