"""A network as timm writes it; timm needs torchvision, whose usual build needs a GPU's torch: so both stand apart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("timm==1.0.29", "torchvision==0.28.0")
# torchvision describes operations that only its GPU's library declares; timm uses none of them.
STAND_IN = """
import importlib.util, pathlib, re
from torch import library
root = pathlib.Path(importlib.util.find_spec("torchvision").submodule_search_locations[0])
text = (root / "_meta_registrations.py").read_text()
for name in {*re.findall(r"torchvision::(\\w+)", text), *re.findall(r'register_meta\\("(\\w+)"', text)}:
    library.define(f"torchvision::{name}", "(Tensor x) -> Tensor")
"""
TRY = """
import sys
from pathlib import Path
import stand_in, timm, torch, easy
from timm.models import save_for_hf
from syllabus.architectures import backbone
torch.manual_seed(0)
save_for_hf(timm.create_model(sys.argv[1], num_classes=10), Path("network"), safe_serialization=True)
train, validation, test = easy.problem("pictures, two classes", rows=200)
for unfrozen in (0, 2):
    fitted = easy.fitted(backbone, train, validation, pretrained="network", epochs=2, unfrozen=unfrozen)
    easy.files(fitted, Path(f"{unfrozen}"))
    assert backbone.load(Path(f"{unfrozen}")).predict(test).tobytes() == fitted.predict(test).tobytes()
    print(fitted.eye.side, fitted.eye.width)
"""


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with timm and torchvision, which a project's environment would have."""
    folder = tmp_path_factory.mktemp("packages")
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "pip", "install", "--quiet", "--no-deps", "--target", folder, *PACKAGES], check=True)
    (folder / "stand_in.py").write_text(STAND_IN)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("name", "width"), [("test_resnet", 96), ("test_vit", 64), ("test_efficientnet", 256)])
def test_it_is_a_backbone(name: str, width: int, beside: Path, tmp_path: Path) -> None:
    paths = os.pathsep.join([str(beside), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", TRY, name],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == [f"160 {width}"] * 2, done.stderr
