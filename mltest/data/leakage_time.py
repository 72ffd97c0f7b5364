"""Rule ``time`` of ``data.no_leakage``: every test row lies after every train row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltest.data.leakage_probe import NONE_SHARED, Probe, census
from mltest.data.leakage_tables import pair_of_columns
from mltest.digits import count
from mltest.errors import UsageError
from mltest.judge import judge
from mltest.quoted import quoted
from mltest.result import Finding

if TYPE_CHECKING:
    from mltest.inputs.tables import Table

__all__ = ["probe_time"]


def probe_time(train: Table, test: Table, time: str) -> Probe:
    """How many test rows are not later than the last train row; a tie is not later."""
    first, second = pair_of_columns(train, test, time)
    _refuse_unordered(first.dtype, time)
    end, start = first.max(), second.min()
    if end is None or start is None:
        empty = train.name if end is None else test.name
        text = f"no row of {empty} has a {time}: the order of the splits is unknown"
        found = census("not_after_train", 0, 0, text, place=time)
        return Probe(rule="time", measurements=(found,), words=("inconclusive",), text=text)
    early = int((second <= end).sum())
    without = int(first.null_count() + second.null_count())
    text = f"{count(early)} of {count(test.rows)} test rows are not later than the last train row"
    span = f"; train ends {quoted(_when(end))}, test starts {quoted(_when(start))}"
    aside = f"; {count(without)} rows have no {time}" if without else ""
    found = census("not_after_train", early, test.rows, text + span + aside, place=time)
    word = judge(found, NONE_SHARED).word
    if word == "passed" and without:
        word, text = "inconclusive", f"{count(without)} rows have no {time}: their place in time is unknown"
    finding = Finding(
        rule="time", where=time, what=f"test rows not later than train{span}", count=early, rate=early / test.rows
    )
    return Probe(
        rule="time",
        measurements=(found,),
        words=(word,),
        text=text,
        findings=(finding,) if early else (),
        flags=("time_missing",) if without else (),
    )


def _refuse_unordered(kind: Any, time: str) -> None:
    import polars as pl

    if not (kind.is_temporal() or kind.is_numeric() or kind == pl.Null):
        raise UsageError(
            f"time={time!r} is a column of {kind}; give dates, timestamps or numbers "
            "(text sorts by letters: parse it when the table is read)"
        )


def _when(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
