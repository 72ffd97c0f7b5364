"""The scoring service: JSON documents in, scores out, and the features written again for single applications."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl
from features import DEBT_LIMITS, GRADES, LOAN_LIMITS, RAW

Transform = Callable[[pl.DataFrame], pl.DataFrame]


def engineer(application: Mapping[str, Any]) -> dict[str, Any]:
    """The features of one application, in plain Python."""
    return {
        **application,
        "other_debt": max(application["pirat"] - application["hirat"], 0.0),
        "debt_grade": GRADES[bisect_left(DEBT_LIMITS, application["pirat"])],
        "loan_grade": GRADES[bisect_left(LOAN_LIMITS, application["lvrat"])],
    }


def features(applications: pl.DataFrame) -> pl.DataFrame:
    """The service's features of a table, made one application at a time."""
    return pl.DataFrame([engineer(application) for application in applications.iter_rows(named=True)])


def answer(model: Any, documents: Iterable[str], transform: Transform = features) -> list[str]:
    """The service's answers to JSON documents, in their order: the probability of either decision."""
    table = transform(pl.DataFrame([json.loads(document) for document in documents]))
    shares = model.predict_proba(table.select(list(model.feature_names_in_)))
    names = [str(name) for name in model.classes_]
    return [json.dumps(dict(zip(names, row, strict=True))) for row in shares.tolist()]


class Client:
    """What a branch office has: applications as they arrive go out as JSON, the share of each decision comes back."""

    feature_names_in_ = RAW

    def __init__(self, model: Any, transform: Transform = features) -> None:
        self.model, self.transform, self.classes_ = model, transform, model.classes_

    def predict_proba(self, applications: pl.DataFrame) -> np.ndarray[Any, Any]:
        documents = [json.dumps(application) for application in applications.iter_rows(named=True)]
        answers = [json.loads(line) for line in answer(self.model, documents, self.transform)]
        return np.array([[shares[name] for name in self.classes_] for shares in answers])
