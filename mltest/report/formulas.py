"""How a verdict is made, and the methods of this run: what each computes and where it is published."""

from __future__ import annotations

# ruff: noqa: RUF001 - formulas are written as they are printed
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mltest.methods import method_text

__all__ = ["RULES", "Method", "methods_of"]

RULES = (
    ("passed, at least", "lower one-sided 95 % bound ≥ limit"),
    ("failed, at least", "upper one-sided 95 % bound < limit, and the estimate too"),
    ("inconclusive", "the limit lies between the bounds: the rows at hand cannot tell"),
    ("at most, between", "the same with the bounds changed over; for between both bounds lie inside"),
    ("not worse", "the bound of the difference to the baseline stays within the margin"),
    ("several demands in one check", "passed when each passes; failures after Holm's correction of the p-values"),
    ("detectable value", "the mildest estimate that would have passed with the rows at hand"),
    ("by the estimate alone (point)", "estimate against limit, without error control; the check says so"),
)
_DELONG = "DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44"
_CLOPPER = "Clopper, Pearson 1934, Biometrika 26"
_HALL = "Hall 1992, J. R. Statist. Soc. B 54"
_MOVER = "Zou, Donner 2008, Statistics in Medicine 27"
_INFLUENCE = "Hampel 1974, J. Am. Statist. Assoc. 69"
_KNOWN: Mapping[str, tuple[str, str]] = {
    "census": ("count over all rows; no interval is needed", "none needed"),
    "given": ("a number that the test supplied, without an interval", "the test itself"),
    "point": ("the estimate alone", "none needed"),
    "delong": ("AUC = P(score⁺ > score⁻) + ½ P(equal); variance from placement values", _DELONG),
    "delong_logit": ("logit(AUC) ± z · se / (AUC (1 − AUC)), variance from placement values", _DELONG),
    "crossfit_delong_logit": ("AUC of cross-fitted scores; logit interval, variance from placement values", _DELONG),
    "delong_paired": ("difference of two AUCs on the same rows, with their covariance", _DELONG),
    "clopper_pearson": ("Beta quantiles B(α; x, n − x + 1) and B(1 − α; x + 1, n − x)", _CLOPPER),
    "clopper_pearson_f1": ("F1 = 2u / (1 + u) with u = TP / (TP + FP + FN) by Clopper-Pearson", _CLOPPER),
    "korn_graubard": (
        "Clopper-Pearson at the effective n of clustered or weighted rows",
        "Korn, Graubard 1998, Survey Methodology 24",
    ),
    "wilson": ("score interval of a share", "Wilson 1927, J. Am. Statist. Assoc. 22"),
    "hall_t": ("mean with Hall's skewness-corrected t statistic", _HALL),
    "hall_t_paired": ("mean of paired differences with Hall's skewness-corrected t", _HALL),
    "welch": ("difference of two means with unequal variances", "Welch 1947, Biometrika 34"),
    "tango": ("score interval of the difference of two paired shares", "Tango 1998, Statistics in Medicine 17"),
    "mover": ("interval of a sum or difference from the intervals of its parts", _MOVER),
    "mover_wilson": ("the same, of Wilson intervals of each share", _MOVER),
    "mcc_fisher": ("Matthews correlation on Fisher's z scale, variance by the delta method", "Fisher 1921, Metron 1"),
    "average_precision_logit": (
        "logit of average precision, variance of influence values",
        "Boyd, Eng, Page 2013, ECML PKDD",
    ),
    "influence": ("mean of influence values, normal limits", _INFLUENCE),
    "influence_logit": ("the same on the logit scale", _INFLUENCE),
    "influence_paired": ("differences of influence values on the same rows", _INFLUENCE),
    "gap_descriptive": ("difference of two samples, each with its own variance", _MOVER),
    "nadeau_bengio": ("corrected resampled t over folds", "Nadeau, Bengio 2003, Machine Learning 52"),
    "bca": ("bootstrap, bias-corrected and accelerated", "Efron 1987, J. Am. Statist. Assoc. 82"),
    "skill_log_ratio": ("1 − loss / loss of the dummy, interval of the log ratio", _INFLUENCE),
    "koopman": ("score interval of a ratio of two shares", "Koopman 1984, Biometrics 40"),
    "consistency_resampling": (
        "labels drawn anew from the stated probabilities",
        "Bröcker, Smith 2007, Weather and Forecasting 22",
    ),
    "label_permutation": ("rank of the true score among scores with permuted labels", "Ojala, Garriga 2010, JMLR 11"),
    "normal_tolerance": (
        "bound that a demanded share of future trainings reaches",
        "Hahn, Meeker 1991, Statistical Intervals",
    ),
    "chi_square": ("limits of a standard deviation over trainings", "Hahn, Meeker 1991, Statistical Intervals"),
    "mean_of_fits": ("mean of several fits, without an interval", "none needed"),
    "crossfit_r2": ("share of explained variance, cross-fitted", _INFLUENCE),
}
_UNKNOWN = ("a method of this project or of a later version: see its documentation", "not known here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method that this run used."""

    name: str
    computes: str
    published: str
    used: str


def methods_of(evidence: Mapping[str, Any]) -> tuple[Method, ...]:
    """The methods by how many measurements used them."""
    used: Counter[str] = Counter()
    for record in evidence["results"]["records"]:
        found = record.get("measurements") or ([record["interval"]] if record.get("interval") else ())
        used.update(str(one.get("method") or "census") for one in found if isinstance(one, Mapping))
    return tuple(
        Method(name=method_text(code), computes=told[0], published=told[1], used=str(number))
        for code, number in sorted(used.items(), key=lambda pair: (-pair[1], pair[0]))
        for told in [_KNOWN.get(code, _UNKNOWN)]
    )
