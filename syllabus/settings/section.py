"""What every part of `params.yaml` is: typed, frozen and strict."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(gt=0, lt=1)]
Names = tuple[str, ...]


class Section(BaseModel):
    """A part of `params.yaml`: an unknown key, or a value of another type, is an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )
