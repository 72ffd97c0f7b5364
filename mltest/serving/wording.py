"""What was compared, in the nouns of a result: measurements, findings, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltest.digits import count
from mltest.quoted import quoted
from mltest.result import Finding, Measurement

if TYPE_CHECKING:
    from mltest.serving.differing import Difference
    from mltest.serving.flips import Flips
    from mltest.serving.question import NotAsked

__all__ = ["ADVICE", "feature_findings", "measured", "not_asked", "rows_of", "unanswered", "what_differs"]

ADVICE = {
    "reload": "keep what the model needs in attributes that are saved with it",
    "subprocess": "look for globals, environment variables and hash(str) that an answer rests on",
    "single_row": "take means, ranks and categories from training, never from the rows that are asked together",
    "chunks": "take means, ranks and categories from training, never from the rows that are asked together",
    "shuffled": "look for shifts, running sums and indexes that carry from row to row",
    "column_order": "select columns by name before they become an array",
    "extra_column": "select the trained columns by name, never all columns of a type",
    "json": "declare the type of every column where requests are read",
    "csv": "declare the type of every column where files are read: text such as '001' must stay text",
    "parquet": "declare the type of every column where files are read",
    "float32": "look for a cliff: equality, rounding or a difference of large numbers in single precision",
    "threads": "keep nothing of a call on the model or in a global",
    "served": "compare the two on the first differing row, feature by feature",
}


def rows_of(number: int) -> str:
    """``952 rows``."""
    return f"{count(number)} row{'s' * (number != 1)}"


def measured(route: str, difference: Difference, flipped: Flips | None, *, as_share: bool, of: int) -> Measurement:
    """Rows that differ, counted in full; or their share, where a share was demanded."""
    found, rows = difference.mismatches, len(difference.rows)
    asked = "" if rows == of else f", asked of {count(of)} evenly spaced"
    largest = difference.largest
    beside = [each.text for each in (largest, flipped) if each is not None]
    detail = "; ".join([f"{count(found)} of {rows_of(rows)} differ{asked}", *beside])
    return _census(route, found / rows if as_share else found, rows, detail, of)


def unanswered(route: str, error: str, rows: int, *, as_share: bool, of: int) -> Measurement:
    """No answer is a wrong answer to every row."""
    return _census(route, 1.0 if as_share else rows, rows, error, of)


def _census(route: str, value: float, rows: int, detail: str, of: int) -> Measurement:
    return Measurement(
        name=f"mismatch by {route}", value=value, low=value, high=value, confidence=None, n=rows, detail=detail,
        flags=() if rows == of else ("asked_rows",),
    )  # fmt: skip


def not_asked(route: str, reason: NotAsked) -> Measurement:
    """A route that does not apply stays in the result, with its reason."""
    flag = "refused" if reason.refused else "not_applicable"
    return Measurement(
        name=f"mismatch by {route}", value=None, confidence=None, n=0, detail=reason.reason, flags=(flag,)
    )


def what_differs(difference: Difference, flipped: Flips | None) -> str:
    """One line: missing columns, the first row, the largest differences, the flips."""
    parts = []
    if difference.missing or difference.added:
        parts.append(_structure(difference))
    if difference.mismatches and not parts:
        parts.append(difference.first)
    if difference.largest and difference.largest.absolute:
        parts.append(difference.largest.brief)
    if flipped is not None:
        parts.append(flipped.brief)
    return "; ".join(parts)


def _structure(difference: Difference) -> str:
    sides = [("without", difference.missing), ("with the unexpected", difference.added)]
    return "answers " + " and ".join(
        f"{word} {_names(names, by_class=difference.by_class)}" for word, names in sides if names
    )


def _names(names: tuple[str, ...], *, by_class: bool) -> str:
    told = [quoted(repr(name)) if by_class else repr(name) for name in names[:3]]
    shown = ", ".join(told) + (", ..." if len(names) > 3 else "")
    return f"column{'s' * (len(names) != 1)} {shown}"


def feature_findings(difference: Difference) -> list[Finding]:
    """One finding for each column that is missing, was added, differs, or has another type; worst first."""
    rows = len(difference.rows)
    found = [
        Finding(rule="features", where=_where(difference, name), what=what, count=rows, rate=1.0)
        for what, names in (("missing in served", difference.missing), ("only in served", difference.added))
        for name in names
    ]
    differing = sorted(
        (column for column in difference.columns if column.apart.any()), key=lambda each: -each.apart.sum()
    )
    for column in differing:
        number = int(column.apart.sum())
        first = f"differs first at row {int(difference.rows[int(column.apart.argmax())])}"
        largest = f"; {column.largest.brief}" if column.largest else ""
        found.append(
            Finding(
                rule="features",
                where=_where(difference, column.name),
                what=first + largest,
                count=number,
                rate=number / rows,
            )
        )
    return found + [
        Finding(
            rule="features",
            where=_where(difference, name),
            what=f"type {theirs} in served, {ours} in trained",
        )
        for name, ours, theirs in difference.types
    ]


def _where(difference: Difference, name: str) -> str:
    if not name:
        return "answer"
    return f"column {quoted(repr(name)) if difference.by_class else repr(name)}"
