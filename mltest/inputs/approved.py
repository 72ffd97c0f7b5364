"""Approved evaluations: labels and answers kept as one Parquet file each, with what they were made from.

Columns: ``y``, ``prediction``, ``score`` (or ``score_0``, ``score_1``, ... by class), ``weight`` and ``cluster``
where there are any, and ``approved``: one JSON text, the same in every row, since metadata of a Parquet file
cannot be read by every version of every reader.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.digits import count
from mltest.errors import ArtifactError, UsageError
from mltest.inputs.columns import array_of
from mltest.inputs.digests import digest_array, digest_bytes, digest_table
from mltest.inputs.predictions import GivenAnswers
from mltest.quoted import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.inputs.evaluation import Evaluation

__all__ = [
    "COMMAND",
    "FOLDER",
    "Approved",
    "answers_of",
    "approve",
    "approved_file",
    "changed",
    "read_approved",
    "replayed",
]

FOLDER = "baselines"
COMMAND = "--mltest-update-baselines"
_SCHEMA = "mltest/baseline/v1"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MATRIX = 2


@dataclass(frozen=True, slots=True, eq=False)
class Approved:
    """What was approved: the columns of one file, and what is said about them."""

    y: NDArray[Any]
    answers: Mapping[str, NDArray[Any]]
    weight: NDArray[Any] | None
    cluster: NDArray[Any] | None
    about: Mapping[str, Any]

    @property
    def score(self) -> NDArray[Any] | None:
        """The scores as they were: one column, or one for each class."""
        parts = [values for name, values in self.answers.items() if name != "prediction"]
        if not parts:
            return None
        return parts[0] if "score" in self.answers else np.column_stack(parts)


def approved_file(folder: Path, name: object) -> Path:
    """The file of a name, in the folder of approved evaluations beside the tests.

    Examples
    --------
    >>> approved_file(Path("tests"), "production").as_posix()
    'tests/baselines/production.parquet'
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        msg = (
            f"the name of an approved evaluation is letters, digits, '.', '_' and '-', and a file's name; got {name!r}"
        )
        raise UsageError(msg)
    return folder / FOLDER / f"{name}.parquet"


def answers_of(evaluation: Evaluation) -> dict[str, NDArray[Any]]:
    """Predictions and scores, each that the evaluation has, as one array a column."""
    found: dict[str, NDArray[Any]] = {}
    try:
        found["prediction"] = _plain(evaluation.prediction)
    except UsageError:
        if not evaluation.has_score:
            raise
        # scores that no decision follows from are kept alone
    score = _score(evaluation)
    if score is None:
        return found
    if score.ndim < _MATRIX:
        return found | {"score": _plain(score)}
    return found | {f"score_{at}": _plain(score[:, at]) for at in range(score.shape[1])}


def approve(evaluation: Evaluation, file: Path, *, metrics: Mapping[str, float | None] | None = None) -> None:
    """Write the file, whole or not at all.

    Raises
    ------
    UsageError
        Where the table has no digest, or there is nothing to keep.
    """
    import polars as pl

    about = {
        "schema": _SCHEMA,
        "rows": evaluation.rows,
        "data": _rows_digest(evaluation),
        "model": evaluation.inputs.get("model"),
        "model_name": evaluation.model_name,
        "task": evaluation.task,
        "classes": list(evaluation.classes),
        "positive": _positive(evaluation),
        "metrics": dict(metrics or {}),
    }
    columns = {"y": _plain(evaluation.y), **answers_of(evaluation)}
    columns |= {} if evaluation.weight is None else {"weight": evaluation.weight}
    columns |= {} if evaluation.cluster is None else {"cluster": evaluation.cluster}
    series = [_series(name, values) for name, values in columns.items()]
    frame = pl.DataFrame(series).with_columns(pl.lit(json.dumps(about, sort_keys=True)).alias("approved"))
    content = io.BytesIO()
    frame.write_parquet(content)
    _write(file, content.getvalue())


