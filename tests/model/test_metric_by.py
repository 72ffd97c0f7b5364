"""``assert_metric(by=...)``: cuts, limits of each slice, and what five calls share."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

import mltest
from mltest import checks
from mltest.inputs import slices_asked
from mltest.inputs.slices import Slices
from mltest.message import failure_text, required_text
from mltest.model import metric_at_once, metric_slices
from mltest.result import Result


def regions(counts, **options):
    """Hits of rows by region, as ``{"north": (80, 100)}``; all rows are positives."""
    prediction = [at < hits for hits, rows in counts.values() for at in range(rows)]
    region = [name for name, (_, rows) in counts.items() for _ in range(rows)]
    table = pl.DataFrame({"region": region, "half": [at % 2 for at in range(len(region))]})
    return mltest.Evaluation([True] * len(region), prediction=prediction, table=table, **options)


def scored(rows=4000, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    score = np.clip(0.4 * y + 0.6 * rng.random(rows), 0, 1)
    table = pl.DataFrame(
        {
            "region": rng.choice(["north", "south", "east"], rows),
            "income": rng.gamma(4, 8, rows),
            "age": rng.integers(18, 90, rows),
        }
    )
    return mltest.Evaluation(y, score=score, table=table)


GOOD = {"north": (60, 100), "south": (90, 100)}


def test_every_slice_is_held_to_its_own_limit():
    limits = {"north": 0.45, "south": 0.8}
    result = checks.metric(regions(GOOD), "recall", at_least=limits, by="region")
    assert (result.verdict, result.verdicts) == ("passed", ("passed", "passed"))
    assert {found.slice: found.detail.split(";")[0] for found in result.measurements} == {
        "region=north": "required at least 0.45",
        "region=south": "required at least 0.80",
    }
    assert result.requirement.limit is None
    assert (
        required_text(result.requirement) == "at least these limits: recall 0.45 in region=north, 0.80 in region=south"
    )
    turned = checks.metric(regions(GOOD), "recall", at_least={"north": 0.8, "south": 0.45}, by="region")
    assert turned.verdict == "failed"
    assert turned.sentence == "recall 0.600 in region=north, required at least 0.80 (n = 100)"
    assert Result.from_plain(turned.to_plain()) == turned
    assert "0.80 in region=north" in failure_text(turned)


@pytest.mark.parametrize(
    ("demand", "verdict"),
    [
        ({"at_most": {"north": 0.8, "south": 0.98}}, "passed"),
        ({"at_most": {"north": 0.4, "south": 0.98}}, "failed"),
        ({"between": {"north": (0.4, 0.8), "south": (0.7, 1.0)}}, "passed"),
        ({"between": {"north": (0.4, 0.8), "south": (0.3, 0.5)}}, "failed"),
        ({"at_least": {"region=north": 0.45, "*": 0.7}}, "passed"),
        ({"at_least": {"north": 0.45, "south": 0.9}}, "inconclusive"),
    ],
)
def test_limits_of_every_form(demand, verdict):
    assert checks.metric(regions(GOOD), "recall", **demand, by="region").verdict == verdict


def test_a_slice_that_is_named_and_has_no_rows_fails():
    limits = {"north": 0.45, "south": 0.8, "west": 0.5}
    result = checks.metric(regions(GOOD), "recall", at_least=limits, by="region")
    assert (result.verdict, result.reason) == ("failed", "slice-missing")
    assert [(finding.where, finding.count) for finding in result.findings] == [("region=west", 0)]
    assert result.sentence.startswith("recall has no rows in region=west, required at least these limits: ")


def test_a_slice_that_no_limit_names_fails():
    result = checks.metric(
        regions(GOOD | {"isle": (5, 5)}), "recall", at_least={"north": 0.45, "south": 0.8}, by="region"
    )
    assert (result.verdict, result.reason) == ("failed", "slice-unnamed")
    assert [(finding.where, finding.count) for finding in result.findings] == [("region=isle", 5)]
    assert dict(zip((found.slice for found in result.measurements), result.verdicts, strict=True)) == {
        "region=north": "passed",
        "region=south": "passed",
        "region=isle": "failed",
    }
    assert '"*"' in result.advice
    nobody = checks.metric(regions(GOOD), "recall", at_least={"west": 0.45}, by="region")
    assert (nobody.verdict, nobody.findings_total) == ("failed", 3)


def test_limits_of_crossed_missing_and_numbered_slices():
    data = regions({"north": (60, 100), None: (90, 100)})
    limits = {("north", 0): 0.4, ("north", 1): 0.4, (None, 0): 0.7, (None, 1): 0.7}
    assert checks.metric(data, "recall", at_least=limits, by=["region", "half"]).verdict == "passed"
    assert (
        checks.metric(data, "recall", at_least={"region=north, half=0": 0.4, "*": 0.4}, by=["region", "half"]).verdict
        == "passed"
    )
    assert checks.metric(data, "recall", at_least={None: 0.7, "north": 0.4}, by="region").verdict == "passed"
    assert checks.metric(data, "recall", at_least={0: 0.6, 1.0: 0.6}, by="half").verdict == "passed"


@pytest.mark.parametrize(
    ("demand", "said"),
    [
        ({"at_least": {"north": 0.3}}, "limits by slice need by="),
        ({"at_least": {}, "by": "region"}, "limits by slice need by="),
        ({"at_least": {"north": 0.3}, "at_most": 0.9, "by": "region"}, "got at_least, at_most"),
        ({"at_least": {"north": "0.3"}, "by": "region"}, "must be a finite number; got '0.3'"),
        ({"at_least": {"north": 0.3, "region=north": 0.4}, "by": "region"}, "two of the keys name one slice"),
        ({"at_least": 0.3, "by": {"region": 1}}, "into how many parts each is cut"),
        ({"at_least": 0.3, "by": {"region": 4}}, "only a column of numbers can be cut into 4 parts"),
        ({"at_least": 0.3, "reference": pl.DataFrame({"x": [1]})}, "give by= too"),
        ({"at_least": 0.3, "by": "half", "reference": mltest.Evaluation([1], prediction=[1])}, "has no table"),
    ],
)
def test_wrong_demands_say_what_is_allowed(demand, said):
    with pytest.raises(mltest.UsageError) as caught:
        checks.metric(regions(GOOD), "recall", **demand)
    assert said in str(caught.value)


def test_measurements_are_cut_and_the_label_holds_the_cuts():
    data = scored()
    result = checks.metric(data, "roc_auc", at_least=0.7, by="income")
    labels = {found.slice for found in result.measurements}
    assert len(labels) == 4
    low, high = min(label for label in labels if "[" in label).removeprefix("income=[").removesuffix(")").split(", ")
    part = next(found for found in result.measurements if found.slice == f"income=[{low}, {high})")
    inside = data.table.column("income")
    assert part.detail.endswith("negatives")
    assert part.n == int(((inside >= float(low)) & (inside < float(high))).sum())
    assert len(checks.metric(data, "roc_auc", at_least=0.7, by={"income": 10}).measurements) == 10
    crossed = checks.metric(data, "roc_auc", at_least=0.6, by={"age": 2, "region": None})
    assert len(crossed.measurements) == 6
    assert crossed.label == "roc_auc by age and region"


def test_reference_keeps_the_cuts_and_its_parts_must_occur():
    training, young = scored(seed=1), scored(seed=2)
    wanted = [found.slice for found in checks.metric(training, "roc_auc", at_least=0.7, by={"age": 4}).measurements]
    same = checks.metric(young, "roc_auc", at_least=0.7, by={"age": 4}, reference=training)
    assert {found.slice for found in same.measurements} == set(wanted)
    rows = np.flatnonzero(young.table.column("age") < 40)
    result = checks.metric(young.take(rows), "roc_auc", at_least=0.7, by={"age": 4}, reference=training.table.native)
    assert (result.verdict, result.reason) == ("failed", "slice-missing")
    assert all(finding.where.startswith("age=") for finding in result.findings)


@pytest.mark.parametrize(
    "name", ["accuracy", "error_rate", "recall", "specificity", "precision", "f1", "jaccard", "roc_auc"]
)
@pytest.mark.parametrize("by", ["region", ["region", "age"]])
def test_slices_at_once_are_those_one_by_one(name, by, monkeypatch):
    demand = {"at_most" if name == "error_rate" else "at_least": 0.5}
    fast = checks.metric(scored(), name, **demand, by=by)
    monkeypatch.setattr(metric_slices, "at_once", lambda *_: None)
    slow = checks.metric(scored(), name, **demand, by=by)
    ours, plain = fast.to_plain(), slow.to_plain()
    for made in (ours, plain):
        made.pop("seconds")
        for found in made["measurements"]:
            for field in ("value", "low", "high", "n_effective", "se"):
                found[field] = None if found.get(field) is None else round(found[field], 12)
    assert ours == plain


def test_weights_and_clusters_are_honoured_slice_by_slice():
    plain = checks.metric(regions(GOOD), "recall", at_least=0.4, by="region")
    weighted = checks.metric(regions(GOOD, weight=[1, 3] * 100), "recall", at_least=0.4, by="region")
    assert [found.method for found in plain.measurements] == ["clopper_pearson"] * 2
    assert [found.method for found in weighted.measurements] == ["korn_graubard"] * 2


def test_a_callable_with_the_name_of_a_metric_is_asked_itself():
    def recall(y, prediction):
        return 0.25

    result = checks.metric(regions(GOOD), recall, at_least=0.2, by="region", higher_is_better=True, decision="point")
    assert {found.value for found in result.measurements} == {0.25}


def test_five_calls_share_the_slices_the_counts_and_the_order(monkeypatch):
    made = []

    def counting(home, name):
        plain = getattr(home, name)

        def counted(*args, **kwargs):
            made.append(name)
            return plain(*args, **kwargs)

        monkeypatch.setattr(home, name, counted)

    counting(slices_asked, "slices_of")
    counting(metric_at_once.sliced, "counts")
    counting(metric_at_once.sliced, "hits")
    counting(metric_at_once.sliced, "ordered")
    data = scored()
    for by in ("region", {"age": 3}):
        for name in ("accuracy", "precision", "recall", "f1", "roc_auc"):
            checks.metric(data, name, at_least=0.1, by=by)
    assert sorted(made) == ["counts", "counts", "hits", "hits", "ordered", "slices_of", "slices_of"]


def test_what_is_kept_belongs_to_these_rows_alone():
    data = scored()
    checks.metric(data, "recall", at_least=0.1, by="region")
    half = data.take(np.arange(2000))
    result = checks.metric(half, "recall", at_least=0.1, by="region")
    assert sum(found.n for found in result.measurements) == int(half.truth.sum())
    assert [type(value[0]) for key, value in half.kept.items() if key[0] == "slices"] == [Slices]


def test_a_multiclass_metric_by_slice():
    rng = np.random.default_rng(5)
    y = rng.integers(0, 3, 900)
    prediction = np.where(rng.random(900) < 0.8, y, (y + 1) % 3)
    data = mltest.Evaluation(y, prediction=prediction, table=pl.DataFrame({"k": rng.integers(0, 2, 900)}))
    result = checks.metric(data, "accuracy", at_least=0.7, by="k")
    assert (result.verdict, sum(found.n for found in result.measurements)) == ("passed", 900)
    assert checks.metric(data, "f1_macro", at_least=0.7, by="k").verdict == "passed"


def test_several_labels_a_row_by_slice():
    y = np.tile([[1, 0], [0, 1], [1, 1]], (100, 1))
    data = mltest.Evaluation(y, prediction=y, table=pl.DataFrame({"k": [0, 1] * 150}))
    assert checks.metric(data, "accuracy", at_least=0.9, by="k").verdict == "passed"


def test_labels_without_a_known_positive_class_have_an_accuracy():
    data = mltest.Evaluation(["a", "b"] * 50, prediction=["a", "b"] * 50, table=pl.DataFrame({"k": [0, 1] * 50}))
    assert checks.metric(data, "accuracy", at_least=0.8, by="k").verdict == "passed"


def test_the_p_values_of_a_slice_that_misses_are_in_the_result_and_the_message():
    fault = regions({"north": (60, 100), "south": (90, 100), "west": (92, 100)})
    result = checks.metric(fault, "recall", at_least=0.8, by="region")
    told = {found.slice: (found.p, found.p_adjusted) for found in result.measurements}
    assert (told["region=south"], told["region=west"]) == ((None, None), (None, None))
    p = float(binom.cdf(60, 100, 0.8))
    assert told["region=north"] == pytest.approx((p, 3 * p), rel=1e-6)
    assert "failed (p < 0.0001, Holm < 0.0001)" in failure_text(result)


def test_a_slice_that_holm_does_not_confirm_shows_what_it_lacks():
    clean = {f"r{at:02d}": (88, 100) for at in range(9)}
    result = checks.metric(regions({"fault": (72, 100), **clean}), "recall", at_least=0.8, by="region")
    (missed,) = [found for found in result.measurements if found.p is not None]
    p = float(binom.cdf(72, 100, 0.8))
    assert (missed.p, missed.p_adjusted) == pytest.approx((p, 10 * p), rel=1e-6)
    assert (result.verdict, result.reason) == ("inconclusive", "not-confirmed-after-holm")
    assert f"not confirmed among 10 (p {p:.3f}, Holm {10 * p:.3f})" in result.because
