"""The fixed names of the methods, as people call them."""

from __future__ import annotations

__all__ = ["method_text"]

_METHODS = {
    "census": "counted in full",
    "delong": "DeLong",
    "delong_logit": "DeLong, logit",
    "delong_paired": "paired DeLong",
    "clopper_pearson": "Clopper-Pearson",
    "korn_graubard": "Korn-Graubard",
    "wilson": "Wilson",
    "hall_t": "Hall t",
    "welch": "Welch t",
    "tango": "Tango",
    "mover": "MOVER",
    "mover_wilson": "MOVER, Wilson",
    "clopper_pearson_f1": "Clopper-Pearson",
    "mcc_fisher": "Fisher z",
    "average_precision_logit": "Boyd, logit",
    "influence_paired": "paired influence values",
    "hall_t_paired": "paired Hall t",
    "gap_descriptive": "difference of two samples",
    "nadeau_bengio": "Nadeau-Bengio, corrected t",
    "given": "given as a number",
    "bca": "bootstrap, BCa",
    "skill_log_ratio": "skill, log ratio",
    "koopman": "Koopman",
    "consistency_resampling": "consistency resampling",
    "label_permutation": "permuted labels",
    "normal_tolerance": "normal tolerance bound",
    "chi_square": "chi-square",
    "mean_of_fits": "mean of fits",
    "crossfit_r2": "cross-fitted",
    "influence": "influence values",
    "influence_logit": "influence values, logit",
    "point": "estimate alone",
}


def method_text(method: str) -> str:
    """A method as people call it.

    Examples
    --------
    >>> method_text("delong_logit"), method_text("own_method")
    ('DeLong, logit', 'own method')
    """
    return _METHODS.get(method, method.replace("_", " "))
