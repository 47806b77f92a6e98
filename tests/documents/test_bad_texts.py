"""Texts that are not what they seem are dropped, cut or cleaned as declared, counted, and never end the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from projects import ROOT
from ruamel.yaml import YAML

from syllabus import modalities, params, parts
from syllabus.errors import Unmet
from syllabus.settings import Cleaning, Data, Split

SAID = [
    f"letter number {number} says {'yes' if number % 2 else 'no'} to what {number * 7} asked" for number in range(20)
]


def ingested(
    folder: Path, said: list[str | None], *, cleaning: dict[str, Any] | None = None, **options: Any
) -> tuple[pl.DataFrame, dict[str, Any], Data]:
    labels = ["a" if number % 2 else "b" for number in range(len(said))]
    folder.mkdir(exist_ok=True)
    pl.DataFrame({"said": said, "label": labels}, schema_overrides={"said": pl.String}).write_parquet(
        folder / "t.parquet"
    )
    data = Data(
        modality="text",
        source=str(folder / "t.parquet"),
        target="label",
        options={"columns": ["said"]} | options,
        cleaning=Cleaning(**cleaning or {}),
    )
    report = modalities.load("text").read(data, folder / "out" / "table.parquet")
    return pl.read_parquet(folder / "out" / "table.parquet"), report, data


def change(report: dict[str, Any], rule: str) -> dict[str, Any]:
    (found,) = [one for one in report["changes"] if one["rule"] == rule]
    return dict(found)


def test_empty_texts_are_dropped_and_told_or_kept(tmp_path: Path) -> None:
    said = [*SAID, "", "   ", None, "<p></p>"]
    table, report, _ = ingested(tmp_path / "drop", said)
    assert table.height == 20
    assert change(report, "empty")["rows"] == 4
    assert "empty: keep" in change(report, "empty")["undo"]
    kept, _, data = ingested(tmp_path / "keep", said, empty="keep", cleaning={"duplicates": "keep"})
    assert kept.height == 24
    modality = modalities.load("text")
    examples = modality.examples(kept.lazy(), modality.learn(kept.lazy(), data))
    assert np.isfinite(examples.arrays["numeric"]).all()
    assert (examples.arrays["terms"][-1] == -1).all()
    assert examples.arrays["text"][-1] == ""


def test_where_nothing_is_left_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unmet, match=r"^no text can be learned from: nothing is left of any$"):
        ingested(tmp_path, ["", " ", None, "<br>"])
    assert not (tmp_path / "out" / "table.scratch").exists()


def test_a_text_of_fifty_megabytes_is_cut(tmp_path: Path) -> None:
    table, report, _ = ingested(tmp_path, [*SAID, "word " * 10_000_000], most_letters=1000)
    assert table["letters"].max() <= 1000
    assert change(report, "cut")["rows"] == 1
    assert len(change(report, "cut")["examples"][0]["before"]) <= 200


@pytest.mark.parametrize(
    "said", ["<div>" * 100_000 + "end", "<!--" * 100_000, "<a " + "b='" * 100_000, "&amp;" * 100_000]
)
def test_html_that_is_made_to_hurt_is_read_in_no_time(tmp_path: Path, said: str) -> None:
    table, _, _ = ingested(tmp_path, [*SAID, said + " seen"], html="always", most_letters=10**7)
    assert table.height in (20, 21)


def test_any_script_and_emoji_are_read(tmp_path: Path) -> None:
    said = [
        "שלום עולם, מה שלומך",
        "مرحبا بالعالم كيف الحال",
        "👩‍👩‍👧 🏳️‍🌈 👍🏽",
        "日本語の文章です",
        "a\u202eb\x00c \ufeff",
    ]
    table, _, data = ingested(tmp_path, [*SAID, *said])
    assert table["text"].to_list()[20:24] == said[:4]
    assert table["text"][24] == "abc"
    assert table["language"].to_list()[20:24:1] == ["he", "ar", None, "ja"]
    modality = modalities.load("text")
    examples = modality.examples(table.lazy(), modality.learn(table.lazy(), data))
    assert np.isfinite(examples.arrays["numeric"]).all()


def test_html_becomes_what_a_reader_sees(tmp_path: Path) -> None:
    said = "<html><style>p {x}</style><p>Dear&nbsp;friend,<br>1 &lt; 2 <!-- no --><script>alert(1)</script><b>n</b>ow</p><td wid"
    table, report, _ = ingested(tmp_path / "auto", [*SAID, said])
    assert table["text"][-1] == "Dear friend,\n1 < 2 now"
    assert change(report, "html")["rows"] == 1
    table, _, _ = ingested(tmp_path / "never", [*SAID, said], html="never")
    assert "<style>" in table["text"][-1]
    table, _, _ = ingested(tmp_path / "plain", [*SAID, "if a < b and c > d then <ok>"])
    assert table["text"][-1] == "if a < b and c > d then <ok>"


def test_quoted_mails_are_left_out_where_that_is_declared(tmp_path: Path) -> None:
    said = "I agree.\nOn Monday, Ann wrote:\n> shall we?\n>> no\nBob"
    table, report, _ = ingested(tmp_path, [*SAID, said], quotes="drop")
    assert table["text"][-1] == "I agree.\n\nBob"
    assert change(report, "quotes")["rows"] == 1


def test_what_nearly_says_the_same_stays_in_one_part_and_one_fold(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    words = [f"w{number}" for number in range(300)]
    first = [" ".join(random.choice(words, 60)) for _ in range(60)]
    said = [*first, *(f"{one} once more" for one in first)]
    table, report, data = ingested(tmp_path / "flag", said)
    assert report["compared"] == {"equal": ["sha256"], "nearly": ["alike"]}
    assert [one["rows"] for one in report["flags"] if one["kind"] == "like_texts"] == [60]
    modality = modalities.load("text")
    placed = modality.split(table.lazy(), data, Split(), seed=1)
    together = table.join(placed, on="row").group_by("alike").agg(pl.col("part").n_unique(), pl.len())
    assert together["len"].to_list() == [2] * 60
    assert together["part"].max() == 1
    folds = table.with_columns(pl.Series("fold", modality.folds(table, data, Split(), 5, seed=1)))
    assert folds.group_by("alike").agg(pl.col("fold").n_unique())["fold"].max() == 1
    taken = {name: parts.part(table.lazy(), placed, name) for name in ("train", "validation", "test")}
    told = parts.report(taken, "label", (), "classification", report["compared"])
    assert told["test rows nearly in train"] == 0
    dropped, report, _ = ingested(tmp_path / "drop", said, cleaning={"near_duplicates": "drop"})
    assert dropped["row"].to_list() == list(range(1, 61))
    assert change(report, "like_texts")["rows"] == 60


def test_one_text_under_both_labels_is_a_contradiction(tmp_path: Path) -> None:
    _, report, _ = ingested(tmp_path / "flag", [*SAID, SAID[0], SAID[0]])
    assert [one["rows"] for one in report["flags"] if one["kind"] == "contradictions"] == [2]
    table, _, _ = ingested(tmp_path / "drop", [*SAID, SAID[0], SAID[0]], cleaning={"contradictions": "drop"})
    assert 1 not in table["row"]


def folder_of(where: Path, **odd: bytes) -> Data:
    for number, said in enumerate(SAID):
        path = where / "mails" / ("ham" if number % 2 else "spam") / f"{number:02}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said)
    for name, content in odd.items():
        (where / "mails" / "ham" / f"{name}.txt").write_bytes(content)
    return Data(modality="text", source=str(where / "mails"), target="kind", options={"most_letters": 100})


def test_files_by_class_are_read_and_what_is_no_text_is_dropped(tmp_path: Path) -> None:
    data = folder_of(tmp_path, broken=b"\xff\xfe\x00bad", marked=b"\xef\xbb\xbfwith a mark", long="ä ".encode() * 10**6)
    report = modalities.load("text").read(data, tmp_path / "out.parquet")
    table = pl.read_parquet(tmp_path / "out.parquet")
    assert table.height == 22
    assert change(report, "undecoded")["rows"] == 1
    held = dict(table.select("path", "text").iter_rows())
    assert held["ham/marked.txt"] == "with a mark"
    assert len(held["ham/long.txt"]) <= 100
    refused = data.model_copy(update={"options": {"unreadable": "refuse"}})
    with pytest.raises(Unmet, match=r"the file is not in the encoding that data\.reading\.encoding says"):
        modalities.load("text").read(refused, tmp_path / "again.parquet")


def test_columns_that_cannot_be_texts_are_told(tmp_path: Path) -> None:
    pl.DataFrame({"said": SAID, "many": range(20), "label": ["a", "b"] * 10, "letters": range(20)}).write_parquet(
        tmp_path / "t.parquet"
    )
    read = modalities.load("text").read

    def data(*columns: str) -> Data:
        source = str(tmp_path / "t.parquet")
        return Data(modality="text", source=source, target="label", options={"columns": list(columns)})

    for columns, said in (
        (("sayd",), r"data\.options\.columns: sayd is not a column of .*; did you mean said\?"),
        (("label",), r"data\.options\.columns: label is the target"),
        (("said",), r"its column letters has the name of one that ingest adds"),
    ):
        with pytest.raises(Unmet, match=said):
            read(data(*columns), tmp_path / "out.parquet")
    with pytest.raises(Unmet, match=r"column letters of .* holds Int64, and no text"):
        read(data("letters", "many"), tmp_path / "out.parquet")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"options": {"columns": []}}, r":\d+: data\.options\.columns: "),
        ({"options": {"html": "perhaps"}}, r":\d+: data\.options\.html: "),
        ({"options": {"alike": 0}}, r":\d+: data\.options\.alike: "),
        ({"options": {"colums": ["body"]}}, r":\d+: data\.options\.colums: unknown key colums; did you mean columns\?"),
        ({"columns": {"subject": "text"}}, r":\d+: data\.columns: says nothing of text"),
    ],
)
def test_what_is_wrong_in_the_options_is_told_with_its_line(
    tmp_path: Path, said: dict[str, Any], sentence: str
) -> None:
    whole = YAML(typ="safe").load((ROOT / "examples/spam/params.yaml").read_text())
    whole["data"] |= said
    (tmp_path / "params.yaml").write_text(json.dumps(whole, indent=1))
    with pytest.raises(Unmet, match=sentence):
        params.read(tmp_path / "params.yaml")
