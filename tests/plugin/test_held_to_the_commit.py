"""What a run is judged by is what the commit holds, and the terminal says why where it is not so."""

from __future__ import annotations

import subprocess

import pytest

from mltest.cli import main
from mltest.evidence.store import read_evidence
from mltest.policy.verdict import verdict_of
from tests.plugin.test_waived import CHECK, WAIVER
from tests.policy.locked_sample import Texts

TEST = "import mltest\ndef test_size():\n    mltest.require({value}, at_most=10, name='size')\n"
LONG = "[policy]\nmax_waiver_days = 100000\n"


def git(made, *words):
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    subprocess.run(["git", "-C", str(made.path), *who, *words], check=True)


def waiver(expires="2126-01-01", **given):
    return WAIVER.format(**{"check": CHECK, "approver": "validation", "bound": 15, "expires": expires, **given})


@pytest.fixture
def committed(project, monkeypatch, capsys):
    """A repository with a locked plan and a clean tree, on CI."""

    def make(value=4, settings=LONG, **more):
        monkeypatch.delenv("CI", raising=False)
        ignored = {".gitignore": "__pycache__\n.mltest\nrunpytest*\nstd*\n"}
        made = project({"tests/test_x.py": TEST.format(value=value), "mltest.toml": settings, **ignored, **more})
        monkeypatch.chdir(made.path)
        assert main(["plan", "--", "-p", "no:cacheprovider"]) == 0
        git(made, "init", "-qb", "main")
        git(made, "add", ".")
        git(made, "commit", "-qm", "all")
        monkeypatch.setenv("CI", "true")
        return made

    return make


def reasons(run):
    return [(reason["code"], reason["text"]) for reason in run.object("verdict")["reasons"] if "id" not in reason]


def test_a_clean_tree_decides(committed):
    run = committed().run()
    assert (run.exit_code, run.object("run")["profile"], run.object("verdict")["gate"]) == (0, "merge", "allow")
    assert "uncommitted" not in run.object("run")["source"]


@pytest.mark.parametrize("how", ["exclude", "gitignore", "untracked"])
def test_a_waiver_that_git_does_not_keep_decides_nothing(committed, how):
    hidden = {".gitignore": "__pycache__\n.mltest\nrunpytest*\nstd*\nwaivers.toml\n"} if how == "gitignore" else {}
    made = committed(value=12, **hidden)
    if how == "exclude":
        (made.path / ".git" / "info" / "exclude").write_text("waivers.toml\n")
    (made.path / "waivers.toml").write_text(waiver())
    run = made.run()
    assert (run.exit_code, run.object("verdict")["gate"]) == (1, "void")
    assert reasons(run)[0] == ("dirty_tree", "waivers.toml is not the one that is committed")
    assert run.object("run")["source"]["uncommitted"] == ["waivers.toml"]
    assert "waivers.toml is not the one that is committed" in run.text
    desk = made.run("--mltest-profile=dev").object("verdict")
    assert desk["gate"] == "allow_conditional"
    assert "uncommitted changes in the source" in desk["grade_limits"]


def test_a_dirty_tree_names_its_first_paths(committed):
    made = committed()
    for name in "abcd":
        (made.path / f"{name}.txt").write_text("x")
    run = made.run()
    assert reasons(run)[0] == ("dirty_tree", "4 uncommitted paths: a.txt, b.txt, c.txt, ...")


@pytest.mark.parametrize("addopts", [False, True], ids=["settings", "addopts"])
def test_a_file_of_the_project_does_not_weaken_ci(committed, addopts):
    given = {"pytest.ini": "[pytest]\naddopts = --mltest-profile=dev\n"} if addopts else {}
    made = committed(settings=LONG if addopts else f'profile = "dev"\n{LONG}', **given)
    (made.path / "x.txt").write_text("dirty")
    run = made.run()
    assert (run.exit_code, run.object("run")["profile"]) == (1, "merge")
    assert 'profile   merge: "dev" of the settings is not taken' in run.text
    typed = made.run("--mltest-profile=dev")
    assert (typed.exit_code, typed.object("run")["profile"]) == (0, "dev")
    assert "profile   dev, as --mltest-profile asks: CI is set" in typed.text


def test_at_a_desk_the_settings_may_say_dev(committed, monkeypatch):
    made = committed(settings=f'profile = "dev"\n{LONG}')
    monkeypatch.delenv("CI")
    run = made.run()
    assert (run.object("run")["profile"], "  profile " in run.text) == ("dev", False)


