"""A model card in Markdown: a generated block between two comments, and whatever people wrote around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mltest.digits import count
from mltest.errors import UsageError
from mltest.policy.gate import headline
from mltest.report.judgements import Judgement, exact, judgements_of, worst_first
from mltest.report.markdown import cell, code, heading, row, table_head
from mltest.report.provenance import time_text
from mltest.report.reading import evidence_parts

__all__ = ["BEGIN", "END", "measured_rows", "render"]

BEGIN = "<!-- mltest:begin generated from evidence; what stands between these two comments is written anew -->"
END = "<!-- mltest:end -->"
_BEGIN_MARK = "<!-- mltest:begin"
_FOOTER = "This report records tests. It is not legal advice and no statement of conformity."
_TEMPLATE = """# Model card: {title}

## Purpose

What the model is for, and who decides with it: to be written by its owner.

## Limits of use

Where it must not be used: to be written by its owner.

{block}
"""


def render(evidence: Mapping[str, Any], existing: str | None = None) -> bytes:
    """The card; in one that exists only the generated block changes.

    Parameters
    ----------
    evidence : mapping
        What a run left.
    existing : str, optional
        The card as it is.

    Raises
    ------
    UsageError
        If the existing text has no generated block, or one without its end.
    """
    parts = evidence_parts(evidence)
    block = "\n".join([BEGIN, *_block(parts), "", END])
    if existing is None:
        title = cell(parts["plan"].get("project") or "project not named")
        return _TEMPLATE.format(title=title, block=block).encode()
    before, found, rest = existing.partition(_BEGIN_MARK)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        msg = f"the model card has no block between {_BEGIN_MARK} ... --> and {END}: add both comments, or remove it"
        raise UsageError(msg)
    return f"{before}{block}{after}".encode()


def _block(parts: Mapping[str, Any]) -> Iterator[str]:
    rows = judgements_of(parts)
    yield from heading("Result of the tests")
    yield f"{cell(headline(parts['verdict']))}. Grade of the evidence: {cell(_grade(parts['verdict']))}."
    yield ""
    yield from _facts(parts)
    yield from _declared(parts["verdict"].get("declared") or ())
    yield from _data(parts["run"])
    yield from _listed("Failed and waived", [row for row in worst_first(rows) if _is_failed(row)])
    yield from _listed("Inconclusive", [row for row in rows if row.verdict == "inconclusive" and not row.waiver])
    yield from _metrics(rows)
    yield from _listed(
        "Not tested", [row for row in rows if row.verdict in ("not_run", "not_applicable") and not row.waiver]
    )
    yield from ["", _FOOTER]


def _is_failed(row: Judgement) -> bool:
    return row.verdict in ("failed", "error") or row.waiver is not None


def _grade(verdict: Mapping[str, Any]) -> str:
    limits = "; ".join(str(limit) for limit in verdict.get("grade_limits") or ())
    return str(verdict.get("grade", "E0")) + (f", limited by: {limits}" if limits else "")


def _facts(parts: Mapping[str, Any]) -> Iterator[str]:
    run, source = parts["run"], parts["run"].get("source") or {}
    yield f"- Evidence root {code(parts['evidence_root'])}"
    dirty = ", with uncommitted changes" if source.get("dirty") else ""
    yield f"- Commit {code(source.get('commit') or 'not recorded')}{dirty}"
    yield f"- Finished {cell(time_text((run.get('clock') or {}).get('finished')) or 'not recorded')}"
    for subject in run.get("subjects") or ():
        yield f"- Model {cell(subject.get('name'))} ({cell(subject.get('role'))}), {code(subject.get('digest'))}"


def _declared(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not rows:
        return
    yield from heading("Declared against tested")
    yield from table_head(("metric", "population", "declared", "tested", "interval", "relation", "source"))
    for found in rows:
        low, high = found.get("interval") or (None, None)
        yield row(
            (
                cell(found["metric"]),
                cell(found["population"]),
                exact(found["declared"]),
                "not tested" if found.get("tested") is None else f"{found['tested']:.6g}",
                _ends(low, high),
                cell(found["relation"]),
                cell(found["source"]),
            )
        )


def _data(run: Mapping[str, Any]) -> Iterator[str]:
    yield from heading("Data")
    rows = run.get("data_seen") or ()
    if not rows:
        yield "No data was digested in this run."
        return
    yield from table_head(("data", "rows", "digest", "method"))
    for found in rows:
        amount = "not recorded" if found.get("rows") is None else count(int(found["rows"]))
        yield row((cell(found["id"]), amount, code(found.get("digest")), cell(found.get("method", ""))))


def _listed(title: str, rows: Sequence[Judgement]) -> Iterator[str]:
    if not rows:
        return
    yield from heading(f"{title} ({count(len(rows))})")
    for found in rows:
        yield f"- {code(found.id)}: {cell(found.said)}. {cell(found.told)}"
        if found.waiver:
            yield f"  Accepted risk: {cell(found.waiver.get('risk', 'not recorded'))}"


def _metrics(rows: Sequence[Judgement]) -> Iterator[str]:
    yield from heading("Metrics")
    lines = [line for found in rows for line in _measured_lines(found)]
    if not lines:
        yield "Nothing was measured."
        return
    yield from table_head(("metric", "slice", "value", "interval", "n", "verdict", "check"))
    yield from lines


def _measured_lines(found: Judgement) -> Iterator[str]:
    for name, part, measured in measured_rows(found):
        yield row(
            (
                cell(name),
                cell(part or "all"),
                f"{measured['value']:.6g}",
                _ends(measured.get("low"), measured.get("high")),
                count(int(measured.get("n") or 0)),
                cell(found.said),
                code(found.id),
            )
        )


def measured_rows(found: Judgement) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each estimate of a check that may be shown: its metric, its slice, its numbers."""
    hidden = {part.get("name") for part in found.record.get("slices") or () if part.get("suppressed")}
    for measured in found.record.get("measurements") or ():
        value = measured.get("value")
        if not isinstance(value, (int, float)) or isinstance(value, bool) or measured.get("slice") in hidden - {None}:
            continue
        yield str(measured.get("name") or found.metric or "value"), str(measured.get("slice") or ""), measured


def _ends(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "none"
    return " to ".join("open" if end is None else f"{end:.6g}" for end in (low, high))
