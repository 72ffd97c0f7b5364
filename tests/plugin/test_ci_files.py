"""What a run leaves on GitHub and on GitLab, by the environment alone."""

from __future__ import annotations

import json

import pytest

from mltest.plugin.ci_files import leave_ci_files, wants_ci_files
from tests.report.export_samples import many, released


def test_nothing_is_left_where_neither_is(tmp_path):
    assert not wants_ci_files({"CI": "true"})
    assert leave_ci_files(released(), {"CI": "true"}, [tmp_path / "exports"]) == ((), ())
    assert not list(tmp_path.iterdir())


def test_github_gets_a_summary_beside_that_of_others_and_lines(tmp_path):
    step = tmp_path / "summary.md"
    step.write_text("# Build\n")
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(step)}
    assert wants_ci_files(environment)
    left = leave_ci_files(released(), environment, [tmp_path / "exports"], page="reports/index.html")
    assert left.files == (step,)
    assert step.read_text().startswith("# Build\n\n## Gate: block")
    assert released()["evidence_root"] in step.read_text()
    assert len(left.lines) == 5
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in left.lines)
    assert not (tmp_path / "exports").exists()


def test_the_summary_never_fills_the_step(tmp_path):
    step = tmp_path / "summary.md"
    step.write_bytes(b"x" * (500 * 1024))
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(step)}
    leave_ci_files(many(5000), environment, [], page="reports/index.html")
    assert 900 * 1024 < step.stat().st_size < 1024 * 1024
    assert step.read_text().endswith("more in reports/index.html\n")
    size = step.stat().st_size
    step.write_bytes(b"x" * (1020 * 1024))
    assert leave_ci_files(many(10), environment, []).files == ()
    assert step.stat().st_size == 1020 * 1024 > size


def test_github_without_a_summary_still_gets_its_lines():
    left = leave_ci_files(released(), {"GITHUB_ACTIONS": "true"}, [])
    assert (left.files, len(left.lines)) == ((), 5)


def test_gitlab_gets_its_files_in_each_folder(tmp_path):
    folders = [tmp_path / "run" / "exports", tmp_path / "report"]
    left = leave_ci_files(released(), {"GITLAB_CI": "true", "CI_JOB_TOKEN": "never"}, folders)
    assert left.lines == ()
    assert set(left.files) == {folder / name for folder in folders for name in ("gl-code-quality.json", "metrics.txt")}
    for folder in folders:
        assert len(json.loads((folder / "gl-code-quality.json").read_bytes())) == 5
        assert (folder / "metrics.txt").read_text().endswith("# EOF\n")
    assert not [path for path in left.files if b"never" in path.read_bytes()]


def test_what_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        leave_ci_files(released(), {"GITLAB_CI": "true"}, [tmp_path / "file"])
