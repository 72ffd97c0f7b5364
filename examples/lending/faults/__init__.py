"""Candidates that must not pass. Each module has one realistic fault, builds it, and names the check that must stop it.

`build(folder)` writes what is faulty into the folder and says what it replaces: artefact name to path or `module:name`.
`STOPPED_BY` holds the ids of the checks that must say no; others may say no as well.
"""

from __future__ import annotations

FAULTS = (
    "target_leak",
    "overfit_forest",
    "worse_than_production",
    "batch_dependent_preprocessing",
    "column_order_dependence",
    "broken_unit_in_serving",
    "schema_break",
)
