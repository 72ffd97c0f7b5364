"""A run is known before its first check, here and in the store, and whole or visibly abandoned after its last."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from mltest.cli import main
from mltest.evidence.canonical import parse
from mltest.evidence.store import read_evidence
from mltest.policy.verification.chain import links_in

TEST = """
import json, mltest, pathlib

def test_a():
    begun = [json.loads(path.read_bytes()) for path in pathlib.Path({folder!r}).rglob("begin.json")]
    mltest.require(len(begun), at_least={least}, name="runs that had begun")
    mltest.require(1, at_most=2, name="size")
"""
SETTINGS = '[tool.mltest]\nproject = "credit-pd"\nstore = "{store}"\n'
SLOW = """
import mltest, pathlib, time

def test_a():
    mltest.require(1, at_most=2, name="measured")
    pathlib.Path("measured").touch()
    deadline = time.monotonic() + 60
    while not pathlib.Path("go").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
"""


def files(store=None, folder=".mltest", least=1, **settings):
    more = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    test = {"test_x.py": TEST.format(folder=folder, least=least)}
    return test | ({"pyproject.toml": SETTINGS.format(store=store) + more} if store else {})


def begun_of(run):
    return parse((run.folder / "begin.json").read_bytes())


def heads(path):
    return sorted(found.relative_to(path).as_posix() for found in path.rglob("heads/*/*.json"))


@pytest.fixture
def repository(project):
    def make(contents):
        made = project({".gitignore": "__pycache__\n", **contents})
        for words in (["init", "-qb", "main"], ["add", "."], ["commit", "-qm", "all"]):
            who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
            subprocess.run(["git", "-C", str(made.path), *who, *words], check=True)
        return made

    return make


def test_runs_of_a_branch_follow_one_another_without_any_store(repository):
    made = repository(files())
    runs = [made.run() for _ in range(3)]
    described = [run.object("run") for run in runs]
    roots = [read_evidence(run.folder)["evidence_root"] for run in runs]
    assert [run["sequence"] for run in described] == [1, 2, 3]
    assert [run["previous_root"] for run in described] == [None, *roots[:2]]
    assert heads(made.path / ".mltest") == [
        f"heads/main/{number:08d}-{run['run_id']}.json" for number, run in enumerate(described, 1)
    ]
    assert links_in(made.path / ".mltest")[1] == []


def test_begin_says_what_is_known_before_the_first_check(repository):
    run = repository(files()).run()
    begun, described = begun_of(run), run.object("run")
    assert {name: begun[name] for name in ("run_id", "sequence", "previous_root", "lock_digest")} == {
        name: described[name] for name in ("run_id", "sequence", "previous_root", "lock_digest")
    }
    assert (begun["commit"], begun["ref"]) == (described["source"]["commit"], "main")
    assert begun["started"] == described["clock"]["started"]


def test_branches_have_chains_of_their_own(repository):
    made = repository(files())
    made.run()
    subprocess.run(["git", "-C", str(made.path), "checkout", "-qb", "feature/x"], check=True)
    run = made.run()
    assert (run.object("run")["sequence"], run.object("run")["previous_root"]) == (1, None)


def test_the_job_of_a_service_is_named_before_the_first_check(repository, monkeypatch):
    """GitLab checks out a commit: the branch is what the service says it is."""
    made = repository(files())
    subprocess.run(["git", "-C", str(made.path), "checkout", "-q", "--detach"], check=True)
    for name in ("GITHUB_ACTIONS", "GITHUB_HEAD_REF", "GITHUB_REF_NAME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"GITLAB_CI": "true", "CI_JOB_ID": "4711", "CI_COMMIT_REF_NAME": "feature/x"}.items():
        monkeypatch.setenv(name, value)
    run = made.run()
    begun, described = begun_of(run), run.object("run")
    assert (begun["nonce"], described["ci"]["nonce"]) == ("4711", "4711")
    assert (begun["ref"], described["source"]["ref"]) == ("feature/x", "feature/x")
    assert heads(made.path)[0].startswith(".mltest/heads/feature-x-")
    assert main(["verify", str(run.folder), "--chain", str(made.path / ".mltest")]) == 0


@pytest.mark.parametrize("workers", [[], pytest.param(["-n2"], marks=pytest.mark.once)], ids=["serial", "-n2"])
@pytest.mark.parametrize("settings", [{}, {"seed": 3}], ids=["without settings", "with settings"])
def test_begin_is_on_disk_before_the_first_check(project, workers, settings):
    table = {"pyproject.toml": "[tool.mltest]\nseed = 3\n"} if settings else {}
    test = files(folder=".mltest/runs")["test_x.py"].replace(
        "    begun", "    mltest.require(1, at_most=2, name='first')\n    begun"
    )
    run = project({"test_x.py": test, **table}).run(*workers)
    assert run.exit_code == 0
    assert [path.name for path in run.folder.glob("begin*.json")] == ["begin.json"]
    assert begun_of(run)["seed"] == run.object("plan")["settings"]["seed"]


@pytest.mark.parametrize("workers", [[], pytest.param(["-n2"], marks=pytest.mark.once)], ids=["serial", "-n2"])
def test_a_store_knows_of_the_run_before_its_first_check(repository, workers):
    made = repository(files("evidence", folder="evidence"))
    runs = [made.run(*workers), made.run(*workers)]
    assert [run.exit_code for run in runs] == [0, 0]
    for run in runs:
        described = run.object("run")
        assert described["store"] == {"uri": "evidence", "lock": "unknown", "begun": True}
        place = made.path / "evidence" / "credit-pd" / begun_of(run)["started"][:4] / begun_of(run)["started"][5:7]
        assert read_evidence(place / run.folder.name) == read_evidence(run.folder)
    assert [run.object("run")["sequence"] for run in runs] == [1, 2]
    assert runs[1].object("run")["previous_root"] == read_evidence(runs[0].folder)["evidence_root"]
    assert len(heads(made.path / "evidence")) == len(heads(made.path / ".mltest")) == 2
    assert f"store     {made.path / 'evidence'}/credit-pd/" in runs[0].text


def test_the_store_knows_runs_of_other_machines(repository):
    made = repository(files("evidence"))
    made.run()
    subprocess.run(["rm", "-r", str(made.path / ".mltest")], check=True)
    assert made.run().object("run")["sequence"] == 2


def test_a_report_goes_along(project):
    made = project(files("evidence"))
    run = made.run("--mltest-report=out")
    (stored,) = (made.path / "evidence").rglob("report.html")
    assert stored.read_bytes() == (made.path / "out" / "index.html").read_bytes()
    assert (made.path / "out" / "evidence.json").exists()
    assert run.exit_code == 0


def test_labels_are_kept_with_the_run(project):
    table = files("evidence", legal_hold=True)
    table["pyproject.toml"] += "retention_until = 2036-12-31\n"
    described = project(table).run().object("run")
    assert (described["retention_until"], described["legal_hold"]) == ("2036-12-31", True)


@pytest.mark.parametrize(
    ("settings", "arguments", "status"),
    [({}, [], 0), ({"upload": "fail"}, [], 1), ({}, ["--mltest-profile=release"], 1)],
    ids=["warn", "fail", "release"],
)
def test_an_upload_that_fails_leaves_the_copy_here(project, settings, arguments, status):
    made = project(files("evidence", **settings))
    (made.path / "evidence").write_bytes(b"a file is in the way")
    run = made.run(*arguments)
    assert run.exit_code == status
    assert read_evidence(run.folder)["run"]["store"]["begun"] is False
    run.result.stdout.fnmatch_lines(["*MLS07*stays on this machine*mltest store add .mltest/runs/*"])
    assert ("  problem   MLS07" in run.text) == bool(status)
    assert ("  warning   MLS07" in run.text) != bool(status)
    (made.path / "evidence").unlink()
    assert main(["store", "add", str(run.folder), str(made.path / "evidence")]) == 0
    assert len(list((made.path / "evidence").rglob("root.json"))) == 1


def test_a_store_that_cannot_be_opened_is_a_problem_of_the_run(project):
    run = project(files("memry://x", upload="fail")).run()
    assert run.exit_code == 1
    run.result.stdout.fnmatch_lines(["*memry://x: fsspec knows no memry://; nearest is 'memory'*"])


def test_credentials_of_the_store_are_nowhere(project):
    made = project(files("memory://ann:s3cret@bucket/x?token=t0ken"))
    run = made.run("--mltest-report=out")
    kept = [path for path in made.path.rglob("*") if path.is_file() and path.name != "pyproject.toml"]
    assert kept
    assert not [path for path in kept if b"s3cret" in path.read_bytes() or b"t0ken" in path.read_bytes()]
    assert "s3cret" not in run.text
    assert "t0ken" not in run.text


def session(made, *words, **more):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    return subprocess.Popen(command, cwd=made.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def wait_for(path):
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} never came"
        time.sleep(0.02)


def test_a_killed_run_is_visible_and_the_next_one_is_fine(repository):
    made = repository({"test_x.py": SLOW, "pyproject.toml": SETTINGS.format(store="evidence")})
    killed = session(made)
    wait_for(made.path / "measured")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    (made.path / "go").touch()
    run = made.run(subprocess=True)
    assert run.exit_code == 0
    for folder in (made.path / ".mltest", made.path / "evidence"):
        links, problems = links_in(folder)
        assert problems == []
        assert [link.root is None for link in links].count(True) == 1, "the run that began and never ended"
        assert not list(folder.rglob("*.part"))
    assert main(["verify", str(run.folder), "--chain", str(made.path / ".mltest")]) == 1, "MLV18 names it"


@pytest.mark.once
def test_two_sessions_at_once_both_finish(repository):
    made = repository({"test_x.py": SLOW, "pyproject.toml": SETTINGS.format(store="evidence")})
    sessions = [session(made), session(made)]
    wait_for(made.path / "measured")
    deadline = time.monotonic() + 60
    while len(list((made.path / "evidence").rglob("begin.json"))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (made.path / "go").touch()
    said = [one.communicate()[0] for one in sessions]
    assert [one.returncode for one in sessions] == [0, 0], said
    for folder in (made.path / ".mltest", made.path / "evidence"):
        links, problems = links_in(folder)
        assert problems == []
        assert len({link.run_id for link in links}) == len({link.root for link in links}) == 2
        assert [link.sequence for link in links] == [1, 1], "both began before the other had ended"
        assert len(heads(folder)) == 2
    runs = sorted((made.path / ".mltest" / "runs").iterdir())
    assert [read_evidence(run)["verdict"]["gate"] for run in runs] == ["allow", "allow"]


@pytest.mark.once
def test_a_fork_is_told_by_verify(repository, capsys):
    test_two_sessions_at_once_both_finish(repository)
    (run, _) = sorted(os.scandir(".mltest/runs"), key=lambda entry: entry.name)
    assert main(["verify", run.path, "--chain", ".mltest"]) == 1
    assert "the chain forks: sequence 1 is taken by" in capsys.readouterr().out


def without_override():
    """The superuser, too, is refused where the rights of a folder say so."""
    if os.geteuid() == 0:
        drop, override = 24, 1
        assert ctypes.CDLL(None).prctl(drop, override, 0, 0, 0) == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="rights of the superuser are dropped as Linux does it")
@pytest.mark.parametrize("workers", [[], pytest.param(["-n2"], marks=pytest.mark.once)], ids=["serial", "-n2"])
@pytest.mark.parametrize("settings", [{}, {"pyproject.toml": "[tool.mltest]\nseed = 3\n"}], ids=["lazily", "at once"])
def test_a_folder_that_cannot_be_written_stops_the_run(project, settings, workers):
    made = project({**files(), **settings})
    made.path.chmod(0o555)
    try:
        quiet = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        done = session(made, *workers, preexec_fn=without_override, env=quiet)
        said, _ = done.communicate()
    finally:
        made.path.chmod(0o755)
    assert done.returncode == 1, said
    assert "cannot write evidence to" in said
    assert "Permission denied; without evidence no check may run" in said
    assert "INTERNALERROR" not in said
    assert not (made.path / ".mltest").exists()


LARGE = """
import mltest, pytest

