"""Which estimates of two runs differ by more than their noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from statistics import NormalDist
from typing import Any, NamedTuple

from mltest.policy.change_effects import figures, sense_in
from mltest.policy.change_line import line_of
from mltest.policy.change_order import is_number

__all__ = ["estimate_lines", "pairs_of", "student_p"]

LEVEL = 0.05
_COUNTED = ("census", "given")
_SCALES = {
    "identity": lambda value: value,
    "log": math.log,
    "logit": lambda value: math.log(value / (1 - value)),
    "fisher": math.atanh,
}
_NORMAL = NormalDist()


class _Compared(NamedTuple):
    """One measurement of both runs; ``p`` is None where nothing but the values can be compared."""

    id: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    sense: str
    p: float | None
    method: str


def estimate_lines(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """A line for each measurement of two runs that moved beyond its noise.

    Parameters
    ----------
    old, new : mapping
        The last record of each check, by id.

    Notes
    -----
    Two-sided tests of "no difference" at 0.05 after Holm's correction over all measurements with an interval on both
    sides. Where both records have a standard error on the same scale: Welch's test there (normal without degrees of
    freedom). Else standard errors recovered from the bounds that face each other, as in MOVER. The runs count as
    independent: on the same rows the test is conservative, and says so. Complete counts have no noise: a changed one is
    told. The same inputs, method and seed leave no noise either: another value was not reproduced.

    References
    ----------
    Welch (1947), Biometrika 34, 28-35. Zou and Donner (2008), Statistics in Medicine 27, 1693-1702. Holm (1979),
    Scandinavian Journal of Statistics 6, 65-70.
    """
    compared = list(pairs_of(old, new))
    tested = sorted((pair for pair in compared if pair.p is not None), key=lambda pair: pair.p or 0.0)
    adjusted, worst = {}, 0.0
    for at, pair in enumerate(tested):
        worst = max(worst, min(1.0, (len(tested) - at) * (pair.p or 0.0)))
        adjusted[id(pair)] = worst
    for pair in compared:
        if pair.p is None:
            yield _line(pair, pair.method)
        elif adjusted[id(pair)] <= LEVEL:
            over = f", Holm over {len(tested)}" if len(tested) > 1 else ""
            told = f"beyond its noise, p = {adjusted[id(pair)]:.2g} ({pair.method}{over})"
            yield _line(pair, told, p=pair.p, p_adjusted=adjusted[id(pair)])


def _line(pair: _Compared, why: str, **more: Any) -> dict[str, Any]:
    name = _field(pair.new)
    old, new = pair.old["value"], pair.new["value"]
    what = f"{name} {figures(pair.old)} -> {figures(pair.new)}: {why}"
    toward = None
    if pair.sense:
        toward = "better" if (new > old) is (pair.sense == "higher") else "worse"
    more |= {"old_interval": _interval(pair.old), "new_interval": _interval(pair.new)}
    return line_of("estimate_moved", pair.id, name, (old, new), what, toward=toward, method=pair.method, **more)


def _interval(part: Mapping[str, Any]) -> list[Any]:
    return [part.get("low"), part.get("high")]


def _field(part: Mapping[str, Any]) -> str:
    name = str(part.get("name", "value"))
    return f"{name}[{part['slice']}]" if part.get("slice") else name


def pairs_of(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> Iterator[_Compared]:
    """The measurements that both runs have: each that was tested, and each exact one that differs."""
    for identity in sorted(old.keys() & new.keys()):
        before, after = old[identity], new[identity]
        parts = _parts(before)
        for key, part in _parts(after).items():
            if key in parts:
                pair = _compared(identity, before, after, parts[key], part)
                if pair is not None:
                    yield pair


def _parts(record: Mapping[str, Any]) -> dict[tuple[str, int], Mapping[str, Any]]:
    """The measurements of a record by name and slice; equal names in their order."""
    listed = record.get("measurements") or ()
    if not listed and record.get("value") is not None:
        listed = [{"n": record.get("n"), **(record.get("interval") or {}), "value": record["value"]}]
    found: dict[tuple[str, int], Mapping[str, Any]] = {}
    for part in listed:
        name, at = _field(part), 0
        while (name, at) in found:
            at += 1
        found[name, at] = part
    return found


def _compared(
    identity: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
) -> _Compared | None:
    before_value, after_value = old.get("value"), new.get("value")
    if not (is_number(before_value) and is_number(after_value)):
        return None
    sense, same = sense_in(after, new), _same_inputs(before, after)
    exact = {old.get("method", "census"), new.get("method", "census")} & {*_COUNTED}
    if exact or (same and _same_way(old, new)):
        told = "counted, not estimated" if exact else "the same inputs gave another value"
        return None if _equal(before_value, after_value) else _Compared(identity, old, new, sense, None, told)
    tested = _welch(old, new) or _recovered(old, new)
    if tested is None:
        return None
    p, method = tested
    if same or _same_rows(before, after):
        method += ", same rows: conservative"
    return _Compared(identity, old, new, sense, p, method)


def _same_inputs(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return bool(old.get("inputs")) and old.get("inputs") == new.get("inputs")


def _same_way(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return all(old.get(name) == new.get(name) for name in ("method", "n", "seed"))


def _same_rows(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    before, after = old.get("inputs") or {}, new.get("inputs") or {}
    return any(before[name] == after.get(name) for name in ("data", "test data", "target") if name in before)


def _equal(old: float, new: float) -> bool:
    return old == new or math.isclose(old, new, rel_tol=1e-9, abs_tol=1e-12)


def _welch(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[float, str] | None:
    """Welch's test on the scale of both; None without a standard error, or where a value has no place on the scale."""
    scale = old.get("scale")
    if scale not in _SCALES or scale != new.get("scale"):
        return None
    errors = [float(part["se"]) for part in (old, new) if is_number(part.get("se")) and part["se"] > 0]
    if len(errors) < 2:
        return None
    try:
        values = [_SCALES[scale](part["value"]) for part in (old, new)]
    except (ValueError, ZeroDivisionError):
        return None
    first, second = (error**2 for error in errors)
    t = (values[1] - values[0]) / math.sqrt(first + second)
    freedom = [float(part["df"]) for part in (old, new) if is_number(part.get("df")) and part["df"] > 0]
    if len(freedom) < 2:
        return 2 * _NORMAL.cdf(-abs(t)), f"difference of {_on(scale)}, normal"
    df = (first + second) ** 2 / (first**2 / freedom[0] + second**2 / freedom[1])
    return student_p(t, df), f"difference of {_on(scale)}, Welch"


