"""A result as it may be kept: no value of the data, no small group, no text of other people's code (section 11).

It is applied once, where a result is recorded: journal, message, evidence, page and exports then agree.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from mltest.quoted import MOST_LABELS, with_hidden

if TYPE_CHECKING:
    from mltest.evidence.redaction import Redaction
    from mltest.result import Finding, Measurement, Result

__all__ = ["BESIDE", "HIDDEN", "SUPPRESSED", "Privacy"]

SUPPRESSED, BESIDE, HIDDEN = "suppressed", "suppressed_beside", "redacted"
_OF_DATA = re.compile(r"[=<>]")
_MEASURED_IN = re.compile(r"\d[^,]* in ")
_SIZE = re.compile(r" \(n = [^)]*\)")
_NESTED = ("measurements", "findings", "curves")
Names = Mapping[str, str]


class Privacy:
    """Makes of a result the one that is kept.

    Parameters
    ----------
    small : int
        Slices of fewer units are not shown: neither their label, nor their size, nor their value.
    redact : Redaction
        What is taken out of every text.
    key : bytes, optional
        A secret of the project: with it hidden values have names that are the same in every run; without it they
        are numbered within their result.
    """

    def __init__(self, small: int, redact: Redaction, key: bytes | None = None) -> None:
        self.small = small
        self.redact = redact
        self._key = key

    def __call__(self, result: Result, named: Mapping[str, object] | None = None) -> Result:
        """The result that is kept; ``named`` are the arguments of the call, whose words are the source's own.

        The verdict, and the word for each measurement, stay as they are.
        """
        if any(found.slice is not None for found in result.measurements):
            result = self._without_small_slices(result, named or {})
        if result.quotes:
            result = self._without_quotes(result, result.quotes)
        if self.redact.suspects("\n".join(_texts(result))):
            result = _with_texts(result, self.redact)
        return result

    def look(self, told: dict[str, Any], result: Result) -> dict[str, Any]:
        """What a ledger of looks tells of a result that is kept: no bounds of a slice that is not shown."""
        leading = _leading(result)
        hidden = leading is not None and {SUPPRESSED, BESIDE} & set(leading.flags)
        return {**told, "adjusted_low": None, "adjusted_high": None} if hidden else told

    def name_of(self, value: str, at: int, what: str = "value") -> str:
        """What stands for a hidden value."""
        if self._key is None:
            return f"<{what} {at}>"
        return f"h:{hmac.new(self._key, value.encode('utf-8', 'surrogatepass'), hashlib.sha256).hexdigest()[:8]}"

    def _without_quotes(self, result: Result, quotes: Mapping[str, str]) -> Result:
        seen: dict[str, str] = {}

        def hide(value: str, rows: int | None) -> str:
            if rows is not None and rows >= self.small:
                return value
            return seen.setdefault(value, self.name_of(value, len(seen) + 1))

        hidden = {clean: with_hidden(marked, hide) for clean, marked in quotes.items()}
        if not seen:
            return result
        longest = sorted(hidden, key=len, reverse=True)

        def told(text: str) -> str:
            # a text may have got a word more since it was quoted
            return next((text.replace(clean, hidden[clean]) for clean in longest if clean in text), text)

        return _flagged(_with_texts(result, told))

    def _without_small_slices(self, result: Result, named: Mapping[str, object]) -> Result:
        found = [one for one in result.measurements if one.slice is not None and _OF_DATA.search(one.slice)]
        withheld = self._withheld(found, _leading(result))
        names = self._names(found, named)
        changed = any(shown != label for label, shown in names.items())
        if not withheld and not changed:
            return result
        reasons = {one.slice or "": withheld[id(one)] for one in found if id(one) in withheld}
        rename = _renaming(names)
        if withheld:
            result = _without_values(result, withheld, reasons, self.small, rename)
        return _flagged(_with_texts(result, rename)) if changed else result

    def _withheld(self, found: Iterable[Measurement], leading: Measurement | None) -> dict[int, str]:
        """The measurements that are not shown: of small slices, and one beside where only one of its kind is small.

        The one beside is the smallest that the verdict does not rest on.
        """
        withheld: dict[int, str] = {}
        by_name: dict[str, list[Measurement]] = {}
        for one in found:
            by_name.setdefault(one.name, []).append(one)
        for parts in by_name.values():
            small = [one for one in parts if 0 < one.n < self.small]
            withheld.update((id(one), SUPPRESSED) for one in small)
            others = [one for one in parts if one.n >= self.small]
            others.sort(key=lambda one: (one is leading, one.n, str(one.slice)))
            if len(small) == 1 and others:
                withheld[id(others[0])] = BESIDE
        return withheld

    def _names(self, found: Iterable[Measurement], named: Mapping[str, object]) -> dict[str, str]:
        """What each slice is called: by its label where it may be shown."""
        sizes: dict[str, int] = {}
        for one in found:
            label = one.slice or ""
            sizes[label] = max(sizes.get(label, 0), one.n)
        own = _words(named)
        crowded = _most_values(sizes) > MOST_LABELS
        shown = {}
        for at, (label, size) in enumerate(sorted(sizes.items()), start=1):
            keep = size == 0 or (size >= self.small and not crowded) or _is_named(label, own)
            column, equal, _ = label.partition("=")
            before = f"{column}=" if equal and " " not in column.strip() else ""
            shown[label] = label if keep else f"{before}{self.name_of(label, at, 'group')}"
        return shown


def _leading(result: Result) -> Measurement | None:
    """The measurement that the verdict rests on."""
    pairs = zip(result.measurements, result.verdicts, strict=False)
    return next((one for one, word in pairs if word == result.verdict), None)


def _words(named: Mapping[str, object]) -> set[str]:
    """The values that a call names itself: keys of its limits, and values that it says must occur."""
    words: set[str] = set()
    for value in named.values():
        if isinstance(value, Mapping):
            for key, item in value.items():
                words.update(map(str, key) if isinstance(key, tuple) else (str(key),))
                if isinstance(item, (list, tuple)):
                    words.update(map(str, item))
    return words


def _is_named(label: str, own: set[str]) -> bool:
    if label in own:
        return True
    values = [part.partition("=")[2] for part in label.split(", ")]
    return bool(own) and all(value in own for value in values)


def _most_values(labels: Iterable[str]) -> int:
    """How many values the column with the most of them has; columns that are crossed count each for itself."""
    split = [label.split(", ") for label in labels]
    if len({len(parts) for parts in split}) > 1 or not all("=" in part for parts in split for part in parts):
        return len(split)
    return max((len(set(values)) for values in zip(*split, strict=True)), default=0)


def _renaming(names: Names) -> Callable[[str], str]:
    pattern = _any_of(names)
    return lambda text: pattern.sub(lambda found: names[found[0]], text)


def _any_of(labels: Iterable[str]) -> re.Pattern[str]:
    known = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{known})(?!\w)")


def _without_values(
    result: Result,
    withheld: Mapping[int, str],
    reasons: Mapping[str, str],
    small: int,
    rename: Callable[[str], str],
) -> Result:
    """The result without what small slices measured; the words of all verdicts stay."""
    why = {
        SUPPRESSED: f"withheld: fewer than {small} rows",
        BESIDE: "withheld: with it a smaller slice could be worked out",
    }
    pattern = _any_of(reasons)
    leading = _leading(result)

    def about(text: str) -> str | None:
        found = pattern.search(text)
        return None if found is None else why[reasons[found[0]]]

    led = withheld.get(id(leading)) if leading is not None else None
    reason = about(result.because) or (why[led] if led else None)
    lost = why[led] if led else about(result.sentence) if _MEASURED_IN.search(result.sentence) else None
    return replace(
        result,
        sentence=_sentence(result, leading if led else None, lost, rename) if lost else result.sentence,
        because=reason or result.because,
        measurements=tuple(
            _empty(one, withheld[id(one)], why[withheld[id(one)]]) if id(one) in withheld else one
            for one in result.measurements
        ),
        findings=tuple(_empty_finding(one, about(one.where) or about(one.what)) for one in result.findings),
        curves=tuple(one for one in result.curves if about(one.label) is None),
        n_to_settle=None if led else result.n_to_settle,
        detectable=None if led else result.detectable,
    )


def _sentence(result: Result, leading: Measurement | None, lost: str, rename: Callable[[str], str]) -> str:
    """The demand as it was, beside a value that is not shown."""
    name = result.label if leading is None else leading.name
    where = f" in {rename(leading.slice)}" if leading is not None and leading.slice else ""
    demand = _SIZE.sub("", result.sentence.rpartition(", required ")[2]) if ", required " in result.sentence else ""
    return f"{name}{where} is {lost}" + (f", required {demand}" if demand else "")


def _empty(found: Measurement, flag: str, why: str) -> Measurement:
    kept = {name: getattr(found, name) for name in ("name", "method", "unit", "slice", "seed")}
    unknown: Any = None
    return type(found)(**kept, value=None, confidence=None, n=unknown, detail=why, flags=(flag,))


def _empty_finding(found: Finding, why: str | None) -> Finding:
    return found if why is None else replace(found, what=why, count=None, rate=None)


def _flagged(result: Result) -> Result:
    return result if HIDDEN in result.flags else replace(result, flags=(*result.flags, HIDDEN))


def _texts(result: Result) -> Iterable[str]:
    yield from (result.label, result.sentence, result.because, result.advice or "")
    if result.requirement is not None:
        yield result.requirement.metric
    for found in result.measurements:
        yield from (found.name, found.detail or "", found.slice or "")
    for finding in result.findings:
        yield from (finding.rule, finding.where, finding.what)
    for curve in result.curves:
        yield curve.label
    yield from result.inputs


def _with_texts(noun: Any, change: Callable[[str], str]) -> Any:
    """The same noun with every text changed; words of a fixed vocabulary are the same after as before."""
    changed: dict[str, Any] = {}
    for at in fields(noun):
        value = getattr(noun, at.name)
        if not at.compare or at.name in ("check", "verdict", "verdicts", "reason", "severity", "flags", "seconds"):
            continue
        if type(value) is str:
            changed[at.name] = change(value)
        elif at.name in _NESTED:
            changed[at.name] = tuple(_with_texts(part, change) for part in value)
        elif at.name == "inputs":
            changed[at.name] = {change(name): digest for name, digest in value.items()}
        elif is_dataclass(value):
            changed[at.name] = _with_texts(value, change)
    return replace(noun, **changed)
