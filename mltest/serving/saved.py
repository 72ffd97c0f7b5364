"""A model written to a folder and read back, in the format that models of its kind are shipped in."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from mltest.errors import ModelError
from mltest.inputs.origins import form_of
from mltest.serving.subject import Subject, first_line

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["no_file", "save"]


def no_file(model: Any) -> str | None:
    """Why a model has no file, or None where it can have one."""
    if type(model).__name__ in {"function", "method", "builtin_function_or_method"}:
        return "a plain function has no file"
    return None


def save(subject: Subject, folder: Path) -> Path:
    """Write the model; ``ModelError`` where that fails, since what cannot be saved cannot be served."""
    path = folder / f"model{_suffix(subject.model)}"
    try:
        _dump(subject.model, path)
    except Exception as error:
        msg = f"{subject.name} cannot be saved as {path.suffix}: {type(error).__name__}: {first_line(error)}"
        raise ModelError(msg) from error
    return path


def _suffix(model: Any) -> str:
    """The form that the model came in; else joblib for scikit-learn's estimators and what derives from them."""
    if form_of(model) == ".skops":
        return ".skops"
    known = any(kind.__module__.partition(".")[0] == "sklearn" for kind in type(model).__mro__)
    return ".joblib" if known else ".pkl"


def _dump(model: Any, path: Path) -> None:
    if path.suffix == ".skops":
        from skops import io

        io.dump(model, path)
    elif path.suffix == ".joblib":
        import joblib

        joblib.dump(model, path)
    else:
        path.write_bytes(pickle.dumps(model))
