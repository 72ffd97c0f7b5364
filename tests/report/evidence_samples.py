"""Runs as they could have been: one that was blocked on a bad day, and one that passed."""

from __future__ import annotations

import json
import math
from typing import Any

from tests.report.evidence_parts import INPUTS, SEED, digest, evidence, measurement, planned, record, requirement

__all__ = [
    "INPUTS",
    "SEED",
    "allowed",
    "blocked",
    "digest",
    "evidence",
    "measurement",
    "planned",
    "record",
    "requirement",
]


def roc_curves() -> list[dict[str, Any]]:
    x = [at / 40 for at in range(41)]
    return [
        {"kind": "roc", "label": "candidate", "x": x, "y": [at ** (0.158 / 0.842) for at in x]},
        {"kind": "roc", "label": "baseline", "x": x, "y": [at ** (0.171 / 0.829) for at in x]},
    ]


def recall_curves() -> list[dict[str, Any]]:
    x = [at / 40 for at in range(41)]
    return [
        {
            "kind": "precision_recall",
            "label": "candidate",
            "x": x,
            "y": [0.12 + 0.8 * math.sqrt(1 - at**1.6) for at in x],
        }
    ]


def by_region(worst: str = "failed") -> dict[str, Any]:
    rows = [
        ("region=north", 0.702, 0.668, 0.734, 1204),
        ("region=south", 0.861, 0.838, 0.882, 2711),
        ("region=east", 0.848, 0.823, 0.871, 2503),
        ("region=west", 0.853, 0.831, 0.874, 3102),
    ]
    return record(
        "test_ranks_applicants_in_each_region",
        worst,
        label="roc_auc by region",
        kind="model.slices",
        measured=[
            measurement(value, low, high, slice=name, n=n, detail=f"{n // 8} of {n} positives")
            for name, value, low, high, n in rows
        ],
        verdicts=[worst, "passed", "passed", "passed"],
        reason="bound-misses",
        because="region=north: even the upper bound 0.734 misses it",
        sentence="roc_auc 0.702 in region=north, required at least 0.75",
        advice='see whether the data of the worst slice moved: mltest.assert_no_drift(train, test, columns=["region"])',
        curves=[*roc_curves(), *recall_curves()],
        detectable=0.786,
    )


def undecided() -> dict[str, Any]:
    return record(
        "test_recall_in_the_north",
        "inconclusive",
        label="recall",
        measured=[
            measurement(
                0.272,
                0.236,
                0.310,
                name="recall",
                method="clopper_pearson",
                n=412,
                unit="positives",
                detail="112 of 412 positives",
            )
        ],
        demand=requirement("at_least", 0.30, metric="recall"),
        reason="bound-straddles",
        because="these positives show at least 0.236; about 750 positives would settle it",
        sentence="recall 0.272 in region=north, required at least 0.30 (n = 412)",
        n_to_settle=750,
    )


def schema(verdict: str = "passed") -> dict[str, Any]:
    findings = [
        {"rule": "types", "where": "income", "what": "text, demanded float64", "count": 3, "rate": 0.0003},
        {
            "rule": "values",
            "where": "purpose",
            "what": "'car' is not among 4 allowed values",
            "count": 41,
            "rate": 0.0043,
        },
    ]
    return record(
        "test_holdout_has_the_agreed_schema",
        verdict,
        label="holdout",
        check="data.schema",
        kind="data.schema",
        measured=[measurement(0, name="broken_rules", method="census")],
        demand=None,
        sentence="holdout breaks 2 rules of the schema"
        if verdict == "failed"
        else "holdout keeps every rule of the schema",
        because="2 of 14 rules are broken" if verdict == "failed" else "14 of 14 rules hold",
        findings=findings if verdict == "failed" else [],
        findings_total=2 if verdict == "failed" else 0,
    )


