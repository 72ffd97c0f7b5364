"""A demand on anything that a user measured: a number, per-row values, or a Measurement."""

from __future__ import annotations

import math
import numbers
from dataclasses import replace
from typing import TYPE_CHECKING

from mltest.assertion import asserting
from mltest.digits import number
from mltest.errors import UsageError
from mltest.judge import judge, requirement_of, requirement_text
from mltest.result import Measurement, Requirement, Result

if TYPE_CHECKING:
    from mltest.stats.estimate import Estimate

__all__ = ["judged", "measurement_of", "require", "required"]

OWN = "own.require"


def required(
    measurement: object,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    between: tuple[float, float] | None = None,
    name: str | None = None,
    decision: str = "interval",
) -> Result:
    """Demand something of a number, of per-row values or of a ``Measurement``.

    Parameters
    ----------
    measurement : float, array of shape (n_rows,) or Measurement
        A number is taken as it is given: it has no interval, and the evidence says so. Per-row values
        are judged by the interval of their mean. A ``Measurement`` is judged by its own bounds.
    at_least, at_most : float
        The demanded limit; exactly one of these or ``between``.
    between : tuple of two floats
        The accepted span, ends included.
    name : str, optional
        What the number is; shown in the message and the report.
    decision : {"interval", "point"}
        ``"point"`` judges the estimate alone, and the evidence says so.

    Returns
    -------
    Result
        The recorded result, if the demand is met.

    Raises
    ------
    CheckFailed
        If the demand is missed; its subclass ``Inconclusive`` if the rows cannot tell.
    UsageError
        If the value is not a number, an array of numbers or a ``Measurement``.

    Notes
    -----
    Per-row values of 0 and 1 get the exact interval of Clopper and Pearson (1934); others Hall's (1992)
    skewness-corrected t. NaN satisfies nothing: its verdict is ``error``.

    Examples
    --------
    >>> import mltest
    >>> mltest.require(212, at_most=500, name="model size in MiB").verdict
    'passed'
    >>> mltest.checks.require([1] * 45 + [0] * 5, at_least=0.9, name="answered in time").verdict
    'inconclusive'
    """
    if isinstance(measurement, Measurement) and name is not None:
        measurement = replace(measurement, name=name)
    found, estimate = measurement_of(measurement, name or "value")
    requirement = requirement_of(
        found.name, at_least=at_least, at_most=at_most, between=between, decision=decision, call="require"
    )
    return judged(found, requirement, check=OWN, estimate=estimate)


def judged(found: Measurement, requirement: Requirement, *, check: str, estimate: Estimate | None = None) -> Result:
    """One measurement against one requirement, as a result."""
    edges = requirement.limit if isinstance(requirement.limit, tuple) else (requirement.limit,)
    verdict = judge(found, requirement, n_to_settle=_rows_to_settle(estimate, requirement))
    shown = f"{found.name} {number(found.value, *edges)}" if found.value is not None else str(found.detail)
    return Result(
        check=check,
        label=found.name,
        sentence=f"{shown}, required {requirement_text(requirement)}",
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=(found,),
        verdicts=(verdict.word,),
        requirement=requirement,
        flags=("no_error_control",) if requirement.decision == "point" else (),
        n_to_settle=verdict.n_to_settle,
        detectable=verdict.detectable,
    )


required.__name__ = required.__qualname__ = "require"
require = asserting(required)
require.__name__ = require.__qualname__ = "require"


def _rows_to_settle(estimate: Estimate | None, requirement: Requirement) -> int | None:
    if estimate is None or not isinstance(requirement.limit, (int, float)):
        return None
    from mltest.stats.power import n_to_settle

    return n_to_settle(estimate, requirement.limit)


def measurement_of(value: object, name: str) -> tuple[Measurement, Estimate | None]:
    """A ``Measurement`` of a number, of per-row values, or the one that was given; rows come with their estimate.

    Examples
    --------
    >>> measurement_of(3, "retries")[0].method
    'given'
    """
    if isinstance(value, Measurement):
        return value, None
    if isinstance(value, (bool, str, bytes)) or value is None:
        msg = f"{name}: a measurement is a number, an array of per-row numbers or a Measurement; got {value!r}"
        raise UsageError(msg)
    if isinstance(value, numbers.Real):
        return _given(value, name), None
    return _of_rows(value, name)


def _given(value: numbers.Real, name: str) -> Measurement:
    # JSON holds whole numbers up to 2**53 exactly
    known = float(value)
    if isinstance(value, numbers.Integral) and abs(known) < 2**53:
        known = int(value)
    if not math.isfinite(known):
        return Measurement(
            name=name,
            value=None,
            confidence=None,
            method="given",
            n=1,
            unit="numbers",
            detail=f"{name} is {known}",
            flags=("nonfinite",),
        )
    return Measurement(
        name=name, value=known, confidence=None, method="given", n=1, unit="numbers", detail="given as a number"
    )


def _of_rows(value: object, name: str) -> tuple[Measurement, Estimate | None]:
    import numpy as np

    from mltest.stats.mean import hall_t
    from mltest.stats.proportion import proportion

    rows = np.asarray(value)
    if rows.ndim != 1 or not (np.issubdtype(rows.dtype, np.number) or rows.dtype == bool):
        msg = (
            f"{name}: per-row values must be numbers in one dimension; got an array of shape {rows.shape} "
            f"and type {rows.dtype}"
        )
        raise UsageError(msg)
    rows = rows.astype(np.float64)
    if not np.isfinite(rows).all():
        bad = int((~np.isfinite(rows)).sum())
        detail = f"{bad} of {len(rows)} values of {name} are not finite"
        return Measurement(name=name, value=None, method="mean", n=len(rows), detail=detail, flags=("nonfinite",)), None
    estimate = proportion(rows.astype(bool)) if np.isin(rows, (0.0, 1.0)).all() else hall_t(rows)
    found = Measurement(
        name=name,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        method=estimate.method,
        n=estimate.n,
        n_effective=estimate.n_effective,
        detail=estimate.detail,
        flags=estimate.flags,
    )
    return found, estimate
