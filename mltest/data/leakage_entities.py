"""Rule ``entities`` of ``data.no_leakage``: ids that occur in both splits."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from mltest.data.leakage_probe import NONE_SHARED, Probe, census
from mltest.data.leakage_tables import pair_of_columns
from mltest.digits import count
from mltest.judge import judge
from mltest.quoted import quoted
from mltest.result import Finding

if TYPE_CHECKING:
    from mltest.inputs.tables import Table

__all__ = ["probe_entities"]

_SHOWN = 3


def probe_entities(train: Table, test: Table, entity: str) -> Probe:
    """How many distinct ids of test are also in train; ids are shown hashed, never as they are."""
    first, second = pair_of_columns(train, test, entity)
    ids, shared, rows = _shared(first, second)
    without = int(first.null_count() + second.null_count())
    text = f"{count(shared.len())} of {count(ids)} {entity} of test occur in train"
    aside = f"; {count(without)} rows have no {entity}" if without else ""
    found = census("shared_entities", shared.len(), ids, text + aside, unit="entities", place=entity)
    word = judge(found, NONE_SHARED).word
    if word == "passed" and not ids:
        word, text = "inconclusive", f"no row of test has a {entity}: nothing to compare"
    finding = Finding(
        rule="entities",
        where=entity,
        what=f"ids in both splits, {count(rows)} test rows; sha256 {_hashed(shared)}",
        count=shared.len(),
        rate=shared.len() / max(ids, 1),
    )
    return Probe(
        rule="entities",
        measurements=(found,),
        words=(word,),
        text=text,
        findings=(finding,) if shared.len() else (),
        flags=("entities_missing",) if without else (),
    )


def _shared(first: Any, second: Any) -> tuple[int, Any, int]:
    """How many ids test has, those that train has too, and how many test rows they make up."""
    import polars as pl

    ids = pl.concat([pl.DataFrame({"id": first, "split": 0}), pl.DataFrame({"id": second, "split": 1})]).drop_nulls()
    counts = ids.group_by("id").agg(train=(pl.col("split") == 0).sum(), test=(pl.col("split") == 1).sum())
    of_test = counts.filter(pl.col("test") > 0)
    both = of_test.filter(pl.col("train") > 0)
    return of_test.height, both["id"].sort(), int(both["test"].sum())


def _hashed(ids: Any) -> str:
    digests = [hashlib.sha256(str(item).encode()).hexdigest()[:8] for item in ids.head(_SHOWN).to_list()]
    # without a secret of the project a digest of a short id can be looked up
    return ", ".join(map(quoted, digests)) + (", ..." if ids.len() > _SHOWN else "")
