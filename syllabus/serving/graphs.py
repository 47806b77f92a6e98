"""The model as ONNX, which answers where the native one cannot be loaded: a network where there is no torch."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus import architectures, export, modalities, models
from syllabus.errors import Unmet
from syllabus.export import asking

if TYPE_CHECKING:
    import polars as pl

    from syllabus.examples import Examples

NEEDS = {"onnxruntime": "serve"}
LEAST = 2 * 2**30
"""So many bytes any graph may take at a time."""
TIMES = 4
"""So many bytes more for each of its file: weights are held in the order in which they are multiplied, too."""
_MAKING = threading.Lock()
_TABLE = "the rows as they came"


@dataclass(frozen=True)
class Graphed:
    """What answers as `models.Model` does, by its graph.

    Args:
        modality, architecture, params, encoding: as in `models.Model`.
        session: ONNX Runtime's.
        fitted: what makes the tokens that the architecture reads; None where it reads none.
        encoders_cutter: the same of a pretrained encoder that finds numbers in texts; None where there is none.
    """

    modality: str
    architecture: str
    params: Mapping[str, Any]
    encoding: Any
    session: Any
    fitted: Any = None
    encoders_cutter: Any = None

    @property
    def whole(self) -> bool:
        """Whether its examples can be read here: not where a pretrained network, within the graph, finds numbers."""
        return asking.bare(self) is self.encoding

    def examples(self, table: pl.LazyFrame) -> Examples:
        """Return the table's rows as the native model reads them; the graph reads the table itself."""
        found: Examples = modalities.load(self.modality).examples(table, self.encoding)
        found.once(_TABLE, lambda: table)
        return found

    def predict(self, table: pl.LazyFrame) -> NDArray[Any]:
        """Return the probabilities `(n, k)` of the classes, or the values `(n,)`, for the table's rows."""
        return self.answers(self.examples(table))

    def answers(self, examples: Examples) -> NDArray[Any]:
        """Return the same for examples that `examples` gave."""
        table = examples.once(_TABLE, _untold) if asking.by_column(self.modality) or not self.whole else None
        return np.asarray(asking.answered(self, self.session, table, examples))


def load(folder: Path, *, instead: str = "") -> Graphed:
    """Read the graph of a package and the encoding of its model.

    Args:
        folder: the package's.
        instead: why the native model cannot be loaded, where that was tried.

    Raises:
        Unmet: there is no graph, or nothing that runs it.
    """
    file, first = folder / export.FILE, f"{instead}; " if instead else ""
    if not file.is_file():
        raise Unmet(f"{first}the package holds no {export.FILE} that could answer")
    if said := architectures.missing(NEEDS, f"{export.FILE}, which could answer,"):
        raise Unmet(f"{first}{said}")
    plain, encoding = models.encoded(folder / "model")
    cutters = asking.opened(folder, plain["modality"], plain["architecture"])
    return Graphed(plain["modality"], plain["architecture"], plain["params"], encoding, session(file), *cutters)


def session(file: Path) -> Any:
    """Return what runs an ONNX file, on one thread of the processor, and in memory that its size accounts for.

    Few nodes, each of which doubles an array, could ask for all of the memory. What is constant is therefore not worked
    out beforehand, in memory that ONNX Runtime does not count, and a run that asks for more ends with an error.

    Raises:
        Unmet: ONNX Runtime refuses it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.use_env_allocators", "1")
    content = file.read_bytes()
    place = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    bound = onnxruntime.OrtArenaCfg({"max_mem": LEAST + TIMES * len(content)})
    try:
        # A session keeps the memory that was the last to be registered when it was made; so each has its own.
        with _MAKING:
            onnxruntime.create_and_register_allocator(place, bound)
            return onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"], disabled_optimizers=["ConstantFolding"]
            )
    except Exception as error:  # its kinds have no name in common but this one
        raise Unmet(f"{file}: ONNX Runtime does not run it: {' '.join(str(error).split())[:200]}") from None


def _untold() -> pl.LazyFrame:
    raise ValueError("these examples were not read by Graphed.examples")
