"""Options, settings, the mark and the fixtures, as a user meets them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

GOOD = "import mltest\ndef test_a(): mltest.require(1, at_most=2, name='a')\n"


@pytest.mark.parametrize("name", ["pyproject.toml", "mltest.toml"])
def test_a_mistake_in_the_settings_is_a_usage_error(project, name):
    text = "[tool.mltest]\ninconclusve = 'warn'\n" if name == "pyproject.toml" else "inconclusve = 'warn'\n"
    run = project({"test_x.py": GOOD, name: text}).run()
    assert run.exit_code == 4
    run.result.stderr.fnmatch_lines(["*unknown key 'inconclusve'; nearest is 'inconclusive'*"])
    assert run.folder is None


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ("severty='warn'", "*unknown argument 'severty'; nearest is 'severity'*"),
        ("severity='blok'", "*severity='blok'; nearest is 'block'*"),
        ("controls='x'", "*controls='x' must be a list of control ids*"),
        ("'x'", "*takes keywords only*"),
    ],
)
def test_a_mistake_in_the_mark_is_a_usage_error(project, mark, message):
    text = f"import pytest, mltest\n@pytest.mark.mltest({mark})\ndef test_a(): mltest.require(1, at_most=2)\n"
    run = project({"test_x.py": text}).run()
    assert run.exit_code == 4
    run.result.stderr.fnmatch_lines([f"*test_x.py::test_a: mark mltest: {message}"])


@pytest.mark.parametrize("option", ["model", "model=", "=x"])
def test_a_malformed_artifact_option(project, option):
    run = project({"test_x.py": GOOD}).run("--mltest-artifact", option)
    assert run.exit_code == 4
    run.result.stderr.fnmatch_lines(["*the form is NAME=URI*"])


def test_an_undeclared_artifact_option(project):
    files = {"test_x.py": GOOD, "mltest.toml": "[artifacts]\nmodel = 'm.skops'\n"}
    run = project(files).run("--mltest-artifact", "modle=x.skops")
    assert run.exit_code == 4
    run.result.stderr.fnmatch_lines(["*no artifact 'modle' is declared; nearest is 'model'*"])


def test_a_negative_seed(project):
    run = project({"test_x.py": GOOD}).run("--mltest-seed=-1")
    assert run.exit_code == 4


ARTIFACTS = """
import mltest
def test_rows(ml_artifacts): mltest.require(len(ml_artifacts["train"]), at_least=3, name="rows")
def test_names(ml_artifacts): mltest.require(len(ml_artifacts), at_least=1, name="artifacts")
"""


@pytest.fixture
def with_table(project):
    made = project({"test_x.py": ARTIFACTS, "mltest.toml": "[artifacts]\ntrain = 'data/train.parquet'\n"})
    (made.path / "data").mkdir()
    pl.DataFrame({"x": [1, 2, 3]}).write_parquet(made.path / "data" / "train.parquet")
    return made


@pytest.mark.parametrize("workers", [[], pytest.param(["-n2"], marks=pytest.mark.once)], ids=["serial", "-n2"])
def test_what_was_read_is_in_the_evidence(with_table, workers):
    run = with_table.run(*workers)
    assert run.exit_code == 0
    (seen,) = run.object("run")["data_seen"]
    assert (seen["id"], seen["rows"], seen["method"]) == ("train", 3, "file-sha256")
    assert run.object("plan")["data"] == [{"id": "train", "uri": "data/train.parquet", "policy": "moving"}]


def test_the_option_points_the_gate_elsewhere(with_table):
    pl.DataFrame({"x": [1, 2]}).write_parquet(with_table.path / "small.parquet")
    run = with_table.run("--mltest-artifact", "train=small.parquet")
    assert run.exit_code == 1
    assert run.object("run")["data_seen"][0]["rows"] == 2


def test_an_artifact_that_is_not_there_is_an_error(project):
    files = {"test_x.py": ARTIFACTS, "mltest.toml": "[artifacts]\ntrain = 'data/trian.parquet'\n"}
    made = project(files)
    (made.path / "data").mkdir()
    (made.path / "data" / "train.parquet").touch()
    run = made.run("-k", "rows")
    assert run.exit_code == 1
    run.result.stdout.fnmatch_lines(["*ArtifactError*trian.parquet*nearest is*train.parquet*"])
    assert list(run.verdicts().values()) == ["error"]


def test_rng_depends_on_the_test_and_the_seed_alone(project):
    text = """
import mltest, pytest
@pytest.mark.parametrize("n", [1, 2])
def test_draw(n, ml_rng): mltest.require(ml_rng.random(), at_most=1, name="draw")
"""
    made = project({"test_x.py": text})
    draws = [[r["value"] for r in made.run(*args).records] for args in ([], [], ["--mltest-seed=1"])]
    assert draws[0] == draws[1] != draws[2]
    assert len(np.unique(draws[0])) == 2


def test_a_report_folder_that_became_the_root_is_refused(project, tmp_path_factory):
    """pytest reads `--mltest-report DIR` before it knows the option, and takes an existing DIR for a place of tests."""
    elsewhere = tmp_path_factory.mktemp("reports")
    (elsewhere / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    run = project({"test_x.py": GOOD}).run("--mltest-report", str(elsewhere))
    assert run.exit_code == 4
    run.result.stderr.fnmatch_lines([f"*write --mltest-report={elsewhere}, with '='*"])
