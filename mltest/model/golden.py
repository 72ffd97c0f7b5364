"""`assert_golden`: the approved predictions, kept beside the tests, still come out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.assertion import asserting, beside_test
from mltest.catalogue import check
from mltest.digits import count
from mltest.inputs.apart import column_apart, largest_of
from mltest.inputs.approved import COMMAND, answers_of, approve, approved_file, changed, read_approved
from mltest.inputs.digests import digest_file
from mltest.inputs.tolerance import Tolerance, tolerance_of
from mltest.judge import judge, requirement_of
from mltest.metrics.sample import is_sample, place
from mltest.quoted import quoted
from mltest.result import Finding, Measurement, Result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mltest.inputs.evaluation import Evaluation

__all__ = ["assert_golden", "golden"]

CHECK = "model.golden"
CALL = "assert_golden"


@check(
    CHECK,
    title="The approved predictions still come out",
    kind="model.regression",
    rules=("predictions", "comparable"),
)
def golden(evaluation: Evaluation, name: str, *, tolerance: str = "float64") -> Result:
    """Demand that the predictions approved under a name still come out, row by row.

    Parameters
    ----------
    evaluation : Evaluation
        The predictions now; those approved before are compared with them on the same rows.
    name : str
        Which approved evaluation: the file ``baselines/<name>.parquet`` beside the test's file.
        ``pytest --mltest-update-baselines`` writes it.
    tolerance : {"float64", "bitwise", "float32", "float16", "bfloat16"}
        How far numbers may differ and agree; labels agree where they are equal.

    Returns
    -------
    Result
        How many rows differ, counted in full; a finding for each column that does, with its largest difference.

    Raises
    ------
    CheckFailed
        If any row differs, or the rows are not those that were approved (reason ``not-comparable``);
        ``Inconclusive`` where nothing was approved yet (reason ``no-baseline``).
    UsageError
        For an unknown tolerance, or a name that is no file's name.
    ArtifactError
        For a file that cannot be read.

    Notes
    -----
    Two numbers agree where ``|a - b| <= atol + rtol * max(|a|, |b|)``. Predictions and scores are compared, both
    where both were kept. Whether the data is the same is told by the digest of table, labels, weights and
    clusters. A run with ``--mltest-update-baselines`` passes with the flag ``baseline_rewritten``.

    Examples
    --------
    >>> import mltest
    >>> from pathlib import Path
    >>> from mltest.inputs.approved import approve, approved_file
    >>> from mltest.model.golden import golden
    >>> holdout = mltest.Evaluation([0, 1, 1], score=[0.2, 0.9, 0.4])
    >>> approve(holdout, approved_file(Path(), "lending"))
    >>> golden(mltest.Evaluation([0, 1, 1], score=[0.2, 0.9, 0.6]), "lending").sentence
    "1 of 3 predictions differ from those approved as 'lending', required 0"
    """
    is_sample(evaluation, CALL, "evaluation")
    allowed = tolerance_of(tolerance)
    folder, rewrites = beside_test()
    file = approved_file(folder, name)
    if rewrites:
        approve(evaluation, file)
    elif not file.is_file():
        return _nothing_yet(evaluation, name)
    kept = read_approved(file)
    moved = changed(kept, evaluation)
    if moved is not None:
        return _other_rows(evaluation, name, moved)
    found = _compared(kept.answers, answers_of(evaluation), allowed, evaluation.rows)
    result = _judged(evaluation, name, found, allowed)
    digests = {**result.inputs, "baseline": digest_file(file)}
    return replace(result, inputs=digests, flags=("baseline_rewritten",) if rewrites else ())


assert_golden = asserting(golden)


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """Which rows differ, and a finding for each column that does."""

    apart: NDArray[np.bool_]
    findings: tuple[Finding, ...]


def _compared(
    then: Mapping[str, NDArray[Any]], now: Mapping[str, NDArray[Any]], tolerance: Tolerance, rows: int
) -> _Compared:
    findings, places = [], np.arange(rows)
    apart = np.zeros(rows, dtype=bool)
    for name in [*then, *(name for name in now if name not in then)]:
        if name not in then or name not in now:
            what = "approved, and not given now" if name in then else "given now, and none approved"
            findings.append(_finding(name, what, rows, rows))
            apart |= True
            continue
        other = column_apart(then[name], now[name], tolerance)
        if other.any():
            most = largest_of(then[name], now[name], places)
            first = int(other.argmax())
            what = f"differs, first at row {first}" + (
                f", {most.text}" if most else _both(then[name], now[name], first)
            )
            findings.append(_finding(name, what, int(other.sum()), rows))
            apart |= other
    return _Compared(apart, tuple(findings))


def _finding(where: str, what: str, differ: int, rows: int) -> Finding:
    return Finding(rule="predictions", where=where, what=what, count=differ, rate=differ / rows)


def _both(then: NDArray[Any], now: NDArray[Any], row: int) -> str:
    """The first two labels that differ."""
    labels = [side[row : row + 1].tolist()[0] for side in (then, now)]
    return f": {quoted(repr(labels[0]))} then, {quoted(repr(labels[1]))} now"


def _judged(evaluation: Evaluation, name: str, found: _Compared, tolerance: Tolerance) -> Result:
    differ, rows = int(found.apart.sum()), len(found.apart)
    detail = f"{count(differ)} of {count(rows)} rows differ by tolerance {tolerance.name}"
    measurement = Measurement(
        name="mismatches", value=differ, low=differ, high=differ, confidence=None, n=rows, detail=detail
    )
    requirement = requirement_of("mismatches", at_most=0, call=CALL)
    verdict = judge(measurement, requirement)
    rows_text = f"{count(differ)} of {count(rows)} predictions"
    return Result(
        check=CHECK,
        label=name,
        sentence=f"{rows_text} differ from those approved as {name!r}{place(evaluation)}, required 0",
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=(measurement,),
        verdicts=(verdict.word,),
        requirement=requirement,
        findings=found.findings,
        inputs=evaluation.inputs,
        advice=f"if the change is meant, approve it: pytest {COMMAND}" if differ else None,
    )


def _nothing_yet(evaluation: Evaluation, name: str) -> Result:
    return Result(
        check=CHECK,
        label=name,
        sentence=f"no predictions were approved yet as {name!r}",
        verdict="inconclusive",
        reason="no-baseline",
        because=f"there is no baselines/{name}.parquet beside the test, so there is nothing to compare with",
        requirement=requirement_of("mismatches", at_most=0, call=CALL),
        inputs=evaluation.inputs,
        advice=f"look at these predictions, then approve them and commit the file: pytest {COMMAND}",
    )


def _other_rows(evaluation: Evaluation, name: str, moved: str) -> Result:
    return Result(
        check=CHECK,
        label=name,
        sentence=f"predictions were approved as {name!r} on other rows than these",
        verdict="failed",
        reason="not-comparable",
        because=moved,
        requirement=requirement_of("mismatches", at_most=0, call=CALL),
        findings=(Finding(rule="comparable", where=f"baselines/{name}.parquet", what=moved),),
        inputs=evaluation.inputs,
        advice=f"bring the approved rows back, or approve the predictions for these: pytest {COMMAND}",
    )
