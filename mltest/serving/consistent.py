"""``serving.consistent``: the same rows give the same answers, trained and served."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from mltest.assertion import asserting
from mltest.catalogue import check
from mltest.errors import UsageError
from mltest.inputs.calling import name_of
from mltest.inputs.digests import digest_model, digest_of
from mltest.inputs.origins import origin
from mltest.inputs.tables import read
from mltest.inputs.tolerance import tolerance_of
from mltest.result import Result
from mltest.serving.demand import Demand, demand_of
from mltest.serving.judged import Judged, judged_routes, judged_served
from mltest.serving.question import Question
from mltest.serving.routes import chosen, taken
from mltest.serving.served import compared
from mltest.serving.subject import features_for, subject_of

__all__ = ["assert_consistent", "consistent"]


@check(
    "serving.consistent",
    title="Trained and served answers agree",
    kind="model.consistency",
    rules=("routes", "features"),
    references=(
        "Breck et al. (2019), Data validation for machine learning, MLSys: training-serving skew",
        "Goldberg (1991), What every computer scientist should know about floating-point arithmetic, ACM CSUR 23",
    ),
)
def consistent(
    trained: Any,
    served: Any = None,
    *,
    on: Any,
    routes: Iterable[str] | Mapping[str, int | bool] | None = None,
    tolerance: str = "float64",
    mismatch_at_most: float = 0,
) -> Result:
    """The same rows give the same predictions, or the same features, trained and served.

    With ``served``, the trained model is compared with a second one. Without, a model is compared with itself
    by the routes that a serving path takes: its answer to all rows at once against its answer by each route.

    Parameters
    ----------
    trained : object with ``predict`` or ``transform``, or callable
        Models are compared by ``predict_proba`` where they have it, else ``decision_function``, else
        ``predict``; transforms by the table that they return; a callable by its answer as it is.
    served : object or callable, optional
        What serves: the exported model, a client of the service, the online feature code. It gets the same
        columns as ``trained``, unless it has ``feature_names_in_``. A callable that returns one score a row is
        compared with the probability of the second class, one that returns labels with ``predict``.
    on : table
        The rows to ask: pandas, Polars (lazy too), PyArrow, a 2-D array, or what else Narwhals knows. A model
        with ``feature_names_in_`` gets these columns; any other gets all. It is never changed.
    routes : sequence of str, or mapping of str to int or bool, optional
        A sequence: exactly these routes. A mapping changes the default, which is all: a number of rows that a
        route is asked on (evenly spaced, shown in the result), True for all rows, False to leave it out.
    tolerance : {"float64", "bitwise", "float32", "float16", "bfloat16"}
        When two numbers agree. Text, categories, whole numbers and gaps are always compared exactly.
    mismatch_at_most : int or float, default 0
        Tolerated rows that differ: a whole number counts rows, a fraction between 0 and 1 is a share. It holds
        for each route.

    Returns
    -------
    Result
        One measurement for each route: ``mismatch by csv``. Routes that do not apply are in it with their
        reason. It passes where every route that applies passes; a route that was named and does not apply
        leaves it inconclusive. It is not applicable where no route applies.

    Raises
    ------
    UsageError
        An unknown route or tolerance, a limit that no row could break, a table or model that is none.
    ModelError
        Where ``trained`` itself gives no answer to all rows. An error by a route, or of ``served``, is a failure.

    Notes
    -----
    Routes:

    ``reload``
        Saved (scikit-learn's by joblib, others by pickle) and loaded. A plain function has no file.
    ``subprocess``
        A fresh interpreter with another hash seed loads the saved model and answers, while the other routes
        are asked. It costs the imports of the model's libraries.
    ``single_row``, ``chunks``
        Row by row; in batches of 1, 2, 3, 5, 8, ... rows. ``single_row`` costs one call a row:
        ``routes={"single_row": 50}`` asks 50 rows.
    ``shuffled``
        A permutation, the answers put back.
    ``column_order``, ``extra_column``
        Columns reversed; a column added last. A model that refuses such a table with an error gives no wrong
        answer: the route then does not apply.
    ``json``, ``csv``, ``parquet``
        Written and read by the table's own library, in memory. JSON and CSV carry numbers, text and truth
        values, with the types that the reader infers; times, categories, decimals and empty columns need a
        declared type there and are handed on as they are.
    ``float32``
        Columns of float64 cast to float32; judged with the tolerance ``float32`` or the given one, whichever is
        looser.
    ``threads``
        Four threads ask for all rows at once, twice each and in different orders; they change over between the
        lines of the model's own code, so that a race shows. One inside an installed library may go unseen.

    Two numbers agree where ``|a - b| <= atol + rtol * max(|a|, |b|)``, or where both are NaN or the same
    infinity: ``float64`` 1e-9 and 1e-12 (rtol, atol), ``float32`` 1e-5 and 1e-6, ``float16`` 1e-3 and 1e-4,
    ``bfloat16`` 1.6e-2 and 1e-3; ``bitwise`` compares bit patterns. Every row is compared, so the count has no
    interval. Features are compared by column name and row; a missing or an added column makes every row
    differ, another type alone is a finding and no failure.

    References
    ----------
    Breck, Polyzotis, Roy, Whang and Zinkevich (2019). Data validation for machine learning. MLSys.

    Examples
    --------
    >>> import numpy as np
    >>> import mltest
    >>> rows = np.array([[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]])
    >>> mltest.checks.consistent(lambda table: table.sum(axis=1), on=rows, routes=["single_row", "json"]).verdict
    'passed'
    >>> skewed = mltest.checks.consistent(lambda table: table.mean(axis=1) - table.mean(), on=rows, routes=["chunks"])
    >>> skewed.sentence
    '3 of 3 rows differ by chunks on data, required at most 0'
    """
    near = tolerance_of(tolerance)
    known = origin(on)
    table = read(on, known[0] if known else "data").snapshot()
    subject = subject_of(trained, "assert_consistent")
    if served is not None:
        if routes is not None:
            msg = "assert_consistent: routes= asks a model against itself; leave it out beside served="
            raise UsageError(msg)
        demand = demand_of(mismatch_at_most, table.rows)
        found = compared(subject, subject_of(served, "assert_consistent(served=)"), table, near)
        return _result(judged_served(found, table, demand), "served", demand, _digests(on, trained, served))
    asked = chosen(routes, table.rows)
    demand = demand_of(mismatch_at_most, min(each.rows or table.rows for each in asked))
    features = features_for(trained, table)
    question = Question(subject, features, subject.whole(features), np.arange(table.rows), near)
    judged = judged_routes(question, taken(question, asked), demand)
    named = routes is not None and not isinstance(routes, Mapping)
    return _result(judged, "+".join(each.name for each in asked) if named else "routes", demand, _digests(on, trained))


def _digests(on: Any, *models: Any) -> dict[str, str]:
    """Of the table, and of those models that have one."""
    known = origin(on)
    digests = {known[0] if known else "data": digest_of(on)}
    for model in models:
        digest = digest_model(model)
        if digest is not None:
            name = name_of(model)
            digests[name if name not in digests else f"{name} (served)"] = digest
    return digests


def _result(judged: Judged, label: str, demand: Demand, digests: Mapping[str, str]) -> Result:
    return Result(
        check="serving.consistent",
        label=label,
        sentence=judged.sentence,
        verdict=judged.verdict.word,
        reason=judged.verdict.reason,
        because=judged.verdict.text,
        measurements=judged.measurements,
        verdicts=judged.words,
        requirement=demand.requirement,
        findings=judged.findings,
        inputs=digests,
        advice=judged.advice,
    )


assert_consistent = asserting(consistent)
