"""A candidate beside a baseline: on the same rows, or on the same folds of a cross-validation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mltest.digits import number
from mltest.errors import UsageError
from mltest.metrics.comparable import differences
from mltest.metrics.curves import curves_of
from mltest.metrics.measured import inputs_of, measured
from mltest.metrics.sample import is_sample, place
from mltest.result import Curve, Finding, Measurement, Requirement, Result
from mltest.stats import power
from mltest.stats.estimate import Estimate, unsettled
from mltest.stats.paired import nadeau_bengio

if TYPE_CHECKING:
    from mltest.metrics.comparable import Compared
    from mltest.metrics.metric import Metric

__all__ = ["Sides", "beside", "settles", "sides_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """One evaluation of each model, or one for each fold; ``train_rows`` is what a fold's model was fitted on."""

    candidates: tuple[Compared, ...]
    baselines: tuple[Compared, ...]
    train_rows: int | None = None

    @property
    def candidate(self) -> Compared:
        """The candidate, on the first fold where there are folds."""
        return self.candidates[0]

    @property
    def baseline(self) -> Compared:
        """The baseline, likewise."""
        return self.baselines[0]

    @property
    def folded(self) -> bool:
        """Whether these are folds."""
        return self.train_rows is not None

    @property
    def names(self) -> tuple[str, str]:
        """What to call the two: by their own names where these tell them apart."""
        names = self.candidate.model_name, self.baseline.model_name
        return ("candidate", "baseline") if names[0] == names[1] else names

    @property
    def inputs(self) -> dict[str, str]:
        """The digests behind them; folds, of which there are many, show those of the first."""
        return inputs_of(candidate=self.candidate.inputs, baseline=self.baseline.inputs)

    def apart(self, *, scores: bool) -> tuple[Finding, ...]:
        """What keeps the two from being compared; empty where nothing does."""
        if not self.folded:
            return differences(self.candidate, self.baseline, scores=scores)
        return tuple(
            replace(found, where=f"fold {at}: {found.where}")
            for at, pair in enumerate(zip(self.candidates, self.baselines, strict=True))
            for found in differences(*pair, scores=scores)
        )

    def difference(self, metric: Metric, seed: int) -> Estimate:
        """The candidate minus the baseline, row by row or fold by fold."""
        if self.train_rows is None:
            return metric.paired(self.candidate, self.baseline, seed)
        pairs = [(metric.beside(ours), metric.beside(theirs)) for ours, theirs in self._folds()]
        missing = [at for at, pair in enumerate(pairs) if None in (pair[0].value, pair[1].value)]
        if missing:
            reason = f"{metric.name} is not defined in fold {missing[0]}"
            return unsettled(None, "empty", reason, method="nadeau_bengio", n=len(pairs))
        test_rows = round(sum(side.rows for side in self.candidates) / len(self.candidates))
        apart = [(ours.value or 0.0) - (theirs.value or 0.0) for ours, theirs in pairs]
        return nadeau_bengio(apart, self.train_rows, test_rows)

    def values(self, metric: Metric) -> tuple[Measurement, ...]:
        """Both values, which are shown and decide nothing."""
        sides = zip((self.candidates, self.baselines), self.names, strict=True)
        unit = "folds" if self.folded else metric.unit
        return tuple(measured(_mean(side, metric), f"{metric.name} of {name}", unit=unit) for side, name in sides)

    def curves(self, metric: Metric) -> tuple[Curve, ...]:
        """The pictures of both; folds have none."""
        if self.folded:
            return ()
        sides = zip((self.candidate, self.baseline), self.names, strict=True)
        return tuple(curve for side, name in sides for curve in curves_of(metric, side, name))

    def sentence(self, metric: Metric, gap: float | None, demand: str, *, where: str | None, near: float = 0.0) -> str:
        """``roc_auc of candidate is 0.012 below production on holdout, required ...``; ``gap`` is the difference."""
        ours, theirs = self.names
        here = (
            f" in {where}" if where else f" over {len(self.candidates)} folds" if self.folded else place(self.candidate)
        )
        subject = f"{metric.name} of {ours}"
        if gap is None:
            return f"{subject} cannot be told from {theirs}{here}, {demand}"
        if gap == 0:
            return f"{subject} equals {theirs}{here}, {demand}"
        way = "above" if gap > 0 else "below"
        return f"{subject} is {number(abs(gap), near)} {way} {theirs}{here}, {demand}"

    def incomparable(
        self, apart: tuple[Finding, ...], *, check: str, subject: str, label: str, requirement: Requirement
    ) -> Result:
        """The result where the two cannot be compared: a failure, since nothing was shown."""
        ours, theirs = self.names
        more = f"; and {len(apart) - 1} more" if len(apart) > 1 else ""
        return Result(
            check=check,
            label=label,
            sentence=f"{subject} of {ours} and {theirs} cannot be compared, their {_of_what(apart)} differ",
            verdict="failed",
            reason="not-comparable",
            because=f"{apart[0].where}: {apart[0].what}{more}",
            requirement=requirement,
            findings=apart,
            inputs=self.inputs,
            advice="evaluate both models on the same table: mltest.evaluate(model, test, target)",
        )

    def _folds(self) -> list[tuple[Compared, Compared]]:
        return list(zip(self.candidates, self.baselines, strict=True))


