"""A decoder that writes: code after code, each from what it has read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from syllabus.deep import devices
from syllabus.deep.decoder import Cache, Decoder
from syllabus.deep.packed import END


def continued(
    network: Decoder, codes: NDArray[np.int32], choose: Callable[[NDArray[np.float64]], int]
) -> Iterator[int]:
    """Yield the codes that follow these from the beginning of a document, until `choose` takes its end.

    Args:
        network: on the processor, in its evaluation mode.
        codes: `(t,)`; of more than fit into the context the last are read.
        choose: takes a code, given the logarithm of how likely each one is, less any constant.
    """
    context = network.shape.context
    read = [END, *codes.tolist()]
    fresh, cache = read[-context:], Cache(network.shape)
    while True:
        if cache.length + len(fresh) > context:
            # The later half is read again: the positions in the cache are used up.
            fresh, cache = read[-max(1, context // 2) :], Cache(network.shape)
        with devices.alone(), torch.inference_mode():
            scores = network(torch.tensor([fresh]), cache)[0, -1].double().numpy()
        code = choose(scores)
        if code == END:
            return
        yield code
        read.append(code)
        fresh = [code]
