"""What a fit gains from more training rows: the picture, and the loss of half of the rows less that of all."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from mltest.errors import UsageError
from mltest.metrics.measured import measured
from mltest.metrics.sample import class_codes
from mltest.result import Curve
from mltest.stats.paired import paired_losses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltest.metrics.metric import Metric
    from mltest.metrics.sample import FloatArray, Sample
    from mltest.result import Result
    from mltest.stats.estimate import Estimate

__all__ = ["SEEDS", "SHARES", "LearningCurve", "curve_of", "with_curve"]

HALF, WHOLE = 0.5, 1.0
_ROW_NOISE = "row noise of the test set only"
SHARES = (0.125, 0.25, HALF, WHOLE)
SEEDS = 5


@dataclass(slots=True)
class LearningCurve:
    """Gathers the models of several parts of the training rows, each with several seeds.

    Parameters
    ----------
    metric : Metric
        What is drawn.
    """

    metric: Metric
    loss_name: str = "loss"
    _test: Sample | None = None
    _rows: dict[float, int] = field(default_factory=dict)
    _values: dict[tuple[str, float], list[float]] = field(default_factory=lambda: defaultdict(list))
    _losses: dict[float, list[FloatArray]] = field(default_factory=lambda: defaultdict(list))

    def add(self, share: float, seen: Sample, unseen: Sample) -> None:
        """The model of one part and one seed, on its own training rows and on the test rows."""
        self._test, self._rows[share] = unseen, seen.rows
        for side, sample in (("train", seen), ("test", unseen)):
            value = self.metric.beside(sample).value
            if value is not None:
                self._values[side, share].append(value)
        if share in (HALF, WHOLE):
            self.loss_name, losses = _losses(unseen)
            self._losses[share].append(losses)

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The metric by the number of training rows, on the training rows and on the test rows."""
        made = []
        for side in ("train", "test"):
            shares = [share for share in sorted(self._rows) if self._values[side, share]]
            x = tuple(float(self._rows[share]) for share in shares)
            y = tuple(float(np.mean(self._values[side, share])) for share in shares)
            made.append(Curve(kind="learning_curve", label=f"{self.metric.name} on {side}", x=x, y=y))
        return tuple(made)

    @property
    def gain(self) -> Estimate:
        """Mean loss with half of the training rows less that with all, on the same test rows, over all seeds."""
        if self._test is None or not (self._losses[HALF] and self._losses[WHOLE]):
            raise UsageError("a learning curve needs models of half of the rows and of all of them")
        half, whole = (np.mean(self._losses[share], axis=0) for share in (HALF, WHOLE))
        return paired_losses(half, whole, self._test.weight, self._test.cluster)


def curve_of(metric: Metric, parts: Iterable[tuple[float, Sample, Sample]]) -> LearningCurve:
    """The curve over the models of all parts: share of the training rows, these rows, the test rows."""
    curve = LearningCurve(metric)
    for part in parts:
        curve.add(*part)
    return curve


def with_curve(result: Result, curve: LearningCurve) -> Result:
    """The result with the learning curve beside it, and a mark where the second half of the rows tells something.

    It decides nothing: all training rows are one sample, and how much another one would change is not in the
    interval, which covers the noise of the test rows alone.
    """
    gain = curve.gain
    found = measured(gain, f"{curve.loss_name} saved by the second half of the training rows", detail=_ROW_NOISE)
    improving = gain.low is not None and gain.low > 0
    worse = gain.high is not None and gain.high < 0
    return replace(
        result,
        measurements=(*result.measurements, found),
        verdicts=(*result.verdicts, "not_applicable"),
        curves=(*result.curves, *curve.curves),
        flags=(*result.flags, *(["still_improving"] if improving else ["worse_with_more_rows"] if worse else [])),
    )


def _losses(sample: Sample) -> tuple[str, FloatArray]:
    """One loss a row, by what the model answers: squared error, Brier, or wrong labels."""
    if sample.task == "regression":
        return "squared error", (np.asarray(sample.y, np.float64) - np.asarray(sample.prediction, np.float64)) ** 2
    if sample.proba is None:
        return "error rate", np.asarray(sample.y != sample.prediction, dtype=np.float64)
    given = np.array(sample.proba, dtype=np.float64)
    given[np.arange(len(given)), class_codes(sample.y, sample.classes)] -= 1
    return "Brier score", np.asarray((given**2).sum(axis=1) / (2 if sample.task == "binary" else 1))
