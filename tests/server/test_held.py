"""A short load of all that a server answers, among hostile queries and with new releases: nothing good fails.

`benchmarks/held.py` does the same for half an hour with 64 clients.
"""

from pathlib import Path

from benchmarks import held
from benchmarks.held import MIB
from benchmarks.visitors import MIX
from benchmarks.watching import quarters


def test_no_good_request_fails_and_the_server_does_not_grow(seed_data: Path, tmp_path: Path) -> None:
    data = held.data_folder(tmp_path / "data", seed_data)
    settings = {"workers": "2", "query_timeout": "30", "query_memory": "300M"}
    report = held.held(data, seconds=12, good=14, bad=2, switch=3, **settings)
    seen = report.seen
    assert seen.failures == []
    assert set(seen.seconds) == set(MIX)
    assert len(seen.published) >= 2  # the release was switched under way
    assert seen.hostile.total() > 0
    assert report.after.processes <= report.before.processes
    first, *_, last = quarters(report.samples, lambda sample: sample.answering / MIB)
    assert last - first < 128  # what is loaded once and kept comes within a time as short as this
