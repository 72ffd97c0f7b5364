"""The id that a test has in evidence: pytest's, with whatever must not be kept taken out of its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

__all__ = ["node_of", "redacted_ids"]

# read in every session, so that nothing is loaded for the ids of nearly all tests
_SUSPECT = re.compile(
    r"@|://|/home/|/Users/|\\Users\\|(?i:token|secret|passw|key[=:]|bearer)|(?:\d[ -]?){13}|gh[po]_|AKIA|eyJ"
)
_REDACTED = re.compile(r"\[.*~[0-9a-f]{4}\]$")


def node_of(nodeid: str) -> str:
    """The id in evidence: an address or a secret in a parameter gives way to its kind and four digits of a digest.

    Examples
    --------
    >>> node_of("test_limits.py::test_limit[north-0.5]")
    'test_limits.py::test_limit[north-0.5]'
    >>> node_of("test_limits.py::test_limit[ada@example.com-0.5]")
    'test_limits.py::test_limit[<e-mail>-0.5~36e8]'
    """
    _, found, parameters = nodeid.partition("[")
    return _without_secrets(nodeid) if found and _SUSPECT.search(parameters) else nodeid


def redacted_ids(nodes: Iterable[str]) -> str | None:
    """What is to be told where something was taken out of the ids of tests, or None where nothing was.

    Examples
    --------
    >>> redacted_ids(["test_limits.py::test_limit[north]"]) is None
    True
    """
    found = sorted({node for node in nodes if _REDACTED.search(node)})
    if not found:
        return None
    number = "1 test has" if len(found) == 1 else f"{len(found)} tests have"
    return f"MLR03 {number} an address or a secret in a parameter's id, give them ids= (first: {found[0]})"


@cache
def _without_secrets(nodeid: str) -> str:
    import hashlib

    from mltest.evidence.redaction import Redaction

    before, _, parameters = nodeid.partition("[")
    kept = Redaction()(parameters.removesuffix("]"))
    if kept == parameters.removesuffix("]"):
        return nodeid
    # sixteen bits tell two parameters of a test apart, and are too few to find out what stood there
    return f"{before}[{kept}~{hashlib.sha256(nodeid.encode('utf-8', 'surrogatepass')).hexdigest()[:4]}]"
