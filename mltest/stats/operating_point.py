"""Metrics at a threshold that the same rows choose: the bootstrap chooses it again in every replicate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from mltest.errors import UsageError
from mltest.stats.area import MINIMUM_PER_CLASS, absent, scored, too_few_of_a_class, widened
from mltest.stats.bootstrap import MINIMUM_UNITS, settle_replicates
from mltest.stats.delta import identical
from mltest.stats.estimate import Estimate, estimated, unsettled
from mltest.stats.operating_draws import drawn_values, point_of, skewness
from mltest.stats.operating_rows import ordered, resampled
from mltest.stats.operating_rules import RULES, Cells, Rule
from mltest.stats.ranking import rank, weighted_blocks

if TYPE_CHECKING:
    import numpy.typing as npt

    from mltest.stats.units import BoolArray, FloatArray, Units

__all__ = ["RULES", "at_threshold", "at_threshold_paired", "rate_at_threshold"]

# below so many expected errors the replicates may show no spread that is there
_RARE = 2.0


def at_threshold(  # noqa: PLR0917 - columns, weights and clusters, as everywhere
    rule: str,
    level: float,
    y_true: npt.ArrayLike,
    y_score: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    *,
    seed: int,
    replicates: int = 2000,
) -> Estimate:
    """A rate at the threshold where another rate reaches its level.

    Parameters
    ----------
    rule
        A key of `RULES`: ``precision_at_recall``, ``recall_at_precision``, ``recall_at_specificity`` or
        ``specificity_at_recall``.
    level
        What the other rate must reach, between 0 and 1.
    y_true, y_score
        A truth value and a score a row; rows with scores at or above the threshold are called positive.
    sample_weight, groups
        As in `mltest.stats.mean.hall_t`.
    seed, replicates
        As in `mltest.stats.bootstrap.bca`.

    Returns
    -------
    Estimate
        ``bca``, with the threshold in the detail; flag ``rare_error_guard`` if it was widened to the
        binomial interval given the threshold. No interval with fewer than 10 positives or negatives, or
        fewer than 50 rows (clusters, if given).

    Raises
    ------
    mltest.errors.UsageError
        For an unknown rule or a level outside 0 to 1.

    Notes
    -----
    The threshold is an observed score. With a recall to reach it is the highest that does; with a
    specificity or a precision to reach, the lowest that does, so that recall is the greatest possible
    (0 where no threshold does). Every replicate chooses its own, since the threshold is estimated too.

    Without unequal weights or clusters a replicate draws how many rows fall in each of about sqrt(n)
    stretches of the order of scores, finds the one with the threshold, and draws single rows in that one
    alone: the distribution of the bootstrap over rows, at a cost of O(sqrt n) a replicate. With weights and
    clusters every unit is drawn, O(n) a replicate, but rows are only summed by stretch. Where fewer than 2 errors
    are expected the bounds are widened to the binomial ones, as the guard of `mltest.stats.auc.delong` does.

    References
    ----------
    Platt, Hanley and Yang (2000), Statistics in Medicine 19, 313-322. Efron (1987), Journal of the American
    Statistical Association 82, 171-185.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.arange(400) % 2 == 0
    >>> score = np.arange(400) * 7919 % 400 / 400 + 0.4 * y
    >>> estimate = at_threshold("recall_at_specificity", 0.9, y, score, seed=1)
    >>> estimate.value, estimate.low < estimate.value < estimate.high
    (0.5, True)
    """
    chosen = _rule(rule, level)
    truth, score, units = scored(y_true, y_score, sample_weight, groups)
    missing = absent(truth, units)
    if missing is not None:
        return replace(missing, method="bca", seed=seed)
    sample = _Sample(truth, score, units)
    point = point_of(chosen, sample.cells)
    short = _too_few(truth, units)
    if short is not None:
        return unsettled(point.value, *short, method="bca", n=units.n, n_groups=units.n_groups, seed=seed)
    behind, told = sample.behind(chosen, point.at), sample.told(point.at, units)
    if units.plain and not units.clustered:
        drawn = drawn_values(chosen, sample.cells, seed, replicates)
        found = settle_replicates(
            drawn, point.value, partial(skewness, chosen, sample.cells, seed), n=units.n, seed=seed, value_range=(0, 1)
        )
    else:
        del sample  # as large as the scores twice, and done with
        rows = ordered(truth, score, units)
        found = resampled(
            lambda times: rows.rate(chosen, times),
            point.value,
            units,
            seed=seed,
            replicates=replicates,
            value_range=(0.0, 1.0),
        )
    return _guarded(found, point.value, behind, told)


def at_threshold_paired(  # noqa: PLR0917 - columns, weights and clusters, as everywhere
    rule: str,
    level: float,
    y_true: npt.ArrayLike,
    score_candidate: npt.ArrayLike,
    score_baseline: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    *,
    seed: int,
    replicates: int = 2000,
) -> Estimate:
    """The candidate's rate less the baseline's on the same rows, each at a threshold of its own.

    Parameters
    ----------
    rule, level, y_true, sample_weight, groups, seed, replicates
        As in `at_threshold`.
    score_candidate, score_baseline
        Scores, each on a scale of its own.

    Returns
    -------
    Estimate
        ``bca``; the same scores give 0, flag ``identical``.

    Notes
    -----
    Both models see the same rows in a replicate; O(n) a replicate.

    References
    ----------
    Efron (1987), Journal of the American Statistical Association 82, 171-185.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.arange(400) % 2 == 0
    >>> score = np.arange(400) * 7919 % 400 / 400 + 0.4 * y
    >>> worse = np.arange(400) * 7919 % 400 / 400 + 0.3 * y
    >>> round(at_threshold_paired("recall_at_specificity", 0.9, y, score, worse, seed=1).value, 3)
    0.1
    """
    chosen = _rule(rule, level)
    truth, candidate, units = scored(y_true, score_candidate, sample_weight, groups)
    baseline = scored(y_true, score_baseline, sample_weight, groups)[1]
    missing = absent(truth, units)
    if missing is not None:
        return replace(missing, method="bca", seed=seed)
    if np.array_equal(candidate, baseline):
        return identical(units, "bca")
    ours, theirs = _Sample(truth, candidate, units), _Sample(truth, baseline, units)
    short, value = _too_few(truth, units), chosen.point(ours.cells).value - chosen.point(theirs.cells).value
    if short is not None:
        return unsettled(value, *short, method="bca", n=units.n, n_groups=units.n_groups, seed=seed)
    first, second = (ordered(truth, each, units) for each in (candidate, baseline))
    return resampled(
        lambda times: first.rate(chosen, times) - second.rate(chosen, times),
        value,
        units,
        seed=seed,
        replicates=replicates,
        value_range=(-1.0, 1.0),
    )


def rate_at_threshold(  # noqa: PLR0917 - columns, weights and clusters, as everywhere
    rule: str,
    level: float,
    y_true: npt.ArrayLike,
    y_score: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """The value of `at_threshold` alone, without an interval and so without its cost.

    Parameters
    ----------
    rule, level, y_true, y_score, sample_weight, groups
        As in `at_threshold`.

    Returns
    -------
    Estimate
        Flag ``no_interval``.

    Examples
    --------
    >>> rate_at_threshold("precision_at_recall", 0.5, [1, 0, 1], [0.9, 0.5, 0.1]).value
    1.0
    """
    chosen = _rule(rule, level)
    truth, score, units = scored(y_true, y_score, sample_weight, groups)
    missing = absent(truth, units)
    if missing is not None:
        return replace(missing, method="point")
    sample = _Sample(truth, score, units)
    point = point_of(chosen, sample.cells)
    told = sample.told(point.at, units)
    return unsettled(point.value, "no_interval", told, method="point", n=units.n, n_groups=units.n_groups)


def _rule(rule: str, level: float) -> Rule:
    if rule not in RULES:
        raise UsageError(f"rule must be one of {', '.join(sorted(RULES))}; got {rule!r}")
    if not 0 < level < 1:
        raise UsageError(f"the level of {rule} must be between 0 and 1, got {level}")
    return RULES[rule](float(level))


@dataclass(frozen=True)
class _Sample:
    """Labels in order of score, the highest first."""

    truth: BoolArray
    score: FloatArray
    units: Units

    @cached_property
    def cells(self) -> Cells:
        if self.units.weight is None:
            positive, negative = rank(self.truth, self.score).blocks()
        else:
            blocks = weighted_blocks(self.truth, self.score, self.units.weight)
            positive, negative = blocks.positive, blocks.negative
        return Cells(positive[::-1], negative[::-1])

    def behind(self, rule: Rule, at: int) -> float:
        """The effective number of rows that the rate is a share of."""
        if rule.share_of == "positives":
            return self.units.effective(self.truth)
        return self.units.effective(~self.truth if rule.share_of == "negatives" else self.called(at))

    def called(self, at: int) -> BoolArray:
        """The rows at or above the threshold of a cell; none before the first."""
        return self.score >= self.threshold(at) if at >= 0 else np.zeros(len(self.score), bool)

    def threshold(self, at: int) -> float:
        """The score of a cell."""
        if self.units.weight is None:
            above = len(self.score) - int((self.cells.positive[: at + 1] + self.cells.negative[: at + 1]).sum())
            return float(np.partition(self.score, above)[above])
        return float(np.unique(self.score)[-1 - at])

    def told(self, at: int, units: Units) -> str:
        if at < 0:
            return "no threshold reaches the level"
        called = self.called(at)
        hits = int(np.count_nonzero(called & self.truth))
        return (
            f"at threshold {self.threshold(at):.6g}: {np.count_nonzero(called)} of {units.n} rows called positive, "
            f"{hits} of {int(np.count_nonzero(self.truth))} positives among them"
        )


def _too_few(truth: BoolArray, units: Units) -> tuple[str, str] | None:
    short = too_few_of_a_class(truth, units, MINIMUM_PER_CLASS)
    if short is None and units.groups < MINIMUM_UNITS:
        unit = "groups" if units.clustered else "rows"
        return f"too_few_{unit}", f"{units.groups} {unit}; an interval needs at least {MINIMUM_UNITS}"
    return short


def _guarded(found: Estimate, value: float, behind: float, told: str) -> Estimate:
    """Replicates without a spread, or with next to none, are widened to what the rows can show at most."""
    still = "zero_variance" in found.flags
    if found.bounds is None and not still:
        return replace(found, detail=f"{told}; {found.detail}")
    if behind <= 0 or (not still and behind * min(value, 1 - value) >= _RARE):
        return replace(found, detail=f"{told}; {found.detail}")
    return estimated(
        value,
        widened(found.bounds, value, behind),
        method="bca",
        n=found.n,
        n_groups=found.n_groups,
        flags=(
            *(flag for flag in found.flags if flag not in {"zero_variance", "outside_interval"}),
            "rare_error_guard",
        ),
        detail=f"{told}; {found.detail}",
        seed=found.seed,
    )
