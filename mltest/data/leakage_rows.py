"""Rule ``rows`` of ``data.no_leakage``: rows of test that occur in train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mltest.data.leakage_probe import NONE_SHARED, Probe, census
from mltest.data.leakage_tables import comparable
from mltest.digits import count
from mltest.judge import judge
from mltest.result import Finding

if TYPE_CHECKING:
    from mltest.inputs.tables import Table

__all__ = ["probe_rows"]


@dataclass(frozen=True, slots=True)
class Shared:
    """Counts of one pass over both splits."""

    test_rows: int
    distinct_train: int
    repeated_train: int

    @property
    def low_cardinality(self) -> bool:
        """Whether more than half of the distinct train rows repeat inside train: then rows collide by nature."""
        return 2 * self.repeated_train > self.distinct_train


def probe_rows(train: Table, test: Table, features: tuple[str, ...], target: str | None) -> Probe:
    """The share of test rows whose features occur in train, exactly."""
    frames = comparable(train, test, features)
    shared = shared_rows(*frames)
    text = f"{count(shared.test_rows)} of {count(test.rows)} test rows occur in train"
    same = _with_target(train, test, features, target) if shared.test_rows else None
    found = census("shared_rows", shared.test_rows / test.rows, test.rows, text + (same or ""))
    word = judge(found, NONE_SHARED).word
    if word == "passed":
        return Probe(rule="rows", measurements=(found,), words=(word,), text=text)
    if shared.low_cardinality:
        word = "inconclusive"
        text += (
            f", but {count(shared.repeated_train)} of {count(shared.distinct_train)} distinct train rows repeat in "
            "train, so rows may be equal by chance"
        )
    return Probe(
        rule="rows",
        measurements=(found,),
        words=(word,),
        text=text,
        findings=(
            Finding(
                rule="rows",
                where="test",
                what=f"rows occur in train{same or ''}",
                count=shared.test_rows,
                rate=shared.test_rows / test.rows,
            ),
        ),
        flags=("low_cardinality",) if shared.low_cardinality else (),
    )


def shared_rows(train: Any, test: Any) -> Shared:
    """Group both splits by all columns: nulls are equal to nulls, and nothing is left to a hash."""
    import polars as pl

    in_train, in_test = (pl.col("split") == 0).sum(), (pl.col("split") == 1).sum()
    both = pl.concat([train.with_columns(split=pl.lit(0, pl.Int8)), test.with_columns(split=pl.lit(1, pl.Int8))])
    groups = both.group_by(train.columns).agg(train=in_train, test=in_test).filter(pl.col("train") > 0)
    return Shared(
        test_rows=int(groups["test"].sum()),
        distinct_train=groups.height,
        repeated_train=int((groups["train"] > 1).sum()),
    )


def _with_target(train: Table, test: Table, features: tuple[str, ...], target: str | None) -> str | None:
    if target is None or target not in test:
        return None
    same = shared_rows(*comparable(train, test, (*features, target))).test_rows
    return f", {count(same)} with the same {target}"
