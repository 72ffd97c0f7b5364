"""A model from a skops file: only of types that are known to be harmless, or that the caller names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mltest.errors import ArtifactError, MissingDependency, UntrustedError, nearest
from mltest.quoted import quoted

__all__ = ["load_skops"]


def load_skops(content: bytes, who: str, trusted: bool | Sequence[Any]) -> Any:  # noqa: FBT001
    """Construct the model; refuse types that are neither known to skops nor named in ``trusted``."""
    try:
        from skops import io
    except ImportError as error:
        msg = f"{who}: reading a .skops file needs skops: pip install 'pytest-mltest[skops]'"
        raise MissingDependency(msg) from error
    named = [] if isinstance(trusted, bool) else [_type_name(kind) for kind in trusted]
    try:
        unknown = io.get_untrusted_types(data=content) if content else None
    except Exception as error:
        raise _unreadable(who, error) from error
    if unknown is None:
        msg = f"{who} is empty"
        raise ArtifactError(msg)
    refused = [kind for kind in unknown if kind not in named]
    if refused:
        raise UntrustedError(_refusal(who, refused, unknown, named))
    try:
        return io.loads(content, trusted=named)
    except Exception as error:
        raise _unreadable(who, error) from error


def _refusal(who: str, refused: list[str], unknown: list[str], named: list[str]) -> str:
    hints = "".join(f"; trusted has {kind!r}{near}" for kind in named if (near := nearest(kind, refused)))
    return (
        f"{who} holds {len(refused)} type{'s' * (len(refused) != 1)} that skops does not know to be harmless: "
        f"{', '.join(refused)}{hints}. If you know who made the file and trust each of these, name them: "
        f"trusted={unknown!r}"
    )


def _unreadable(who: str, error: Exception) -> ArtifactError:
    text = str(error).strip().splitlines() or [""]
    return ArtifactError(f"{who} cannot be read as a skops file: {type(error).__name__}: {quoted(text[0])}")


def _type_name(kind: Any) -> str:
    return f"{kind.__module__}.{kind.__qualname__}" if isinstance(kind, type) else str(kind)
