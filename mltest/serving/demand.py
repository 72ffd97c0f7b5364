"""How many rows may differ: a number of rows or a share of them."""

from __future__ import annotations

from dataclasses import dataclass

from mltest.digits import limit
from mltest.errors import UsageError
from mltest.judge import finite
from mltest.result import Requirement
from mltest.serving.wording import rows_of

__all__ = ["Demand", "demand_of"]


@dataclass(frozen=True, slots=True)
class Demand:
    """The requirement, and whether its limit is a share."""

    requirement: Requirement
    as_share: bool

    @property
    def text(self) -> str:
        """As a sentence ends."""
        at_most = self.requirement.limit
        return f"required at most {limit(at_most if isinstance(at_most, (int, float)) else None)}"


def demand_of(mismatch_at_most: object, rows: int) -> Demand:
    """A whole number counts rows, a fraction is a share; ``UsageError`` where no answer could break it."""
    place = "assert_consistent(mismatch_at_most=)"
    value = finite(mismatch_at_most, place)
    as_share = type(value) is float and bool(value)
    if value < 0 or (as_share and value >= 1):
        msg = f"{place} is {mismatch_at_most!r}: give a whole number of rows, or a share between 0 and 1"
        raise UsageError(msg)
    if value and value >= rows:
        msg = f"{place} is {mismatch_at_most!r}, but only {rows_of(rows)} are asked: all of them could differ"
        raise UsageError(msg)
    metric = "share of differing rows" if as_share else "differing rows"
    bound = value if as_share else int(value)
    return Demand(Requirement(metric=metric, comparison="at_most", limit=bound), as_share)
