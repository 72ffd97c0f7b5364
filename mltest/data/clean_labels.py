"""`assert_clean_labels`: few labels contradict out-of-sample predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mltest.assertion import asserting
from mltest.catalogue import check
from mltest.data.clean_labels_joint import Joint, confident_joint
from mltest.digits import count, number
from mltest.errors import UsageError
from mltest.judge import finite, judge, requirement_of, requirement_text
from mltest.metrics.measured import measured
from mltest.metrics.sample import class_codes, is_sample, place, probabilities
from mltest.quoted import MOST_LABELS, quoted
from mltest.result import Finding, Requirement, Result, Verdict
from mltest.stats import power

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.inputs.evaluation import Evaluation

__all__ = ["assert_clean_labels", "clean_labels"]

CHECK = "data.clean_labels"
CALL = "assert_clean_labels"
RULE = "label_noise"
NAME = "label_error_rate"
LEAST_A_CLASS = 10
MOST_RARE = 0.20


@check(
    CHECK,
    title="Few labels contradict out-of-sample predictions",
    kind="data.quality",
    rules=(RULE,),
    references=(
        "Northcutt, Jiang and Chuang (2021), Journal of Artificial Intelligence Research 70, 1373-1411",
        "Korn and Graubard (1998), Survey Methodology 24, 193-201",
        "Clopper and Pearson (1934), Biometrika 26, 404-413",
    ),
)
def clean_labels(evaluation: Evaluation, *, error_rate_at_most: float, decision: str = "interval") -> Result:
    """Demand that few labels are contradicted by a model that has not seen them.

    Parameters
    ----------
    evaluation : Evaluation
        The labels in question as its target, and **out-of-sample** probabilities: of a model fitted on other
        rows, or from cross-validation, ``mltest.Evaluation(y, score=cross_val_predict(...))``. A model that
        has seen the labels agrees with them, wrong or right.
    error_rate_at_most : float
        The largest tolerated share of wrong labels.
    decision : {"interval", "point"}
        ``"point"`` judges the estimate alone, and the evidence says so.

    Returns
    -------
    Result
        The estimated share of wrong labels; as findings, for each pair of given and suggested class, how many
        rows are confidently of the other class. No rows are named.

    Raises
    ------
    CheckFailed
        If the demand is missed; its subclass ``Inconclusive`` if the rows cannot tell.
    UsageError
        For a target without classes, or an evaluation without probabilities.
    ModelError
        If the model raises or answers something unusable.

    Notes
    -----
    Confident learning: a row is confidently of a class if its probability reaches the mean probability of the
    rows given that class (of several such classes, the one with the largest probability). Among the rows
    given a class that are confidently of any, the share that is of another estimates the error rate of that
    label; the rates are put together by the size of each class.

    The bounds are Clopper-Pearson's at the number of rows of a plain sample with the same variance, with the
    model and its thresholds held fixed: they cover which rows happened to be drawn. They do not cover what the
    model does not know. Where classes overlap, rows that are merely unusual are counted as errors as well, so
    that the estimate is then too high (5 % wrong labels came out as 11 % where even the best model errs on
    5 %); a model that shares the mistakes of the labels makes it too low. Measured errors of the bounds
    against the same estimate on a million rows: 5 to 7 % at a nominal 5 %, up to 10 % where classes overlap.

    Rows of classes with fewer than 10 labels cannot be told; more than 20 % of them make it inconclusive.

    References
    ----------
    Northcutt, Jiang and Chuang (2021); Korn and Graubard (1998); Clopper and Pearson (1934).

    Examples
    --------
    >>> import mltest
    >>> import numpy as np
    >>> score = np.tile([0.05, 0.95], 200)
    >>> y = (score > 0.5).astype(int)
    >>> y[:4] = 1 - y[:4]
    >>> result = clean_labels(mltest.Evaluation(y, score=score), error_rate_at_most=0.05)
    >>> result.sentence, result.verdict
    ('label_error_rate 0.010, required at most 0.05', 'passed')
    >>> [(finding.where, finding.what, finding.count) for finding in result.findings]
    [('given 0', 'looks like 1', 2), ('given 1', 'looks like 0', 2)]
    """
    is_sample(evaluation, CALL, "evaluation")
    most = finite(error_rate_at_most, f"{CALL}(error_rate_at_most=)")
    if not 0 < most < 1:
        msg = f"{CALL}(error_rate_at_most={error_rate_at_most!r}): must lie between 0 and 1; 0.02 is two in a hundred"
        raise UsageError(msg)
    requirement = requirement_of(NAME, at_most=most, decision=decision, call=CALL)
    proba, codes = _by_class(evaluation)
    return _result(evaluation, confident_joint(codes, proba, evaluation.weight, evaluation.cluster), requirement, most)


assert_clean_labels = asserting(clean_labels)


def _by_class(evaluation: Evaluation) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """A probability of every class, and the column of the given one."""
    if evaluation.task == "regression":
        msg = f"{CALL}: judges labels of classes; the target of {evaluation.data_name} is a number"
        raise UsageError(msg)
    if not evaluation.has_score:
        msg = (
            f"{CALL}: {evaluation.model_name} gives no probabilities; give out-of-sample ones: "
            "mltest.Evaluation(y, score=cross_val_predict(model, X, y, method='predict_proba'))"
        )
        raise UsageError(msg)
    stated = np.asarray(probabilities(evaluation, NAME), dtype=np.float64)
    if evaluation.task == "multiclass":
        return stated, class_codes(evaluation.y, evaluation.classes)
    return np.column_stack([1 - stated, stated]), evaluation.truth.astype(np.int64)


def _labels(evaluation: Evaluation) -> list[object]:
    if evaluation.task == "multiclass":
        return list(evaluation.classes)
    other = [label for label in evaluation.classes if label != evaluation.positive]
    return [other[0] if other else f"not {evaluation.positive}", evaluation.positive]


def _result(evaluation: Evaluation, joint: Joint, requirement: Requirement, most: float) -> Result:
    estimate, rows = joint.estimate, int(joint.given.sum())
    unsure = rows - int(joint.counts.sum())
    detail = f"{count(joint.flagged)} of {count(rows)} rows flagged, {count(unsure)} confidently of no class"
    found = measured(estimate, NAME, detail=detail)
    rare = int(joint.given[joint.given < LEAST_A_CLASS].sum())
    if rare > MOST_RARE * rows:
        text = f"{count(rare)} of {count(rows)} rows are of classes with fewer than {LEAST_A_CLASS} labels"
        verdict = Verdict(word="inconclusive", reason="too-small-classes", text=text)
    elif requirement.decision == "point":
        verdict = judge(found, requirement)
    else:
        verdict = judge(
            found,
            requirement,
            n_to_settle=power.n_to_settle(estimate, most),
            detectable=power.minimum_detectable(estimate, most, "at_most"),
        )
    findings = _findings(joint, _labels(evaluation))
    value = "not estimable" if found.value is None else number(found.value, most)
    return Result(
        check=CHECK,
        label=NAME,
        sentence=f"{NAME} {value}{place(evaluation)}, required {requirement_text(requirement)}",
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=(found,),
        verdicts=(verdict.word,),
        requirement=requirement,
        findings=tuple(findings),
        findings_total=len(findings),
        inputs=evaluation.inputs,
        advice=_advice(verdict),
        flags=("no_error_control",) if requirement.decision == "point" else (),
        n_to_settle=verdict.n_to_settle,
        detectable=verdict.detectable,
    )


def _findings(joint: Joint, labels: list[object]) -> list[Finding]:
    """The pairs of given and suggested class, those with most rows first."""

    def told(at: int) -> str:
        return quoted(labels[at], int(joint.given[at]) if len(labels) <= MOST_LABELS else None)

    off = joint.counts - np.diag(np.diag(joint.counts))
    pairs = sorted(zip(*(each.tolist() for each in np.nonzero(off)), strict=True), key=lambda at: (-off[at], at))
    return [
        Finding(
            rule=RULE,
            where=f"given {told(given)}",
            what=f"looks like {told(like)}",
            count=int(off[given, like]),
            rate=float(off[given, like] / joint.given[given]),
        )
        for given, like in pairs
    ]


def _advice(verdict: Verdict) -> str | None:
    if verdict.word == "failed":
        return "let a person look at the flagged rows of the largest pair, and correct what is wrong"
    if verdict.reason == "too-small-classes":
        return "add rows of the rare classes, or put them together"
    if verdict.word == "inconclusive":
        return 'add rows, or judge the estimate with decision="point", which the evidence will show'
    return None
