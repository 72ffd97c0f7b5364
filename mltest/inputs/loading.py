"""Reading a model: which kind of file it is, whether it may run code, and what to say when it cannot be read."""

from __future__ import annotations

import importlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mltest.errors import ArtifactError, UntrustedError, UsageError, nearest
from mltest.inputs.digests import digest_bytes, digest_file
from mltest.inputs.loading_skops import load_skops
from mltest.inputs.locations import is_callable_name, is_url, local_path, read_bytes, suffix_of
from mltest.quoted import quoted

__all__ = ["MODEL_SUFFIXES", "Loaded", "read_model"]

PICKLES = (".joblib", ".pkl", ".pickle")
MODEL_SUFFIXES = (".skops", *PICKLES, ".onnx")
_SUPPORTED = "a .skops file, a .joblib or .pkl file that you trust, or module:name of a function or fitted model"

Trust = bool | Sequence[Any]


class Loaded(NamedTuple):
    """What was read, the digest of the bytes it was read from, and how many these are."""

    thing: Any
    digest: str | None
    size: int
    cached: bool = False


def read_model(uri: str, trusted: Trust, folder: Path | None = None) -> Loaded:
    """Read a model by its kind of file, or refuse it with the kinds that can be read."""
    if is_callable_name(uri) and not local_path(uri, folder).exists():
        return _imported(uri)
    _refuse_later_kinds(uri, folder)
    suffix = suffix_of(uri)
    if suffix not in MODEL_SUFFIXES:
        ending = suffix or "a name without ending"
        msg = f"{uri}: no model is read from {ending}{nearest(suffix, MODEL_SUFFIXES)}; give {_SUPPORTED}"
        raise UsageError(msg)
    content = read_bytes(uri, folder)
    digest = digest_bytes(content)
    who = f"{uri} ({digest}, {len(content)} bytes)"
    model = load_skops(content, who, trusted) if suffix == ".skops" else _unpickled(content, who, trusted)
    return Loaded(model, digest, len(content))


def _refuse_later_kinds(uri: str, folder: Path | None) -> None:
    kind = None
    if uri.startswith("models:/"):
        kind = "an MLflow registry address"
    elif uri.startswith(("http://", "https://")) and suffix_of(uri) not in MODEL_SUFFIXES:
        kind = "a prediction service"
    elif suffix_of(uri) == ".onnx":
        kind = "an ONNX model"
    elif not is_url(uri) and local_path(uri, folder).is_dir():
        mlflow = (local_path(uri, folder) / "MLmodel").is_file()
        kind = "an MLflow model folder" if mlflow else "a folder"
    if kind:
        msg = f"{uri} is {kind}, which is not supported yet in this version; give {_SUPPORTED}"
        raise UsageError(msg)


def _unpickled(content: bytes, who: str, trusted: Trust) -> Any:
    if trusted is not True:
        msg = (
            f"{who} is a pickle: loading it runs whatever code its writer put in. If you know who made it, "
            "give trusted=True; better, save the model with skops"
        )
        raise UntrustedError(msg)
    import joblib

    try:
        return joblib.load(io.BytesIO(content))
    except Exception as error:
        text = str(error).strip().splitlines() or [""]
        msg = f"{who} cannot be read: {type(error).__name__}: {quoted(text[0])}"
        raise ArtifactError(msg) from error


def _imported(uri: str) -> Loaded:
    module_name, _, attribute = uri.partition(":")
    module = _module(uri, module_name)
    thing: Any = module
    for name in attribute.split("."):
        if not hasattr(thing, name):
            public = [known for known in dir(thing) if not known.startswith("_")]
            msg = f"{uri}: {module_name} has no {name!r}{nearest(name, public)}"
            raise UsageError(msg)
        thing = getattr(thing, name)
    if not callable(thing) and not hasattr(thing, "predict"):
        msg = f"{uri} is a {type(thing).__name__}; name a function, or an object with predict"
        raise UsageError(msg)
    source = Path(getattr(module, "__file__", None) or "")
    return Loaded(thing, digest_file(source), source.stat().st_size) if source.is_file() else Loaded(thing, None, 0)


def _module(uri: str, name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            msg = f"{uri}: there is no module {error.name!r} on the import path; run from its folder or install it"
            raise UsageError(msg) from error
        msg = f"{uri}: importing {name} needs {error.name!r}, which is not installed"
        raise ArtifactError(msg) from error
    except Exception as error:
        msg = f"{uri}: importing {name} raised {type(error).__name__}: {quoted(error)}"
        raise ArtifactError(msg) from error
