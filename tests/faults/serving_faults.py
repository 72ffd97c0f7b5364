"""Models that answer otherwise when they are served, each in one way, beside clean twins that do not.

Each fault names the routes that must catch it; by every other route it must stay quiet. The models are plain
classes: what goes wrong is in them, not in a library.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd  # a fresh interpreter that reads a model of this file should not pay for it

CHECK = "serving.consistent"
ROWS = 40


@dataclass(frozen=True)
class Fault:
    """A faulty model, its clean twin, the rows, and the routes that must tell them apart."""

    broken: Callable[[], Any]
    clean: Callable[[], Any]
    table: Callable[[], Any]
    caught_by: frozenset[str]


def applications() -> pd.DataFrame:
    import pandas as pd

    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "amount": rng.normal(120, 30, ROWS).round(2),
            "age": rng.integers(20, 80, ROWS),
            "region": rng.choice(["north", "south", "east"], ROWS),
        }
    )


def with_codes() -> pd.DataFrame:
    return applications().assign(region=[f"{at % 9:03d}" for at in range(ROWS)])


def with_small_ages() -> pd.DataFrame:
    return applications().astype({"age": "uint8"})


def with_lists() -> pd.DataFrame:
    return applications().assign(payments=[[1.0, float(at)] for at in range(ROWS)])


def with_tenths() -> pd.DataFrame:
    return applications().assign(amount=[(at % 10) / 10 for at in range(ROWS)])


def as_array() -> np.ndarray[Any, Any]:
    return applications()[["amount", "age"]].to_numpy()


class Clean:
    """By name, row by row, with what was learnt in training: the twin of most faults."""

    mean = 120.0

    def predict(self, table: pd.DataFrame) -> Any:
        return (table["amount"] - self.mean) + 0.1 * table["age"].astype(float) + 5 * (table["region"] == "north")


class BatchScaled(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        return super().predict(table) + self.mean - table["amount"].mean()


class PreviousRow(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        return super().predict(table) - table["amount"].shift(1).fillna(0.0).to_numpy()


class FailsAlone(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        if len(table) < 2:
            raise ValueError("need at least 2 rows")
        return super().predict(table)


class ByPosition(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        cells = table.to_numpy()
        return [2.0 * (len(row[0]) if isinstance(row[0], str) else row[0]) for row in cells]


class AllNumbers(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        return table.select_dtypes("number").sum(axis=1)


class NamedNumbers(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        return table[["amount", "age"]].sum(axis=1)


class CodeSeven(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        return (table["region"] == "007").astype(float)


class CodeAsNumber(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        return (table["region"].astype(int) == 7).astype(float)


class WrapsAround(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        return table["age"] * 10


class Widens(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        return table["age"].astype(float) * 10


class ListsOnly(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        return [sum(cell) if isinstance(cell, list) else 0.0 for cell in table["payments"]]


class AnySequence(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        return [sum(cell) for cell in table["payments"]]


class Cliff(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        return np.where(table["amount"].astype(float) == 0.3, 1.0, 0.0)


class Slope(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        return np.clip(table["amount"].to_numpy(), 0.0, 1.0)


class Forgets(Clean):
    def __init__(self) -> None:
        self.mean = 100.0

    def __getstate__(self) -> dict[str, Any]:
        return {}


class Remembers(Clean):
    def __init__(self) -> None:
        self.mean = 100.0


_meeting = threading.Barrier(4)


class KeepsBatch(Clean):
    """Four threads leave their rows on the model before any of them reads the rows back."""

    def predict(self, table: pd.DataFrame) -> Any:
        self.rows = table
        if threading.current_thread() is not threading.main_thread():
            _meeting.wait(30)
        return super().predict(self.rows)

    def __getstate__(self) -> dict[str, Any]:
        return {}


class PassesBatch(Clean):
    def predict(self, table: pd.DataFrame) -> Any:
        rows = table
        if threading.current_thread() is not threading.main_thread():
            _meeting.wait(30)
        return super().predict(rows)


class KeepsBatchUnmet(Clean):
    """The same race without a meeting: it shows only if the threads change over between these two lines."""

    def predict(self, table: pd.DataFrame) -> Any:
        self.rows = table
        return super().predict(self.rows)

    def __getstate__(self) -> dict[str, Any]:
        return {}


_learnt: dict[str, float] = {}


class LeansOnGlobal:
    """Keeps what it learnt in its module: the saved object has none of it."""

    def fit(self, rows: Any) -> LeansOnGlobal:
        _learnt["mean"] = float(rows.mean())
        return self

    def predict(self, rows: Any) -> Any:
        return rows[:, 0] - _learnt.get("mean", 0.0)


class LeansOnItself(LeansOnGlobal):
    def fit(self, rows: Any) -> LeansOnItself:
        self.mean = float(rows.mean())
        return self

    def predict(self, rows: Any) -> Any:
        return rows[:, 0] - self.mean


def clean_model() -> Clean:
    """What every route must be quiet on."""
    return Clean()


def percent(model: Clean) -> Callable[[Any], Any]:
    """A service that answers in per cent what was trained as a fraction."""
    return lambda table: 100 * model.predict(table)


def features(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"log_amount": np.log(table["amount"]), "age": table["age"] / 100})


def swapped_features(table: pd.DataFrame) -> pd.DataFrame:
    made = features(table)
    return made.rename(columns={"log_amount": "age", "age": "log_amount"})


def fault(broken: Callable[[], Any], clean: Callable[[], Any], table: Callable[[], Any], by: Iterable[str]) -> Fault:
    return Fault(broken, clean, table, frozenset(by))


FAULTS = {
    "scaled_by_the_batch": fault(BatchScaled, clean_model, applications, {"single_row", "chunks"}),
    "looks_at_the_row_before": fault(
        PreviousRow, clean_model, applications, {"single_row", "chunks", "shuffled", "threads"}
    ),
    "fails_on_one_row": fault(FailsAlone, clean_model, applications, {"single_row", "chunks"}),
    "columns_by_position": fault(ByPosition, clean_model, applications, {"column_order"}),
    "all_numeric_columns": fault(AllNumbers, NamedNumbers, applications, {"extra_column"}),
    "leading_zeros": fault(CodeSeven, CodeAsNumber, with_codes, {"csv"}),
    "small_integers_wrap_around": fault(WrapsAround, Widens, with_small_ages, {"json", "csv"}),
    "lists_become_arrays": fault(ListsOnly, AnySequence, with_lists, {"parquet"}),
    "equality_of_floats": fault(Cliff, Slope, with_tenths, {"float32"}),
    "attribute_is_not_saved": fault(Forgets, Remembers, applications, {"reload"}),
    "batch_kept_between_two_lines": fault(KeepsBatchUnmet, clean_model, applications, {"threads"}),
    "batch_kept_on_the_model": fault(KeepsBatch, PassesBatch, applications, {"threads"}),
}
