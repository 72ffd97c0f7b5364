"""A team's own check: a plain function, registered under a dotted id."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mltest import catalogue
from mltest.assertion import demand
from mltest.errors import UsageError
from mltest.judge import requirement_of
from mltest.own_measurement import judged, measurement_of
from mltest.result import Result

__all__ = ["OwnCheck", "check"]

_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_DEMANDS = ("at_least", "at_most", "between", "decision")


class OwnCheck:
    """A registered check: a call records and raises; ``result`` returns the ``Result`` instead."""

    def __init__(self, identifier: str, measure: Callable[..., object]) -> None:
        self.id = identifier
        self.measure = measure
        functools.update_wrapper(self, measure)

    def __call__(self, *args: Any, **kwargs: Any) -> Result:
        """Measure, judge, record, and raise unless it passed."""
        __tracebackhide__ = True
        demands = {name: value for name, value in kwargs.items() if name in _DEMANDS or isinstance(value, str)}
        return demand(self.result(*args, **kwargs), (self.measure, args, demands))

    def result(self, *args: Any, **kwargs: Any) -> Result:
        """The judged ``Result``, without recording it or raising."""
        return catalogue.find(self.id).function(*args, **kwargs)

    def _judged(self, *args: Any, **kwargs: Any) -> Result:
        demands = {name: kwargs.pop(name) for name in _DEMANDS if name in kwargs}
        answer = self.measure(*args, **kwargs)
        if isinstance(answer, Result):
            if demands:
                msg = f"{self.id} returns a Result, which is judged already; it takes no {', '.join(demands)}"
                raise UsageError(msg)
            return replace(answer, check=self.id)
        name = self.id.rpartition(".")[2]
        found, estimate = measurement_of(answer, name)
        requirement = requirement_of(found.name, call=self.id, **demands)
        result = judged(found, requirement, check=self.id, estimate=estimate)
        return replace(result, inputs=_inputs_of([*args, *kwargs.values()]))


def _inputs_of(given: list[Any]) -> dict[str, str]:
    """Digests of the evaluations and artifacts that a call was given; a second of the same name gets a number."""
    from mltest.inputs.origins import origin

    found: dict[str, str] = {}
    for thing in given:
        known = origin(thing)
        inputs = {known[0]: known[1]} if known else getattr(thing, "inputs", {})
        for name, digest in inputs.items() if isinstance(inputs, Mapping) else ():
            if found.get(name, digest) == digest:
                found[name] = digest
            else:
                found[f"{name} {1 + sum(key.partition(' ')[0] == name for key in found)}"] = digest
    return found


def check(identifier: str, *, title: str | None = None, kind: str = "model.performance") -> Callable[..., OwnCheck]:
    """Register a team's own check under a dotted id.

    The decorated function measures: it returns a number, per-row values, a ``Measurement``, or a ``Result``
    that another check made. Calling it takes the function's own arguments and, unless it returns a
    ``Result``, one of ``at_least=``, ``at_most=``, ``between=``; it then judges, records and raises like
    every ``assert_*``. Its ``.result(...)`` does the same without recording or raising.

    Parameters
    ----------
    identifier : str
        Such as ``"acme.expected_cost"``: lower case, at least two parts, and no part of mltest's own ids.
    title : str, optional
        What it demands, for the report; the first line of the function's docstring if left out.
    kind : str
        Its word in the vocabulary of the control catalogue.

    Returns
    -------
    Callable
        A decorator for the measuring function.

    Raises
    ------
    UsageError
        If the id is malformed or taken by mltest.

    Examples
    --------
    >>> import mltest
    >>> @mltest.check("acme.expected_cost")
    ... def expected_cost(denied, defaulted):
    ...     "Cost of wrong decisions in EUR per application."
    ...     return 120 * denied + 900 * defaulted
    >>> expected_cost(0.1, 0.02, at_most=50).verdict
    'passed'
    """
    if not _ID.fullmatch(identifier) or identifier.partition(".")[0] in (*catalogue.FAMILIES, "own", "mltest"):
        msg = (
            f"check({identifier!r}): an id is dotted and lower case, such as 'acme.expected_cost', and does not "
            f"start with {', '.join(catalogue.FAMILIES)}, own or mltest"
        )
        raise UsageError(msg)

    def register(function: Callable[..., object]) -> OwnCheck:
        own = OwnCheck(identifier, function)
        shown = title or (function.__doc__ or identifier).strip().splitlines()[0]
        catalogue.check(identifier, title=shown, kind=kind)(
            functools.wraps(function)(functools.partial(own._judged))  # noqa: SLF001
        )
        return own

    return register
