"""Seeds that depend on a name alone."""

from __future__ import annotations

from hashlib import sha256


def seed_of(text: str) -> int:
    """A seed from a text: the first 8 bytes, big endian, of its SHA-256.

    Parameters
    ----------
    text
        Say, the node id of a test.

    Returns
    -------
    int
        From 0 to 2**64 - 1; the same on every machine.

    Examples
    --------
    >>> seed_of("tests/test_model.py::test_auc") == seed_of("tests/test_model.py::test_auc")
    True
    """
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")
