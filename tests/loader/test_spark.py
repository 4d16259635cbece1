"""Loading on Spark gives, quad for quad, what loading without it gives."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from loader import pipeline, spark
from loader.sources import Options
from loader.spark import Piece, SparkError

SAID = "{} has supplied artillery shells to Russia, {} said on Monday.\n\nRussia denied it.\n"
NOTHING = "The orchestra played in the park, and everybody listened until it rained.\n"


def line(identifier: object, text: str, **values: str) -> str:
    return json.dumps({"id": identifier, "text": text, "publisher": "Gazette"} | values) + "\n"


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text(SAID.format("Iran", "Norway"), "utf-8")
    (folder / "a.corrections.md").write_text(
        "---\nwho: desk\nwhen: 2024-01-02\nwhy: read again\ncorrections:\n"
        "- {confirm: Denial, quote: Russia denied it}\n"
        "- {retract: Warning, quote: Russia denied it}\n---\n",
        "utf-8",
    )
    (folder / "b.txt").write_bytes(b"\0binary")
    lines = [
        line(1, NOTHING),
        line("1", NOTHING, published="2024-06-12"),
        "no json\n",
        line("2", SAID.format("China", "Japan"), published="2024-06-12"),
        line("1", SAID.format("Chad", "Japan")),
    ]
    (folder / "c.jsonl").write_text("".join(lines), "utf-8")
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.table(
        {"id": ["7", "8", "2"], "text": [SAID.format("Iran", "Kenya"), NOTHING, NOTHING], "publisher": ["Gazette"] * 3}
    )
    parquet.write_table(table, folder / "d.parquet", row_group_size=2)
    return folder


def test_the_input_is_cut_into_pieces_in_its_order(articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "PIECE", 150)
    found = list(spark.pieces([articles], Options()))
    assert [Path(piece.path).name for piece in found[:2]] == ["a.txt", "b.txt"]
    assert [piece.group for piece in found[-2:]] == [0, 1]
    parts = [piece for piece in found if piece.start is not None]
    assert len(parts) > 1
    assert parts[0] == Piece(str(articles / "c.jsonl"), 0, parts[1].start, 1)
    assert parts[-1].end == (articles / "c.jsonl").stat().st_size


def test_output_that_is_in_the_way_is_left_alone(articles: Path, tmp_path: Path) -> None:
    with pytest.raises(SparkError, match="is not empty: empty it, or name another folder"):
        spark.write([articles], out=articles)
    assert (articles / "a.txt").exists()


@pytest.mark.skipif(not shutil.which("java"), reason="Java is not installed")
def test_spark_gives_the_same_outcomes_and_the_same_bytes(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setattr(spark, "PIECE", 150)
    plain = list(pipeline.run([articles], out=tmp_path / "plain"))

    found = list(spark.run([articles], out=tmp_path / "spark", master="local[2]"))

    assert [replace(one, file=None) for one in found] == [replace(one, file=None) for one in plain]
    assert {one.status for one in plain} == {"extracted", "set aside"}
    assert sum(one.status == "set aside" for one in plain) == 5
    for one, other in zip(plain, found, strict=True):
        assert (one.file and one.file.read_bytes()) == (other.file and other.file.read_bytes())
    days = {path.parent.name for path in (tmp_path / "spark").glob("day=*/*.nq")}
    assert days == {"day=2024-06-12", "day=unknown"}
    total = sum(len(path.read_bytes().splitlines()) for path in (tmp_path / "spark").glob("day=*/*.nq"))
    assert total == sum(len(one.file.read_bytes().splitlines()) for one in plain if one.file)
