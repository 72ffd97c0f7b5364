"""Tests for machine-learning artefacts: measure, judge by intervals, keep the evidence.

Names are resolved on first use, so that ``import mltest`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mltest import checks as checks
    from mltest.data.clean_labels import assert_clean_labels as assert_clean_labels
    from mltest.data.no_leakage import assert_no_leakage as assert_no_leakage
    from mltest.data.schema import assert_schema as assert_schema
    from mltest.errors import ArtifactError as ArtifactError
    from mltest.errors import CheckFailed as CheckFailed
    from mltest.errors import EvidenceError as EvidenceError
    from mltest.errors import Inconclusive as Inconclusive
    from mltest.errors import MissingDependency as MissingDependency
    from mltest.errors import MltestError as MltestError
    from mltest.errors import ModelError as ModelError
    from mltest.errors import UntrustedError as UntrustedError
    from mltest.errors import UsageError as UsageError
    from mltest.inputs.evaluation import Evaluation as Evaluation
    from mltest.inputs.evaluation import evaluate as evaluate
    from mltest.inputs.models import load_model as load_model
    from mltest.model.better import assert_better as assert_better
    from mltest.model.calibrated import assert_calibrated as assert_calibrated
    from mltest.model.churn import assert_churn as assert_churn
    from mltest.model.fair import assert_fair as assert_fair
    from mltest.model.golden import assert_golden as assert_golden
    from mltest.model.learns import assert_learns as assert_learns
    from mltest.model.metric import assert_metric as assert_metric
    from mltest.model.no_weak_slice import assert_no_weak_slice as assert_no_weak_slice
    from mltest.model.not_overfit import assert_not_overfit as assert_not_overfit
    from mltest.model.not_underfit import assert_not_underfit as assert_not_underfit
    from mltest.model.not_worse import assert_not_worse as assert_not_worse
    from mltest.model.reproducible import assert_reproducible as assert_reproducible
    from mltest.model.robust import assert_robust as assert_robust
    from mltest.own_check import check as check
    from mltest.own_measurement import require as require
    from mltest.result import Curve as Curve
    from mltest.result import Finding as Finding
    from mltest.result import Measurement as Measurement
    from mltest.result import Requirement as Requirement
    from mltest.result import Result as Result
    from mltest.result import Verdict as Verdict
    from mltest.serving.consistent import assert_consistent as assert_consistent

__version__ = "0.1.0"

_HOMES = {
    "ArtifactError": "errors",
    "CheckFailed": "errors",
    "Curve": "result",
    "Evaluation": "inputs.evaluation",
    "EvidenceError": "errors",
    "Finding": "result",
    "Inconclusive": "errors",
    "Measurement": "result",
    "MissingDependency": "errors",
    "MltestError": "errors",
    "ModelError": "errors",
    "Requirement": "result",
    "Result": "result",
    "UntrustedError": "errors",
    "UsageError": "errors",
    "Verdict": "result",
    "assert_better": "model.better",
    "assert_calibrated": "model.calibrated",
    "assert_churn": "model.churn",
    "assert_clean_labels": "data.clean_labels",
    "assert_consistent": "serving.consistent",
    "assert_fair": "model.fair",
    "assert_golden": "model.golden",
    "assert_learns": "model.learns",
    "assert_metric": "model.metric",
    "assert_no_leakage": "data.no_leakage",
    "assert_no_weak_slice": "model.no_weak_slice",
    "assert_not_overfit": "model.not_overfit",
    "assert_not_underfit": "model.not_underfit",
    "assert_not_worse": "model.not_worse",
    "assert_reproducible": "model.reproducible",
    "assert_robust": "model.robust",
    "assert_schema": "data.schema",
    "check": "own_check",
    "checks": "",
    "evaluate": "inputs.evaluation",
    "load_model": "inputs.models",
    "require": "own_measurement",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        from mltest.errors import NoSuchName

        raise NoSuchName("mltest", name, _HOMES)
    home = _HOMES[name]
    value = (
        getattr(importlib.import_module(f"mltest.{home}"), name) if home else importlib.import_module("mltest.checks")
    )
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
