"""Predictions made once, with the labels they are judged by: what every check of a model reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import UsageError
from mltest.inputs.calling import checked_model, name_of
from mltest.inputs.digests import digest_array, digest_model, digest_table
from mltest.inputs.multilabel import LabelReading, are_names, label_names
from mltest.inputs.origins import origin
from mltest.inputs.predictions import Answers, GivenAnswers, ModelAnswers
from mltest.inputs.reading import Reading
from mltest.inputs.rowwise import cluster_codes, is_name, read_target, read_weight
from mltest.inputs.tables import Table, read, rows_of_index
from mltest.inputs.tasks import Task, estimator_kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Evaluation", "evaluate"]


class Evaluation:
    """Labels and predictions on the same rows, made elsewhere.

    ``mltest.evaluate(model, data, target)`` makes one by asking a model. Every check of a model takes an
    evaluation; the predictions are made once, on first use, however many checks read them.

    Parameters
    ----------
    y : array of shape (n,) or str; or array of shape (n, k) or list of str
        The true labels or numbers: a list, an array, a series of any dataframe, or a column of ``table``. Several
        labels a row: a matrix of 0 and 1, or the columns that hold them.
    prediction : array of shape (n,) or (n, k), optional
        Predicted labels or numbers.
    score : array of shape (n,) or (n, k), optional
        Scores of the positive class, or one column for each class in sorted order. Without ``prediction``,
        scores within 0 and 1 decide by one half, and several columns by the largest.
    table : table, optional
        The rows themselves, for slices: pandas, Polars, PyArrow, a 2-D array, or what else Narwhals knows.
    positive : label, optional
        The positive one of two classes; known where the labels are 0 and 1 or False and True.
    weight : array of shape (n,) or str, optional
        How much each row counts; finite, not negative, not all zero.
    cluster : array of shape (n,) or str, optional
        Which rows are not independent of each other (customer, patient); intervals honour it.

    Attributes
    ----------
    y, weight, cluster, prediction : array of shape (n,)
        Labels, weights, cluster codes from 0 (or None), predicted labels in the type of ``y`` or numbers.
    task : str
        ``binary``, ``multiclass``, ``regression`` or ``multilabel``.
    classes : tuple
        Every class of target and model, in the order of the columns of ``proba``; empty for numbers.
    positive : label
        The positive class; asked for only where something needs it.
    truth, predicted : bool array of shape (n,)
        Where ``y`` and ``prediction`` are the positive class.
    score : array of shape (n,) or (n, k)
        Scores of the positive class; with several classes one column each.
    proba : array of shape (n, k) or None
        Probabilities by ``classes``.

    Raises
    ------
    UsageError
        Where the parts do not fit together; the message says what, where and what to do.
    ModelError
        On first use of an answer: where the model raises or answers with the wrong shape, number of rows,
        unseen labels, missing values or probabilities that do not sum to one.

    Notes
    -----
    A model that has ``classes_`` or calls itself a regressor decides the task. Else text and truth values are
    classes, and so are 0 and 1; numbers with fractions are quantities; other whole numbers are quantities
    where the predictions fall between them.

    Examples
    --------
    >>> import mltest
    >>> holdout = mltest.Evaluation(["no", "yes", "yes"], score=[0.1, 0.8, 0.4], positive="yes")
    >>> holdout.task, holdout.rows
    ('binary', 3)
    >>> holdout.predicted.tolist()
    [False, True, False]
    """

    y: NDArray[Any]
    weight: NDArray[np.float64] | None
    cluster: NDArray[np.int64] | None
    _index: NDArray[np.intp] | None
    _separate: dict[str, NDArray[Any]]

    def __init__(
        self,
        y: Any,
        *,
        prediction: Any = None,
        score: Any = None,
        table: Any = None,
        positive: Any = None,
        weight: Any = None,
        cluster: Any = None,
    ) -> None:
        rows = None if table is None else _named(table)
        target = read_target(y, rows)
        answers = GivenAnswers(prediction, score, len(target))
        self._fill(None, answers, rows, target, positive)
        self._name_labels(y)
        self._finish(table, y, weight, cluster)
        self._separate |= answers.arrays

    def _fill(self, model: Any, answers: Answers, table: Table | None, target: NDArray[Any], positive: Any) -> None:
        self.model = model
        self.model_name = "given predictions" if model is None else name_of(model)
        self.data_name = "data" if table is None else table.name
        self.features: tuple[str, ...] = ()
        self.rows = len(target)
        self.y = _sealed(target)
        self._whole_table, self._index = table, None
        names = (self.model_name, self.data_name)
        self._reading: Reading | LabelReading
        if target.ndim > 1:
            self._reading = LabelReading(self.y, answers, tuple(range(target.shape[1])), self.model_name)
        else:
            self._reading = Reading(self.y, answers, estimator_kind(model), positive, names)

    def _name_labels(self, given: Any) -> None:
        if isinstance(self._reading, LabelReading):
            self._reading.classes = label_names(given, self.y)

    def _finish(self, data: Any, y: Any, weight: Any, cluster: Any) -> None:
        table = self._whole_table
        self.weight = None if weight is None else _sealed(read_weight(weight, table, self.rows))
        self.cluster = None if cluster is None else _sealed(cluster_codes(cluster, table, self.rows))
        self._data_origin = origin(data)
        own = {"target": (y, self.y), "weight": (weight, self.weight), "cluster": (cluster, self.cluster)}
        self._separate = {
            what: made for what, (given, made) in own.items() if made is not None and not self._is_column(given)
        }

    def _is_column(self, given: Any) -> bool:
        return is_name(given) or are_names(given, self._whole_table)

    @property
    def task(self) -> Task:
        """``binary``, ``multiclass``, ``regression`` or ``multilabel``."""
        return self._reading.task

    @property
    def classes(self) -> tuple[Any, ...]:
        """Every class of target and model, in the order of the columns of ``proba``; empty for numbers."""
        return self._reading.classes

    @property
    def positive(self) -> Any:
        """The positive class; a ``UsageError`` lists the classes where it is not known."""
        return self._reading.positive

    @cached_property
    def truth(self) -> NDArray[np.bool_]:
        """Where ``y`` is the positive class."""
        return _sealed(np.asarray(self.y == self._positive_of_two("truth"), dtype=bool))

    @cached_property
    def predicted(self) -> NDArray[np.bool_]:
        """Where the prediction is the positive class."""
        return _sealed(np.asarray(self.prediction == self._positive_of_two("predicted"), dtype=bool))

    @cached_property
    def prediction(self) -> NDArray[Any]:
        """Predicted labels in the type of ``y``, or numbers."""
        return self._here(self._reading.prediction)

    @cached_property
    def score(self) -> NDArray[Any]:
        """Scores of the positive class; with several classes one column each, by ``classes``."""
        return self._here(self._reading.score)

    @cached_property
    def proba(self) -> NDArray[Any] | None:
        """Probabilities by ``classes``, or None where the model gives none."""
        made = self._reading.proba
        return None if made is None else self._here(made)

    @property
    def has_score(self) -> bool:
        """Whether ``score`` can be asked for; a model whose one answer may be either is asked to find out."""
        return self.task != "regression" and self._reading.score_answer is not None

    @cached_property
    def table(self) -> Table | None:
        """The rows themselves, with all their columns."""
        whole = self._whole_table
        return whole if whole is None or self._index is None else whole.take(self._index)

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """What checks have worked out about these very rows, so that the next one need not."""
        return {}

    @property
    def inputs(self) -> Mapping[str, str]:
        """Digests of what was read: of the artifact's bytes, else of the content; models in memory have none."""
        return MappingProxyType(self._reading.once("inputs", self._digests))

    def take(self, index: Any) -> Evaluation:
        """The rows of a mask or an index, without a new prediction.

        Parameters
        ----------
        index : bool array of shape (n,) or int array
            Which rows, in which order.

        Returns
        -------
        Evaluation
            Task, classes and positive class are those of the whole.

        Raises
        ------
        UsageError
            Where no row is left or a row does not exist.

        Examples
        --------
        >>> import mltest
        >>> whole = mltest.Evaluation([1, 0, 1], prediction=[1, 1, 1])
        >>> whole.take([0, 2]).prediction.tolist()
        [1, 1]
        """
        rows = rows_of_index(index, self.rows)
        if not len(rows):
            msg = f"no rows of {self.data_name} are left to evaluate"
            raise UsageError(msg)
        part = object.__new__(Evaluation)
        part.__dict__.update({name: value for name, value in self.__dict__.items() if name not in _BY_ROW})
        part.rows = len(rows)
        part._index = rows if self._index is None else self._index[rows]
        part.y = _sealed(self.y[rows])
        part.weight = None if self.weight is None else _sealed(self.weight[rows])
        part.cluster = None if self.cluster is None else _sealed(self.cluster[rows])
        return part

    def answered(self, answers: GivenAnswers, *, name: str, classifier: bool, positive: Any = None) -> Evaluation:
        """The same rows with other answers, such as those that were approved before; ``name`` is whose they are."""
        other = object.__new__(Evaluation)
        other._fill(None, answers, self.table, self.y, None)
        other.model_name, other.data_name = name, self.data_name
        kind = "classifier" if classifier else "regressor"
        other._reading = Reading(other.y, answers, kind, positive, (name, self.data_name))
        other.weight, other.cluster = self.weight, self.cluster
        # a slice is known by the digest of the whole, here as there
        other._data_origin = (self.data_name, self.inputs["data"]) if "data" in self.inputs else None
        rows = {what: made for what, made in self._separate.items() if what in _OF_ROWS}
        other._separate = rows | answers.arrays
        return other

    def __repr__(self) -> str:
        return f"<Evaluation of {self.model_name} on {self.rows} rows of {self.data_name}>"

    def _digests(self) -> dict[str, str]:
        """What stands in a column of the table is covered by the table's digest."""
        made = {what: digest_array(values, what) for what, values in self._separate.items()}
        if self._whole_table is not None:
            made["data"] = self._data_origin[1] if self._data_origin else digest_table(self._whole_table)
        model = digest_model(self.model)
        return made if model is None else made | {"model": model}

    def _here(self, whole: NDArray[Any]) -> NDArray[Any]:
        return _sealed(whole if self._index is None else whole[self._index])

    def _positive_of_two(self, what: str) -> Any:
        if self.task != "binary":
            classes = f"{len(self.classes)} classes" if self.classes else "numbers"
            msg = f"{what} needs two classes; the target of {self.data_name} has {classes}"
            raise UsageError(msg)
        return self.positive


