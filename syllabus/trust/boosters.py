"""LightGBM's text, looked at without trust: its own parser ends the process on a cut one, and walks in circles.

It is held to what LightGBM 4 writes, key by key in its order, and every number to what it points at (`Tree::Tree` in
LightGBM's src/io/tree.cpp, `GBDT::LoadModelFromString` in src/boosting/gbdt_model_text.cpp).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syllabus.trust.words import Wrong, read

HEAD = (
    "version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective", "feature_names",
    "feature_infos", "tree_sizes",
)  # fmt: skip
NODES = ("split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child")
LEAVES = ("leaf_value", "leaf_weight", "leaf_count")
WITHIN = ("internal_value", "internal_weight", "internal_count")
SETS = ("cat_boundaries", "cat_threshold")
OBJECTIVES = r"regression|regression_l1|quantile|binary sigmoid:1|multiclass num_class:\d{1,6}"
MOST_LEAVES = 131_072
"""As LightGBM's own parameter allows."""
DEEPEST = 2_000
"""Whoever explains an answer needs memory for the square of a tree's depth."""
_WHOLE = r"-?\d{1,10}"
_NUMBER = r"-?\d{1,25}(\.\d{1,25})?(e[+-]\d{1,3})?"
_ENDLESS = rf"({_NUMBER}|-?inf)"
_CATEGORY, _NAN = 1, 2
_INFOS = rf"none|\[{_NUMBER}:{_NUMBER}\]|{_WHOLE}(:{_WHOLE})*"
_TAIL = re.compile(
    r"end of trees\n\n"
    r"feature_importances:\n([!-<>-~]+=\d{1,10}\n)*\n"
    r"parameters:\n(\[[a-z_0-9]+: [^\]\"\\\n]*\]\n)*\nend of parameters\n\n"
    r"pandas_categorical:null\n"
)


def check(file: Path) -> None:
    """Refuse a text that LightGBM did not write so."""
    text = read(file)
    if not re.fullmatch(r"[\n -~]*", text):
        raise Wrong("LightGBM's text has printable signs alone")
    head, parted, rest = text.partition("\n\n")
    if not parted or not head.startswith("tree\n"):
        raise Wrong("it does not begin as LightGBM's text does")
    told = _lines(head.removeprefix("tree\n").split("\n"), HEAD)
    features, classes = _head(told)
    sizes = _whole("tree_sizes", told["tree_sizes"])
    if not len(sizes) or (sizes <= 0).any() or len(sizes) % classes or sizes.sum() > len(rest):
        raise Wrong("tree_sizes are not those of its trees")
    at = 0
    for number, size in enumerate(sizes.tolist()):
        _tree(number, rest[at : at + size], features)
        at += size
    _tail(rest[at:])


def _head(told: dict[str, str]) -> tuple[int, int]:
    """Return how many features the trees ask, and how many trees answer together."""
    features = _one("max_feature_idx", told) + 1
    classes = _one("num_class", told)
    if told["version"] != "v4" or not re.fullmatch(OBJECTIVES, told["objective"]):
        raise Wrong(f"version {told['version'][:20]} and objective {told['objective'][:50]} are not those written here")
    several = told["objective"].removeprefix("multiclass num_class:")
    if (
        classes < 1
        or classes != _one("num_tree_per_iteration", told)
        or (several.isdecimal() and int(several) != classes)
    ):
        raise Wrong("it has other numbers of classes")
    if (classes > 1) != several.isdecimal() or _one("label_index", told) != 0:
        raise Wrong("its classes are not those of its objective")
    names, infos = told["feature_names"].split(" "), told["feature_infos"].split(" ")
    if features < 1 or len(names) != features or len(infos) != features or not all(names):
        raise Wrong("it names more or fewer features than it has")
    if not all(re.fullmatch(_INFOS, one) for one in infos):
        raise Wrong("feature_infos are no ranges")
    return features, classes


