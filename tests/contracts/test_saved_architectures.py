"""What every architecture leaves on disk: the same wherever it was fitted, without code, refused when damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import easy
import pytest
from contracts.kinds import Solved, every_kind, mixed, usual

from syllabus import architectures
from syllabus.errors import Unmet


@every_kind
def test_what_is_saved_and_loaded_answers_the_same_to_the_bit(
    architecture: Any, solved: Solved, tmp_path: Path
) -> None:
    model, _, _, test = solved
    written = easy.files(model, tmp_path / "once")
    loaded = architecture.load(tmp_path / "once")
    assert loaded.predict(test).tobytes() == model.predict(test).tobytes()
    assert easy.files(loaded, tmp_path / "twice") == written


def test_the_same_seed_gives_the_same_files(
    architecture: Any, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written = []
    # Beyond 20,000 rows a library bins only a sample of them; a network takes as long as it has rows.
    rows = 21_000 if architecture.SIDE_BY_SIDE else 1_000
    for threads in ("1", "2", "3", "1"):
        monkeypatch.setenv("SYLLABUS_THREADS", threads)
        train, validation, _ = easy.problem(usual(name), rows=rows)
        model = easy.fitted(architecture, train, validation, **architecture.SEARCH)
        written.append(easy.files(model, tmp_path / str(len(written))))
    assert written == [written[0]] * 4


@mixed
def test_another_process_gives_the_same_files(
    name: str, project: Path, kind: str, solved: Solved, tmp_path: Path
) -> None:
    here = easy.files(solved[0], tmp_path / "here")
    process(project, name, kind, tmp_path / "there", SYLLABUS_THREADS="2", PYTHONHASHSEED="11")
    assert {path.name: path.read_bytes() for path in (tmp_path / "there").iterdir()} == here


@mixed
def test_fits_side_by_side_end_as_one_alone(architecture: Any, kind: str, tmp_path: Path) -> None:
    if not architecture.SIDE_BY_SIDE:
        pytest.skip("says that it may not run side by side")
    train, validation, _ = easy.problem(kind)

    def fit(number: int) -> dict[str, bytes]:
        with architectures.sharing(1):
            return easy.files(
                easy.fitted(architecture, train, validation, **architecture.SEARCH), tmp_path / str(number)
            )

    alone = fit(0)
    train, validation = replace(train), replace(validation)  # with nothing made of them yet
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(fit, range(1, 7))) == [alone] * 6


@mixed
def test_saved_files_run_no_code_when_read(
    architecture: Any, solved: Solved, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import pickle

    def refused(*_: Any, **__: Any) -> None:
        raise AssertionError("pickle was used")

    for used in ("dump", "dumps", "load", "loads", "Pickler", "Unpickler"):
        monkeypatch.setattr(pickle, used, refused)
    model, _, _, test = solved
    written = easy.files(model, tmp_path)
    architecture.load(tmp_path).predict(test)
    assert {Path(name).suffix for name in written} <= {".txt", ".json", ".safetensors", ".sha256"}
    assert not any(content.startswith(b"\x80") for content in written.values())


@mixed
@pytest.mark.parametrize("damage", ["flipped", "truncated", "emptied", "lengthened", "removed"])
def test_a_damaged_file_is_refused(architecture: Any, solved: Solved, damage: str, tmp_path: Path) -> None:
    written = easy.files(solved[0], tmp_path)
    for name, content in written.items():
        for place in range(0, len(content), max(1, len(content) // 15)):
            flipped = bytes([content[place] ^ 0x10])
            broken = {
                "flipped": content[:place] + flipped + content[place + 1 :],
                "truncated": content[:place],
                "emptied": b"",
                "lengthened": content + content[place:],
            }
            if damage == "removed":
                (tmp_path / name).unlink()
            else:
                (tmp_path / name).write_bytes(broken[damage])
            with pytest.raises(Unmet, match=r"restore"):
                architecture.load(tmp_path)
            (tmp_path / name).write_bytes(content)


def process(project: Path, name: str, kind: str, out: Path, *first: str, **environment: str) -> list[str]:
    """Fit in a process of its own; return the libraries that it imported and that take long."""
    words = [sys.executable, "-W", "error", easy.__file__, str(project), name, kind, str(out), *first]
    done = subprocess.run(words, env=os.environ | environment, capture_output=True, text=True, check=True)
    return done.stdout.split()
