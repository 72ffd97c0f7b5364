"""The declaration of each check; an id is found by its path, ``model.metric`` in ``mltest/model/metric.py``."""

from __future__ import annotations

import functools
import importlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ParamSpec

from mltest.errors import UsageError, nearest
from mltest.quoted import settled

if TYPE_CHECKING:
    from mltest.result import Result

__all__ = ["FAMILIES", "Check", "check", "checks", "find", "ids"]

P = ParamSpec("P")

FAMILIES: dict[str, tuple[str, ...]] = {
    "data": ("clean_labels", "no_leakage", "schema"),
    "model": (
        "better",
        "calibrated",
        "churn",
        "fair",
        "golden",
        "learns",
        "metric",
        "no_weak_slice",
        "not_overfit",
        "not_underfit",
        "not_worse",
        "reproducible",
        "robust",
    ),
    "serving": ("consistent",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The declaration of a check.

    Parameters
    ----------
    id : str
        Dotted and stable, such as ``"model.metric"``.
    title : str
        What it demands, in a few words.
    kind : str
        Its word in the vocabulary of the control catalogue, such as ``"model.performance"``.
    rules : tuple of str
        The names of what it looks at.
    references : tuple of str
        Where its method is published.
    function : Callable
        The call that returns a ``Result``.

    Examples
    --------
    >>> find("model.metric").kind
    'model.performance'
    """

    id: str
    title: str
    kind: str
    rules: tuple[str, ...]
    references: tuple[str, ...]
    function: Callable[..., Result]


_DECLARED: dict[str, Check] = {}


def check(
    identifier: str,
    *,
    title: str,
    kind: str,
    rules: tuple[str, ...] = (),
    references: tuple[str, ...] = (),
) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Declare a function that returns a ``Result`` as the check ``identifier``; it is timed from then on."""

    def declare(function: Callable[P, Result]) -> Callable[P, Result]:
        @functools.wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> Result:
            __tracebackhide__ = True
            started = time.perf_counter()
            result = settled(function(*args, **kwargs))
            return replace(result, seconds=time.perf_counter() - started)

        _DECLARED[identifier] = Check(
            id=identifier,
            title=title[:1].upper() + title[1:],
            kind=kind,
            rules=rules,
            references=references,
            function=timed,
        )
        return timed

    return declare


def ids() -> tuple[str, ...]:
    """The ids of the checks that come with mltest, sorted.

    Examples
    --------
    >>> "data.schema" in ids()
    True
    """
    return tuple(sorted(f"{family}.{name}" for family, names in FAMILIES.items() for name in names))


def find(identifier: str) -> Check:
    """The declaration of a check by its id; loads its file on first use.

    Examples
    --------
    >>> find("model.metrc")
    Traceback (most recent call last):
    ...
    mltest.UsageError: no check 'model.metrc'; nearest is 'model.metric' (mltest list checks)
    """
    if identifier in ids():
        importlib.import_module(f"mltest.{identifier}")
    if identifier not in _DECLARED:
        msg = f"no check {identifier!r}{nearest(identifier, [*ids(), *_DECLARED])} (mltest list checks)"
        raise UsageError(msg)
    return _DECLARED[identifier]


def checks() -> Iterator[Check]:
    """Every check that comes with mltest and every one that was registered in this process, by id."""
    for identifier in ids():
        find(identifier)
    for identifier in sorted(_DECLARED):
        yield _DECLARED[identifier]


def kind_and_title(identifier: str) -> tuple[str, str]:
    """The control catalogue's word and the title of a check that was called in this process."""
    declared = _DECLARED.get(identifier)
    return (declared.kind, declared.title) if declared else ("model.performance", "A measured value meets its demand")