def _tree(number: int, block: str, features: int) -> None:
    """Refuse a tree whose numbers are too few or too many, point outside of it, or lead in a circle."""
    lines = block.split("\n")
    if lines[0] != f"Tree={number}" or lines[-3:] != ["", "", ""]:
        raise Wrong(f"tree {number} does not stand where tree_sizes says")
    told = dict(line.partition("=")[::2] for line in lines[1:3])
    leaves, sets = _one("num_leaves", told), _one("num_cat", told)
    keys = ("num_leaves", "num_cat", *NODES, *LEAVES, *WITHIN, *(SETS if sets else ()), "is_linear", "shrinkage")
    told = _lines(lines[1:-3], keys)
    if not 1 <= leaves <= MOST_LEAVES or told["is_linear"] != "0" or not re.fullmatch(_NUMBER, told["shrinkage"]):
        raise Wrong(f"tree {number} has no leaves, too many, or linear ones")
    numbers = {name: _numbers(name, told[name]) for name in (*LEAVES, *WITHIN, "split_gain", "threshold")}
    wholes = {
        name: _whole(name, told[name]) for name in ("split_feature", "decision_type", "left_child", "right_child")
    }
    nodes, some = leaves - 1, leaves == 1
    for name, held in (numbers | wholes).items():
        expected = leaves if name in LEAVES else nodes
        if len(held) != expected and not (some and name != "leaf_value" and not len(held)):
            raise Wrong(f"tree {number} has {len(held)} of {name} where it needs {expected}")
    if nodes:
        _walk(number, wholes["left_child"], wholes["right_child"])
        if (wholes["split_feature"] < 0).any() or (wholes["split_feature"] >= features).any():
            raise Wrong(f"tree {number} asks a feature that it has not")
        _decisions(number, wholes["decision_type"], numbers["threshold"], told, sets)
    elif sets:
        raise Wrong(f"tree {number} has categories and asks nothing")


def _walk(number: int, left: NDArray[np.int64], right: NDArray[np.int64]) -> None:
    """Refuse children that are not the nodes after the first and the leaves, each once, and after their parent."""
    nodes = len(left)
    children = np.sort(np.concatenate([left, right]))
    if not np.array_equal(children, np.r_[-nodes - 1 : 0, 1:nodes]):
        raise Wrong(f"tree {number} does not lead to each of its nodes and leaves once")
    at = np.arange(nodes)
    for side in (left, right):
        if ((side >= 0) & (side <= at)).any():
            raise Wrong(f"tree {number} leads back to where it came from")
    if nodes > DEEPEST:
        depths = np.zeros(nodes, np.int64)
        for node, kids in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
            depths[[kid for kid in kids if kid > 0]] = depths[node] + 1
        if depths.max() >= DEEPEST:
            raise Wrong(f"tree {number} is deeper than {DEEPEST}")


def _decisions(
    number: int, decision: NDArray[np.int64], threshold: NDArray[np.float64], told: dict[str, str], sets: int
) -> None:
    """Refuse kinds of decision that there are not, and sets of categories that are not there."""
    asks = (decision & _CATEGORY) > 0
    if (decision < 0).any() or (decision >> 2 > _NAN).any():
        raise Wrong(f"tree {number} decides as LightGBM does not")
    places = threshold[asks]
    if sets < 0 or (places != np.floor(places)).any() or (places < 0).any() or (places >= max(sets, 0)).any():
        raise Wrong(f"tree {number} asks for categories that it has not")
    if not sets:
        return
    ends, members = _whole("cat_boundaries", told["cat_boundaries"]), _whole("cat_threshold", told["cat_threshold"])
    if len(ends) != sets + 1 or ends[0] != 0 or (np.diff(ends) <= 0).any() or ends[-1] != len(members):
        raise Wrong(f"tree {number} has other categories than cat_boundaries says")
    if (members < 0).any() or (members >= 2**32).any():
        raise Wrong(f"tree {number} has categories that are no 32 bits")


def _tail(rest: str) -> None:
    """Refuse anything but importances and parameters after the trees."""
    if not _TAIL.fullmatch(rest):
        raise Wrong("it does not end as LightGBM's text does")


def _lines(lines: Sequence[str], keys: Sequence[str]) -> dict[str, str]:
    """Return what lines say, which are these keys in this order."""
    if [line.partition("=")[0] for line in lines] != list(keys):
        raise Wrong(f"where {', '.join(keys[:3])} … should stand, there are other lines")
    return {key: line[len(key) + 1 :] for key, line in zip(keys, lines, strict=True)}


def _one(name: str, told: dict[str, str]) -> int:
    if not re.fullmatch(_WHOLE, told.get(name, "")):
        raise Wrong(f"{name} is no whole number")
    return int(told[name])


def _whole(name: str, line: str) -> NDArray[np.int64]:
    if line and not re.fullmatch(f"{_WHOLE}( {_WHOLE})*", line):
        raise Wrong(f"{name} are no whole numbers")
    return np.array(line.split(), dtype=np.int64)


def _numbers(name: str, line: str) -> NDArray[np.float64]:
    """Return numbers; where it is decided, one may be infinite."""
    one = _ENDLESS if name == "threshold" else _NUMBER
    if line and not re.fullmatch(f"{one}( {one})*", line):
        raise Wrong(f"{name} are no numbers")
    found = np.array(line.split(), dtype=np.float64)
    if name != "threshold" and not np.isfinite(found).all():
        raise Wrong(f"{name} are larger than any number")
    return found
