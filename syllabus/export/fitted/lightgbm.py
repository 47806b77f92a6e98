"""Boosted trees as a graph, read from LightGBM's text as its `Tree::Decision` reads it (include/LightGBM/tree.h)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syllabus.export.answers import probabilities
from syllabus.export.graph import Graph, Inexpressible
from syllabus.export.trees import Tree, ensemble, stump

_CATEGORY, _DEFAULT_LEFT = 1, 2
_MISSING_IS = 2  # by so many bits the kind of missing is shifted
_ZERO, _NAN = 1, 2
OBJECTIVES = ("regression", "regression_l1", "binary sigmoid:1", "multiclass")
"""Those whose answer is known here."""


def answers(fitted: Any, graph: Graph, arrays: Mapping[str, str]) -> str:
    """Return probabilities `(rows, k)`, or values `(rows,)`."""
    head, *blocks = fitted.text.partition("\nend of trees")[0].split("\nTree=")
    told = dict(_lines(head))
    objective, targets = told["objective"], int(told["num_tree_per_iteration"])
    if not objective.startswith(OBJECTIVES) or "average_output" in head.split():
        raise Inexpressible(f"LightGBM's objective {objective} has no graph")
    trees = [_tree(dict(_lines(block)), place % targets) for place, block in enumerate(blocks)]
    parts = [graph.cast(arrays["numeric"], graph.real)] if "numeric" in arrays else []
    if "categorical" in arrays:
        # One more: 0 is none of the categories, and ONNX Runtime looks from 1 on up in one step.
        codes = graph("Add", graph.cast(arrays["categorical"], graph.real), graph.number(1.0))
        parts.append(codes)
    scores = ensemble(graph, graph("Concat", *parts, axis=1), trees, targets, real=graph.real)
    if objective.startswith("regression"):
        return graph.picked(scores, 0)
    return probabilities(graph, scores, max(2, targets))


def _lines(block: str) -> Iterator[tuple[str, str]]:
    for line in block.splitlines():
        key, is_setting, value = line.partition("=")
        if is_setting:
            yield key, value


def _tree(told: Mapping[str, str], target: int) -> Tree:
    def numbers(name: str, kind: Any) -> NDArray[Any]:
        return np.array(told.get(name, "").split(), dtype=kind)

    if told.get("is_linear", "0") != "0":
        raise Inexpressible("LightGBM's trees with linear leaves have no graph")
    leaves = numbers("leaf_value", np.float64)
    if len(leaves) == 1:
        return stump(float(leaves[0]), target)
    decision, threshold = numbers("decision_type", np.int64), numbers("threshold", np.float64)
    category, missing = (decision & _CATEGORY) > 0, decision >> _MISSING_IS
    if (missing[~category] == _ZERO).any():
        raise Inexpressible("LightGBM took zero for missing, which has no graph")
    # What is missing is zero to a node that knew no gap in train; a category that is missing is in no set.
    gap_left = np.where(missing == _NAN, (decision & _DEFAULT_LEFT) > 0, threshold >= 0) & ~category
    ends, words = numbers("cat_boundaries", np.int64), numbers("cat_threshold", np.uint32)
    sets = {
        int(node): _members(words[ends[at] : ends[at + 1]])
        for node, at in zip(np.flatnonzero(category), threshold[category].astype(int), strict=True)
    }
    sides = {side: numbers(f"{side}_child", np.int64) for side in ("left", "right")}
    feature = numbers("split_feature", np.int64)
    return Tree(feature, threshold, gap_left, **sides, leaves=leaves, target=target, members=sets)


def _members(words: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return the categories whose bits are set, one more each."""
    return np.flatnonzero(np.unpackbits(words.astype("<u4").view(np.uint8), bitorder="little")) + 1
