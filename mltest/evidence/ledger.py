"""The ledger: a committed file with one line for each decision about a candidate on a holdout."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from mltest.errors import EvidenceError
from mltest.evidence.canonical import digest_of

__all__ = ["Look", "append_looks", "look_of", "read_ledger", "standing"]

SCHEMA = "mltest/look/v1"
_DECIDED = ("passed", "failed", "inconclusive")
_COUNTED = ("census", "given")
_ANSWERS = ("model", "prediction", "score")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One decision: which candidate was judged by what on which rows, and what came out.

    Parameters
    ----------
    time : str
        When the run ended, in UTC.
    holdout : str
        Digest of the rows.
    check, label, metric : str
        What was demanded; ``check`` and ``label`` tell one demand from another.
    candidate : str
        Digest of the candidate's model or predictions.
    candidate_by : str
        ``artifact``, or ``result`` where nothing but what came out tells candidates apart.
    outcome : str
        ``passed``, ``failed`` or ``inconclusive``.
    estimate : float or None
        The value that was judged.
    """

    time: str
    holdout: str
    check: str
    label: str
    metric: str
    candidate: str
    candidate_by: str
    outcome: str
    estimate: float | None = None

    @property
    def question(self) -> tuple[str, str, str]:
        """What looks are counted by: the rows and the demand on them."""
        return self.holdout, self.check, self.label

    @property
    def told(self) -> tuple[object, ...]:
        """Everything but the time: the same again tells nothing new."""
        return (*self.question, self.metric, self.candidate, self.outcome, self.estimate)


def look_of(record: Mapping[str, Any], time: str) -> Look | None:
    """The look that a record of the evidence is, or None where no candidate was judged on labelled rows."""
    demand, measured = record.get("requirement"), record.get("measurements") or ()
    inputs: Mapping[str, str] = record.get("inputs") or {}
    holdout = _holdout(inputs)
    if not (demand and measured and holdout) or record["verdict"] not in _DECIDED:
        return None
    if not record["check"].startswith("model.") or measured[0].get("method", "census") in _COUNTED:
        return None
    candidate = _candidate(inputs)
    return Look(
        time=time,
        holdout=holdout,
        check=record["check"],
        label=record["label"],
        metric=demand["metric"],
        candidate=candidate or digest_of([[found.get(name) for name in _RESULT] for found in measured]),
        candidate_by="artifact" if candidate else "result",
        outcome=record["verdict"],
        estimate=record.get("value"),
    )


_RESULT = ("slice", "value", "low", "high", "n")


def _holdout(inputs: Mapping[str, str]) -> str | None:
    """The rows, or the labels where they came alone; of two samples the one that was tested on."""
    return next((inputs[name] for name in ("data", "test data", "target", "test target") if name in inputs), None)


def _candidate(inputs: Mapping[str, str]) -> str | None:
    """What gave the answers that were judged; a baseline and training rows are not it."""
    answers = {
        name: digest
        for name, digest in inputs.items()
        if name.rpartition(" ")[2] in _ANSWERS and name.partition(" ")[0] not in ("baseline", "train")
    }
    if len(answers) < 2:
        return next(iter(answers.values()), None)
    return digest_of(sorted(answers.items()))


def read_ledger(path: Path) -> list[Look]:
    """Every look of a ledger, by time; none where there is no file yet.

    Raises
    ------
    EvidenceError
        Where a line is no look, with its number: a ledger that lost a line counts too few.
    """
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    looks = [_look(line, f"{path.name} line {at}") for at, line in enumerate(lines, start=1) if line.strip()]
    return sorted(looks, key=lambda look: look.time)


def _look(line: bytes, place: str) -> Look:
    try:
        found = json.loads(line)
        look = Look(**{at.name: found[at.name] for at in fields(Look) if at.name in found})
    except (ValueError, TypeError) as broken:
        msg = f"{place} is not a look: {broken}; restore it from version control, keeping the lines of both sides"
        raise EvidenceError(msg) from broken
    if found.get("schema") != SCHEMA:
        msg = f"{place} has the schema {found.get('schema')!r}; this version of mltest reads {SCHEMA!r}"
        raise EvidenceError(msg)
    return look


def standing(ledger: Sequence[Look], look: Look) -> tuple[int, int, int]:
    """Looks with this one, earlier candidates that passed, and the most candidates of any demand on these rows.

    A candidate counts once, where it first stood, and as passed if any of its decisions was. Demands are not added up:
    one may know a candidate by its scores, another by its predictions.
    """
    passed: dict[str, bool] = {}
    met: dict[tuple[str, str, str], set[str]] = {look.question: {look.candidate}}
    for one in ledger:
        if one.holdout == look.holdout:
            met.setdefault(one.question, set()).add(one.candidate)
        if one.question == look.question:
            passed[one.candidate] = passed.get(one.candidate, False) or one.outcome == "passed"
    order = list(passed)
    earlier = order[: order.index(look.candidate)] if look.candidate in passed else order
    return len(earlier) + 1, sum(passed[candidate] for candidate in earlier), max(map(len, met.values()))


def append_looks(path: Path, ledger: Iterable[Look], looks: Iterable[Look]) -> int:
    """Append what the ledger does not hold yet, in one write; returns the number of new lines.

    Raises
    ------
    OSError
        Where the file cannot be written.
    """
    known = {look.told for look in ledger}
    fresh: dict[tuple[object, ...], Look] = {}
    for look in looks:
        if look.told not in known:
            fresh.setdefault(look.told, look)
    if fresh:
        _append(path, "".join(_line(look) for look in fresh.values()).encode())
    return len(fresh)


def _line(look: Look) -> str:
    return json.dumps({"schema": SCHEMA, **asdict(look)}, ensure_ascii=True, allow_nan=False) + "\n"


def _append(path: Path, data: bytes) -> None:
    """One write at the end of the file, whoever else appends; an editor may have left off the last newline."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ended = not path.exists() or not path.stat().st_size or path.read_bytes().endswith(b"\n")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, data if ended else b"\n" + data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
