"""What `pip install syllabus` leaves out, and the extra that brings it: said in a sentence where it is missed."""

from __future__ import annotations

import sys
from itertools import pairwise
from types import TracebackType

OF = {
    "PIL": "images",
    "duckdb_sqlalchemy": "train",
    "dvc": "train",
    "fairlearn": "train",
    "fastapi": "serve",
    "great_expectations": "train",
    "gto": "train",
    "jinja2": "train",
    "onnx": "onnx",
    "onnxruntime": "serve",
    "optuna": "train",
    "orjson": "serve",
    "prefect": "train",
    "pyarrow": "train",
    "rapidfuzz": "train",
    "rensa": "text",
    "rich": "train",
    "ruamel": "train",
    "sklearn": "train",
    "sqlalchemy": "train",
    "tabm": "deep",
    "threadpoolctl": "train",
    "tokenizers": "text",
    "torch": "deep",
    "transformers": "pretrained",
    "uvicorn": "serve",
}
"""The extra by what is imported; `dvc` is also a command."""


def missed(error: ImportError) -> str | None:
    """Return the sentence about an import that failed because an extra is not installed; None where it is another's.

    >>> missed(ModuleNotFoundError("No module named 'ruamel'", name="ruamel"))
    'needs ruamel, which is not installed: pip install "syllabus[train]"'
    """
    return needed((error.name or "").partition(".")[0])


def needed(name: str) -> str | None:
    """Return the sentence about a package or command that is not there."""
    extra = OF.get(name)
    return f'needs {name}, which is not installed: pip install "syllabus[{extra}]"' if extra else None


def explain(package: str) -> None:
    """Let a program of a package, `python -m PACKAGE.NAME`, end in that sentence; what else goes wrong is not touched.

    For where imports stand at the top of modules, which Python runs before anything could catch what they raise.
    """
    module = next((word for flag, word in pairwise(sys.orig_argv) if flag == "-m"), "")
    if not module.startswith(f"{package}."):
        return
    usual = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        said = missed(error) if isinstance(error, ImportError) else None
        if said is None:
            usual(kind, error, trace)
        else:
            print(f"{module.rpartition('.')[2]}: {said}", file=sys.stderr)

    sys.excepthook = hook
