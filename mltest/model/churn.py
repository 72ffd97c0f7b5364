"""`assert_churn`: a candidate decides as a baseline does, but for a share of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mltest.assertion import asserting
from mltest.catalogue import check
from mltest.digits import count, limit, number
from mltest.errors import UsageError
from mltest.judge import finite, judge, requirement_of
from mltest.metrics.comparison import Sides, sides_of
from mltest.metrics.measured import measured
from mltest.metrics.sample import place
from mltest.result import Finding, Measurement, Requirement, Result
from mltest.stats import power
from mltest.stats.paired import mcnemar_midp
from mltest.stats.proportion import proportion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.inputs.evaluation import Evaluation
    from mltest.metrics.comparable import Compared
    from mltest.result import Verdict
    from mltest.stats.estimate import Estimate

__all__ = ["assert_churn", "churn"]

CHECK = "model.churn"
CALL = "assert_churn"


@check(
    CHECK,
    title="A candidate decides as a baseline does, but for a tolerated share of the rows",
    kind="model.regression",
    rules=("decisions", "comparable"),
    references=(
        "Clopper and Pearson (1934), Biometrika 26, 404-413",
        "Korn and Graubard (1998), Survey Methodology 24, 193-201",
        "Fagerland, Lydersen and Laake (2013), BMC Medical Research Methodology 13, 91",
    ),
)
def churn(candidate: Evaluation, baseline: Evaluation, *, at_most: float, decision: str = "interval") -> Result:
    """Demand that no more than a share of the decisions changes from a baseline to a candidate.

    Parameters
    ----------
    candidate, baseline : Evaluation
        Both models on the same rows in the same order, of a task with classes.
    at_most : float
        The tolerated share of changed decisions, within 0 and 1. It has no default: it is a business decision.
    decision : {"interval", "point"}
        ``"point"`` judges the share alone, and the evidence says so.

    Returns
    -------
    Result
        First the share of changed decisions, which is judged, with the counts behind it and McNemar's mid-p;
        then two shares that are shown: ``broken``, right before and wrong now, and ``fixed``, wrong before
        and right now. A finding for each of the two that occurs.

    Raises
    ------
    CheckFailed
        If more decisions change, or the two cannot be compared (reason ``not-comparable``); its subclass
        ``Inconclusive`` if the rows cannot tell.
    UsageError
        For a share that no rows could show, or evaluations of numbers.

    Notes
    -----
    A better model changes decisions too; what tells it from a worse one is that it fixes more than it breaks.
    The interval is that of Clopper and Pearson, with weights or clusters that of Korn and Graubard. McNemar's
    mid-p, the p-value of "as many are broken as fixed", is recorded and decides nothing; it counts rows as
    independent, and so is left out with weights or clusters.

    References
    ----------
    Clopper and Pearson (1934); Korn and Graubard (1998); Fagerland, Lydersen and Laake (2013).

    Examples
    --------
    >>> import mltest
    >>> from mltest.model.churn import churn
    >>> y = [0, 1] * 100
    >>> old = mltest.Evaluation(y, prediction=[0, 1] * 100)
    >>> new = mltest.Evaluation(y, prediction=[1, 1] + [0, 1] * 99)
    >>> result = churn(new, old, at_most=0.05)
    >>> result.sentence, result.verdict
    ('1 of 200 decisions of candidate differ from baseline, required at most 0.05', 'passed')
    """
    sides = sides_of(candidate, baseline, None, CALL)
    requirement = _requirement(at_most, decision)
    apart = sides.apart(scores=False)
    if apart:
        return sides.incomparable(apart, check=CHECK, subject="decisions", label="decisions", requirement=requirement)
    if sides.candidate.task == "regression":
        msg = (
            f"{CALL}: the target{place(sides.candidate)} is a number, and a predicted number is no decision; "
            'compare losses with assert_not_worse(..., "mae", margin=), or predictions with assert_golden'
        )
        raise UsageError(msg)
    return _judged(sides, requirement)


assert_churn = asserting(churn)


def _requirement(at_most: object, decision: str) -> Requirement:
    share = finite(at_most, f"{CALL}(at_most=)")
    if not 0 <= share < 1:
        raise UsageError(f"{CALL}(at_most={at_most!r}): must be a share, from 0 to below 1")
    requirement = requirement_of("churn", at_most=share, decision=decision, call=CALL)
    if share == 0 and requirement.decision == "interval":
        msg = (
            f"{CALL}(at_most=0): no number of rows shows that no decision ever changes; tolerate a share such as "
            '0.001, ask of these rows alone with decision="point", or keep the predictions with assert_golden'
        )
        raise UsageError(msg)
    return requirement


def _judged(sides: Sides, requirement: Requirement) -> Result:
    candidate, baseline = sides.candidate, sides.baseline
    changed = np.asarray(candidate.prediction != baseline.prediction, dtype=bool)
    right, was_right = (np.asarray(side.prediction == side.y, dtype=bool) for side in (candidate, baseline))
    broken, fixed = was_right & ~right, right & ~was_right
    estimate = _share(changed, candidate)
    most, point = float(requirement.limit or 0.0), requirement.decision == "point"  # type: ignore[arg-type]
    found = measured(estimate, "churn", detail=_behind(changed, broken, fixed, candidate))
    verdict = judge(
        found,
        requirement,
        n_to_settle=None if point else power.n_to_settle(estimate, most),
        detectable=None if point else power.minimum_detectable(estimate, most, "at_most"),
    )
    ours, theirs = sides.names
    rows = f"{count(int(changed.sum()))} of {count(len(changed))} decisions"
    return Result(
        check=CHECK,
        label="decisions",
        sentence=f"{rows} of {ours} differ from {theirs}{place(candidate)}, required at most {limit(most)}",
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=(found, _shown("broken", broken, candidate), _shown("fixed", fixed, candidate)),
        verdicts=(verdict.word, "not_applicable", "not_applicable"),
        requirement=requirement,
        findings=(
            *_finding("broken", "right before, wrong now", broken),
            *_finding("fixed", "wrong before, right now", fixed),
        ),
        inputs=sides.inputs,
        advice=_advice(verdict),
        flags=("no_error_control",) if point else (),
        n_to_settle=verdict.n_to_settle,
        detectable=verdict.detectable,
    )


def _share(rows: NDArray[np.bool_], side: Compared) -> Estimate:
    return proportion(rows, side.weight, side.cluster)


def _shown(name: str, rows: NDArray[np.bool_], side: Compared) -> Measurement:
    return measured(_share(rows, side), name)


def _behind(changed: NDArray[np.bool_], broken: NDArray[np.bool_], fixed: NDArray[np.bool_], side: Compared) -> str:
    """How many were broken and fixed, and the p-value of "as many of one as of the other"."""
    b, c = int(fixed.sum()), int(broken.sum())
    wrong = int(changed.sum()) - b - c
    otherwise = f", {count(wrong)} wrong otherwise" if wrong else ""
    independent = side.weight is None and side.cluster is None
    midp = f"; McNemar mid-p {number(mcnemar_midp(b, c))}" if independent else ""
    return f"{count(c)} broken, {count(b)} fixed{otherwise}{midp}"


def _finding(where: str, what: str, rows: NDArray[np.bool_]) -> tuple[Finding, ...]:
    number_of = int(rows.sum())
    if not number_of:
        return ()
    return (Finding(rule="decisions", where=where, what=what, count=number_of, rate=number_of / len(rows)),)


def _advice(verdict: Verdict) -> str | None:
    if verdict.word == "inconclusive" and verdict.reason != "not-estimable":
        return 'add rows, or judge the share with decision="point", which the evidence will show'
    return None
