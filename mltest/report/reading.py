"""Evidence, as a dictionary, read with care: what is absent is said, what could break a page is repaired."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from mltest.errors import EvidenceError
from mltest.result import VERDICTS, Curve, Finding, Measurement, Requirement, Result

__all__ = ["ABSENT", "clean", "digest_of", "evidence_parts", "result_of", "short"]

ABSENT = "not recorded"
SCHEMA = "mltest/evidence/v1"
_PARTS = ("plan", "run", "results", "verdict", "root")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# Controls, lone surrogates, and marks that reorder or hide text: a node id must look like what it is.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_COUNTED = ("census", "given")


def clean(value: Any) -> Any:
    """The same plain value, with what cannot be printed replaced by what it is, such as ``<U+202E>``."""
    if isinstance(value, str):
        return _UNPRINTABLE.sub(_named, value) if _UNPRINTABLE.search(value) else value
    if isinstance(value, Mapping):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    return value


def _named(found: re.Match[str]) -> str:
    return f"<U+{ord(found.group()):04X}>"


def digest_of(value: object, where: str) -> str:
    """A digest in its full form, or an error: a page with a wrong root would be worse than none."""
    if isinstance(value, str) and _DIGEST.fullmatch(value):
        return value
    msg = f"{where} is {value!r}: it must be 'sha256:' and 64 hexadecimal digits"
    raise EvidenceError(msg)


def short(digest: object) -> str:
    """The first 16 digits of a digest in groups of four; any other text stays what it is."""
    if not isinstance(digest, str):
        return ABSENT
    digits = digest.removeprefix("sha256:")[:16]
    return " ".join(digits[at : at + 4] for at in range(0, 16, 4)) if _DIGEST.fullmatch(digest) else digest


def evidence_parts(evidence: object) -> dict[str, Any]:
    """The parts of an evidence file, each checked for what the page cannot do without."""
    if not isinstance(evidence, Mapping):
        msg = f"evidence is a {type(evidence).__name__}: it must be the dictionary of an evidence.json"
        raise EvidenceError(msg)
    if evidence.get("schema") != SCHEMA:
        msg = f"evidence has the schema {evidence.get('schema')!r}; this version of mltest reads {SCHEMA!r}"
        raise EvidenceError(msg)
    parts: dict[str, Any] = clean(evidence)
    for name in _PARTS:
        if not isinstance(parts.get(name), Mapping):
            msg = f"evidence has no {name!r} object; it needs {', '.join(_PARTS)}, evidence_root"
            raise EvidenceError(msg)
    parts["evidence_root"] = digest_of(parts.get("evidence_root"), "evidence_root")
    for name, item in (("plan", "checks"), ("results", "records"), ("results", "not_run")):
        _rows_of(parts[name], item, name)
    if not isinstance(parts["verdict"].get("gate"), str):
        msg = "evidence: verdict.gate is missing; without it there is no decision to report"
        raise EvidenceError(msg)
    return parts


def _rows_of(part: Mapping[str, Any], item: str, name: str) -> None:
    rows = part.get(item)
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not all(isinstance(row, Mapping) for row in rows):
        msg = f"evidence: {name}.{item} must be a list of objects; got {type(rows).__name__}"
        raise EvidenceError(msg)
    for at, row in enumerate(rows):
        if not isinstance(row.get("id"), str):
            msg = f"evidence: {name}.{item}[{at}] has no id"
            raise EvidenceError(msg)


def result_of(record: Mapping[str, Any]) -> Result:
    """The result that a record was made of, also from a record that holds less than all of it."""
    if record.get("verdict") not in VERDICTS:
        msg = f"record {record['id']}: verdict {record.get('verdict')!r}; allowed are {', '.join(VERDICTS)}"
        raise EvidenceError(msg)
    given = {key: value for key, value in _known(record, Result).items() if value is not None}
    try:
        given["measurements"] = tuple(_measurement(found) for found in _measured(record))
        given["findings"] = tuple(Finding(**_known(found, Finding)) for found in record.get("findings") or ())
        given["curves"] = tuple(Curve(**_known(found, Curve)) for found in record.get("curves") or ())
        given["requirement"] = _requirement(record.get("requirement"), given["measurements"])
        for name, fallback in (("check", ABSENT), ("label", ""), ("sentence", ""), ("reason", ""), ("because", "")):
            given.setdefault(name, fallback)
        return Result(**given)
    except (TypeError, AttributeError) as wrong:
        msg = f"record {record['id']} cannot be read: {wrong}"
        raise EvidenceError(msg) from wrong


def _known(values: Mapping[str, Any], noun: type) -> dict[str, Any]:
    names = {at.name for at in fields(noun)}
    return {key: value for key, value in values.items() if key in names}


def _measured(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The measurements of a record; of its own value and interval where it lists none."""
    if record.get("measurements"):
        return list(record["measurements"])
    if record.get("value") is None:
        return []
    interval = record.get("interval") or {}
    one = {"name": record.get("label") or "value", "value": record["value"], "n": record.get("n") or 0}
    return [one | {key: interval[key] for key in ("low", "high", "confidence", "method") if key in interval}]


def _measurement(found: Mapping[str, Any]) -> Measurement:
    given = {"name": "value", "value": None} | _known(found, Measurement)
    if given.get("method", "census") in _COUNTED:
        given.setdefault("confidence", None)
    for name in ("value", "low", "high"):
        given[name] = _real(given.get(name), counted=given.get("method", "census") in _COUNTED)
    if isinstance(found.get("value"), Mapping):
        given["detail"] = given.get("detail") or f"it is {found['value'].get('nonfinite', 'not a number')}"
    return Measurement(**given)


def _real(value: Any, *, counted: bool) -> Any:
    """JSON writes 1.0 as 1; an estimate is a real number all the same."""
    if isinstance(value, Mapping):
        return None
    return float(value) if type(value) is int and not counted else value


def _requirement(given: Any, measured: tuple[Measurement, ...]) -> Requirement | None:
    if given is None:
        return None
    known = _known(given, Requirement)
    counted = not measured or measured[0].method in _COUNTED
    for name in ("limit", "margin"):
        value = known.get(name)
        known[name] = tuple(value) if isinstance(value, list) else _real(value, counted=counted)
    return Requirement(**known)
