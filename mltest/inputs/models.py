"""Models: what one is, how it is asked, and how it is read from disk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from mltest.errors import UsageError
from mltest.inputs.calling import Predictor, call, name_of
from mltest.inputs.loading import read_model
from mltest.inputs.locations import suffix_of
from mltest.inputs.origins import remember

__all__ = ["Predictor", "call", "load_model", "name_of"]


def load_model(path_or_url: str | os.PathLike[str], *, trusted: bool | Sequence[str | type] = False) -> Any:
    """Read a model from a file, a URL or a module.

    Parameters
    ----------
    path_or_url : str or path
        ``.skops``; ``.joblib``, ``.pkl`` or ``.pickle``, with ``trusted=True``; a URL of one of these that
        fsspec knows (``gs://``, ``s3://``, ``memory://``, ...); or ``module:name`` of a function or model.
    trusted : bool or sequence of str, default False
        A pickle runs code when it is loaded, so it is refused unless True. For skops, the names of types beside
        those that skops knows to be harmless; True is not enough, as each type should be looked at.

    Returns
    -------
    object
        The model; results that used it name the digest of the bytes it was read from.

    Raises
    ------
    ArtifactError
        A file that is missing (the message has the nearest name) or unreadable (it has the digest).
    UntrustedError
        A pickle without ``trusted=True``, or a skops file with types that were not named.
    UsageError
        A kind of model that this version does not read.
    MissingDependency
        The package behind a URL's scheme or a file's format is not installed.

    References
    ----------
    skops, "Secure persistence", and CVE-2024-37065 on ``trusted=True``.

    Examples
    --------
    >>> import mltest
    >>> mltest.load_model("statistics:mean")([1, 2, 6])
    3
    """
    try:
        uri = os.fspath(path_or_url)
    except TypeError as error:
        msg = f"load_model takes a path or a URL, got a {type(path_or_url).__name__}"
        raise UsageError(msg) from error
    loaded = read_model(uri, trusted)
    if loaded.digest is not None:
        remember(loaded.thing, name_of(loaded.thing), loaded.digest, form=suffix_of(uri))
    return loaded.thing