def _on(scale: str) -> str:
    return "values" if scale == "identity" else f"{scale} values"


def _recovered(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[float, str] | None:
    """The difference against the two bounds that face each other; None where one of them is open."""
    rises = new["value"] >= old["value"]
    lower, upper = (old, new) if rises else (new, old)
    facing = lower.get("high"), upper.get("low")
    confidences = [float(part.get("confidence") or 0) for part in (lower, upper)]
    if None in facing or not all(0.5 < found < 1 for found in confidences):
        return None
    arms = facing[0] - lower["value"], upper["value"] - facing[1]
    spread = math.hypot(*(arm / _NORMAL.inv_cdf(found) for arm, found in zip(arms, confidences, strict=True)))
    apart = upper["value"] - lower["value"]
    if spread <= 0:
        return (1.0 if apart == 0 else 0.0), "facing bounds"
    return 2 * _NORMAL.cdf(-apart / spread), "facing bounds"


def student_p(t: float, df: float) -> float:
    """The two-sided p-value of Student's t.

    Examples
    --------
    >>> round(student_p(2.0, 10), 6), round(student_p(1.0, 1), 6)
    (0.073388, 0.5)
    """
    return _incomplete_beta(df / 2, 0.5, df / (df + t * t))


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (modified Lentz)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    fraction, c, d = 1.0, 1.0, 0.0
    for at in range(400):
        m = at // 2
        if at == 0:
            term = 1.0
        elif at % 2 == 0:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        else:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 + term * d
        d = 1 / (d if abs(d) > 1e-300 else 1e-300)
        c = 1 + term / (c if abs(c) > 1e-300 else 1e-300)
        fraction *= c * d
        if abs(1 - c * d) < 1e-15:
            break
    return front * (fraction - 1)
