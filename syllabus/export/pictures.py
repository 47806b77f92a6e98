"""The residual network for pictures as nodes of a graph: `deep.residual`, in single precision as it has learned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from syllabus.export.graph import Graph
from syllabus.export.weights import array, line, matrix, single


@dataclass(frozen=True)
class Maps:
    """What a layer gives: `(rows, channels, height, width)`, by name."""

    name: str
    channels: int
    height: int
    width: int


def residual(graph: Graph, pictures: str, shape: tuple[int, int, int], network: Any) -> str:
    """Return the scores `(rows, outputs)` of pictures `(rows, height, width, channels) uint8`.

    Args:
        graph: that grows.
        pictures: as they come in.
        shape: height, width and channels of one.
        network: that has learned.
    """
    mean, deviation = (array(network.get_buffer(name)) for name in ("mean", "deviation"))
    levels = graph("Sub", graph.cast(pictures, np.float32), single(graph, mean))
    height, width, channels = shape
    normal = graph("Transpose", graph("Div", levels, single(graph, deviation)), perm=[0, 3, 1, 2])
    maps = Maps(normal, channels, height, width)
    for layer in network.layers:
        maps = _layer(graph, maps, layer)
    return line(graph, graph("ReduceMean", maps.name, graph.constant([2, 3]), keepdims=0), network.scores)


def _layer(graph: Graph, given: Maps, layer: Any) -> Maps:
    if hasattr(layer, "second_norm"):
        return _block(graph, given, layer)
    if hasattr(layer, "num_groups"):
        return _norm(graph, given, layer)
    return _convolved(graph, given, layer) if hasattr(layer, "kernel_size") else _relu(graph, given)


def _block(graph: Graph, given: Maps, block: Any) -> Maps:
    inside = _relu(graph, _norm(graph, _convolved(graph, given, block.first), block.first_norm))
    beside = _norm(graph, _convolved(graph, inside, block.second), block.second_norm)
    around = _convolved(graph, given, block.round) if hasattr(block.round, "kernel_size") else given
    return _relu(graph, replace(beside, name=graph("Add", beside.name, around.name)))


def _convolved(graph: Graph, given: Maps, layer: Any) -> Maps:
    sides, pads, steps = (list(told) for told in (layer.kernel_size, layer.padding, layer.stride))
    weights = matrix(graph, layer.weight, axis=0)
    name = graph("Conv", given.name, weights, kernel_shape=sides, pads=[*pads, *pads], strides=steps)
    height, width = (
        (before + 2 * pad - side) // step + 1
        for before, pad, side, step in zip((given.height, given.width), pads, sides, steps, strict=True)
    )
    return Maps(name, layer.out_channels, height, width)


def _norm(graph: Graph, given: Maps, layer: Any) -> Maps:
    """Return maps, each group of channels of a picture brought to a mean of 0 and a deviation of 1, then scaled.

    GroupNormalization says the same; ONNX Runtime has no code of its own for it, and took twice the time.
    """
    groups = layer.num_groups
    joined = graph("Reshape", given.name, graph.constant([0, groups, -1]))
    as_is = single(graph, np.ones(groups)), single(graph, np.zeros(groups))
    normal = graph("InstanceNormalization", joined, *as_is, epsilon=layer.eps)
    apart = graph("Reshape", normal, graph.constant([0, given.channels, given.height, given.width]))
    scale, shift = (single(graph, array(held)[:, None, None]) for held in (layer.weight, layer.bias))
    return replace(given, name=graph("Add", graph("Mul", apart, scale), shift))


def _relu(graph: Graph, given: Maps) -> Maps:
    return replace(given, name=graph("Relu", given.name))