_OF_ROWS = {"target", "weight", "cluster"}
_BY_ROW = {"truth", "predicted", "prediction", "score", "proba", "table", "kept"}


def evaluate(
    model: Any,
    data: Any,
    target: Any,
    *,
    features: Sequence[Any] | None = None,
    positive: Any = None,
    weight: Any = None,
    cluster: Any = None,
) -> Evaluation:
    """Bind a model to labelled rows; it is asked once, when the first check needs an answer.

    Parameters
    ----------
    model : object with ``predict``, or callable
        ``predict_proba`` (else ``decision_function``) is used where a score is needed. A callable gets the
        feature table and returns labels, scores, numbers or a table of one column a class.
    data : table
        pandas, Polars (lazy too), PyArrow, a 2-D array, or what else Narwhals knows. It is never changed, and
        neither a model that changes its input nor a later change of ``data`` reaches the evaluation.
    target : str or array of shape (n,); or list of str or array of shape (n, k)
        A column of ``data``, or the labels themselves; several columns of 0 and 1 are several labels a row.
    features : sequence of str, optional
        The columns the model gets. By default all but the target, weight and cluster columns; where the model
        has ``feature_names_in_``, those in that order.
    positive : label, optional
        The positive one of two classes; known where the labels are 0 and 1 or False and True.
    weight, cluster : str or array of shape (n,), optional
        As in ``Evaluation``.

    Returns
    -------
    Evaluation
        What every check of a model takes.

    Raises
    ------
    UsageError
        A table without rows, a missing or twice-named column, a target with gaps, an unknown positive class.
    ModelError
        On first use of an answer; see ``Evaluation``.

    Notes
    -----
    For two classes, an answer of floats within 0 and 1 that are not all labels is the score of the positive
    class, and decides by one half. This rule serves models with one kind of answer: callables, and objects
    with ``predict`` that have neither ``classes_`` nor a call for scores.

    Examples
    --------
    >>> import mltest
    >>> import numpy as np
    >>> rows = np.array([[0.2, 0], [0.9, 1], [0.6, 0]])
    >>> holdout = mltest.evaluate(lambda table: table[:, 0], rows, target="1", features=["0"])
    >>> holdout.prediction.tolist()
    [0.0, 1.0, 1.0]
    """
    checked_model(model, "evaluate")
    table = _named(data)
    columns = _features(model, table, features, {"target": target, "weight": weight, "cluster": cluster})
    made = object.__new__(Evaluation)
    labels = read_target(target, table)
    made._fill(model, ModelAnswers(model, table, columns, several=labels.ndim > 1), table, labels, positive)
    made._name_labels(target)
    made.features = columns
    made._finish(data, target, weight, cluster)
    return made


def _named(data: Any) -> Table:
    known = origin(data)
    return read(data, known[0] if known else "data").snapshot()


def _features(model: Any, table: Table, features: Sequence[Any] | None, others: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns for the model, each of which the table has."""
    named = [names for given in others.values() for names in (given if are_names(given, table) else [given])]
    apart = {str(given) for given in named if is_name(given)}
    known = getattr(model, "feature_names_in_", None)
    if isinstance(features, str):
        msg = f"features={features!r} is one name; give a list of column names"
        raise UsageError(msg)
    if features is None and known is not None and not table.is_array:
        features = list(known)
    if features is None:
        features = [name for name in table.names if name not in apart]
    names = tuple(str(table.label(name)) for name in features)
    if not names:
        msg = f"{table.name} has no columns left for the model beside {', '.join(sorted(apart))}"
        raise UsageError(msg)
    return names


def _sealed(array: NDArray[Any]) -> NDArray[Any]:
    """A view that no check can write through."""
    view = array.view()
    view.flags.writeable = False
    return view