def train_test() -> dict[str, Any]:
    return record(
        "test_does_not_overfit",
        label="roc_auc gap",
        check="model.not_overfit",
        kind="model.overfitting",
        measured=[measurement(0.021, -0.009, 0.048, name="gap", method="independent_difference")],
        demand=requirement("at_most", 0.05),
        because="the upper bound 0.048 meets it",
        curves=[
            {"kind": "train_test", "label": "train", "x": [0.851, 0.863, 0.874], "y": [0, 0, 0]},
            {"kind": "train_test", "label": "test", "x": [0.811, 0.842, 0.869], "y": [1, 1, 1]},
        ],
    )


def consistent(at: int) -> dict[str, Any]:
    routes = [
        "single row",
        "shuffled rows",
        "reversed columns",
        "reload in a fresh process",
        "float32",
        "one row of a batch",
    ]
    return record(
        f"test_serves_what_was_trained[{routes[at % 6]}]",
        label=routes[at % 6],
        check="serving.consistent",
        kind="model.consistency",
        measured=[measurement(0, name="mismatches", n=2000)],
        demand=requirement("at_most", 0, metric="mismatches"),
        because="0 meets the demand; counted in full",
        sentence="0 of 2 000 predictions differ",
        node=f"tests/test_serving.py::test_serves_what_was_trained[{routes[at % 6]} {at}]",
    )


def passing(at: int) -> dict[str, Any]:
    metrics = [
        ("roc_auc", 0.84, 0.03, "at_least", 0.75, "delong_logit"),
        ("brier", 0.078, 0.005, "at_most", 0.09, "hall_t"),
        ("balanced_accuracy", 0.741, 0.02, "at_least", 0.70, "mover"),
        ("recall", 0.412, 0.04, "at_least", 0.30, "clopper_pearson"),
        ("log_loss", 0.271, 0.012, "at_most", 0.50, "hall_t"),
    ]
    name, value, half, comparison, limit, method = metrics[at % 5]
    value += 0.0007 * (at % 7)
    return record(
        f"test_{name}_meets_the_agreed_limit[{at}]",
        label=name,
        measured=[measurement(value, value - half, value + half, name=name, method=method, n=9520 + at)],
        demand=requirement(comparison, limit, metric=name),
        kind=["model.performance", "model.regression", "data.leakage"][at % 3],
        sentence=f"{name} {value:.3f} on holdout, required {comparison} {limit}",
    )


def not_run_rows() -> list[dict[str, Any]]:
    return [
        {
            "id": "tests/test_latency.py::test_first_call_is_quick",
            "reason": "skipped",
            "detail": "no GPU on this machine",
        },
        {
            "id": "tests/test_lending.py::test_gpu_agrees_with_cpu",
            "reason": "deselected_keyword",
            "detail": "-k 'not gpu'",
        },
    ]


def blocked() -> dict[str, Any]:
    """A day's run that did not go well: one failure by region, one schema break, one undecided, two not run."""
    rows = [
        by_region(),
        schema("failed"),
        undecided(),
        train_test(),
        *(consistent(at) for at in range(6)),
        *(passing(at) for at in range(15)),
    ]
    rows.append(record("test_ranks_applicants", curves=[*roc_curves(), *recall_curves()]))
    rows.append(
        record(
            "test_income_error",
            label="mae",
            curves=[
                {
                    "kind": "predicted_actual",
                    "label": "candidate",
                    "x": [12.0, 18.5, 24, 31, 39, 50, 71],
                    "y": [13.1, 18.0, 24.9, 30.2, 40.5, 48.8, 69.0],
                }
            ],
            measured=[measurement(3.41, 3.2, 3.63, name="mae", method="hall_t")],
            demand=requirement("at_most", 400.0, metric="mae"),
        )
    )
    return evidence(rows, not_run_rows())


def allowed(checks: int = 30) -> dict[str, Any]:
    return evidence([schema(), train_test(), *(passing(at) for at in range(checks - 2))][:checks])


if __name__ == "__main__":
    import sys

    print(json.dumps({"blocked": blocked, "allowed": allowed}[sys.argv[1]](), indent=1))  # noqa: T201
