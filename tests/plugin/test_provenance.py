"""Who, where and with what: run.json of real sessions (governance section 4.2)."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

PLAIN = {
    "mltest.toml": 'project = "credit"\n[artifacts]\nrows = "rows.csv"\n',
    "rows.csv": "group,answer,truth\n" + "a,1,1\nb,0,1\n" * 60,
    "tests/test_x.py": """
    import mltest
    def test_rows(ml_artifacts):
        mltest.require(list(ml_artifacts["rows"]["answer"]), at_least=0.1, name="share")
    """,
}


def made(project, files=PLAIN, **more):
    import textwrap

    return project({name: textwrap.dedent(text) for name, text in {**files, **more}.items()})


def test_what_a_run_was_started_with_and_runs_in(project, monkeypatch):
    for name in ("CI", "GITLAB_CI", "GITHUB_ACTIONS", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_JOB_URL", "https://u:secret@gitlab.example/acme/-/jobs/9?private_token=x")
    monkeypatch.setenv("MLTEST_IMAGE_DIGEST", "sha256:" + "0f" * 32)
    here = made(project, **{"uv.lock": "version = 1\n", "requirements.txt": "numpy\n"})
    run = here.run("tests", "-k", "rows", "--import-mode=importlib").object("run")
    assert run["ci"] == {"provider": "gitlab", "run_url": "https://gitlab.example/acme/-/jobs/9"}
    assert run["image"] == "sha256:" + "0f" * 32
    digest = "sha256:" + hashlib.sha256(b"version = 1\n").hexdigest()
    assert run["lock_file"] == {"path": "uv.lock", "digest": digest}
    assert [each["path"] for each in run["lock_files"]] == ["uv.lock", "requirements.txt"]
    selection = run["invocation"]["selection"]
    assert (selection["paths"], selection["keyword"], selection["import_mode"]) == (["tests"], "rows", "importlib")
    assert re.fullmatch(r"h:[0-9a-f]{8}", run["environment"]["host_hash"])
    assert "secret" not in json.dumps(run)
    assert run["row_data"] == {"contains": False, "columns": []}


def test_outside_of_everything_nothing_is_made_up(project, monkeypatch):
    for name in ("CI", "GITLAB_CI", "GITHUB_ACTIONS", "KUBERNETES_SERVICE_HOST", "MLTEST_IMAGE_DIGEST"):
        monkeypatch.delenv(name, raising=False)
    run = made(project).run().object("run")
    assert not {"ci", "lock_file", "lock_files", "warnings"} & set(run)


def test_data_that_dvc_and_git_lfs_keep(project):
    rows = PLAIN["rows.csv"]
    md5 = hashlib.md5(rows.encode()).hexdigest()
    files = {"rows.csv.dvc": f"outs:\n- md5: {md5}\n  path: rows.csv\n", ".gitattributes": "*.csv filter=lfs -text\n"}
    (seen,) = made(project, **files).run().object("run")["data_seen"]
    assert seen["dvc"] == {"md5": md5, "agrees": True}
    assert seen["lfs"] == {"oid": seen["digest"]}


def test_a_pointer_that_was_never_pulled_breaks_the_test_with_the_command(project):
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d' * 32}\nsize 12345\n"
    run = made(project, **{"rows.csv": pointer}).run()
    (record,) = run.records
    assert record["verdict"] == "error"
    assert "rows.csv is a Git LFS pointer to 12345 bytes" in record["because"]
    assert "git lfs pull" in record["because"]


@pytest.mark.parametrize(("more", "cached"), [((), True), (("--mltest-rehash",), False)])
def test_a_large_file_is_digested_once_unless_asked(project, more, cached, monkeypatch):
    monkeypatch.setattr("mltest.inputs.digest_cache._SETTLED_NS", -1)
    here = made(project, **{"rows.csv": "note,answer\n" + f"{'x' * 998},1\n" * 4_400})
    runs = [here.run(*options).object("run")["data_seen"][0] for options in ((), more)]
    assert [seen["cached"] for seen in runs] == [False, cached]
    assert runs[0]["digest"] == runs[1]["digest"]


def test_protected_attributes_are_recorded_by_their_role(project):
    test = """
    import mltest
    import numpy as np
    def test_fair(ml_artifacts):
        rows = ml_artifacts["rows"]
        class Model:
            classes_ = np.array([0, 1])
            def predict(self, data): return np.asarray(data["answer"])
        mltest.assert_fair(mltest.evaluate(Model(), rows, "truth", features=["answer"]), "selection_rate",
                           by="group", ratio_at_least=0.1)
    """
    (seen,) = made(project, **{"tests/test_x.py": test}).run().object("run")["data_seen"]
    assert seen["roles"] == ["protected_attributes"]
    (plain,) = made(project).run().object("run")["data_seen"]
    assert "roles" not in plain


def test_an_address_in_a_parameter_is_replaced_and_told(project):
    test = """
    import mltest, pytest
    @pytest.mark.parametrize("who", ["ada@example.com", "bob@example.com", "nobody"])
    def test_asked(who): mltest.require([1, 0] * 20, at_least=0.9, name="share")
    """
    run = made(project, **{"tests/test_x.py": test}).run("--junitxml=j.xml")
    nodes = sorted(record["node"] for record in run.records)
    assert len(set(nodes)) == 3
    assert [re.sub("~[0-9a-f]{4}", "~", node).partition("[")[2] for node in nodes] == [
        "<e-mail>~]",
        "<e-mail>~]",
        "nobody]",
    ]
    assert "MLR03 2 tests have an address or a secret in a parameter's id" in run.text
    assert run.object("run")["warnings"][0].startswith("MLR03 2 tests")
    assert run.object("verdict")["completeness"]["holds"]
    assert not run.object("run")["problems"]


def test_skip_reasons_are_kept_as_far_as_they_stand_in_the_source(project):
    test = """
    import mltest, pytest
    def test_checked(): mltest.require([1] * 40, at_least=0.5, name="share")
    def test_said(): pytest.skip("no graphics card")
    def test_made(): pytest.skip(f"no rows of {'ada'}")
    def test_long(): pytest.skip("no graphics card "
                                 "of this kind")
    @pytest.mark.xfail(run=False, reason="known to hang")
    def test_hangs(): pass
    @pytest.mark.skipif("1 < 2", reason="arithmetic")
    def test_arithmetic(): pass
    def test_missing(): pytest.importorskip("no_such_module")
    """
    run = made(project, **{"tests/test_x.py": test}).run()
    details = {missed["id"].partition("::test_")[2]: missed["detail"] for missed in run.object("results")["not_run"]}
    assert details["said"] == "no graphics card"
    assert details["long"] == "no graphics card of this kind"
    assert details["made"] == "the reason is made while the test runs, and not kept"
    assert "known to hang" in details["hangs"]
    assert details["arithmetic"] == "arithmetic"
    assert "no_such_module" in details["missing"]