@pytest.mark.parametrize("n", range({tests}))
def test_a(n):
    mltest.require(n, at_least=0, name="a number with a long name, so that its record takes room" * 3)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
@pytest.mark.once
@pytest.mark.parametrize(("tests", "limit"), [(40, 500), (40, 5_000), (40, 45_000)])
def test_a_full_disk_leaves_no_half_of_a_file(project, tests, limit):
    """A limit on the size of files refuses writes in the middle, as a full disk does."""
    made = project({"test_x.py": LARGE.format(tests=tests), "pyproject.toml": SETTINGS.format(store="evidence")})

    import resource

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = session(made, "--tb=line", preexec_fn=small, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    said, _ = done.communicate()
    assert done.returncode == 1, said
    assert "File too large" in said
    for path in made.path.rglob("*.json"):
        parse(path.read_bytes())
    assert not list(made.path.rglob("*.part"))
    assert not list(made.path.rglob("root.json"))
    assert not heads(made.path)


def test_evidence_in_a_store_is_read_by_its_url(repository, capsys):
    made = repository(files("evidence"))
    run = made.run()
    url = next((made.path / "evidence").rglob("root.json")).parent.as_uri()
    assert main(["gate", url]) == 0
    assert f"root         {read_evidence(run.folder)['evidence_root']}" in capsys.readouterr().out
    assert main(["verify", url, "--chain", (made.path / "evidence").as_uri()]) == 0, capsys.readouterr().out


@pytest.mark.once
def test_a_run_is_whole_to_verify(repository, capsys):
    made = repository(files("evidence"))
    runs = [made.run(), made.run("-n2")]
    for run in runs:
        for chain in (".mltest", "evidence", ".mltest/runs"):
            assert main(["verify", str(run.folder), "--chain", chain]) == 0, capsys.readouterr().out
