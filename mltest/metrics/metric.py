"""`Metric`: how one number is estimated, compared and improved on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mltest.errors import UsageError
from mltest.metrics.sample import FloatArray, Sample, place

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltest.stats.estimate import Bounds, Estimate

__all__ = ["CLASSES", "NUMBERS", "TWO_CLASSES", "Metric", "negate", "negated", "shifted"]

TWO_CLASSES = ("binary",)
CLASSES = ("binary", "multiclass")
NUMBERS = ("regression",)

_FOR_TASK = {
    "binary": "roc_auc, recall, precision, f1, accuracy, log_loss, brier",
    "multiclass": "accuracy, balanced_accuracy, f1_macro, roc_auc_ovr, log_loss",
    "regression": "mae, rmse, mape, r2",
    "multilabel": "accuracy, hamming_loss, f1_micro, f1_macro, f1_samples",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """One number that labelled predictions have.

    Parameters
    ----------
    name : str
        What it is called, as the user wrote it.
    higher_is_better : bool or None
        Direction; ``None`` for a callable whose direction nobody said.
    tasks : tuple of str
        The tasks that it fits.
    needs : str
        ``prediction``, ``score`` or ``proba``: what an evaluation must have.
    estimate : Callable
        (sample, seed) -> Estimate.
    paired : Callable
        (candidate, baseline, seed) -> Estimate of the difference on the same rows.
    gain : Callable
        (sample, dummy, seed) -> Estimate of what the model adds to a dummy that knows only labels.
    dummy : str
        What that dummy answers: ``majority``, ``positive``, ``prior``, ``mean`` or ``median``.
    gain_is : str
        What ``gain`` means, in words.
    unit : str
        What its interval counts, such as ``positives``.
    best_share : float or None
        The best value of a share of rows: it says how many rows could decide at all.
    curve : str or None
        The picture that belongs to it.
    value : Callable or None
        (sample, seed) -> Estimate without an interval, where an interval is dear.
    losses : Callable or None
        sample -> one number a row, the larger the worse the answer; NaN where the metric looks at no such
        row. What a search for weak rows goes by.
    """

    name: str
    higher_is_better: bool | None
    tasks: tuple[str, ...]
    needs: str
    estimate: Callable[[Sample, int], Estimate]
    paired: Callable[[Sample, Sample, int], Estimate]
    gain: Callable[[Sample, Sample, int], Estimate]
    dummy: str = "majority"
    gain_is: str = "difference to the dummy"
    unit: str = "rows"
    best_share: float | None = None
    curve: str | None = None
    value: Callable[[Sample, int], Estimate] | None = None
    losses: Callable[[Sample], FloatArray] | None = None

    def beside(self, sample: Sample) -> Estimate:
        """The estimate shown beside a judged difference; it decides nothing."""
        return (self.value or self.estimate)(sample, 0)

    def refuse_misfit(self, sample: Sample, call: str) -> None:
        """Raise ``UsageError`` where the metric does not fit the task of the rows."""
        if sample.task in self.tasks:
            return
        if self.tasks == TWO_CLASSES and sample.task == "multiclass":
            msg = (
                f"{call}(metric={self.name!r}): it needs two classes, the target{place(sample)} has "
                f"{len(sample.classes)}; {_averaged(self.name)}"
            )
            raise UsageError(msg)
        msg = (
            f"{call}(metric={self.name!r}): it does not fit a {sample.task} target{place(sample)}; "
            f"for one there are {_FOR_TASK[sample.task]} (mltest list metrics)"
        )
        raise UsageError(msg)


def _averaged(name: str) -> str:
    if name in ("precision", "recall", "f1", "jaccard"):
        return f"averaged over classes it is {name}_macro, {name}_weighted or {name}_micro"
    if name in ("roc_auc", "average_precision"):
        return "for several classes there is roc_auc_ovr"
    return f"for several classes there are {_FOR_TASK['multiclass']}"


def negate(estimate: Estimate) -> Estimate:
    """The same estimate with its sign turned: a loss as a score."""
    bounds = estimate.bounds
    straight = estimate.scale in (None, "identity")
    return replace(
        estimate,
        scale=estimate.scale if straight else None,
        se=estimate.se if straight else None,
        value=_minus(estimate.value),
        low=_minus(estimate.high),
        high=_minus(estimate.low),
        bounds=None if bounds is None else _turned(bounds),
    )


def _minus(value: float | None) -> float | None:
    return None if value is None else 0.0 - value


def _turned(bounds: Bounds) -> Bounds:
    def turned(alpha: float) -> tuple[float | None, float | None]:
        low, high = bounds(alpha)
        return _minus(high), _minus(low)

    return turned


def negated(loss: Metric, name: str) -> Metric:
    """A loss under its scorer name: higher is better, the value is at most 0."""
    return replace(
        loss,
        name=name,
        higher_is_better=True,
        estimate=lambda sample, seed: negate(loss.estimate(sample, seed)),
        paired=lambda candidate, baseline, seed: negate(loss.paired(candidate, baseline, seed)),
        best_share=None,
    )


def shifted(estimate: Estimate, by: float) -> Estimate:
    """The estimate less a known number, such as the value of a dummy."""
    bounds = estimate.bounds

    def moved(alpha: float) -> tuple[float | None, float | None]:
        low, high = (None, None) if bounds is None else bounds(alpha)
        return _less(low, by), _less(high, by)

    return replace(
        estimate,
        value=_less(estimate.value, by),
        low=_less(estimate.low, by),
        high=_less(estimate.high, by),
        scale=None,
        se=None,
        bounds=None if bounds is None else moved,
    )


def _less(value: float | None, by: float) -> float | None:
    return None if value is None else value - by
