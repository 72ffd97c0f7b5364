"""``data.schema``: a table meets a pandera schema, every broken rule with its count and rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mltest.assertion import asserting
from mltest.catalogue import check
from mltest.data.schema_engine import as_engine, engine_of, schema_object
from mltest.data.schema_findings import Broken, broken_rules, coerced_columns, listed
from mltest.data.schema_layout import layout_rules
from mltest.data.schema_trial import prepared, rules_in, run
from mltest.digits import count, limit
from mltest.errors import UsageError
from mltest.inputs.digests import digest_table
from mltest.inputs.origins import origin
from mltest.inputs.tables import Table, read
from mltest.judge import finite, judge
from mltest.result import Finding, Measurement, Requirement, Result, Verdict

__all__ = ["assert_schema", "schema"]

_KEPT = 20
_DEMAND = Requirement(metric="broken_rules", comparison="at_most", limit=0)


@check(
    "data.schema",
    title="the table meets its pandera schema",
    kind="data.schema",
    rules=("columns", "types", "nulls", "unique", "values", "environment"),
    references=(
        "Bantilan, N. (2020). pandera: Statistical Data Validation of Pandas Dataframes. SciPy 2020, 116-124.",
    ),
)
def schema(
    data: Any,
    schema: Any,
    *,
    environment: str | None = None,
    max_rate: float | None = None,
) -> Result:
    """Whether a table meets a pandera schema; lists every broken rule with its count and rate.

    Parameters
    ----------
    data : table
        pandas, Polars (a lazy one is collected), PyArrow, any other table that Narwhals knows, or a
        two-dimensional NumPy array, whose columns are called "0", "1", ... It is not changed.
    schema : pandera DataFrameSchema or DataFrameModel
        From ``pandera.pandas`` or ``pandera.polars``; object or model class. A table of another engine
        is converted to the schema's, which the result flags (``converted_polars_to_pandas``).
    environment : str, optional
        The stage the table belongs to, such as ``"serving"``. A column with
        ``metadata={"environments": ["training"]}`` is due in those stages only; in any other it counts
        as not in the schema. Without ``environment`` every column is due.
    max_rate : float, optional
        Share of rows, 0 to 1, that may break each rule about values, nulls or uniqueness. Missing
        columns, wrong types and a check that answers for the table as a whole are never tolerated.

    Returns
    -------
    Result
        The first measurement, ``broken_rules``, is judged against 0; a ``failing_share`` for each of the
        worst broken rules follows. ``requirement.margin`` is ``max_rate``. ``error`` where a check of the
        schema itself raised.

    Raises
    ------
    UsageError
        If ``schema`` is no pandera schema for pandas or Polars, if the table cannot be read or converted,
        if ``environment`` is declared nowhere, if ``max_rate`` lies outside 0 to 1, or if pandera's Narwhals
        backend, which does not count every failing row, is switched on.

    Notes
    -----
    A complete count (``method="census"``): all rules, all rows, in one lazy run of pandera, whatever
    ``PANDERA_VALIDATION_ENABLED`` and ``PANDERA_VALIDATION_DEPTH`` say. Rows that a schema with
    ``drop_invalid_rows`` would drop are counted as failing; a check with ``raise_warning`` is listed and
    does not fail. Where ``coerce=True`` changed a column's type, the result is flagged ``coerced`` and
    names the column. A check that raises on a column of the wrong type is put down to the type.
    No value of the table enters the result.

    References
    ----------
    Bantilan, N. (2020). pandera: Statistical Data Validation of Pandas Dataframes. SciPy 2020, 116-124.

    Examples
    --------
    >>> import mltest, pandera.polars as pa, polars as pl
    >>> loans = pl.DataFrame({"income": [31.0, -4.0, 52.5, 18.0]})
    >>> demanded = pa.DataFrameSchema({"income": pa.Column(float, pa.Check.ge(0))}, name="loans")
    >>> result = mltest.checks.schema(loans, demanded)
    >>> result.sentence
    'loans: 1 of 4 rules broken, required none (n = 4)'
    >>> result.findings[0].where, result.findings[0].count, result.findings[0].rate
    ('income', 1, 0.25)
    >>> mltest.checks.schema(loans, demanded, max_rate=0.3).verdict
    'passed'
    """
    tolerated = _share(max_rate)
    engine = engine_of(schema)
    table = read(data, "data")
    wanted = prepared(schema_object(schema), environment)
    frame, converted = as_engine(table, engine, wanted)
    rules = rules_in(wanted)
    layout = layout_rules(wanted, frame)
    trial = run(wanted, frame)
    broken = broken_rules(trial, layout)
    coerced = coerced_columns(frame, trial.frame)
    flags = (*filter(None, (converted,)), *trial.flags, *(("coerced",) if coerced else ()))
    result = _result(wanted.name or "schema", rules, broken, rows=table.rows, tolerated=tolerated)
    aside = f"; coerced before the check: {listed(coerced)}" if coerced else ""
    return replace(result, because=f"{result.because}{aside}", flags=flags, inputs=_inputs(data, table))


def _share(max_rate: float | None) -> float:
    if max_rate is None:
        return 0.0
    share = finite(max_rate, "assert_schema(max_rate=)")
    if 0 <= share <= 1:
        return float(share)
    raise UsageError(
        f"assert_schema(max_rate={max_rate!r}): a share of rows lies between 0 and 1, such as 0.01 for 1 %"
    )


def _inputs(data: Any, table: Table) -> dict[str, str]:
    known = origin(data)
    return {known[0]: known[1]} if known else {"data": digest_table(table)}


def _result(name: str, rules: int, broken: list[Broken], *, rows: int, tolerated: float) -> Result:
    shares = [_failing_share(item, rows) for item in broken]
    words = [_word(item, share, tolerated) for item, share in zip(broken, shares, strict=True)]
    against = words.count("failed")
    total = max(rules, len(broken))
    summary = Measurement(
        name="broken_rules",
        value=against,
        confidence=None,
        low=against,
        high=against,
        n=rows,
        detail=f"{count(against)} of {count(total)} rules",
    )
    verdict = _verdict(broken, words, judge(summary, _DEMAND))
    return Result(
        check="data.schema",
        label=name,
        sentence=_sentence(name, f"{count(against)} of" if against else "none of", total, tolerated, rows)
        if verdict.word != "error"
        else f"{name}: a check of the schema raised (n = {count(rows)})",
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=(summary, *shares[:_KEPT]),
        verdicts=(verdict.word, *words[:_KEPT]),
        requirement=replace(_DEMAND, margin=tolerated or None),
        findings=tuple(_finding(item, word, rows) for item, word in zip(broken, words, strict=True)),
        findings_total=len(broken),
        advice=_advice(broken, words, rows),
    )


def _failing_share(item: Broken, rows: int) -> Measurement:
    share = 1.0 if item.rows is None else item.rows / rows
    return Measurement(
        name="failing_share",
        value=share,
        low=share,
        high=share,
        confidence=None,
        n=rows,
        slice=f"{item.where}: {item.what}",
        detail="the rule as a whole" if item.rows is None else f"{count(item.rows)} of {count(rows)} rows",
    )


def _word(item: Broken, share: Measurement, tolerated: float) -> str:
    if item.raised:
        return "error"
    if item.warns:
        return "passed"
    at_most = tolerated if item.tolerable else 0.0
    return judge(share, Requirement(metric="failing_share", comparison="at_most", limit=at_most)).word


def _verdict(broken: Sequence[Broken], words: list[str], judged: Verdict) -> Verdict:
    raised = [item for item in broken if item.raised]
    if raised:
        others = words.count("failed")
        more = f"; broken besides: {count(others)} of the other rules" if others else ""
        also = f", and {count(len(raised) - 1)} more raised" if len(raised) > 1 else ""
        text = f"on {raised[0].where} {raised[0].what}{also}: nobody knows whether that rule holds{more}"
        return Verdict(word="error", reason="check-raised", text=text)
    worst = next((item for item, word in zip(broken, words, strict=True) if word == "failed"), None)
    if worst is not None:
        rest = words.count("failed") - 1
        also = f"; and {count(rest)} more" if rest else ""
        return Verdict(word="failed", reason=judged.reason, text=f"{worst.where}: {worst.what}{also}")
    aside = f"; {count(len(broken))} are broken within what is tolerated" if broken else ""
    return Verdict(word=judged.word, reason=judged.reason, text=f"no rule is broken{aside}")


def _sentence(name: str, broken: str, total: int, tolerated: float, rows: int) -> str:
    beyond = f" in more than {limit(round(100 * tolerated, 4))} % of rows" if tolerated else ""
    return f"{name}: {broken} {count(total)} rules broken{beyond}, required none (n = {count(rows)})"


def _finding(item: Broken, word: str, rows: int) -> Finding:
    tail = " (only warns)" if item.warns else " (tolerated)" if word == "passed" else ""
    return Finding(
        rule=item.rule,
        where=item.where,
        what=f"{item.what}{tail}",
        count=item.rows,
        rate=None if item.rows is None else item.rows / rows,
    )


def _advice(broken: Sequence[Broken], words: list[str], rows: int) -> str | None:
    against = [item for item, word in zip(broken, words, strict=True) if word == "failed"]
    if against and all(item.tolerable and (item.rows or 0) < 0.01 * rows for item in against):
        return "mend the rows where they are made, or tolerate a share of them with max_rate="
    return None


assert_schema = asserting(schema)
