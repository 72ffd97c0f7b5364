"""Part of `assert_robust`: how answers, or what they score, differ between rows and perturbed rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mltest.assertion import seed_here
from mltest.digits import number
from mltest.errors import ModelError
from mltest.inputs.calling import call, name_of, one_answer_method
from mltest.inputs.evaluation import Evaluation, evaluate
from mltest.inputs.tables import Table, read
from mltest.inputs.tasks import estimator_kind
from mltest.metrics.metric import negate
from mltest.stats.paired import paired_losses
from mltest.stats.proportion import proportion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.metrics.metric import Metric
    from mltest.stats.estimate import Estimate

__all__ = ["Compared", "Question", "compared_answers", "compared_scores"]

_MATRIX = 2


class Compared(NamedTuple):
    """What was compared, by how much it differs, and what lies behind it."""

    name: str
    estimate: Estimate
    detail: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A model, and the rows as they are."""

    model: Any
    original: Evaluation
    table: Table
    has_target: bool
    positive: Any

    @classmethod
    def of(cls, model: Any, data: Any, target: Any, *, features: Any, positive: Any, cluster: Any) -> Question:
        """The model bound to the rows; labels are not needed to compare answers."""
        labels = np.zeros(read(data).rows) if target is None else target
        known = None if target is None else positive
        original = evaluate(model, data, labels, features=features, positive=known, cluster=cluster)
        table = original.table
        if table is None:
            raise ModelError(f"{original.model_name} has no rows to answer")
        return cls(model, original, table, target is not None, known)

    @property
    def inputs(self) -> dict[str, str]:
        """Digests of what was read."""
        return {name: digest for name, digest in self.original.inputs.items() if self.has_target or name != "target"}

    def of_table(self, table: Table) -> Evaluation:
        """The same labels beside the answers to other rows."""
        before = self.original
        return evaluate(
            self.model, table, before.y, features=before.features, positive=self.positive, cluster=before.cluster
        )

    def answers(self, table: Table) -> NDArray[Any]:
        """Decisions where the labels or the model tell them, else what the model answers."""
        if self.has_target:
            return (self.original if table is self.table else self.of_table(table)).prediction
        asked = table.select(self.original.features)
        return np.array(call(self.model, one_answer_method(self.model), asked, table.rows, data=table.name))


def compared_answers(question: Question, after: Table) -> Compared:
    """The share of decisions that change, or the mean absolute change of numbers."""
    a, b = question.answers(question.table), question.answers(after)
    if a.shape != b.shape:
        raise ModelError(f"{name_of(question.model)} answered shape {a.shape}, on {after.name} shape {b.shape}")
    groups = question.original.cluster
    if a.ndim == _MATRIX:
        a, b = np.argmax(a, axis=1), np.argmax(b, axis=1)
    elif _are_numbers(question, a):
        change = np.abs(b.astype(np.float64) - a.astype(np.float64))
        return Compared("mean change", paired_losses(change, np.zeros(len(change)), None, groups))
    return Compared("changed decisions", proportion(np.asarray(a != b, dtype=bool), groups=groups))


def compared_scores(question: Question, after: Table, metric: Metric, check: str, name: str) -> Compared:
    """What the metric loses on the perturbed rows, paired row by row."""
    before, beyond = question.original, question.of_table(after)
    difference = metric.paired(beyond, before, seed_here(check, metric.name, name))
    values = [metric.beside(side).value for side in (before, beyond)]
    detail = f"{number(values[0])} before, {number(values[1])} after"
    return Compared(f"{metric.name} loss", negate(difference) if metric.higher_is_better else difference, detail)


def _are_numbers(question: Question, answer: NDArray[Any]) -> bool:
    """Quantities rather than labels: floats of what is no classifier."""
    if question.has_target:
        return question.original.task == "regression"
    kind = estimator_kind(question.model)
    return answer.dtype.kind in "iuf" and (kind == "regressor" or (kind is None and answer.dtype.kind == "f"))
