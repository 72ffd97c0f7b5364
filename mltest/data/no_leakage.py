"""``data.no_leakage``: nothing of test is known from train, and no feature gives the target away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mltest.assertion import asserting
from mltest.catalogue import check
from mltest.data.leakage_entities import probe_entities
from mltest.data.leakage_near import probe_near_duplicates
from mltest.data.leakage_probe import Probe, census
from mltest.data.leakage_rows import probe_rows
from mltest.data.leakage_target import probe_target
from mltest.data.leakage_time import probe_time
from mltest.errors import UsageError
from mltest.inputs.digests import digest_table
from mltest.inputs.origins import origin
from mltest.inputs.tables import Table, read
from mltest.judge import judge
from mltest.result import Measurement, Requirement, Result

__all__ = ["assert_no_leakage", "no_leakage"]

_DEMAND = Requirement(metric="leaks", comparison="at_most", limit=0)
_ORDER = ("failed", "inconclusive", "passed")
_NEXT = {
    "rows": "drop the shared rows from test and measure again: scores on them tell memory, not skill",
    "near_duplicates": "look for copies with added noise or another precision, and keep each with its original",
    "entities": "split by entity: sklearn.model_selection.GroupShuffleSplit",
    "time": "split at one moment: train before it, test after it",
    "target": "ask whether this feature is known before the outcome; measure again without it",
}


@check(
    "data.no_leakage",
    title="nothing of test is known from train, no feature gives the target away",
    kind="data.leakage",
    rules=("rows", "entities", "time", "target", "near_duplicates"),
    references=(
        "Kaufman, S., Rosset, S., Perlich, C. (2012). Leakage in Data Mining. ACM TKDD 6(4), 15.",
        "Kapoor, S., Narayanan, A. (2023). Leakage and the reproducibility crisis in ML-based science. Patterns 4(9).",
        "Broder, A. Z. (1997). On the resemblance and containment of documents. SEQUENCES '97, 21-29.",
    ),
)
def no_leakage(
    train: Any,
    test: Any,
    *,
    target: str | None = None,
    entity: str | None = None,
    time: str | None = None,
    near_duplicates: bool = False,
) -> Result:
    """Whether train and test share rows, entities or time, or a feature gives the target away.

    Parameters
    ----------
    train, test : table
        pandas, Polars, PyArrow, another table that Narwhals knows, or two-dimensional NumPy arrays; with the
        same feature columns. They are not changed.
    target : str, optional
        The label column. With it each feature of ``train`` is asked whether it alone gives the label away.
    entity : str, optional
        The column that names whom a row is about (customer, patient); none may be in both splits.
    time : str, optional
        The column that says when a row was made; all of test must lie after all of train, a tie does not.
    near_duplicates : bool
        Also ask for test rows that differ from a train row by rounding only, or by little of their text.

    Returns
    -------
    Result
        Measurements: ``leaks`` (what is judged: how many rules or features failed, required 0), then
        ``shared_rows``, ``shared_entities``, ``not_after_train`` and ``near_duplicates`` as far as asked, and
        one ``roc_auc`` or ``r2`` for each feature (the hundred highest).

    Raises
    ------
    UsageError
        For a table that cannot be read, a column that is not there, splits whose columns or types differ,
        times with and without a zone, or a target that cannot be predicted.

    Notes
    -----
    *rows* compares all columns but target, entity and time, exactly: NaN equals NaN, -0.0 equals 0.0, text
    in normal form NFC. Whole numbers and fractions are compared by value where the splits hold a column
    differently. Where more than half of the distinct train rows repeat inside train, shared rows are
    ``inconclusive`` (flag ``low_cardinality``). *entities*, *rows* and *time* are complete counts.

    *target* fits on each feature alone, cross-fitted in 5 folds: 32 quantile bins or the categories, each
    with its smoothed target mean (sum y + 10 mean) / (n + 10); scored by AUROC within each fold, averaged
    (macro one-vs-rest for several classes), or by R2 of the target's ranks for a quantity, so that a heavy
    tail does not hide a copy. A feature is a leak where the lower bound, after Holm's correction over the
    features, lies above 0.95 (AUROC, DeLong on the logit scale) or 0.90 (R2). Where the rows are so few that
    not even the target itself would be confirmed, a feature near its score is ``inconclusive``; for a quantity
    the bins are fewer then, at least 40 rows each.

    *near_duplicates* rounds numbers to a thousandth of train's interquartile range on two grids; everything
    else must be equal, but for columns of text (a median of 50 characters or more in train). All text of a row, in
    lower case and with single spaces, is a set of runs of 5 characters; two rows are near if their sets share at
    least 0.8 of what they hold together (Jaccard's index), which is computed exactly for candidates. These agree in
    one of 20 bands of 6 from 120 fixed MinHash orders: a pair of index s is found with a chance of
    1 - (1 - s^6)^20, 0.998 at 0.8 and 0.9999997 at 0.9. Where more than half of train's own texts have a near one in
    train, as from a template, near rows are ``inconclusive``.

    A pass says what was looked at and not found; it does not say that nothing leaks.

    References
    ----------
    Kaufman, S., Rosset, S., Perlich, C. (2012). Leakage in Data Mining: Formulation, Detection, and
    Avoidance. ACM Transactions on Knowledge Discovery from Data 6(4), 15.

    Kapoor, S., Narayanan, A. (2023). Leakage and the reproducibility crisis in machine-learning-based
    science. Patterns 4(9), 100804.

    Broder, A. Z. (1997). On the resemblance and containment of documents. Compression and Complexity of
    Sequences, 21-29.

    Examples
    --------
    >>> import mltest, polars as pl
    >>> train = pl.DataFrame({"age": [31, 45, 27], "income": [2.1, 3.3, 1.9]})
    >>> test = pl.DataFrame({"age": [52, 45], "income": [4.0, 3.3]})
    >>> result = mltest.checks.no_leakage(train, test)
    >>> result.sentence
    '1 of 2 test rows occur in train, required none'
    >>> mltest.checks.no_leakage(train, test.head(1)).because
    '0 of 1 test rows occur in train'
    """
    first, second = read(train, "train"), read(test, "test")
    features = _features(first, second, target=target, entity=entity, time=time)
    probes = [probe_rows(first, second, features, target)]
    if near_duplicates:
        probes.append(probe_near_duplicates(first, second, features))
    if entity is not None:
        probes.append(probe_entities(first, second, entity))
    if time is not None:
        probes.append(probe_time(first, second, time))
    if target is not None:
        probes.append(probe_target(first, features, target))
    return _result(probes, second.rows, _inputs({"train": train, "test": test}, (first, second)))


def _features(train: Table, test: Table, **named: str | None) -> tuple[str, ...]:
    """The columns that rows are compared by; every named column must be where it is needed."""
    for role, name in named.items():
        if name is not None:
            _named_once(role, name, named)
            train.label(name)
            if role != "target":
                test.label(name)
    set_apart = set(named.values())
    features = tuple(name for name in train.names if name not in set_apart)
    for name in features:
        test.label(name)
    more = [name for name in test.names if name not in train and name not in set_apart]
    if more:
        raise UsageError(
            f"test has the column {more[0]!r} that train has not; compare splits of the same columns, "
            f"or drop it first ({len(features)} columns are in both)"
        )
    if not features:
        raise UsageError(
            f"no column is left to compare: train has only {', '.join(train.names)}, all of them named as "
            "target, entity or time"
        )
    return features


def _named_once(role: str, name: object, named: dict[str, str | None]) -> None:
    if not isinstance(name, str):
        raise UsageError(f"assert_no_leakage({role}={name!r}): give the name of a column")
    twice = [other for other, given in named.items() if given == name and other != role]
    if twice:
        raise UsageError(
            f"assert_no_leakage: column {name!r} is given as {role} and as {twice[0]}; it can be one of them"
        )


def _inputs(given: Mapping[str, Any], tables: Sequence[Table]) -> dict[str, str]:
    """The artifacts that the splits were read from, by name; else the digests of their content."""
    known = {role: origin(data) for role, data in given.items()}
    of_content = {role: table for (role, found), table in zip(known.items(), tables, strict=True) if found is None}
    return {found[0]: found[1] for found in known.values() if found} | {
        role: digest_table(table, role) for role, table in of_content.items()
    }


def _result(probes: Sequence[Probe], rows: int, inputs: dict[str, str]) -> Result:
    measurements = [found for probe in probes for found in probe.measurements]
    words = [word for probe in probes for word in probe.words]
    summary = _summary(probes, words, rows)
    judged = judge(summary, _DEMAND)
    worst = _worst(probes, judged.word)
    told = [worst, *(probe for probe in probes if probe is not worst)]
    by_urgency = sorted(probes, key=lambda probe: _ORDER.index(probe.word))
    findings = [finding for probe in by_urgency for finding in probe.findings]
    return Result(
        check="data.no_leakage",
        label=", ".join(probe.rule for probe in probes),
        sentence=_sentence(worst, judged.word),
        verdict=judged.word,
        reason=f"{worst.rule}-leak" if judged.word != "passed" else judged.reason,
        because="; ".join(probe.text for probe in told),
        measurements=(summary, *measurements),
        verdicts=(judged.word, *words),
        requirement=_DEMAND,
        findings=tuple(findings),
        findings_total=len(findings),
        inputs=inputs,
        flags=tuple(dict.fromkeys(flag for probe in probes for flag in probe.flags)),
        advice=_NEXT[worst.rule] if judged.word != "passed" else None,
    )


def _summary(probes: Sequence[Probe], words: Sequence[str], rows: int) -> Measurement:
    failed = words.count("failed")
    asked = ", ".join(probe.rule for probe in probes)
    if not failed and "inconclusive" in words:
        open_rules = ", ".join(probe.rule for probe in probes if probe.word == "inconclusive")
        return Measurement(name="leaks", value=None, confidence=None, n=rows, detail=f"undecided: {open_rules}")
    return census("leaks", failed, rows, f"looked at {asked}")


def _worst(probes: Sequence[Probe], word: str) -> Probe:
    return next((probe for probe in probes if probe.word == word), probes[0])


def _sentence(worst: Probe, word: str) -> str:
    if word == "passed":
        return worst.text
    if word == "failed":
        return f"{worst.text}, required {worst.required}"
    return f"undecided: {worst.text}"


assert_no_leakage = asserting(no_leakage)
