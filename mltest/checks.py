"""The calls without the raise: ``mltest.checks.metric(...)`` returns the ``Result`` and records nothing.

They serve a notebook, an Airflow task or a test of a check itself. Names are resolved on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mltest.data.no_leakage import no_leakage as no_leakage
    from mltest.data.schema import schema as schema
    from mltest.model.metric import metric as metric
    from mltest.model.not_overfit import not_overfit as not_overfit
    from mltest.model.not_underfit import not_underfit as not_underfit
    from mltest.model.not_worse import not_worse as not_worse
    from mltest.serving.consistent import consistent as consistent

_HOMES = {
    "consistent": ("serving.consistent", "consistent"),
    "metric": ("model.metric", "metric"),
    "no_leakage": ("data.no_leakage", "no_leakage"),
    "not_overfit": ("model.not_overfit", "not_overfit"),
    "not_underfit": ("model.not_underfit", "not_underfit"),
    "not_worse": ("model.not_worse", "not_worse"),
    "require": ("own_measurement", "required"),
    "schema": ("data.schema", "schema"),
}

__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        from mltest.errors import nearest

        msg = f"module 'mltest.checks' has no attribute {name!r}{nearest(name, _HOMES)}"
        raise AttributeError(msg)
    home, attribute = _HOMES[name]
    value = getattr(importlib.import_module(f"mltest.{home}"), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
