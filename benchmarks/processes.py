"""Processes of servers that benchmarks and tests start."""

import subprocess
from typing import Any

PATIENCE = 30  # seconds that a process has to end by itself


def end(process: "subprocess.Popen[Any]") -> None:
    """Ask a process to end, and kill it where it does not."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
