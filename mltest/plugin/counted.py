"""A judgement on rows that judged other candidates before: its bounds at the error that is left, and what follows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltest.digits import count, number
from mltest.errors import EvidenceError
from mltest.evidence.ledger import Look, look_of, read_ledger, standing

if TYPE_CHECKING:
    from mltest.result import Measurement, Result

__all__ = ["Counted", "adjusted"]

NO_INTERVAL = "there is no interval to adjust"
EXHAUSTED = "test set exhausted: collect fresh rows"
_NONE: dict[str, Any] = {"adjusted_low": None, "adjusted_high": None, "meets": None}
# of 2 000 replicates five lie beyond it
_LEAST_OF_BOOTSTRAP = 0.0025


class Counted:
    """Puts each judgement of this process beside the ledger as it was before the run.

    Parameters
    ----------
    path : Path
        The ledger.
    decides : bool
        Whether what passes must do so by its adjusted bound.
    """

    def __init__(self, path: Path, *, decides: bool) -> None:
        self._path = path
        self._decides = decides
        self._ledger: list[Look] | None = None

    def __call__(self, result: Result) -> tuple[Result, dict[str, Any] | None]:
        """The result as it stands after all looks, and its adjusted bounds; None where it is no look."""
        look = look_of(result.to_plain(), "")
        if look is None:
            return result, None
        from mltest.stats.looks import adjusted_alpha

        k, passed_before, _ = standing(self._looks(), look)
        alpha = adjusted_alpha(k, passed_before)
        told = adjusted(result, alpha)
        if self._decides and k > 1 and result.verdict == "passed":
            result = _held(result, told, k, passed_before, alpha)
        return result, told

    def _looks(self) -> list[Look]:
        if self._ledger is None:
            try:
                self._ledger = read_ledger(self._path)
            except (EvidenceError, OSError) as broken:
                # the end of the run tells of it; a gate that cannot count must not pass anything before
                if self._decides:
                    msg = f"the looks at these rows cannot be counted: {broken}"
                    raise EvidenceError(msg) from broken
                self._ledger = []
        return self._ledger


def adjusted(result: Result, alpha: float | None) -> dict[str, Any]:
    """The leading bounds at ``alpha``, and whether a passed demand is still met by all of them."""
    if alpha is None:
        return {**_NONE, "reason": EXHAUSTED}
    leading = next((found for found, word in _words(result) if word == result.verdict), next(iter(result.measurements)))
    wider = _at(leading, alpha)
    if wider is None:
        return {**_NONE, "reason": _why_not(leading)}
    return {
        "adjusted_low": wider.low,
        "adjusted_high": wider.high,
        "meets": _meets(result, alpha) if result.verdict == "passed" else None,
        "reason": None,
    }


def _words(result: Result) -> list[tuple[Measurement, str]]:
    return list(zip(result.measurements, result.verdicts, strict=False))


def _why_not(leading: Measurement) -> str:
    if leading.low is None or leading.high is None or leading.confidence is None:
        return NO_INTERVAL
    if leading.method == "bca" and leading.bounds is not None:
        return "the replicates of a bootstrap cannot tell a bound at so small an error"
    return f"an interval of the method {leading.method} cannot be made again from what evidence keeps"


def _at(found: Measurement, alpha: float) -> Measurement | None:
    """The measurement with its bounds at another error."""
    if found.value is None or found.low is None or found.high is None or found.confidence is None:
        return None
    if found.method == "bca" and alpha < _LEAST_OF_BOOTSTRAP:
        return None
    bounds = found.bounds or _made_again(found)
    if bounds is None:
        return None
    low, high = bounds(alpha)
    return replace(found, low=low, high=high)


def _made_again(found: Measurement) -> Any:
    """The bounds of a measurement that came out of a record."""
    from mltest.stats.looks import Kept, kept_bounds

    return kept_bounds(
        Kept(
            method=found.method,
            value=float(found.value or 0.0),
            low=found.low or 0.0,
            high=found.high or 0.0,
            n=found.n,
            n_effective=found.n_effective,
            scale=found.scale,
            se=found.se,
            df=found.df,
        )
    )


def _meets(result: Result, alpha: float) -> bool | None:
    """None where the demand on each measurement is not the one that the record states."""
    from mltest.judge import judge

    demand = result.requirement
    if demand is None or demand.limit is None or demand.decision == "point":
        return None
    deciding = [found for found, word in _words(result) if word == "passed"]
    if not deciding or not all(judge(found, demand).word == "passed" for found in deciding):
        return None
    wider = [_at(found, alpha) for found in deciding]
    return None if None in wider else all(judge(found, demand).word == "passed" for found in wider if found)


def _held(result: Result, told: dict[str, Any], k: int, passed_before: int, alpha: float | None) -> Result:
    """A passed result under the rule that the adjusted bound decides; what has no interval stays as it is."""
    if told["reason"] == NO_INTERVAL or result.requirement is None or result.requirement.decision == "point":
        return result
    who = f"candidate {count(k)} on these rows, {count(passed_before)} of the earlier ones passed"
    error = f"at the error of {100 * (alpha or 0):.2g} % that is left"
    if told["meets"]:
        return replace(result, because=f"{result.because}, also {error} ({who})")
    if alpha is None:
        reason, left = "test-set-exhausted", "no error is left"
    elif told["meets"] is None:
        reason, left = "looks-not-adjustable", told["reason"] or "its demands have no one limit to judge it by again"
    else:
        bounds = f"{number(told['adjusted_low'])} to {number(told['adjusted_high'])}"
        reason, left = "not-confirmed-after-looks", f"{error} the bounds are {bounds}"
    return replace(
        result,
        verdict="inconclusive",
        reason=reason,
        because=f"{result.because}, but it is {who}: {left}; fresh rows would settle it",
        verdicts=tuple("inconclusive" if word == "passed" else word for word in result.verdicts),
        advice="collect fresh rows: what was tried before on these steers what passes on them",
        n_to_settle=None,
    )
