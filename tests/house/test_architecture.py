"""The house: imports run one way, modules stay rooms, and a server needs no language model."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOMS = {"ontology", "loader", "server", "armsclaims"}
MAY_IMPORT = {
    "ontology": set(),
    "loader": {"ontology"},
    "server.store": {"ontology"},
    "server": {"server.store", "ontology"},
    "armsclaims": {"loader", "server", "server.store", "ontology"},
}


def modules(root: Path) -> list[Path]:
    return sorted(path for room in ROOMS for path in (root / room).rglob("*.py"))


def room_of(dotted: str) -> str:
    return "server.store" if dotted.startswith("server.store") else dotted.split(".")[0]


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "server"}
    return found


def test_imports_run_only_downwards(root: Path) -> None:
    wrong = []
    for path in modules(root):
        here = room_of(".".join(path.relative_to(root).with_suffix("").parts))
        for name in imports(path):
            there = room_of(name)
            if name.split(".")[0] in ROOMS and name != "server" and there != here and there not in MAY_IMPORT[here]:
                wrong.append(f"{path.relative_to(root)} imports {name}")
    assert wrong == []


def test_terms_import_nothing_of_ours(root: Path) -> None:
    assert not {name.split(".")[0] for name in imports(root / "ontology" / "terms.py")} & ROOMS


def test_no_module_is_more_than_one_room(root: Path) -> None:
    long = [str(path.relative_to(root)) for path in modules(root) if path.read_text("utf-8").count("\n") > 500]
    assert long == []


@pytest.mark.parametrize("module", ["server.app", "server.serving", "server.store.releases", "armsclaims.cli"])
def test_server_and_command_line_do_not_import_the_language_model(root: Path, module: str) -> None:
    code = f"import sys, {module}; print([m for m in ('spacy', 'trafilatura', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_answers_queries_has_no_second_engine_at_hand(root: Path) -> None:
    """rdflib's own engine fetches what FROM and JSON-LD contexts name; only validation, in a writer, loads rdflib."""
    code = "import sys, server.app, server.answering, server.store.worker; print('rdflib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_store_does_not_import_flask(root: Path) -> None:
    wrong = [
        str(p) for p in (root / "server" / "store").rglob("*.py") if any(n.startswith("flask") for n in imports(p))
    ]
    assert wrong == []
