"""The form of the objects: the members that the stages read, each with its kind. What more there is may stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from mltest.policy.verification.finding import Finding
from mltest.policy.verification.parsing import in_words

__all__ = ["moment", "shaped"]

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SHOWN = 20


def moment(text: object) -> datetime | None:
    """A time with its zone, or None where the text is none.

    Examples
    --------
    >>> moment("2026-11-20T16:55:15.427Z").year
    2026
    """
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo is not None else None


def _text(value: object) -> bool:
    return isinstance(value, str)


def _whole(value: object) -> bool:
    return type(value) is int


def _counted(value: object) -> bool:
    return type(value) is int and value >= 1


def _number(value: object) -> bool:
    return type(value) in (int, float)


def _truth(value: object) -> bool:
    return isinstance(value, bool)


def _digest(value: object) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _time(value: object) -> bool:
    return moment(value) is not None


def _table(value: object) -> bool:
    return isinstance(value, dict)


def _array(value: object) -> bool:
    return isinstance(value, list)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _or_null(kind: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or kind(value)


def _word(*words: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in words


_VERDICT = _word("passed", "failed", "inconclusive", "not_applicable", "error")
_SEVERITY = _word("block", "warn", "info")
_INPUT = _or_null(_digest)
_ROWS = [{"id": _text, "digest?": _digest}]

# A member whose name ends in "?" may be left out; a list holds the form of its items.
_FORMS: Mapping[str, Mapping[str, Any]] = {
    "plan": {
        "project": _text,
        "stats": _text,
        "settings": {"seed?": _whole, "policy?": _table, "inconclusive?": _text},
        "data": _ROWS,
        "baselines": _ROWS,
        "checks": [
            {
                "id": _text,
                "nodeid": _text,
                "kind": _text,
                "severity": _SEVERITY,
                "required": _truth,
                "required_by?": _text,
                "reruns?": _whole,
                "comparator?": _text,
                "threshold?": _table,
                "controls?": _texts,
                "data?": _texts,
            }
        ],
    },
    "run": {
        "run_id": _text,
        "sequence?": _or_null(_whole),
        "previous_root": _INPUT,
        "plan_digest": _digest,
        "lock_digest": _INPUT,
        "plan_status": _word("matched", "differs", "absent"),
        "profile": _word("dev", "merge", "release"),
        "source": {
            "vcs": _text,
            "commit?": _text,
            "tree?": _text,
            "ref?": _text,
            "dirty?": _truth,
            "dirty_paths?": _whole,
            "commit_time?": _time,
        },
        "subjects": [{"name": _text, "role": _text, "digest": _digest}],
        "data_seen": [{"id": _text, "digest": _digest, "cached?": _truth, "method?": _text}],
        "invocation": {"selection": _table},
        "environment": {"packages_digest": _digest, "packages": _array, "os?": _text, "arch?": _text},
        "clock": {"started": _time, "finished": _time, "monotonic_ms": _whole},
        "workers": [{"id": _text, "plan_digest?": _digest, "collected?": _whole, "exit?": _text}],
        "inputs": dict.fromkeys(("waivers", "trust", "approvals", "declared", "manual_controls", "controls"), _INPUT)
        | {"lock?": _INPUT},
        "lock_authors?": _texts,
        "problems?": _texts,
        "differences?": _array,
        "ci?": _or_null(_table),
        "stats?": _text,
        "looks?": [{"holdout": _text, "candidates": _whole}],
    },
    "results": {
        "run_id": _text,
        "plan_digest": _digest,
        "records": [
            {
                "id": _text,
                "node": _text,
                "attempt": _counted,
                "entry": _INPUT,
                "verdict": _VERDICT,
                "severity": _SEVERITY,
                "kind": _text,
                "flags": _texts,
                "requirement?": {"comparison": _text, "metric": _text},
                "inputs?": _table,
                "value?": _number,
                "attachments": [{"name": _text, "sha256": _digest}],
            }
        ],
        "not_run": [{"id": _text, "reason": _text, "detail": _text}],
        "without_check?": _texts,
        "stats?": _text,
    },
    "verdict": {
        "run_id": _text,
        **dict.fromkeys(("plan", "run", "results"), _digest),
        "gate": _word("allow", "allow_conditional", "block", "void"),
        "reasons": _array,
        "outcomes": [{"id": _text, "gate": _text, "verdict": _text}],
        "completeness": _table,
        "waivers": _array,
        "grade": _word("E0", "E1", "E2"),
        "grade_limits": _texts,
    },
    "root": dict.fromkeys(("plan", "run", "results", "verdict"), _digest),
}


def shaped(name: str, document: object) -> list[Finding]:
    """Every place of a document where a member is missing or of another kind; the first twenty are told.

    Examples
    --------
    >>> print(shaped("root", {"schema": "mltest/root/v1"})[0])
    MLV42 root.json: plan is missing
    """
    if _predicate(name)(document):
        return []
    found = list(_unlike(document, _FORMS[name], ""))
    told = [Finding("MLV42", f"{name}.json: {text}", name) for text in found[:_SHOWN]]
    return [*told, Finding("MLV42", f"{name}.json: and {len(found) - _SHOWN} more", name)] if found[_SHOWN:] else told


@cache
def _predicate(name: str) -> Callable[[object], bool]:
    return _fitting(_FORMS[name])


def _fitting(form: Any) -> Callable[[object], bool]:
    """Whether a value has a form, without saying where it has not: a run has 10 000 records that have it."""
    if callable(form):
        return form  # type: ignore[no-any-return]
    if isinstance(form, list):
        item = _fitting(form[0])
        return lambda value: isinstance(value, list) and all(map(item, value))
    members = [(name.removesuffix("?"), name.endswith("?"), _fitting(kind)) for name, kind in form.items()]

    def fits(value: object) -> bool:
        if not isinstance(value, dict):
            return False
        for name, optional, fitting in members:  # noqa: SIM110 - a generator would take twice the time
            if not (fitting(value[name]) if name in value else optional):
                return False
        return True

    return fits


def _unlike(value: object, form: Any, place: str) -> Iterator[str]:
    """The same question, with each place that has another form."""
    if isinstance(form, list) and isinstance(value, list):
        for at, item in enumerate(value):
            yield from _unlike(item, form[0], f"{place}[{at}]")
    elif isinstance(form, dict) and isinstance(value, dict):
        for name, kind in form.items():
            bare = name.removesuffix("?")
            where = f"{place}.{bare}" if place else bare
            if bare in value:
                yield from _unlike(value[bare], kind, where)
            elif bare == name:
                yield f"{where} is missing"
    elif not (callable(form) and form(value)):
        yield f"{place or 'it'} is {in_words(value)}, which is not allowed there"
