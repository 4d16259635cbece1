"""What all tests share: the folder of material to test against, the seeds' release, and no skipping in CI."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings
from pyoxigraph import Store

settings.register_profile("any-machine", deadline=None)  # how long an example takes depends on the machine
settings.load_profile("any-machine")

ROOT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI=true a skipped test is a failed one: what it needs has to be installed there."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The articles, gold and suites to test against, which are not part of the project."""
    folder = Path(os.environ.get("ARMSCLAIMS_SHARED", ROOT.parent / "shared")).resolve()
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing; set ARMSCLAIMS_SHARED to the folder of shared test material")
    return folder


@pytest.fixture(scope="session")
def seed_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one release, loaded from seeds/ by the loader as a user would."""
    from armsclaims.loading import load

    folder = tmp_path_factory.mktemp("seed-data")
    summary = load([ROOT / "seeds"], folder)
    assert [one.reason for one in summary.set_aside] == []
    return folder


@pytest.fixture(scope="session")
def seed_store(seed_data: Path) -> Store:
    """The read-only store of the seeds' release."""
    from server.store.releases import Releases

    release = Releases(seed_data).current()
    assert release is not None
    return release.open()
