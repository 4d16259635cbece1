"""Writes the figures of docs/extraction.md anew: runs each command at the head of a console block after its heading.

python -m benchmarks.figures
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "extraction.md"
HEADING = "## Current figures\n"
BLOCK = re.compile(r"^```console\n\$ armsclaims (?P<arguments>.*)\n(?:.*\n)*?```$", re.MULTILINE)


def main() -> None:
    """Replace what stands below each command by what it prints now; what a command complains of ends the run."""
    told, heading, figures = PAGE.read_text("utf-8").partition(HEADING)
    if not heading:
        sys.exit(f"{PAGE} has no line {HEADING.strip()!r}")
    PAGE.write_text(told + heading + BLOCK.sub(_run, figures), "utf-8")


def _run(block: re.Match[str]) -> str:
    command = [sys.executable, "-c", "from armsclaims.cli import main; main()", *shlex.split(block["arguments"])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return f"```console\n$ armsclaims {block['arguments']}\n{done.stdout}```"


if __name__ == "__main__":
    main()
