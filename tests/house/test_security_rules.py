"""What the code must not do, whoever writes it: read leniently what comes from outside, or ask rdflib's engine."""

import ast
import subprocess
import sys
from pathlib import Path

ROOMS = ("ontology", "loader", "server", "armsclaims")


def test_nothing_is_parsed_leniently(root: Path) -> None:
    """pyoxigraph's lenient=True lets bad IRIs in."""
    found = [
        f"{path.relative_to(root)}:{node.lineno}"
        for room in ROOMS
        for path in (root / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "lenient"
    ]
    assert found == []


def test_who_answers_has_no_rdflib(root: Path, seed_data: Path) -> None:
    """rdflib's own engine fetches what FROM and SERVICE name; neither it nor pySHACL is in a serving process."""
    code = """
import sys
from pathlib import Path
import server.answering
from server.app import create_app
from server.settings import Settings
app = create_app(Settings(data=Path(sys.argv[1]), workers=1))
client = app.test_client()
for path in ("/", "/sparql?query=DESCRIBE+<http://e>", "/queries", "/ontology", "/dumps/", "/search?q=a"):
    with client.get(path) as response:
        assert response.status_code == 200, (path, response.text)
print([name for name in ("rdflib", "oxrdflib", "pyshacl") if name in sys.modules])
app.extensions["armsclaims"].engine.close()
app.extensions["armsclaims"].writer.close()
"""
    done = subprocess.run([sys.executable, "-c", code, str(seed_data)], cwd=root, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
