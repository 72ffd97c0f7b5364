"""The example that the README promises: it trains, its gate passes, and it stops each faulty candidate."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

LENDING = Path(__file__).resolve().parents[2] / "examples" / "lending"
STOPPED_BY = {
    "target_leak": "data.no_leakage",
    "overfit_forest": "model.not_overfit",
    "worse_than_production": "model.not_worse",
    "batch_dependent_preprocessing": "serving.consistent",
    "column_order_dependence": "serving.consistent",
    "broken_unit_in_serving": "serving.consistent",
    "schema_break": "data.schema",
}
