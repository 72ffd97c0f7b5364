"""Where tests run: each judgement goes to the journal at once, with the test that made it."""

from __future__ import annotations

import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from types import FrameType

    from mltest.evidence.journal import Journal
    from mltest.evidence.privacy import Privacy
    from mltest.result import Requirement, Result

__all__ = ["WAIVED", "Place", "Recorder", "active", "install", "seed_here"]

WAIVED = "waived"  # on what a call returns, never on what is recorded: the raw verdict stands
_SAFE_BITS = 53
_HALF = re.compile("[\ud800-\udfff]")


class Place(NamedTuple):
    """What is running: a test or a shared fixture, and how severe its mark calls a miss."""

    node: str
    severity: str | None = None
    marks: tuple[str, ...] = ()
    attempt: int = 1


class Recorder:
    """Puts every judgement of this process into its journal. Process-wide, since threads record too.

    Parameters
    ----------
    begin : callable
        Gives the journal that the events go to; called before the first of them.
    root : Path
        Folder that source places are relative to.
    seed : int
        The run's seed.
    """

    def __init__(self, begin: Callable[[], Journal], *, root: Path, seed: int) -> None:
        self.begin = begin
        self.root = root
        self.seed = seed
        self.rewrites = False  # whether approved evaluations beside the tests are rewritten in this run
        self.severities: Callable[[str, tuple[str, ...], str], str] = _block
        self.waives: Callable[[Mapping[str, Any]], str | None] | None = None
        self.candidates: dict[str, str] = {}  # the digests of the models that were read
        self.waived: dict[str, list[str]] = {}  # by test, the waivers that cover a miss of it
        self.planned = False  # whether calls are compared with a plan, and what they demand is therefore kept
        self.planning = False  # whether this run only finds out what is demanded: then no check raises
        self.looks: Callable[[Result], tuple[Result, dict[str, Any] | None]] | None = None  # where a ledger is kept
        self.privacy: Callable[[], Privacy] | None = None  # what is taken out of a result before it is written down
        self.recorded: Counter[str] = Counter()
        self._attempts: Counter[str] = Counter()
        self._places: list[Place] = []
        self._labels: Counter[tuple[str, int, str]] = Counter()
        self._lock = threading.Lock()

    def enter(self, node: str, severity: str | None = None, marks: tuple[str, ...] = ()) -> None:
        """From now on judgements belong to ``node``, until ``leave``."""
        with self._lock:
            self._places.append(Place(node=node, severity=severity, marks=marks))

    def begin_attempt(self) -> None:
        """The running test starts, for the first time or again."""
        with self._lock:
            place = self._places.pop()
            self._attempts[place.node] += 1
            self._places.append(place._replace(attempt=self._attempts[place.node]))

    def leave(self) -> None:
        """Back to what ran before the last ``enter``."""
        with self._lock:
            self._places.pop()

    @property
    def place(self) -> Place | None:
        """What is running, or None between tests."""
        return self._places[-1] if self._places else None

    def add(
        self,
        result: Result,
        *,
        kind: str,
        title: str,
        demands: Mapping[str, Any] | None = None,
        named: Mapping[str, object] | None = None,
    ) -> Result:
        """Write a result to the journal; returns it with its severity and the place of its demand."""
        from dataclasses import replace

        result, demands = _repaired(result), None if demands is None else _printable(demands)
        place = self.place or Place(node="")
        severity = place.severity or self.severities(place.node, place.marks, kind)
        result = replace(result, severity=severity, requirement=self._placed(result))
        result, look = (result, None) if self.looks is None else self.looks(result)
        if self.privacy is not None:
            private = self.privacy()
            result = private(result, named)
            look = None if look is None else private.look(look, result)
            demands = None if demands is None else private.redact.plain(demands)
        with self._lock:
            key = (place.node, place.attempt, f"{result.check}:{result.label}")
            self._labels[key] += 1
            ordinal = self._labels[key]
            self.recorded[place.node] += 1
        event = {
            "node": place.node,
            "attempt": place.attempt,
            "ordinal": ordinal,
            "kind": kind,
            "title": title,
            "result": result.to_plain(),
            **({} if demands is None else {"demands": demands}),
            **({} if look is None else {"look": look}),
        }
        self.begin().write("result", **event)
        waiver = (
            self.waives(event) if self.waives is not None and result.verdict in ("failed", "inconclusive") else None
        )
        if waiver is None:
            return result
        self.waived.setdefault(place.node, []).append(waiver)
        return replace(result, flags=(*result.flags, WAIVED))

    def read(self, name: str, **values: Any) -> None:
        """Write down that an artifact was read, with its digest."""
        if values.get("model") and values.get("digest"):
            self.candidates[name] = values["digest"]
        kept = values if self.privacy is None else self.privacy().redact.plain(values)
        self.begin().write("read", id=name, **kept)

    def _placed(self, result: Result) -> Requirement | None:
        from dataclasses import replace

        if result.requirement is None or result.requirement.source is not None:
            return result.requirement
        return replace(result.requirement, source=_source(self.root))


def _source(root: Path) -> str | None:
    """The nearest line outside mltest, as ``tests/test_lending.py:31``."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - a traceback object would cost a raise
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] not in ("mltest", "contextlib", "functools", "threading"):
            path = Path(frame.f_code.co_filename)
            shown = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
            return f"{shown.as_posix()}:{frame.f_lineno}"
        frame = frame.f_back
    return None


def _repaired(result: Result) -> Result:
    """Half a character has no form in any file: it gives way before ids are made of it, so that all agree on them."""
    plain = result.to_plain()
    fixed = _printable(plain)
    if fixed == plain:
        return result
    return type(result).from_plain({**fixed, "flags": tuple(sorted({*result.flags, "text_repaired"}))})


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _HALF.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_printable(key): _printable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_printable(item) for item in value) if type(value) in (list, tuple) else value
    return value


def _block(_node: str, _marks: tuple[str, ...], _kind: str) -> str:
    """What a miss means where nobody says otherwise."""
    return "block"


_installed: list[Recorder] = []


def install(recorder: Recorder | None) -> None:
    """Make ``recorder`` the one of this process; ``None`` takes the last one out again."""
    if recorder is None:
        _installed.pop()
    else:
        _installed.append(recorder)


def active() -> Recorder | None:
    """The recorder of this process, or None outside a test run (a notebook, a pipeline task)."""
    return _installed[-1] if _installed else None


def seed_here(*parts: str) -> int:
    """A seed from the run's seed and the running test, so that reruns agree and order changes nothing.

    The first 53 bits of a SHA-256, which JSON numbers hold exactly.
    """
    import hashlib

    recorder = active()
    place = recorder.place if recorder else None
    text = "\0".join([str(recorder.seed if recorder else 0), place.node if place else "", *parts])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> (64 - _SAFE_BITS)
