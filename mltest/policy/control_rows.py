"""One row of a control catalogue, and a strict reader of the CSV file that holds them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mltest.errors import UsageError, nearest

__all__ = ["COLUMNS", "KINDS", "STRENGTHS", "Cells", "Control", "cells_of", "control_of", "problems_of"]

COLUMNS = (
    "framework",
    "framework_version",
    "control_id",
    "title",
    "what_it_asks",
    "check_kinds",
    "strength",
    "applies_from",
    "source",
)
STRENGTHS = ("direct", "partial", "record", "manual")  # the strongest first
KINDS = (
    *("artifact.integrity", "artifact.metadata", "artifact.safety"),
    *("data.drift", "data.leakage", "data.lineage", "data.quality", "data.schema"),
    *("governance.approval", "governance.manual", "governance.record"),
    *("model.behaviour", "model.calibration", "model.consistency", "model.explainability", "model.fairness"),
    *("model.latency", "model.overfitting", "model.performance", "model.regression", "model.reproducibility"),
    *("model.resources", "model.robustness", "model.slices"),
    *("monitoring.alerting", "monitoring.drift"),
)
_MAY_BE_EMPTY = ("applies_from",)
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


class Control(NamedTuple):
    """What one clause of a framework asks, and which kinds of check could show it.

    Examples
    --------
    >>> from mltest.policy.controls import catalogue
    >>> catalogue().find("eu-ai-act:15.1").id
    'EU AI Act/Art. 15(1)'
    """

    framework: str
    framework_version: str
    control_id: str
    title: str
    what_it_asks: str
    check_kinds: tuple[str, ...]
    strength: str
    applies_from: str
    source: str
    own: bool = False

    @property
    def id(self) -> str:
        """The canonical id, as plans and evidence hold it."""
        return f"{self.framework}/{self.control_id}"


class Cells(NamedTuple):
    """The cells of one row by column, and the line that it starts on."""

    line: int
    values: Mapping[str, str]


def cells_of(data: bytes, name: str) -> list[Cells]:
    """The rows of a catalogue file, checked for their form only.

    Raises
    ------
    UsageError
        Naming the file and the line: no UTF-8, columns other than ``COLUMNS``, or a row of another width.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise UsageError(f"{name} is not UTF-8: {broken}") from broken
    rows = _numbered(text, name)
    at, header = next(rows, (1, []))
    problems = _header_problems(header)
    if problems:
        raise UsageError("\n".join(f"{name}:{at}: {problem}" for problem in problems))
    cells, wrong = [], []
    for line, row in rows:
        if len(row) != len(header):
            wrong.append(f"{name}:{line}: {len(row)} cells, the header has {len(header)}")
        else:
            cells.append(Cells(line, dict(zip(header, row, strict=True))))
    if wrong:
        raise UsageError("\n".join(wrong))
    return cells


def _numbered(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line that it starts on; empty lines are no rows."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for row in reader:
            if row:
                yield start, row
            start = reader.line_num + 1
    except csv.Error as broken:
        raise UsageError(f"{name}:{start}: not valid CSV: {broken}") from broken


def _header_problems(header: list[str]) -> list[str]:
    if len(header) == 1:
        return [f"the header is {header[0]!r}: columns are {','.join(COLUMNS)}, separated by commas"]
    problems = [f"unknown column {column!r}{nearest(column, COLUMNS)}" for column in header if column not in COLUMNS]
    problems += [f"no column {column!r}" for column in COLUMNS if column not in header]
    return problems + [f"column {column!r} stands twice" for column in sorted(set(header)) if header.count(column) > 1]


def control_of(values: Mapping[str, str], *, own: bool = False) -> Control:
    """The control that a row without problems describes."""
    texts = {column: values[column] for column in COLUMNS}
    return Control(**{**texts, "check_kinds": tuple(texts["check_kinds"].split(";"))}, own=own)  # type: ignore[arg-type]


def problems_of(values: Mapping[str, str]) -> list[str]:
    """What is wrong with the cells of one row.

    Examples
    --------
    >>> row = dict.fromkeys(COLUMNS, "x") | {"check_kinds": "data.quality", "strength": "ful", "applies_from": ""}
    >>> problems_of(row)
    ["strength 'ful': allowed are direct, partial, record, manual"]
    """
    problems = [f"{column} is empty" for column in COLUMNS if not values[column] and column not in _MAY_BE_EMPTY]
    problems += [
        f"{column} {value!r} has blanks around it" for column, value in values.items() if value.strip() != value
    ]
    if values["check_kinds"]:
        problems += _kind_problems(values["check_kinds"].split(";"))
    strength = values["strength"]
    if strength and strength not in STRENGTHS:
        problems.append(f"strength {strength!r}{nearest(strength, STRENGTHS)}: allowed are {', '.join(STRENGTHS)}")
    if values["applies_from"] and not _DAY.fullmatch(values["applies_from"]):
        problems.append(f"applies_from {values['applies_from']!r}: a date such as 2027-12-02, or nothing")
    return problems


def _kind_problems(kinds: list[str]) -> list[str]:
    unknown = [kind for kind in kinds if kind not in KINDS]
    problems = [
        f"unknown check kind {kind!r}{nearest(kind, KINDS)} (allowed are {', '.join(KINDS)}, separated by ';')"
        for kind in unknown
    ]
    return problems + [f"check kind {kind!r} stands twice" for kind in sorted(set(kinds)) if kinds.count(kind) > 1]
