"""The calls without the raise: ``mltest.checks.metric(...)`` returns the ``Result`` and records nothing.

They serve a notebook, an Airflow task or a test of a check itself. Names are resolved on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mltest.data.clean_labels import clean_labels as clean_labels
    from mltest.data.no_leakage import no_leakage as no_leakage
    from mltest.data.schema import schema as schema
    from mltest.model.better import better as better
    from mltest.model.calibrated import calibrated as calibrated
    from mltest.model.churn import churn as churn
    from mltest.model.fair import fair as fair
    from mltest.model.golden import golden as golden
    from mltest.model.learns import learns as learns
    from mltest.model.metric import metric as metric
    from mltest.model.no_weak_slice import no_weak_slice as no_weak_slice
    from mltest.model.not_overfit import not_overfit as not_overfit
    from mltest.model.not_underfit import not_underfit as not_underfit
    from mltest.model.not_worse import not_worse as not_worse
    from mltest.model.reproducible import reproducible as reproducible
    from mltest.model.robust import robust as robust
    from mltest.serving.consistent import consistent as consistent

_HOMES = {
    "better": ("model.better", "better"),
    "calibrated": ("model.calibrated", "calibrated"),
    "churn": ("model.churn", "churn"),
    "clean_labels": ("data.clean_labels", "clean_labels"),
    "consistent": ("serving.consistent", "consistent"),
    "fair": ("model.fair", "fair"),
    "golden": ("model.golden", "golden"),
    "learns": ("model.learns", "learns"),
    "metric": ("model.metric", "metric"),
    "no_leakage": ("data.no_leakage", "no_leakage"),
    "no_weak_slice": ("model.no_weak_slice", "no_weak_slice"),
    "not_overfit": ("model.not_overfit", "not_overfit"),
    "not_underfit": ("model.not_underfit", "not_underfit"),
    "not_worse": ("model.not_worse", "not_worse"),
    "reproducible": ("model.reproducible", "reproducible"),
    "require": ("own_measurement", "required"),
    "robust": ("model.robust", "robust"),
    "schema": ("data.schema", "schema"),
}

__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        from mltest.errors import NoSuchName

        raise NoSuchName("mltest.checks", name, _HOMES)
    home, attribute = _HOMES[name]
    value = getattr(importlib.import_module(f"mltest.{home}"), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
