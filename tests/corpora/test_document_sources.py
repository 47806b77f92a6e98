"""Where documents come from, and what of them is told, counted, masked, dropped, or kept in one part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from syllabus import frames, modalities
from syllabus.errors import Unmet
from syllabus.modalities import corpus
from syllabus.settings import Cleaning, Data, Split

SENTENCES = [f"On day {n} the {a} {b} and the {c} {d} by the river {n * 7}." for n, (a, b, c, d) in enumerate(
    [("cat", "sat", "dog", "ran"), ("sun", "rose", "moon", "fell"), ("wind", "blew", "rain", "came")] * 20
)]  # fmt: skip


def data(source: Path, cleaning: Cleaning | None = None, reading: dict[str, Any] | None = None, **options: Any) -> Data:
    said: dict[str, Any] = {"modality": "corpus", "source": str(source), "task": "language", "options": options}
    return Data(**said, cleaning=cleaning or Cleaning(), **({"reading": reading} if reading else {}))


def ingested(said: Data, folder: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    report = corpus.read(said, folder / "out" / "table.parquet")
    return frames.scan(folder / "out" / "table.parquet").collect(), report


def rules(report: dict[str, Any]) -> dict[str, int]:
    return {change["rule"]: change["rows"] for change in report["changes"]}


def test_headings_cut_a_text_and_tell_what_stands_above(tmp_path: Path) -> None:
    text = (
        "Before.\n\n# A\n\n## One\n\nText of one.\n\n## Two\n\nText of two.\n\n### Deeper\n\nStays.\n\n# B\n\nOf B.\n"
    )
    (tmp_path / "a.md").write_text(text)
    table, _ = ingested(data(tmp_path / "a.md", heading=2), tmp_path)
    assert table["title"].to_list() == [None, "One", "Two", "B"]
    assert table["within"].to_list() == [None, "A", "A", None]
    assert table["text"][2] == "## Two\n\nText of two.\n\n### Deeper\n\nStays.\n"


@pytest.mark.parametrize("end", ["", ".gz", ".zst"])
def test_a_separator_cuts_a_text_compressed_or_not(tmp_path: Path, end: str) -> None:
    import pyarrow as pa

    path = tmp_path / f"a.txt{end}"
    held = "\n\n\n".join(SENTENCES[:5]).encode()
    if end:
        with pa.output_stream(str(path), compression={".gz": "gzip", ".zst": "zstd"}[end]) as stream:
            stream.write(held)
    else:
        path.write_bytes(held)
    table, report = ingested(data(path, separator="\n\n\n"), tmp_path)
    assert table["text"].to_list() == SENTENCES[:5]
    assert report["source"]["rows"] == 5


def test_a_folder_holds_a_document_a_file(tmp_path: Path) -> None:
    (tmp_path / "in" / "b").mkdir(parents=True)
    for name, text in zip(("z.txt", "b/a.txt", ".hidden"), SENTENCES, strict=False):
        (tmp_path / "in" / name).write_text(text)
    table, _ = ingested(data(tmp_path / "in"), tmp_path)
    assert dict(table.select("path", "text").iter_rows()) == {"b/a.txt": SENTENCES[1], "z.txt": SENTENCES[0]}


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_a_column_of_a_table_holds_documents_and_the_others_stay(tmp_path: Path, kind: str) -> None:
    frame = pl.DataFrame({"body": SENTENCES[:4], "year": [1900, 1901, 1902, 1903]})
    path = tmp_path / f"a.{kind}"
    {"parquet": frame.write_parquet, "csv": frame.write_csv, "jsonl": frame.write_ndjson}[kind](path)
    table, _ = ingested(data(path, text="body"), tmp_path)
    assert table["text"].to_list() == SENTENCES[:4]
    assert [int(year) for year in table["year"]] == [1900, 1901, 1902, 1903]


def test_lengths_are_told_in_every_script(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("שלום עולם\n😀 😀\n", encoding="utf-8")
    table, _ = ingested(data(tmp_path / "a.txt"), tmp_path)
    assert table.select("characters", "bytes", "words", "lines").row(0) == (14, 28, 2, 2)


def test_empty_documents_are_dropped_and_counted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("||".join([SENTENCES[0], "", " \n\t ", SENTENCES[1]]))
    table, report = ingested(data(tmp_path / "a.txt", separator="||"), tmp_path)
    assert table["row"].to_list() == [1, 4]
    assert rules(report) == {"empty": 2}


def test_what_is_personal_is_masked_dropped_or_counted_as_declared(tmp_path: Path) -> None:
    held = [
        "Write to eve@example.org or to bob.c+x@mail.example.co.uk today.",
        "The card is 4111 1111 1111 1111, the order 4111 1111 1111 1112.",
        "Pay to GB82 WEST 1234 5698 7654 32 and not to GB82 WEST 1234 5698 7654 33.",
        "Call +49 30 901820 or (030) 90 18 20, not 1914-1918 or 3.14159265358.",
    ]
    (tmp_path / "a.txt").write_text("||".join(held))
    table, report = ingested(data(tmp_path / "a.txt", separator="||", personal={"iban": "drop"}), tmp_path)
    assert table["text"].to_list() == [
        "Write to [email] or to [email] today.",
        "The card is [card], the order 4111 1111 1111 1112.",
        held[3],
    ]
    assert rules(report) == {"iban": 1, "masked email": 1, "masked card": 1}
    assert table["emails"].to_list() == [2, 0, 0]
    assert table["phones"].to_list() == [0, 0, 2]
    assert [(flag["column"], flag["rows"]) for flag in report["flags"]] == [("phones", 1)]
    assert "eve@" not in str(report)


def long(n: int, *, changed: bool = False) -> str:
    text = " ".join(SENTENCES[n * 6 : n * 6 + 6])
    return text.replace("river", "lake", 1) if changed else text


def repeating(tmp_path: Path) -> Path:
    parts = [long(n) for n in range(10)]
    (tmp_path / "a.txt").write_text("||".join([*parts, parts[0], long(1, changed=True)]))
    return tmp_path / "a.txt"


def test_documents_that_repeat_others_are_dropped_as_declared(tmp_path: Path) -> None:
    path = repeating(tmp_path)
    table, report = ingested(data(path, Cleaning(near_duplicates="drop"), separator="||"), tmp_path)
    assert rules(report) == {"duplicates": 1, "say_the_same": 1}
    assert table["row"].to_list() == list(range(1, 11))
    kept, report = ingested(data(path, Cleaning(keep_rows=(11, 12), near_duplicates="drop"), separator="||"), tmp_path)
    assert rules(report) == {}
    assert kept["alike"].to_list() == [*range(1, 11), 1, 2]


def test_documents_that_repeat_others_never_stand_in_two_parts(tmp_path: Path) -> None:
    said = data(repeating(tmp_path), Cleaning(duplicates="keep"), separator="||")
    table, report = ingested(said, tmp_path)
    assert [(flag["kind"], flag["rows"]) for flag in report["flags"]] == [("say_the_same", 2)]
    for seed in range(10):
        placed = corpus.split(table.lazy(), said, Split(method="random"), seed=seed)
        assert table.join(placed, on="row").group_by("alike").agg(pl.col("part").n_unique())["part"].max() == 1
    with pytest.raises(Unmet, match=r"rows 1 and 11 say the same, or nearly, and would stand in train and validation"):
        corpus.split(table.with_columns(when="row").lazy(), said, Split(method="time", by="when"), seed=1)


def test_a_token_stands_for_its_bytes_and_what_is_no_token_is_spelt(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("||".join(SENTENCES))
    said = data(tmp_path / "a.txt", separator="||", vocabulary=300)
    table, _ = ingested(said, tmp_path)
    learned = corpus.learn(table.lazy(), said)
    for text in ("On day 7 the cat", "\r\n\x85 שלום 😀  \n\n<|end|> a", "x" * 25_000):
        asked = corpus.examples(pl.LazyFrame({"text": [text]}), learned)
        for name in ("tokens", "bytes"):
            codes = asked.arrays[name][0].tolist()
            assert b"".join(map(learned.alphabets[name].bytes_of, codes)).decode() == text
            assert 0 not in codes
        assert asked.labels.sum() == len(text.encode())


def test_what_train_does_not_hold_is_learned_by_no_token(tmp_path: Path) -> None:
    train = pl.LazyFrame({"text": ["aaaa aaaa bbbb bbbb"] * 3})
    learned = corpus.learn(train, data(tmp_path, vocabulary=260))
    with_more = corpus.learn(
        pl.concat([train, pl.LazyFrame({"text": ["zzzz zzzz"] * 9})]), data(tmp_path, vocabulary=260)
    )
    assert learned.plain() != with_more.plain()
    assert all("zz" not in piece for piece in learned.alphabets["tokens"].longest)


def test_bytes_are_read_where_that_is_declared(tmp_path: Path) -> None:
    learned = corpus.learn(pl.LazyFrame({"text": ["any"]}), data(tmp_path, tokenizer="bytes"))
    asked = corpus.examples(pl.LazyFrame({"text": ["häß"]}), learned)
    assert asked.arrays["tokens"][0].tolist() == [byte + 1 for byte in "häß".encode()]


def test_no_target_is_asked_for() -> None:
    assert modalities.target(data(Path("a.txt"))) == "bytes"
