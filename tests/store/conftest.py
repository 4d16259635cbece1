"""What the tests of the store share: a small ontology with shapes, a rule and two people, and an empty data folder."""

from pathlib import Path

import pytest

from server.store.foundation import Foundation
from server.store.releases import Releases

FOUNDATION = Path(__file__).parent / "foundation"


@pytest.fixture
def foundation() -> Foundation:
    return Foundation(FOUNDATION)


@pytest.fixture
def releases(tmp_path: Path, foundation: Foundation) -> Releases:
    """The releases of an empty data folder."""
    return Releases(tmp_path / "data", foundation=foundation)
