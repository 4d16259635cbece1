"""The README shows what is so: its query gives its answer, its commands exist, its links lead somewhere."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from armsclaims.cli import main


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "README.md").read_text("utf-8")


def test_the_query_gives_the_answer_that_is_shown(readme: str, seed_data: Path, tmp_path: Path) -> None:
    query = re.search(r"```sparql\n(.*?)```", readme, re.DOTALL)
    answer = re.search(r"\$ armsclaims query denials\.rq\n(.*?)```", readme, re.DOTALL)
    assert query
    assert answer
    file = tmp_path / "denials.rq"
    file.write_text(query[1], "utf-8")
    shown = CliRunner().invoke(main, ["query", str(file), "--data", str(seed_data)], env={"COLUMNS": "100"})
    assert shown.output == answer[1]


def test_every_command_that_is_shown_exists(readme: str) -> None:
    names = set(re.findall(r"`armsclaims (\w+)", readme))
    assert names >= {"load", "query", "dump", "forget"}
    assert names <= set(main.commands)


def test_links_and_pictures_lead_somewhere(readme: str, root: Path) -> None:
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", readme) if "://" not in target]
    assert targets
    assert [target for target in targets if not (root / target).exists()] == []
