from __future__ import annotations

import pickle
import statistics
import sys

import fsspec
import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from skops.io import dump, dumps

from mltest.errors import ArtifactError, MissingDependency, UntrustedError, UsageError
from mltest.inputs.digests import digest_bytes, digest_file
from mltest.inputs.evaluation import evaluate
from mltest.inputs.models import Predictor, load_model, name_of

X = np.array([[0.0], [1.0], [2.0], [3.0]])
Y = np.array([0, 0, 1, 1])
LINEAR = LogisticRegression().fit(X, Y)
NOTED = LogisticRegression().fit(X, Y)
NOTED.note_ = statistics.NormalDist()  # a type that no version of skops knows
NOTE_TYPE = "statistics.NormalDist"


@pytest.fixture
def folder(tmp_path):
    dump(LINEAR, tmp_path / "linear.skops")
    dump(NOTED, tmp_path / "noted.skops")
    joblib.dump(LINEAR, tmp_path / "linear.joblib", compress=3)
    (tmp_path / "linear.pkl").write_bytes(pickle.dumps(LINEAR))
    return tmp_path


def test_skops_of_known_types_needs_no_trust(folder):
    model = load_model(folder / "linear.skops")
    assert model.predict(X).tolist() == LINEAR.predict(X).tolist()
    assert isinstance(model, Predictor)
    assert evaluate(model, X, Y).inputs["model"] == digest_file(folder / "linear.skops")


@pytest.mark.parametrize("trusted", [False, True, [], ["statistics.Mean"]])
def test_skops_of_other_types_shows_them(folder, trusted):
    with pytest.raises(UntrustedError, match=r"name them: trusted=..statistics.NormalDist") as error:
        load_model(folder / "noted.skops", trusted=trusted)
    assert digest_file(folder / "noted.skops") in str(error.value)


def test_a_misspelt_trusted_type_is_shown_beside_the_nearest(folder):
    with pytest.raises(UntrustedError, match=r"trusted has 'statistics.normaldist'; nearest is 'statistics.NormalDist"):
        load_model(folder / "noted.skops", trusted=["statistics.normaldist"])


def test_skops_is_loaded_with_the_types_that_were_named(folder):
    assert load_model(folder / "noted.skops", trusted=[NOTE_TYPE]).predict(X).tolist() == [0, 0, 1, 1]
    assert load_model(folder / "noted.skops", trusted=[statistics.NormalDist]).predict(X).tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("name", ["linear.joblib", "linear.pkl"])
def test_a_pickle_is_refused_unless_trusted(folder, name):
    with pytest.raises(UntrustedError, match=r"loading it runs whatever code its writer put in.* trusted=True"):
        load_model(folder / name)
    with pytest.raises(UntrustedError):
        load_model(folder / name, trusted=["sklearn"])
    assert load_model(folder / name, trusted=True).predict(X).tolist() == [0, 0, 1, 1]


def test_a_pickle_that_is_refused_has_not_run(tmp_path):
    (tmp_path / "bad.pkl").write_bytes(b"cbuiltins\nopen\n(V" + str(tmp_path / "proof").encode() + b"\nVw\ntR.")
    with pytest.raises(UntrustedError):
        load_model(tmp_path / "bad.pkl")
    assert not (tmp_path / "proof").exists()


@pytest.mark.parametrize("name", ["a.skops", "a.joblib", "a.pkl", "a.pickle"])
@pytest.mark.parametrize("content", [b"", b"no model at all", b"PK\x05\x06" + bytes(18)])
def test_a_corrupt_file_names_itself_and_its_digest(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ArtifactError) as error:
        load_model(tmp_path / name, trusted=not name.endswith("skops"))
    assert digest_bytes(content) in str(error.value)
    assert name in str(error.value)


def test_a_truncated_skops_file_is_an_artifact_error(tmp_path):
    (tmp_path / "cut.skops").write_bytes(dumps(LINEAR)[:-200])
    with pytest.raises(ArtifactError, match="cannot be read as a skops file"):
        load_model(tmp_path / "cut.skops")


