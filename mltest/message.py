"""A result as text: the failure message, also used by the terminal and the page."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from mltest.catalogue import ids
from mltest.digits import count, limit, number
from mltest.judge import pvalues_text, requirement_text
from mltest.methods import method_text

if TYPE_CHECKING:
    from mltest.result import Measurement, Requirement, Result

__all__ = ["failure_text", "measured_text", "pvalues_text", "required_text"]

_WIDTH = 92
_LABEL = 11
_WORST = 5


def failure_text(result: Result, *, node: str | None = None, seed: int | None = None) -> str:
    """The whole failure message, at most 25 lines of at most 92 columns.

    Examples
    --------
    >>> import mltest
    >>> result = mltest.checks.require(0.4, at_least=0.5, name="share", decision="point")
    >>> print(failure_text(result).splitlines()[0])
    share 0.400, required at least 0.50
    """
    blocks = [[" ".join(result.sentence.split())], _judgement(result), _origin(result, node, seed)]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _judgement(result: Result) -> list[str]:
    lines = [_line("measured", measured_text(result))]
    if result.requirement is not None:
        source = result.requirement.source
        lines.append(_line("required", required_text(result.requirement) + (f" ({source})" if source else ""), most=2))
    lines.append(_line("verdict", f"{result.verdict.replace('_', ' ')}: {result.because}"))
    lines += _worst(result)
    if result.inputs:
        digests = ", ".join(f"{name} {digest[:15]}" for name, digest in sorted(result.inputs.items()))
        lines.append(_line("inputs", digests, most=2))
    return lines


def _origin(result: Result, node: str | None, seed: int | None) -> list[str]:
    lines = []
    if result.advice:
        lines.append(_line("next", result.advice, most=2))
    if "redacted" in result.flags and result.check in ids():
        name = result.check.partition(".")[2]
        lines.append(_line("hidden", f"values of the data; mltest.checks.{name}(...) in a notebook shows them", most=2))
    lines.append(_whole("evidence", f"{result.check}  {node}" if node else result.check))
    if node:
        seeded = f" --mltest-seed {seed}" if seed is not None else ""
        lines.append(_whole("rerun", f'pytest "{node}"{seeded}'))
    if result.check in ids():
        lines.append(_whole("explain", f"mltest explain {result.check}"))
    return lines


def _whole(label: str, text: str) -> str:
    """A labelled entry that is copied, and so never broken."""
    return f"  {label:<{_LABEL}}{text}"


def _line(label: str, text: str, *, most: int = 3) -> str:
    """A labelled entry of at most ``most`` lines."""
    return textwrap.fill(
        " ".join(text.split()),
        _WIDTH,
        initial_indent=f"  {label:<{_LABEL}}",
        subsequent_indent=" " * (_LABEL + 2),
        break_on_hyphens=False,
        max_lines=most,
        placeholder=" ...",
    )


def measured_text(result: Result) -> str:
    """What was measured, with bounds, method and n, in one line.

    Examples
    --------
    >>> import mltest
    >>> measured_text(mltest.checks.require(0.4, at_least=0.5, name="share", decision="point"))
    '0.400 (given as a number; n = 1)'
    """
    if not result.measurements:
        return "nothing"
    return _one_measured(_leading(result), result.requirement)


def _leading(result: Result) -> Measurement:
    """The measurement that the verdict rests on: the first with the verdict's word."""
    for found, word in zip(result.measurements, result.verdicts, strict=False):
        if word == result.verdict:
            return found
    return result.measurements[0]


def _one_measured(found: Measurement, requirement: Requirement | None) -> str:
    beside = _limits(requirement)
    where = f" in {found.slice}" if found.slice else ""
    if found.value is None:
        told = found.detail if _is_withheld(found) else f"not estimable{where} ({found.detail})"
        return str(told)
    behind = [found.detail] if found.detail else []
    if found.low is not None or found.high is not None:
        behind.insert(0, method_text(found.method))
        if found.confidence is not None and not _exact(found):
            behind.insert(0, _bounds(found, beside))
    if told := pvalues_text(found):
        behind.append(told)
    behind.append(f"n = {count(found.n)}")
    return f"{number(found.value, *beside)}{where} ({'; '.join(behind)})"


def _is_withheld(found: Measurement) -> bool:
    """Whether it is of a group too small to be shown: then it has no size either."""
    return "suppressed" in found.flags or "suppressed_beside" in found.flags


def _exact(found: Measurement) -> bool:
    """Whether it has no bounds of its own, as a complete count or an exact p-value."""
    return found.method == "census" or found.low == found.high == found.value


def _bounds(found: Measurement, beside: tuple[float, ...]) -> str:
    level = f"{100 * (found.confidence or 0):g} %"
    if found.low is None:
        return f"upper {level} bound {number(found.high, *beside)}"
    if found.high is None:
        return f"lower {level} bound {number(found.low, *beside)}"
    return f"one-sided {level} bounds {number(found.low, *beside)} and {number(found.high, *beside)}"


def _limits(requirement: Requirement | None) -> tuple[float, ...]:
    if requirement is None or requirement.limit is None:
        return ()
    return requirement.limit if isinstance(requirement.limit, tuple) else (requirement.limit,)


def required_text(requirement: Requirement) -> str:
    """The demand in words, with the explicit opt-out where it was taken.

    Examples
    --------
    >>> from mltest.result import Requirement
    >>> required_text(Requirement(metric="recall", comparison="at_most", limit=0.05))
    'at most 0.05'
    """
    point = ' (decision="point": the estimate alone)' if requirement.decision == "point" else ""
    return requirement_text(requirement) + point


def _worst(result: Result) -> list[str]:
    rows = [_finding_row(finding.where, finding.what, finding.count, finding.rate) for finding in result.findings]
    total = result.findings_total
    judged = [pair for pair in _by_urgency(result) if pair[1] != "not_applicable"]
    if not rows and len(judged) > 1:
        rows = [_slice_row(found, word) for found, word in judged]
        total = len(rows)
    shown = rows[:_WORST]
    if total > len(shown):
        shown.append(f"and {count(total - len(shown))} more")
    return [_line("worst" if at == 0 else "", row, most=1) for at, row in enumerate(shown)]


def _by_urgency(result: Result) -> list[tuple[Measurement, str]]:
    order = {"error": 0, "failed": 1, "inconclusive": 2, "not_applicable": 3, "passed": 4}
    pairs = zip(result.measurements, result.verdicts, strict=False)
    return sorted(pairs, key=lambda pair: order[pair[1]])


def _slice_row(found: Measurement, word: str) -> str:
    if found.value is None:
        told = f"{word}, {found.detail}" if _is_withheld(found) else f"not estimable: {found.detail}"
        return f"{found.slice or found.name}: {told}"
    bounded = (found.low is not None or found.high is not None) and not _exact(found)
    spread = f" ({_spread(found)})" if bounded else ""
    chance = pvalues_text(found)
    ended = f": {word} ({chance})" if chance else f", n = {count(found.n)}: {word}"
    return f"{found.slice or found.name} {number(found.value)}{spread}{ended}"


def _spread(found: Measurement) -> str:
    if found.low is None:
        return f"at most {number(found.high)}"
    return f"at least {number(found.low)}" if found.high is None else f"{number(found.low)} to {number(found.high)}"


def _finding_row(where: str, what: str, rows: int | None, rate: float | None) -> str:
    amount = "" if rows is None else f": {count(rows)}"
    share = "" if rate is None else f" ({limit(round(100 * rate, 2))} %)"
    return f"{where}: {what}{amount}{share}"
