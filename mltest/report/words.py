"""The page's words for stable codes; a code that is not known here is shown as it is."""

from __future__ import annotations

from mltest.digits import count

__all__ = ["family_of", "family_rank", "flag_text", "plural", "reason_text", "verdict_text"]

URGENCY = ("error", "failed", "inconclusive", "not_applicable", "passed")
_FAMILIES = {
    "data.schema": "Data schema",
    "data.quality": "Data quality",
    "data.leakage": "Leakage between splits",
    "data.drift": "Drift",
    "data.lineage": "Lineage",
    "model.performance": "Model performance",
    "model.slices": "Performance by subgroup",
    "model.regression": "Against the baseline",
    "model.overfitting": "Overfitting and underfitting",
    "model.calibration": "Calibration",
    "model.fairness": "Differences between groups",
    "model.robustness": "Robustness",
    "model.consistency": "Train-serve consistency",
    "model.latency": "Latency and throughput",
    "model.resources": "Resources",
    "reproducibility": "Reproducibility",
    "model.reproducibility": "Reproducibility",
    "artifact.safety": "Artefact loading",
    "artifact.integrity": "Artefact integrity",
    "artifact.metadata": "Artefact metadata",
    "governance.record": "Tests that ended with an error",
}
_REASONS = {
    "deselected_keyword": "deselected by -k",
    "deselected_mark": "deselected by -m",
    "deselected_option": "deselected by --deselect",
    "deselected_plugin": "left out by a plugin or a conftest",
    "deselected": "deselected",
    "not_collected_path": "not among the paths of this run",
    "not_collected_gone": "no test of this name was collected",
    "not_collected_cache": "left out by --lf or --sw",
    "collection_error": "the file could not be collected",
    "skipped": "skipped",
    "xfail_not_run": "expected to fail, and not run",
    "setup_failed": "set-up failed before the check",
    "stopped_early": "the run stopped early",
    "worker_lost": "the worker process died",
    "check_not_reached": "the test ended before its check",
    "plugin_disabled": "mltest was switched off",
}
_FLAGS = {
    "no_error_control": "judged by the estimate alone, without error control",
    "rerun": "this is a repeated attempt",
    "xfail": "marked as expected to fail; it counts as failed all the same",
    "unplanned": "not in the plan",
    "nondeterministic": "attempts differ; the worst one counts",
    "text_repaired": "characters that cannot be printed were replaced",
    "too_small": "too small to judge",
    "too_few_rows": "too few rows for an interval",
    "too_few_groups": "too few groups of rows for an interval",
    "too_few_positives": "too few positives for an interval",
    "too_few_trainings": "too few trainings for an interval",
    "too_few_folds": "too few folds for an interval",
    "zero_variance": "all values are alike, which gives no interval",
    "no_interval": "this metric has no interval",
    "outside_interval": "the estimate lies outside its resampled interval",
    "identical": "both give the same answers",
    "perfect": "not one error was seen",
    "nonfinite": "not a finite number",
    "mirror": "the same two groups from the other side",
    "still_improving": "the second half of the training rows still helps: more rows may help too",
    "worse_with_more_rows": "half of the training rows gave the better model",
    "leak_suspected": "a leak is suspected: permuted labels score beyond chance",
    "baseline_rewritten": "this run wrote the approved predictions that it compares with",
    "independent_resampling": "outcomes were resampled as independent, also within groups of rows",
    "low_cardinality": "few distinct values: agreement may be chance",
    "queries_left_out": "queries without a relevant row are left out",
    "rare_error_guard": "widened, because few errors were seen",
    "entities_missing": "some entities are missing",
    "time_missing": "some times are missing",
}


def family_of(kind: str | None) -> str:
    """The heading that a kind of check stands under."""
    return _FAMILIES.get(kind or "", kind or "Other checks")


def family_rank(title: str) -> tuple[int, str]:
    """Data before model before serving; a project's own kinds last, by name."""
    known = list(_FAMILIES.values())
    return (known.index(title) if title in known else len(known), title)


def reason_text(code: str) -> str:
    """Why something did not run."""
    return _REASONS.get(code, code.replace("_", " "))


def flag_text(flag: str) -> str:
    """What a mark on a result means."""
    return _FLAGS.get(flag, flag.replace("_", " "))


def verdict_text(word: str) -> str:
    """A verdict as it is read."""
    return word.replace("_", " ")


def plural(amount: int, one: str, many: str = "") -> str:
    """An amount with its noun."""
    return f"{count(amount)} {one if amount == 1 else many or one + 's'}"