def read_approved(file: Path) -> Approved:
    """Read what ``approve`` wrote.

    Raises
    ------
    ArtifactError
        For a file that is missing, unreadable or no approved evaluation.
    """
    import polars as pl

    try:
        frame = pl.read_parquet(io.BytesIO(file.read_bytes()))
        about = json.loads(frame["approved"][0])
        columns = {name: array_of(frame[name], name) for name in frame.columns if name != "approved"}
        y = columns.pop("y")
        weight, cluster = columns.pop("weight", None), columns.pop("cluster", None)
        _ = about["data"], about["task"], about["classes"], about["positive"]
    except Exception as error:
        text = str(error).strip().splitlines() or [""]
        msg = (
            f"{file} is no approved evaluation: {type(error).__name__}: {quoted(text[0])}; "
            f"approve it again with pytest {COMMAND}"
        )
        raise ArtifactError(msg) from error
    return Approved(y, columns, weight, cluster, about)


def changed(kept: Approved, evaluation: Evaluation) -> str | None:
    """What changed in the rows since they were approved, by their digest; None where nothing did."""
    now = _rows_digest(evaluation)
    if kept.about["data"] == now:
        return None
    what = _what_changed(kept, evaluation)
    return f"{what} (rows {kept.about['data'][:15]} when approved, {now[:15]} now)"


def replayed(kept: Approved, evaluation: Evaluation, name: str) -> Evaluation:
    """The approved answers as an evaluation of the same rows, whose digest must be the same."""
    answers = GivenAnswers(kept.answers.get("prediction"), kept.score, evaluation.rows)
    classes = tuple(kept.about["classes"])
    answers.classes = classes or None
    classifier = kept.about["task"] != "regression"
    return evaluation.answered(answers, name=name, classifier=classifier, positive=kept.about["positive"])


def _score(evaluation: Evaluation) -> NDArray[Any] | None:
    if not evaluation.has_score:
        return None
    try:
        return evaluation.score if evaluation.proba is None else evaluation.proba
    except UsageError:  # it needs the positive class, which nobody told
        return None


def _positive(evaluation: Evaluation) -> Any:
    if evaluation.task != "binary":
        return None
    try:
        return evaluation.positive
    except UsageError:  # not told, and not needed by what the tests ask
        return None


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """An array that every version of Polars can hold; half precision becomes single, which is exact."""
    return values.astype(np.float32) if values.dtype == np.float16 else values


def _series(name: str, values: NDArray[Any]) -> Any:
    import polars as pl

    return pl.Series(name, values.tolist() if values.dtype == object else np.ascontiguousarray(values))


def _rows_digest(evaluation: Evaluation) -> str:
    """The digest of everything but the answers: table, labels, weights and clusters."""
    arrays = {"target": evaluation.y, "weight": evaluation.weight, "cluster": evaluation.cluster}
    parts = {what: digest_array(values, what) for what, values in arrays.items() if values is not None}
    if evaluation.table is not None:
        parts["table"] = digest_table(evaluation.table)
    return digest_bytes(json.dumps(parts, sort_keys=True).encode())


def _what_changed(kept: Approved, evaluation: Evaluation) -> str:
    if len(kept.y) != evaluation.rows:
        return f"{count(len(kept.y))} rows then, {count(evaluation.rows)} now"
    pairs = {
        "labels": (kept.y, evaluation.y),
        "weights": (kept.weight, evaluation.weight),
        "clusters": (kept.cluster, evaluation.cluster),
    }
    for what, (then, now) in pairs.items():
        if (then is None) != (now is None):
            return f"{what} {'now, none then' if then is None else 'then, none now'}"
        other = np.asarray(then != now, dtype=bool) if then is not None else np.zeros(1, dtype=bool)
        if other.any():
            return f"the {what} of {count(int(other.sum()))} rows differ, first in row {int(other.argmax())}"
    return "the labels are the same, other columns of the table are not"


def _write(file: Path, content: bytes) -> None:
    """Under a name of its own, then renamed: workers that write the same file never mix."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        msg = f"cannot write {file}: {error.strerror or error}"
        raise ArtifactError(msg) from error
