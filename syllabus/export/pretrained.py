"""A pretrained encoder of texts as nodes of a graph: BERT (Devlin et al. 2019), as most sentence encoders are built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.export.arrays import HEARD, KINDS
from syllabus.export.graph import Graph, Inexpressible
from syllabus.export.texts import Cutter, attended, mean, placed, standing
from syllabus.export.weights import array, line, normal, picked, single
from syllabus.frozen import LENGTH

if TYPE_CHECKING:
    from syllabus.frozen import Frozen

FIRST = 1
"""The code of a pretrained encoder's first token: 0 is no padding of its own."""

KNOWN = {"BertModel": {"hidden_act": "gelu", "is_decoder": False}}
"""The networks that are said here, and what must be said of them."""


def said(graph: Graph, encoder: Frozen) -> str:
    """Return what an encoder says of texts beside their other numbers, `(rows, width) float64`; its tokens come in."""
    tokens = graph.array(HEARD, *KINDS[HEARD], HEARD)
    return graph.cast(heard(graph, tokens, encoder.encoder()[0].network), np.float64)


def cutter(encoder: Frozen) -> Cutter:
    """Return what makes its tokens."""
    return Cutter(encoder.encoder()[1], LENGTH, FIRST)


def heard(graph: Graph, tokens: str, network: Any) -> str:
    """Return what an encoder says of tokens, `(rows, width)`, as `deep.listening.Body` does: the mean over the tokens.

    Args:
        graph: that grows.
        tokens: `(rows, t) int64`, the encoder's own each plus 1; 0 stands beyond the end.
        network: of transformers'.

    Raises:
        Inexpressible: it is built in another way.
    """
    _check(network)
    where = standing(graph, tokens, always=True)
    below = network.embeddings
    codes = graph("Max", graph("Sub", tokens, graph.constant(1)), graph.constant(0))
    words = graph("Add", picked(graph, below.word_embeddings.weight, codes), _kind(graph, below))
    found = graph("Add", words, placed(graph, below.position_embeddings.weight, where))
    found = normal(graph, found, below.LayerNorm)
    for layer in network.encoder.layer:
        own = layer.attention.self
        parts = (line(graph, found, part) for part in (own.query, own.key, own.value))
        width, heads = own.query.out_features, network.config.num_attention_heads
        seen = line(graph, attended(graph, *parts, where=where, heads=heads, width=width), layer.attention.output.dense)
        found = normal(graph, graph("Add", seen, found), layer.attention.output.LayerNorm)
        wide = graph("Gelu", line(graph, found, layer.intermediate.dense))
        found = normal(graph, graph("Add", line(graph, wide, layer.output.dense), found), layer.output.LayerNorm)
    return mean(graph, found, where)


def _check(network: Any) -> None:
    name = type(network).__name__
    if name not in KNOWN:
        raise Inexpressible(f"the pretrained network is a {name}, and a graph is known of {', '.join(KNOWN)} alone")
    for key, value in KNOWN[name].items():
        if getattr(network.config, key, value) != value:
            raise Inexpressible(f"the pretrained network has {key} {getattr(network.config, key)}, which has no graph")


def _kind(graph: Graph, below: Any) -> str:
    """Return what is added for the first sentence of two, which all are."""
    return single(graph, array(below.token_type_embeddings.weight)[0])
