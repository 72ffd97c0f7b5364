"""`assert_calibrated`: probabilities mean what they say."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from mltest.assertion import asserting
from mltest.catalogue import check
from mltest.digits import count, number
from mltest.errors import UsageError
from mltest.judge import (
    SIGNIFICANCE,
    chances_text,
    finite,
    judge,
    pvalues_text,
    requirement_of,
    requirement_text,
)
from mltest.metrics.sample import is_sample, place
from mltest.model.calibrated_parts import NAME, Part, curves_of, parts_of
from mltest.result import Finding, Requirement, Result, Verdict
from mltest.stats.multiplicity import holm
from mltest.stats.special import upper_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.inputs.evaluation import Evaluation
    from mltest.stats.calibration_chance import Calibration

__all__ = ["assert_calibrated", "calibrated"]

CHECK = "model.calibrated"
CALL = "assert_calibrated"
MOST_UNJUDGED = 0.20
_MOST_ROWS = 1e12

# the squared error that chance adds falls with rows to about this power (isotonic fits: between 2/3 and 1)
_FALLS = 0.84


@check(
    CHECK,
    title="Stated probabilities meet observed shares",
    kind="model.calibration",
    rules=("overall", "groups"),
    references=(
        "Dimitriadis, Gneiting and Jordan (2021), Proceedings of the National Academy of Sciences 118, e2016191118",
        "Broecker and Smith (2007), Weather and Forecasting 22, 651-661",
        "Cox (1958), Biometrika 45, 562-565",
        "Holm (1979), Scandinavian Journal of Statistics 6, 65-70",
    ),
)
def calibrated(
    evaluation: Evaluation,
    *,
    error_at_most: float,
    by: str | Sequence[str] | None = None,
    decision: str = "interval",
) -> Result:
    """Demand that probabilities mean what they say: of rows with 0.3 stated, three in ten are positive.

    Parameters
    ----------
    evaluation : Evaluation
        Labels and probabilities, of ``mltest.evaluate`` or ``mltest.Evaluation(y, score=...)``.
    error_at_most : float
        The largest tolerated distance of stated and true probability, as a root mean square: 0.05 tolerates
        probabilities that are five percentage points off.
    by : str or sequence of str, optional
        A column of the evaluation's table: the demand is made of every group of its values, missing values
        being a group of their own. Several columns are crossed.
    decision : {"interval", "point"}
        ``"point"`` judges the estimated error alone, and the evidence says so.

    Returns
    -------
    Result
        One measurement for each class and group, with slope, intercept, the parts of the Brier score and the
        expected calibration error in its detail; curves of kind ``calibration``.

    Raises
    ------
    CheckFailed
        If the demand is missed; its subclass ``Inconclusive`` if the rows cannot tell.
    UsageError
        For a target without classes, scores that are no probabilities, or a column that is not there.
    ModelError
        If the model raises or answers something unusable.

    Notes
    -----
    The error is the root of CORP's miscalibration, what an isotonic recalibration would take off the Brier
    score, less what chance alone adds. For that, 999 sets of outcomes are drawn from the stated
    probabilities themselves (consistency resampling).

    It passes if the upper 95 % bound of the error is at most the limit; it fails if the p-value of "calibrated" is
    at most 5 % and the lower 95 % bound lies above the limit; else it is inconclusive, as it is with fewer than 100
    rows, one class, or one probability for all rows. For the upper bound another 200 sets are drawn from the
    recalibrated probabilities, which tell what chance adds where a model is off.

    Measured at a limit of 0.05 with 300 to 10 000 rows, over several spreads of probabilities and shapes of error: a
    model with an error on the limit passes in at most 5 % and fails in at most 4 % of runs. A calibrated model passes
    in 6 to 13 % of runs with 300 rows, in 45 to 70 % with 1000 and in all with 3000. It supposes that where a
    model states more, more is true on average.

    With more than two classes each is judged against the others; over classes and groups it fails after
    Holm's correction, and passes if each passes. Groups that cannot be judged decide nothing; more than 20 %
    of the rows in them make the whole inconclusive. The resampled outcomes are independent; with clusters the
    bounds honour them and the flag ``independent_resampling`` says that the p-value does not.

    The expected calibration error of 15 bins is shown beside what chance makes of it, and judges nothing: a
    perfectly calibrated model has a positive one.

    References
    ----------
    Dimitriadis, Gneiting and Jordan (2021); Broecker and Smith (2007); Cox (1958) for slope and intercept; Holm
    (1979) for several classes or groups.

    Examples
    --------
    >>> import mltest
    >>> import numpy as np
    >>> stated = np.tile([0.1, 0.5, 0.9], 400)
    >>> y = (np.arange(1200) // 3 % 10 < 10 * stated).astype(int)
    >>> result = calibrated(mltest.Evaluation(y, score=stated), error_at_most=0.05)
    >>> result.sentence, result.verdict
    ('calibration_error 0.000, required at most 0.05', 'passed')
    """
    is_sample(evaluation, CALL, "evaluation")
    most = finite(error_at_most, f"{CALL}(error_at_most=)")
    if not 0 < most < 1:
        msg = f"{CALL}(error_at_most={error_at_most!r}): must lie between 0 and 1; 0.05 is five percentage points"
        raise UsageError(msg)
    requirement = requirement_of(NAME, at_most=most, decision=decision, call=CALL)
    if evaluation.task == "regression":
        msg = f"{CALL}: judges probabilities of classes; the target of {evaluation.data_name} is a number"
        raise UsageError(msg)
    columns = _columns(by, evaluation)
    parts = parts_of(evaluation, columns, CALL)
    verdicts = _corrected([_alone(part, requirement, most) for part in parts], parts, most)
    parts = _with_pvalues(parts, requirement, most)
    order = sorted(range(len(parts)), key=lambda at: (bool(parts[at].lack), *_urgency(verdicts[at], parts[at])))
    return _result(evaluation, columns, [parts[at] for at in order], [verdicts[at] for at in order], requirement)


assert_calibrated = asserting(calibrated)


def _columns(by: object, evaluation: Evaluation) -> tuple[str, ...]:
    if by is None:
        return ()
    given = (by,) if isinstance(by, str) else tuple(by) if isinstance(by, (list, tuple)) else ()
    if not given or not all(isinstance(name, str) for name in given):
        msg = f"{CALL}(by={by!r}): give the name of a column of the table, or a list of names"
        raise UsageError(msg)
    if evaluation.table is None:
        msg = (
            f"{CALL}(by={', '.join(given)!r}): the evaluation has no table with the groups; "
            "give Evaluation(..., table=), or let mltest.evaluate ask the model"
        )
        raise UsageError(msg)
    return given


def _alone(part: Part, requirement: Requirement, most: float) -> Verdict:
    """The verdict on one class or group by itself."""
    found = part.found
    if found is None or requirement.decision == "point":
        return judge(part.told, requirement)
    if found.pvalue_at_most(most) <= SIGNIFICANCE:
        text = f"even the lower bound {number(found.low, most)} misses it (p of calibrated {number(found.p_value)})"
        return Verdict(word="failed", reason="bound-misses", text=text, detectable=_detectable(found, most))
    # without its lower bound, since a miss must also be no work of chance
    upper = replace(part.told, low=0.0)
    return judge(upper, requirement, n_to_settle=_settles(found, most), detectable=_detectable(found, most))


def _noise(found: Calibration) -> float:
    """What the upper bound lies above the error, as squares."""
    return found.squared_above - found.squared + upper_quantile(SIGNIFICANCE, found.df) * found.se_above


def _detectable(found: Calibration, most: float) -> float | None:
    """The largest error that would have passed; None where not even 0 would."""
    left = most**2 - _noise(found)
    return math.sqrt(left) if left >= 0 else None


def _settles(found: Calibration, most: float) -> int | None:
    """Rows at which this error would be told from the limit."""
    margin = most**2 - max(found.squared, 0.0)
    if margin > 0:
        rows = found.n * (_noise(found) / margin) ** (1 / _FALLS)
    elif margin < 0:
        rows = found.n * (upper_quantile(SIGNIFICANCE, found.df) * found.se / margin) ** 2
    else:
        return None
    return int(rows) + 1 if found.n < rows < _MOST_ROWS else None


def _corrected(alone: list[Verdict], parts: list[Part], most: float) -> list[Verdict]:
    """The verdicts after Holm's correction of what fails."""
    judged = [at for at, part in enumerate(parts) if part.found is not None]
    pvalues = [part.found.pvalue_at_most(most) for part in parts if part.found is not None]
    made = list(alone)
    for at, p in zip(judged, holm(pvalues), strict=True):
        if alone[at].reason == "bound-misses" and p > SIGNIFICANCE:
            made[at] = Verdict(
                word="inconclusive",
                reason="not-confirmed-after-holm",
                text=f"{alone[at].text}, not confirmed among {len(judged)} "
                f"({chances_text(pvalues[judged.index(at)], p)})",
                detectable=alone[at].detectable,
            )
    return made


def _with_pvalues(parts: list[Part], requirement: Requirement, most: float) -> list[Part]:
    """Each part that misses by itself, with the p-values that decide among several."""
    judged = [at for at, part in enumerate(parts) if part.found is not None]
    if requirement.decision == "point" or len(judged) < 2:
        return parts
    told = list(parts)
    pvalues = [part.found.pvalue_at_most(most) for part in parts if part.found is not None]
    for at, p, adjusted in zip(judged, pvalues, holm(pvalues), strict=True):
        if p <= SIGNIFICANCE:
            told[at] = replace(parts[at], told=replace(parts[at].told, p=p, p_adjusted=adjusted))
    return told


def _urgency(verdict: Verdict, part: Part) -> tuple[int, float]:
    order = ("error", "failed", "inconclusive", "passed")
    return order.index(verdict.word), -(part.told.value or 0.0)


def _overall(parts: list[Part], verdicts: list[Verdict]) -> Verdict:
    """Passed if every part that can be judged passes, and few rows lie in the others."""
    decides = [verdict for part, verdict in zip(parts, verdicts, strict=True) if not (part.lack and part.grouped)]
    names = [part.told.slice for part in parts if not (part.lack and part.grouped)]
    for word in ("error", "failed", "inconclusive"):
        members = [at for at, verdict in enumerate(decides) if verdict.word == word]
        if members:
            first = decides[members[0]]
            where = f"{names[members[0]]}: " if names[members[0]] else ""
            more = f"; and {len(members) - 1} more" if len(members) > 1 else ""
            return Verdict(
                word=word,
                reason=first.reason,
                text=f"{where}{first.text}{more}",
                n_to_settle=first.n_to_settle,
                detectable=first.detectable,
            )
    rows = sum(part.told.n for part in parts)
    left = sum(part.told.n for part in parts if part.lack)
    if left > MOST_UNJUDGED * rows:
        text = f"{count(left)} of {count(rows)} rows lie in groups that cannot be judged"
        return Verdict(word="inconclusive", reason="too-small-slices", text=text)
    if len(decides) == 1:
        return decides[0]
    return Verdict(word="passed", reason="all-meet", text=f"each of {len(decides)} meets it")


def _result(
    evaluation: Evaluation,
    columns: tuple[str, ...],
    parts: list[Part],
    verdicts: list[Verdict],
    requirement: Requirement,
) -> Result:
    verdict = _overall(parts, verdicts)
    first = next((at for at, each in enumerate(verdicts) if each.word == verdict.word), 0)
    told = parts[first].told
    value = "not estimable" if told.value is None else number(told.value, *_limit(requirement))
    where = f" in {told.slice}" if told.slice else ""
    rows = f" (n = {count(told.n)})" if told.slice else ""
    return Result(
        check=CHECK,
        label=NAME + (f" by {' and '.join(columns)}" if columns else ""),
        sentence=f"{NAME} {value}{where}{place(evaluation)}, required {requirement_text(requirement)}{rows}",
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=tuple(part.told for part in parts),
        verdicts=tuple(each.word for each in verdicts),
        requirement=requirement,
        findings=_findings(parts, verdicts),
        inputs=evaluation.inputs,
        curves=curves_of(parts, evaluation.model_name),
        advice=_advice(verdict),
        flags=("no_error_control",) if requirement.decision == "point" else (),
        n_to_settle=verdict.n_to_settle,
        detectable=verdict.detectable,
    )


def _findings(parts: list[Part], verdicts: list[Verdict]) -> tuple[Finding, ...]:
    """The classes and groups that do not pass."""
    return tuple(
        Finding(
            rule="groups" if part.grouped else "overall",
            where=part.told.slice,
            what=_what(part, verdict),
        )
        for part, verdict in zip(parts, verdicts, strict=True)
        if part.told.slice and verdict.word != "passed"
    )


def _what(part: Part, verdict: Verdict) -> str:
    told = part.told
    if part.found is None:
        return f"{part.lack}: not judged"
    chance = f" ({pvalues_text(told)})" if told.p is not None else ""
    return f"{NAME} {number(told.value)} ({number(told.low)} to {number(told.high)}): {verdict.word}{chance}"


def _limit(requirement: Requirement) -> tuple[float, ...]:
    return (requirement.limit,) if isinstance(requirement.limit, (int, float)) else ()


def _advice(verdict: Verdict) -> str | None:
    if verdict.word == "failed":
        return (
            "recalibrate on rows that neither training nor this test used: sklearn.calibration.CalibratedClassifierCV"
        )
    if verdict.reason == "too-small-slices":
        return "take a coarser column for by=, or add rows to the small groups"
    return "add rows, or tolerate a larger error" if verdict.word == "inconclusive" else None