def sides_of(candidate: Any, baseline: Any, train_rows: int | None, call: str) -> Sides:
    """Two evaluations, or two lists of as many folds with the rows that a fold's model was fitted on."""
    both = (candidate, baseline)
    folds = [isinstance(given, (list, tuple)) for given in both]
    if not any(folds):
        is_sample(candidate, call, "candidate")
        is_sample(baseline, call, "baseline")
        if train_rows is not None:
            raise UsageError(f"{call}(train_rows={train_rows!r}): is for folds of a cross-validation; leave it out")
        return Sides((candidate,), (baseline,))
    if not all(folds) or len(candidate) != len(baseline) or not candidate:
        got = [
            f"{len(given)} folds" if isinstance(given, (list, tuple)) else "no list" for given in (candidate, baseline)
        ]
        msg = f"{call}: folds of a cross-validation come as two lists of as many evaluations; got {got[0]} and {got[1]}"
        raise UsageError(msg)
    for given, argument in ((candidate, "candidate"), (baseline, "baseline")):
        for at, fold in enumerate(given):
            is_sample(fold, call, f"{argument}[{at}]")
    if type(train_rows) is not int or train_rows < 1:
        msg = (
            f"{call}(train_rows={train_rows!r}): folds share training rows; say how many rows each fold's model was "
            "fitted on, such as train_rows=900"
        )
        raise UsageError(msg)
    return Sides(tuple(candidate), tuple(baseline), train_rows)


def settles(estimate: Estimate, limit: float) -> int | None:
    """Units that would settle it; more folds of the same rows settle nothing."""
    return None if estimate.method == "nadeau_bengio" else power.n_to_settle(estimate, limit)


def beside(found: Measurement, values: tuple[Measurement, ...]) -> Measurement:
    """A difference with both values in its detail."""
    both = ", ".join(f"{side.name.partition(' of ')[2]} {number(side.value)}" for side in values)
    return replace(found, detail=f"{both}; {found.detail}" if found.detail else both)


def _mean(side: tuple[Compared, ...], metric: Metric) -> Estimate:
    if len(side) == 1:
        return metric.beside(side[0])
    known = [found for found in (metric.beside(fold).value for fold in side) if found is not None]
    mean = sum(known) / len(known) if known else None
    return unsettled(mean, "no_interval", f"mean of {len(known)} folds", method="point", n=len(known))


def _of_what(apart: tuple[Finding, ...]) -> str:
    return "scores" if all(found.where.endswith("score direction") for found in apart) else "rows"