@pytest.mark.parametrize("commits", [False, True], ids=["in the tree", "by a commit"])
def test_a_plan_that_was_removed_is_told(committed, commits):
    made = committed(settings="seed = 1\n")
    (made.path / "plan.lock").unlink()
    if commits:
        git(made, "commit", "-qam", "no plan")
    run = made.run()
    assert (run.exit_code, run.object("verdict")["gate"]) == (1, "void")
    assert reasons(run)[0][0] == "lock_removed"
    assert "plan.lock was removed" in run.text
    git(made, "commit", "-q", "--allow-empty", "-am", "no plan")
    git(made, "commit", "-q", "--allow-empty", "-m", "later")
    assert made.run().exit_code == 0


def test_a_removed_plan_is_told_where_nothing_else_is_committed(committed):
    made = committed()
    git(made, "rm", "-q", "plan.lock", "mltest.toml")
    git(made, "commit", "-qm", "nothing")
    run = made.run()
    assert run.exit_code == 1
    assert "plan.lock was removed" in run.text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"expires": "2026-01-03"}, "W-1 does not hold: MLW07 expires 2026-01-03 is in the past"),
        ({"approver": "search"}, "W-1 does not hold: MLW09"),
        ({"bound": 11}, "W-1 does not hold: MLW16 value 12 is worse than bound 11"),
    ],
)
def test_the_terminal_says_why_a_waiver_does_not_hold(committed, given, told):
    run = committed(value=12, **{"waivers.toml": waiver(**given)}).run()
    assert run.exit_code == 1
    assert f"  waiver    {told}" in run.text


def test_a_waiver_that_covers_something_else_is_told_too(committed):
    text = waiver().replace('["failed"]', '["not_run"]')
    run = committed(value=12, **{"waivers.toml": text}).run()
    assert f"  waiver    W-1 covers not_run, not failed ({CHECK})" in run.text


def test_no_more_than_three_waivers_are_told(committed):
    one = waiver("2026-01-03").partition("[[waiver]]")[2]
    head = 'schema = "mltest/waivers/v1"\n'
    tests = "import mltest\n" + "".join(
        f"def test_{n}():\n    mltest.require(12, at_most=10, name='size')\n" for n in range(5)
    )
    several = [one.replace("W-1", f"W-{n}").replace("test_size", f"test_{n}") for n in range(5)]
    files = {"tests/test_x.py": tests, "waivers.toml": head + "".join(f"[[waiver]]{text}" for text in several)}
    run = committed(**files).run()
    assert run.text.count("does not hold: MLW07") == 3
    assert "  waiver    and 2 more" in run.text


def test_a_waiver_that_holds_or_names_nothing_here_is_not_told(committed):
    run = committed(value=12, **{"waivers.toml": waiver()}).run()
    assert run.exit_code == 0
    assert "  waiver  " not in run.text
    other = waiver("2026-01-03", check="tests/test_x.py::test_gone#own.require:size")
    assert "  waiver  " not in committed(**{"waivers.toml": other}).run().text


def test_a_check_that_came_too_early_is_told(project):
    text = "import mltest\nmltest.require(1, at_most=2, name='early')\ndef test_a(): mltest.require(1, at_most=2)\n"
    run = project({"test_x.py": text}).run()
    assert run.exit_code == 1
    assert "MLP09 check #own.require:early ran before the plan was sealed" in run.text


def test_the_authors_are_kept_without_their_addresses(committed):
    run = committed().run()
    name, address = run.object("run")["lock_authors"]
    assert (name, address[:7]) == ("Ann", "sha256:")
    assert b"ann@example.com" not in (run.folder / "run.json").read_bytes()
    approver = committed(value=12, **{"waivers.toml": waiver(approver="ANN@example.com")})
    assert "W-1 does not hold: MLW11" in approver.run().text


def test_evidence_decides_again_as_the_run_did(committed):
    made = committed()
    (made.path / "declared.toml").write_text('schema = "mltest/declared/v1"\n')
    run = made.run()
    evidence = read_evidence(run.folder)
    files = {"declared": (made.path / "declared.toml").read_bytes()}
    again = verdict_of(evidence["plan"], evidence["run"], evidence["results"], committed=Texts(files))
    assert again["reasons"] == evidence["verdict"]["reasons"]
    assert reasons(run)[0] == ("dirty_tree", "declared.toml is not the one that is committed")
