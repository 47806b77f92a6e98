"""Where a checkpoint keeps its results; Great Expectations imports this module by its name."""

from __future__ import annotations

from typing import Any

import numpy as np
from great_expectations.data_context.store import ValidationResultsStore


class PlainResultsStore(ValidationResultsStore):  # type: ignore[misc]  # the package has no types
    """Keeps results with Python's own booleans and numbers, also for whoever reads them next.

    Expectations about quantiles and divergence return `np.bool`, which breaks Great Expectations' JSON.
    """

    def serialize(self, value: Any) -> Any:
        for result in value.results:
            result.success = bool(result.success)
            result.result = _plain(result.result)
        value.success = bool(value.success)
        return super().serialize(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
