"""Fits: an unfitted estimator or a callable makes a model of labelled rows, the same one for the same seed."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import ModelError, UsageError
from mltest.inputs.calling import described, name_of
from mltest.inputs.evaluation import Evaluation, evaluate
from mltest.quoted import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Fit", "checked_fit", "rows_to_fit"]

_SEEDS = 2**32  # scikit-learn takes seeds of 32 bits
_LONGEST = 300


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A way to make a model of features and target; what was given is never changed.

    Parameters
    ----------
    given : estimator or callable
        What the caller gave.
    name : str
        What messages call it.
    is_estimator : bool
        Whether it is cloned and asked to ``fit``, else it is called.
    positive : label, optional
        The positive class of what is fitted.
    """

    given: Any
    name: str
    is_estimator: bool
    positive: Any = None

    @property
    def takes_seed(self) -> bool:
        """Whether a seed changes anything: a ``random_state`` of the estimator, a ``seed=`` of the callable."""
        return bool(_seeds_of(self.given)) if self.is_estimator else _takes_seed(self.given)

    @property
    def unseeded(self) -> tuple[str, ...]:
        """The ``random_state`` parameters of an estimator that are None, so that every fit draws anew."""
        if not self.is_estimator:
            return ()
        parameters = self.given.get_params(deep=True)
        return tuple(name for name in _seeds_of(self.given) if parameters[name] is None)

    def on(self, rows: Evaluation, *, y: NDArray[Any] | None = None, seed: int | None = None) -> Any:
        """The model of these rows, or of other labels on them.

        ``seed`` is set as every ``random_state`` of an estimator, and given as ``seed=`` to a callable that takes
        one; without it the fit runs as its author left it. Raises ``ModelError`` that names the fit and the rows.
        """
        table = rows.table
        if table is None or not rows.features:
            raise UsageError(f"{self.name} has no features to fit on: give evaluations made by mltest.evaluate")
        features, target = table.select(rows.features), np.array(rows.y if y is None else y)
        who = described(
            self.given, "fit" if self.is_estimator else "__call__", rows.rows, len(rows.features), table.name
        )
        try:
            model = self._made(features, target, seed)
        except (Exception, SystemExit) as error:
            text = " ".join(str(error).split())[:_LONGEST] or "(no message)"
            raise ModelError(f"{who} raised {type(error).__name__}: {quoted(text)}") from error
        if not (hasattr(model, "predict") or hasattr(model, "__mltest_predict__") or callable(model)):
            raise ModelError(f"{who} returned {_kind(model)}; a model has predict, or is a callable")
        return model

    def judged(self, model: Any, rows: Evaluation) -> Evaluation:
        """A fitted model on these rows."""
        columns = {"weight": rows.weight, "cluster": rows.cluster}
        return evaluate(model, rows.table, rows.y, features=rows.features, positive=self.positive, **columns)

    def _made(self, features: Any, target: NDArray[Any], seed: int | None) -> Any:
        if not self.is_estimator:
            return self.given(
                features, target, **({"seed": seed % _SEEDS} if seed is not None and self.takes_seed else {})
            )
        from sklearn.base import clone

        model = clone(self.given)
        if seed is not None:
            model.set_params(**dict.fromkeys(_seeds_of(model), seed % _SEEDS))
        made = model.fit(features, target)
        return model if made is None else made


def checked_fit(fit: Any, call: str, *, positive: Any = None) -> Fit:
    """The fit, or a ``UsageError`` that says what was given in its place.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> checked_fit(LogisticRegression(), "assert_learns").takes_seed
    True
    >>> checked_fit(LogisticRegression, "assert_learns")
    Traceback (most recent call last):
    ...
    mltest.UsageError: assert_learns(fit=): is the class LogisticRegression; give an object of it: LogisticRegression()
    """
    place = f"{call}(fit=)"
    is_class = isinstance(fit, type)
    if is_class and hasattr(fit, "fit"):
        raise UsageError(f"{place}: is the class {fit.__name__}; give an object of it: {fit.__name__}()")
    if hasattr(fit, "fit"):
        if not hasattr(fit, "get_params"):
            raise UsageError(
                f"{place}: a {type(fit).__name__} cannot be copied unfitted, it has no get_params; give a callable "
                "(features, target) -> model that makes a new one each time"
            )
        return Fit(fit, name_of(fit), is_estimator=True, positive=positive)
    if not callable(fit) or (hasattr(fit, "predict") and not is_class):
        raise UsageError(
            f"{place}: must be an unfitted scikit-learn estimator or a callable (features, target) -> model; "
            f"got {_kind(fit)}"
        )
    _refuse_signature(fit, place)
    return Fit(fit, name_of(fit), is_estimator=False, positive=positive)


def rows_to_fit(
    data: Any,
    target: Any,
    *,
    features: Sequence[Any] | None = None,
    positive: Any = None,
    cluster: Any = None,
) -> Evaluation:
    """Labelled rows that models are to be made of: an evaluation whose model is not there yet.

    Its table, target, features, clusters, digests and parts are read; it is never asked for a prediction.
    """
    return evaluate(_not_fitted, data, target, features=features, positive=positive, cluster=cluster)


def _not_fitted(_table: Any) -> Any:
    raise ModelError("these rows have no model yet")


def _seeds_of(estimator: Any) -> tuple[str, ...]:
    names = estimator.get_params(deep=True)
    return tuple(sorted(name for name in names if name == "random_state" or name.endswith("__random_state")))


def _takes_seed(function: Any) -> bool:
    try:
        return "seed" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # some compiled functions have no signature
        return False


def _refuse_signature(function: Any, place: str) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(None, None, **({"seed": 0} if "seed" in signature.parameters else {}))
    except TypeError as error:
        name = name_of(function)
        raise UsageError(
            f"{place}: {name}{signature} must take (features, target), and may take seed=; {error}"
        ) from error


def _kind(given: Any) -> str:
    return "None" if given is None else f"a {type(given).__name__}"
