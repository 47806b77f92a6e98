"""What a model may cost, in training and in use."""

from __future__ import annotations

from typing import Annotated

from pydantic import ByteSize, Field

from syllabus.settings.section import Section

Most = Annotated[float, Field(gt=0)]


class Cost(Section):
    """Caps that `syllabus cost --check` holds the last runs to, and what energy is reckoned with.

    No result depends on them, so no stage runs again when they change.
    """

    most_seconds: Most | None = None
    """The most seconds that train and tune may take together, all candidates added up."""
    most_memory: Annotated[ByteSize, Field(gt=0)] | None = None
    """The most memory that any stage may hold, such as `2GB`."""
    most_energy: Most | None = None
    """The most watt-hours that the processor may draw for train and tune together."""
    most_per_thousand: Most | None = None
    """The most milliseconds that the registered model may take for 1,000 rows that are asked at once, on one thread."""
    watts_per_core: Most = 12.0
    """What a busy core draws, for an estimate where the processor does not tell. 12 W is what the Green Algorithms take
    for a processor that is not known (Lannelongue et al., 2021)."""
