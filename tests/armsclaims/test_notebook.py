"""The example notebook, run from top to bottom on the seeds."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient


@pytest.mark.filterwarnings("default::DeprecationWarning")
def test_the_notebook_runs(root: Path, seed_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARMSCLAIMS_DATA", str(seed_data))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.read(root / "docs/examples/claims.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [str(output) for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert "allegations-by-speaker: " in outputs[0]
    assert "North Korea" in outputs[1]
    assert "articles" in outputs[2]
    assert "denial" in outputs[3]
    assert "Russia: “" in outputs[4]
