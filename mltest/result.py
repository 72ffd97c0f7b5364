"""The nouns of a judgement: what was found, what was demanded, what follows. Frozen and plain."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Literal

__all__ = ["VERDICTS", "Curve", "Finding", "Measurement", "Requirement", "Result", "Verdict", "plain"]

VERDICTS = ("passed", "failed", "inconclusive", "not_applicable", "error")
FINDINGS_KEPT = 20
_SCALARS = (str, int, bool, type(None))

Comparison = Literal["at_least", "at_most", "between", "not_worse", "better", "holds"]


def plain(value: object, where: str) -> Any:
    """The value itself if it is made of plain types, by exact type; else a ``TypeError`` with its place.

    ``numpy.float64`` is an instance of ``float`` and still refused: it would not survive the way to
    another process as what it is. Lists become tuples, so that a result can be compared and hashed.

    Examples
    --------
    >>> plain([1, 2.5, None], "x")
    (1, 2.5, None)
    """
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is float:
        if math.isfinite(value):  # type: ignore[arg-type]
            return value
        msg = f"{where} is {value!r}: a result holds finite numbers; use None and say why in `detail`"
        raise TypeError(msg)
    if kind in (tuple, list):
        return tuple(plain(item, f"{where}[{at}]") for at, item in enumerate(value))  # type: ignore[arg-type, var-annotated]
    if isinstance(value, (dict, MappingProxyType)):
        return MappingProxyType({str(key): plain(item, f"{where}[{key!r}]") for key, item in value.items()})
    msg = f"{where} is a {kind.__module__}.{kind.__qualname__}: a result holds only plain Python values"
    raise TypeError(msg)


class _Plain:
    """Checks every field when the object is made."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for at in fields(self):  # type: ignore[arg-type]
            if at.compare:
                value = getattr(self, at.name)
                object.__setattr__(self, at.name, plain(value, f"{type(self).__name__}.{at.name}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement(_Plain):
    """What was found, with its interval.

    Parameters
    ----------
    name : str
        What was measured, such as ``"roc_auc"``.
    value : float, int or None
        The estimate; ``None`` where it cannot be had, and then ``detail`` says why.
    low, high : float or None
        The two one-sided bounds; ``None`` where there is no bound on that side.
    confidence, method : float or None, str
        Of each bound, and how they were made, such as ``"delong_logit"``; ``None`` and ``"census"`` for a full count.
    n : int
        How many units it rests on, and ``unit`` what they are.
    slice : str or None
        The subgroup, such as ``"region=north"``.
    n_effective : float or None
        Size of the plain sample that would be as informative.
    detail : str or None
        What lies behind the number, such as ``"112 of 412 positives"``.
    flags : tuple of str
        Marks such as ``"no_error_control"``.
    seed : int or None
        The seed, where chance was used.
    scale, se, df : str, float and float, or None
        Standard error on a scale (``"logit"``) and Student degrees of freedom, where the bounds rest on them.
    p, p_adjusted : float or None
        Of a measurement among several that misses its demand by itself: the p-value of "the demand holds",
        alone and after Holm's correction. It fails if the second is at most 0.05.
    bounds : callable or None
        ``alpha -> (low, high)``, in this process only: neither compared nor pickled nor in the plain form.

    Examples
    --------
    >>> Measurement(name="recall", value=0.5, low=0.3, high=0.7, method="clopper_pearson", n=20).high
    0.7
    """

    name: str
    value: float | int | None
    low: float | None = None
    high: float | None = None
    confidence: float | None = 0.95
    method: str = "census"
    n: int = 0
    unit: str = "rows"
    slice: str | None = None
    n_effective: float | None = None
    detail: str | None = None
    flags: tuple[str, ...] = ()
    seed: int | None = None
    scale: str | None = None
    se: float | None = None
    df: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    bounds: Callable[[float], tuple[float | None, float | None]] | None = field(default=None, compare=False, repr=False)

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        return partial(Measurement, **_plain_fields(self)), ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement(_Plain):
    """What was demanded, and where it is written.

    Parameters
    ----------
    metric, comparison : str
        What the demand is about, and ``at_least``, ``at_most``, ``between``, ``not_worse``, ``better`` or ``holds``.
    limit : float, tuple of two floats or None
        The limit, or the two ends of ``between``; ``better`` demands strictly more than its limit.
    margin : float or None
        The tolerated loss of ``not_worse``; with several metrics ``metric`` names each with its own.
    decision : str
        ``"interval"``, or ``"point"`` where the estimate alone was asked to decide.
    source : str or None
        Where the demand stands, such as ``"tests/test_lending.py:31"``.

    Examples
    --------
    >>> Requirement(metric="recall", comparison="at_least", limit=0.3).limit
    0.3
    """

    metric: str
    comparison: Comparison
    limit: float | tuple[float, float] | None = None
    margin: float | None = None
    decision: Literal["interval", "point"] = "interval"
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(_Plain):
    """The judgement: its word, a stable code of the reason, and the reason in words.

    Parameters
    ----------
    word : str
        One of ``passed``, ``failed``, ``inconclusive``, ``not_applicable``, ``error``.
    reason, text : str
        Stable code such as ``"bound-meets"``, and the reason in words.
    n_to_settle, detectable : int or None, float or None
        Units at which this estimate would leave ``inconclusive``; the least extreme value that would have passed.

    Examples
    --------
    >>> Verdict(word="passed", reason="bound-meets", text="the lower bound 0.8 meets it").word
    'passed'
    """

    word: str
    reason: str
    text: str
    n_to_settle: int | None = None
    detectable: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(_Plain):
    """One concrete thing behind a verdict.

    Parameters
    ----------
    rule, where, what : str
        The rule of the check that it breaks, the place (a column, a slice, a route), and what is wrong there.
    count : int or None
        How many units are concerned, and ``rate`` which share of all.

    Examples
    --------
    >>> Finding(rule="types", where="income", what="text, demanded float64", count=3, rate=0.1).count
    3
    """

    rule: str
    where: str
    what: str
    count: int | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve(_Plain):
    """A line worth looking at, made of aggregates: never rows of the data.

    Parameters
    ----------
    kind : str
        The picture it belongs to: ``roc``, ``precision_recall``, ``predicted_actual``, ``train_test``,
        ``calibration`` (stated probability, observed share), ``learning_curve`` (training rows, metric),
        ``permutation`` (score, share of fits below it) or ``seeds`` (share of trainings, score).
    label : str
        Whose line it is, such as ``"candidate"``; ``x`` and ``y`` are its points.

    Examples
    --------
    >>> Curve(kind="roc", label="candidate", x=(0.0, 1.0), y=(0.0, 1.0)).label
    'candidate'
    """

    kind: str
    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]


_NESTED: dict[str, type] = {"measurements": Measurement, "findings": Finding, "curves": Curve}


# Most measurements have none of these, and evidence holds thousands of measurements.
_RARE = ("p", "p_adjusted")


def _plain_fields(noun: object) -> dict[str, Any]:
    found = {name: getattr(noun, name) for name in _names(type(noun))}  # type: ignore[arg-type]
    for name in [name for name in _RARE if found.get(name, 0) is None]:
        del found[name]
    return found


@cache
def _names(noun: type) -> tuple[str, ...]:
    return tuple(at.name for at in fields(noun) if at.compare)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(_Plain):
    """What one call of a check says. It has no truth value: ask for ``verdict``.

    Parameters
    ----------
    check : str
        Id of the check, such as ``"model.metric"``.
    label : str
        What tells this call from others in one test, such as ``"roc_auc"``.
    sentence : str
        The result in one sentence.
    verdict : str
        One of ``passed``, ``failed``, ``inconclusive``, ``not_applicable``, ``error``.
    reason, because : str
        A stable code, and the reason in words.
    measurements : tuple of Measurement
        Everything that was measured; ``verdicts`` holds the word for each.
    requirement : Requirement or None
        What was demanded.
    findings : tuple of Finding
        At most 20 concrete things behind the verdict; ``findings_total`` counts them all.
    severity : str
        ``block``, ``warn`` or ``info``.
    inputs, curves : Mapping of str to str, tuple of Curve
        Digests of what was read, and pictures of the measurement.
    advice : str or None
        What to do next, where the check knows.
    flags : tuple of str
        Marks such as ``"no_error_control"``.
    n_to_settle, detectable : int or None, float or None
        As in ``Verdict``.
    seconds, quotes : float, Mapping or None
        How long the check took; the texts that quote data, in this process only: evidence hides what they quote.

    Examples
    --------
    >>> import mltest
    >>> result = mltest.checks.require(0.9, at_least=0.5, name="share", decision="point")
    >>> result.verdict
    'passed'
    >>> Result.from_plain(result.to_plain()) == result
    True
    """

    check: str
    label: str
    sentence: str
    verdict: str
    reason: str
    because: str
    measurements: tuple[Measurement, ...] = ()
    verdicts: tuple[str, ...] = ()
    requirement: Requirement | None = None
    findings: tuple[Finding, ...] = ()
    findings_total: int = 0
    severity: str = "block"
    inputs: Mapping[str, str] = field(default_factory=dict, hash=False)
    curves: tuple[Curve, ...] = ()
    advice: str | None = None
    flags: tuple[str, ...] = ()
    n_to_settle: int | None = None
    detectable: float | None = None
    seconds: float = 0.0
    quotes: Mapping[str, str] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            msg = f"Result.verdict is {self.verdict!r}; allowed are {', '.join(VERDICTS)}"
            raise TypeError(msg)
        for at in fields(self):
            value = getattr(self, at.name)
            if at.name in _NESTED:
                _all_of(_NESTED[at.name], tuple(value), at.name)
                object.__setattr__(self, at.name, tuple(value))
            elif at.name != "requirement":
                object.__setattr__(self, at.name, plain(value, f"Result.{at.name}"))
        if self.findings and not self.findings_total:
            object.__setattr__(self, "findings_total", len(self.findings))
        object.__setattr__(self, "findings", self.findings[:FINDINGS_KEPT])

    def __bool__(self) -> bool:
        msg = (
            "a Result has no truth value, since every object would be true: compare "
            "`result.verdict == 'passed'`, or call the assert_* form, which raises"
        )
        raise TypeError(msg)

    def __reduce__(self) -> tuple[Any, tuple[dict[str, Any]]]:
        return Result.from_plain, (self.to_plain(),)

    def to_plain(self) -> dict[str, Any]:
        """The result as a dictionary of plain values; ``from_plain`` is the inverse.

        Returns
        -------
        dict
            One entry for each field; measurements, findings and curves are lists of dictionaries.

        Examples
        --------
        >>> import mltest
        >>> mltest.checks.require(3, at_most=5, name="retries", decision="point").to_plain()["verdict"]
        'passed'
        """
        out = _plain_fields(self)
        for name in _NESTED:
            out[name] = [_plain_fields(item) for item in out[name]]
        out["requirement"] = None if self.requirement is None else _plain_fields(self.requirement)
        out["inputs"] = dict(self.inputs)
        return out

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> Result:
        """The result that ``to_plain`` wrote, also after a way through JSON.

        Parameters
        ----------
        values : Mapping
            What ``to_plain`` returned.

        Examples
        --------
        >>> import json, mltest
        >>> result = mltest.checks.require(3, at_most=5, name="retries", decision="point")
        >>> Result.from_plain(json.loads(json.dumps(result.to_plain()))) == result
        True
        """
        given = dict(values)
        for name, noun in _NESTED.items():
            given[name] = tuple(noun(**item) for item in given.get(name, ()))
        if given.get("requirement") is not None:
            given["requirement"] = Requirement(**given["requirement"])
        return cls(**given)

    def _repr_html_(self) -> str:
        from html import escape

        from mltest.message import failure_text

        return f"<pre>{escape(failure_text(self))}</pre>"


def _all_of(noun: type, items: tuple[Any, ...], name: str) -> None:
    for at, item in enumerate(items):
        if type(item) is not noun:
            msg = f"Result.{name}[{at}] is a {type(item).__qualname__}: it must be a {noun.__name__}"
            raise TypeError(msg)


for _noun in (Measurement, Requirement, Verdict, Finding, Curve, Result):
    _noun.__module__ = "mltest"
