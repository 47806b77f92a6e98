"""What a project keeps of folders and of files that a table names: a copy for DVC, or where they lie."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from new import kind_sources

from syllabus import params, projects
from syllabus.errors import Unmet
from syllabus.projects import keeping
from syllabus.projects.draft import Asked


def test_a_folder_is_copied_for_dvc_without_what_is_hidden(tmp_path: Path) -> None:
    kind_sources.images(tmp_path, each=12)
    (tmp_path / "bars" / "lying" / ".DS_Store").write_text("hidden")
    projects.write(projects.plan(tmp_path / "made", str(tmp_path / "bars")))
    held = tmp_path / "made" / "data" / "bars"
    assert len(list(held.rglob("*.png"))) == 24
    assert not list(held.rglob(".*"))
    assert (tmp_path / "made" / "data" / "bars.dvc").is_file()
    assert "/bars" in (tmp_path / "made" / "data" / ".gitignore").read_text()
    assert "- data/bars\n" in (tmp_path / "made" / "dvc.yaml").read_text()


@pytest.mark.parametrize("why", ["too large", "as --track says"])
def test_what_is_not_copied_is_read_and_followed_where_it_lies(
    tmp_path: Path, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = kind_sources.mixed(tmp_path)
    if why == "too large":
        monkeypatch.setattr(keeping, "COPIED", 1000)
    asked = Asked(target=words[-1], modality="images")
    with pytest.raises(Unmet, match=r"made: lies in .*, which it would learn from as a whole"):
        projects.plan(tmp_path / "made", words[1], tracking=None if why == "too large" else "none", asked=asked)
    folder = tmp_path.parent / f"{tmp_path.name} beside"
    made = projects.plan(folder, words[1], tracking=None if why == "too large" else "none", asked=asked)
    assert (made.tracking, made.held) == ("none", words[1])
    projects.write(made)
    monkeypatch.chdir(folder)
    assert not Path("data").exists()
    assert params.read().data.options["folder"] == str(tmp_path)
    text = Path("dvc.yaml").read_text()
    assert f'- "{words[1]}"' in text
    assert f'- "{tmp_path}"\n' in text


def test_a_project_within_the_folder_that_it_learns_from_is_refused(tmp_path: Path) -> None:
    kind_sources.images(tmp_path, each=3)
    with pytest.raises(Unmet, match=r"made: lies in .*bars, which it would learn from as a whole: make it elsewhere"):
        projects.plan(tmp_path / "bars" / "made", str(tmp_path / "bars"))


def test_only_named_pictures_are_copied_and_rooted_names_stay(tmp_path: Path) -> None:
    words = kind_sources.mixed(tmp_path)
    (tmp_path / "photos" / "unnamed.png").write_bytes(b"x")
    made = projects.plan(tmp_path / "made", words[1], asked=Asked(target="kind", modality="images"))
    projects.write(made)
    kept = tmp_path / "made" / "data" / "pictures" / "photos"
    assert sorted(path.name for path in kept.iterdir()) == sorted(f"{number}.png" for number in range(120))
    rooted = pl.read_csv(words[1]).with_columns(pl.format("{}/{}", pl.lit(str(tmp_path)), "photo").alias("photo"))
    rooted.write_csv(tmp_path / "rooted.csv")
    other = projects.plan(
        tmp_path / "other", str(tmp_path / "rooted.csv"), asked=Asked(target="kind", modality="images")
    )
    assert other.tracking == "none"
    assert f'folder: "{tmp_path}/photos"' in other.files["params.yaml"]
    assert f'- "{tmp_path}/photos"\n' in other.files["dvc.yaml"]