def test_a_missing_file_names_the_nearest(folder):
    with pytest.raises(ArtifactError, match=r"no file .*linera.skops; nearest is 'linear.skops' \(4 entries"):
        load_model(folder / "linera.skops")
    with pytest.raises(ArtifactError, match="there is no folder"):
        load_model(folder / "nowhere" / "linear.skops")


def test_a_folder_called_like_a_model_is_no_traceback(tmp_path):
    (tmp_path / "a.skops").mkdir()
    with pytest.raises(UsageError, match="is a folder, which is not supported yet"):
        load_model(tmp_path / "a.skops")


def test_urls_are_read_through_fsspec(folder):
    store = fsspec.filesystem("memory")
    store.pipe_file("/models/linear.skops", (folder / "linear.skops").read_bytes())
    for url in ("memory://models/linear.skops", (folder / "linear.skops").as_uri()):
        assert load_model(url).predict(X).tolist() == [0, 0, 1, 1]
    with pytest.raises(ArtifactError, match=r"no file memory://models/liner.skops; nearest is 'linear.skops'"):
        load_model("memory://models/liner.skops")


def test_a_scheme_without_its_package_names_it():
    with pytest.raises(MissingDependency, match=r"reading gs:// needs a package that is not installed: .*gcsfs"):
        load_model("gs://bucket/model.skops")


def test_an_unknown_scheme_names_the_nearest():
    with pytest.raises(UsageError, match="fsspec knows no memroy://; nearest is 'memory'"):
        load_model("memroy://a.skops")


@pytest.mark.parametrize(
    ("uri", "what"),
    [
        ("model.onnx", "an ONNX model"),
        ("models:/churn/3", "an MLflow registry address"),
        ("https://example.org/predict", "a prediction service"),
    ],
)
def test_later_kinds_are_refused_with_what_can_be_read(uri, what):
    with pytest.raises(UsageError, match=f"is {what}, which is not supported yet in this version; give a .skops file"):
        load_model(uri)


def test_an_mlflow_folder_is_recognised(tmp_path):
    (tmp_path / "MLmodel").write_text("flavors: {}")
    with pytest.raises(UsageError, match="is an MLflow model folder"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    ("name", "message"), [("model.skop", "nearest is '.skops'"), ("model", "a name without ending")]
)
def test_an_unknown_ending_is_refused(name, message):
    with pytest.raises(UsageError, match=message):
        load_model(name)


@pytest.mark.parametrize("wrong", [3, None, LINEAR])
def test_only_a_path_or_a_url_is_loaded(wrong):
    with pytest.raises(UsageError, match="takes a path or a URL"):
        load_model(wrong)


@pytest.fixture
def scoring(tmp_path, monkeypatch):
    (tmp_path / "scoring_rules.py").write_text("LIMIT = 3\ndef approve(table):\n    return table\n")
    (tmp_path / "scoring_broken.py").write_text("1 / 0\n")
    (tmp_path / "scoring_needs.py").write_text("import not_there_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("scoring_rules", "scoring_broken", "scoring_needs"):
        sys.modules.pop(name, None)


def test_a_callable_is_named_by_module_and_name(scoring):
    rule = load_model("scoring_rules:approve")
    assert name_of(rule) == "approve"
    made = evaluate(rule, np.array([[0.2], [0.7]]), [0, 1])
    assert made.inputs["model"] == digest_file(scoring / "scoring_rules.py")
    assert made.predicted.tolist() == [False, True]


@pytest.mark.parametrize(
    ("uri", "error", "message"),
    [
        ("scoring_rules:aprove", UsageError, "scoring_rules has no 'aprove'; nearest is 'approve'"),
        ("scoring_rules:LIMIT", UsageError, "is a int; name a function"),
        ("no_such_module:x", UsageError, "there is no module 'no_such_module' on the import path"),
        ("scoring_broken:x", ArtifactError, "importing scoring_broken raised ZeroDivisionError"),
        ("scoring_needs:x", ArtifactError, "needs 'not_there_at_all', which is not installed"),
    ],
)
def test_a_callable_that_cannot_be_had_says_why(scoring, uri, error, message):
    with pytest.raises(error, match=message):
        load_model(uri)
