"""The private key that a command signs with: from a file or the environment, never out of a repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mltest.errors import UsageError
from mltest.evidence.seal import private_key
from mltest.interop.git import is_tracked

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["signing_key"]


def signing_key(place: str) -> Ed25519PrivateKey:
    """The key of a file, or of a variable as ``env:NAME``.

    Raises
    ------
    UsageError
        If git keeps the file (MLS01), or it holds no key.
    """
    if not place.startswith("env:") and is_tracked(Path(place).resolve()):
        msg = f"MLS01 {place} is tracked by git: a private key is never kept in the repository"
        raise UsageError(msg)
    return private_key(place)
