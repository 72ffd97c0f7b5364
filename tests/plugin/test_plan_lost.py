"""A demand that was taken out is told as removed, whatever stands beside it; and what was left out, by whom."""

from __future__ import annotations

import pytest

from mltest.cli import main

HEAD = "import mltest, numpy as np\ntable = {'region': ['n', 's'] * 60}\n"
BY = (
    "def test_by():\n    import polars\n    y = np.array([0, 1, 1, 0] * 30)\n"
    "    e = mltest.Evaluation(y, prediction=y, table=polars.DataFrame(table))\n"
    "    mltest.assert_metric(e, 'accuracy', at_least=0.2{by})\n"
)
TWO = "import mltest\ndef test_two():\n    mltest.require(1, at_most=2, name='one')\n    {second}\n"
SECOND = "mltest.require(1, at_most=2, name='second')"


@pytest.fixture
def locked(project, monkeypatch):
    def make(files):
        made = project(files)
        monkeypatch.chdir(made.path)
        assert main(["plan", "--", "-p", "no:cacheprovider"]) == 0
        return made

    return make


def lines_of(run):
    return [(line["kind"], line["direction"], line["id"]) for line in run.object("run")["differences"]]


def test_a_call_that_was_taken_out_is_removed(locked):
    made = locked({"tests/test_x.py": TWO.format(second=SECOND)})
    (made.path / "tests/test_x.py").write_text(TWO.format(second="pass"))
    run = made.run(subprocess=True)
    identity = "tests/test_x.py::test_two#own.require:second"
    assert lines_of(run) == [("removed", "loosened", identity)]
    assert run.not_run() == {identity: "check_not_reached"}
    verdict = run.object("verdict")
    assert verdict["gate"] == "void"
    assert verdict["completeness"]["holds"]


def test_slices_that_were_taken_out_are_removed(locked):
    made = locked({"tests/test_x.py": HEAD + BY.format(by=", by='region'")})
    (made.path / "tests/test_x.py").write_text(HEAD + BY.format(by=""))
    run = made.run(subprocess=True)
    kinds = [line[:2] for line in lines_of(run)]
    assert kinds[0] in (("removed", "loosened"), ("rule_weakened", "loosened"), ("slice_dropped", "loosened"))
    assert "its code changed, its demands did not" not in str(run.object("run")["differences"])


@pytest.mark.parametrize("how", ["miss", "raise"])
def test_a_check_behind_a_miss_is_not_removed(locked, how):
    made = locked({"tests/test_x.py": TWO.format(second=SECOND)})
    text = TWO.format(second=SECOND)
    edited = text.replace("(1, at_most=2, name='one')", "(9, at_most=2, name='one')", 1)
    if how == "raise":
        edited = text.replace("    mltest.require(1, at_most=2, name='second')", "    1 / 0\n    " + SECOND)
    (made.path / "tests/test_x.py").write_text(edited)
    assert "removed" not in {line[0] for line in lines_of(made.run(subprocess=True))}


@pytest.mark.parametrize("how", ["items.remove(item)", "item.config.hook.pytest_deselected(items=[items.pop()])"])
def test_a_hook_that_drops_tests_is_named(locked, how):
    conftest = (
        "import os\ndef pytest_collection_modifyitems(items):\n    for item in list(items):\n"
        f"        if os.environ.get('DROP') and item.name == 'test_two': {how}\n"
    )
    made = locked({"conftest.py": conftest, "tests/test_x.py": TWO.format(second=SECOND)})
    made.pytester._monkeypatch.setenv("DROP", "1")
    run = made.run(subprocess=True)
    assert {(row["reason"], row["detail"]) for row in run.object("results")["not_run"]} == {
        ("deselected_plugin", "by a plugin or a conftest")
    }
    told = [reason["text"] for reason in run.object("verdict")["reasons"] if reason["code"] == "MLC01"]
    assert told == ["0 of 2 planned checks ran; 2 not run (by a plugin or a conftest 2)"]


PARAM = (
    "import mltest, pytest\n@pytest.mark.parametrize('n', [{n}])\n"
    "def test_n(n): mltest.require(1, at_most=2, name='n')\n"
)


def test_a_parameter_that_is_another_is_no_selection(locked):
    made = locked({"tests/test_x.py": PARAM.format(n=1)})
    (made.path / "tests/test_x.py").write_text(PARAM.format(n=2))
    run = made.run(subprocess=True)
    assert [(row["reason"], row["detail"]) for row in run.object("results")["not_run"]] == [
        ("not_collected_gone", "no test of this name was collected")
    ]
    verdict = run.object("verdict")
    assert verdict["gate"] == "void"
    assert {reason["code"] for reason in verdict["reasons"]} >= {"MLP02"}
    assert "MLC01" not in {reason["code"] for reason in verdict["reasons"]}


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["serial", "-n2"])
def test_two_projects_with_the_same_ids_are_refused(project, workers):
    settings = "[tool.pytest.ini_options]\n[tool.mltest]\nproject = 'one'\n"
    test = "import mltest\ndef test_a(): mltest.require(1, at_most=2, name='a')\n"
    made = project(
        {
            f"{name}/{file}": text
            for name in ("alpha", "beta")
            for file, text in {"pyproject.toml": settings, "tests/test_x.py": test}.items()
        }
    )
    run = made.run("alpha", "beta", "--import-mode=importlib", *workers, subprocess=True)
    assert "MLP11 duplicate check id tests/test_x.py::test_a" in run.text + run.result.stderr.str()
    assert run.exit_code == 1
    assert made.run("alpha", "beta", "--import-mode=importlib", "--rootdir=.", *workers, subprocess=True).exit_code == 0


def test_half_a_character_is_repaired_before_it_is_matched(locked):
    text = 'import mltest\ndef test_a(): mltest.require(0.5, at_least=0.1, name="m\\ud800")\n'
    made = locked({"tests/test_x.py": text})
    run = made.run(subprocess=True)
    assert run.object("run")["plan_status"] == "matched"
    [record] = run.records
    assert record["id"] == "tests/test_x.py::test_a#own.require:m\ufffd"
    assert "text_repaired" in record["flags"]
    assert main(["verify", str(run.folder)]) == 0
