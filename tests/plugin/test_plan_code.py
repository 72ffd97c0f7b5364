"""What decides a result is in the plan wherever it is imported: by a conftest, a plugin, or while tests run."""

from __future__ import annotations

import pytest

from mltest.cli import main
from mltest.policy.plan import read_lock

PREP = "def prep(value):\n    return value\n"
INI = "[pytest]\npythonpath = .\n"
TEST = "import mltest\ndef test_a(value): mltest.require(value, at_most=5, name='a')\n"
PLAIN_VALUE = "import pytest\n@pytest.fixture\ndef value(): return 3\n"
FIXTURE = "import pytest\nfrom prep import prep\n@pytest.fixture\ndef value(): return prep(3)\n"
LAZY = "import pytest\n@pytest.fixture\ndef value():\n    from prep import prep\n    return prep(3)\n"
NAMED = "import pytest, importlib\n@pytest.fixture\ndef value(): return importlib.import_module('prep').prep(3)\n"
BODY = "import mltest\ndef test_a():\n    from prep import prep\n    mltest.require(prep(3), at_most=5, name='a')\n"
CONSTANT = "from prep import VALUE\nimport mltest\ndef test_a(): mltest.require(VALUE, at_most=5, name='a')\n"
SHARED = (
    "import mltest, pytest\n@pytest.fixture(scope='session')\ndef value():\n"
    "    from prep import prep\n    mltest.require(prep(3), at_most=5, name='in a fixture')\n"
)
PROJECTS = {
    "conftest": {"conftest.py": FIXTURE, "tests/test_x.py": TEST},
    "conftest by another": {
        "conftest.py": FIXTURE.replace("prep import", "between import"),
        "between.py": "from prep import prep\n",
        "tests/test_x.py": TEST,
    },
    "pytest_plugins": {
        "conftest.py": "pytest_plugins = ['shared']\n",
        "shared.py": FIXTURE,
        "tests/test_x.py": TEST,
    },
    "a plugin itself": {"conftest.py": "pytest_plugins = ['prep']\n", "tests/test_x.py": BODY},
    "addopts": {"pytest.ini": INI + "addopts = -p shared\n", "shared.py": FIXTURE, "tests/test_x.py": TEST},
    "in a fixture": {"conftest.py": LAZY, "tests/test_x.py": TEST},
    "by its name": {"conftest.py": NAMED, "tests/test_x.py": TEST},
    "in a test": {"tests/test_x.py": BODY},
    "a constant": {"tests/test_x.py": CONSTANT},
    "a fixture that judges": {"conftest.py": SHARED, "tests/test_x.py": "def test_a(value): pass\n"},
}
WITH_CODE = {"conftest by another", "in a fixture", "by its name", "in a test", "a constant", "a fixture that judges"}


@pytest.fixture
def locked(project, monkeypatch):
    def make(files):
        made = project({"pytest.ini": INI, "prep.py": PREP + "VALUE = 3\n", **files})
        monkeypatch.chdir(made.path)
        assert main(["plan", "--", "-p", "no:cacheprovider"]) == 0
        return made

    return make


def lock_of(made):
    return read_lock((made.path / "plan.lock").read_bytes()).plan


def status(run):
    described = run.object("run")
    return described["plan_status"], [line["id"] for line in described["differences"]]


@pytest.mark.parametrize("name", PROJECTS)
def test_an_edit_of_what_decides_differs(locked, name):
    made = locked(PROJECTS[name])
    assert ("code" in lock_of(made)) == (name in WITH_CODE)
    (made.path / "prep.py").write_text("# a word\n" + (made.path / "prep.py").read_text())
    run = made.run(subprocess=True)
    assert status(run) == ("differs", ["prep.py"])
    assert run.object("verdict")["gate"] == "void"


def test_workers_lock_the_same_code(locked):
    made = locked({**PROJECTS["in a fixture"], "tests/test_y.py": BODY})
    first = (made.path / "plan.lock").read_bytes()
    assert [item["path"] for item in lock_of(made)["code"]] == ["prep.py"]
    assert main(["plan", "--check", "--", "-p", "no:cacheprovider", "-n2"]) == 0
    assert (made.path / "plan.lock").read_bytes() == first
    run = made.run("-n2")
    assert status(run) == ("matched", [])
    assert main(["verify", str(run.folder)]) == 0


def test_a_plugin_given_for_one_run_differs(locked):
    made = locked({"conftest.py": PLAIN_VALUE, "tests/test_x.py": TEST})
    (made.path / "sneaky.py").write_text("import mltest\n")
    found, lines = status(made.run("-p", "sneaky", subprocess=True))
    assert found == "differs"
    assert "sneaky.py" in lines


def test_a_new_module_that_a_changed_one_loads_is_told(locked):
    made = locked(PROJECTS["in a test"])
    (made.path / "other.py").write_text(PREP)
    (made.path / "prep.py").write_text("from other import prep\n")
    assert status(made.run(subprocess=True)) == ("differs", ["other.py", "prep.py"])


TWO = {
    **PROJECTS["in a test"],
    "tests/test_y.py": "import mltest\ndef test_b(): mltest.require(1, at_most=2, name='b')\n",
}


def test_a_part_that_loads_less_keeps_to_the_plan(locked):
    made = locked(TWO)
    assert status(made.run("-k", "test_b", subprocess=True))[0] == "matched"
    assert status(made.run("tests/test_y.py", subprocess=True))[0] == "matched"


@pytest.mark.parametrize(
    "change", [lambda path: path.unlink(), lambda path: path.write_text("")], ids=["gone", "other"]
)
def test_a_part_that_loads_less_sees_an_edit_all_the_same(locked, change):
    made = locked(TWO)
    change(made.path / "prep.py")
    assert status(made.run("-k", "test_b", subprocess=True)) == ("differs", ["prep.py"])


PLAIN = {
    "at the top": "from shop import price\ndef test_p(): assert price() == 1\n",
    "a constant": "from shop import ONE\ndef test_p(): assert ONE == 1\n",
    "in a test": "def test_p():\n    from shop import price\n    assert price() == 1\n",
    "by its name": "import importlib\ndef test_p(): assert importlib.import_module('shop').ONE\n",
    "without a test": "import shop\n",
}


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["serial", "-n2"])
def test_what_only_plain_tests_import_is_none_of_the_plan(locked, workers):
    made = locked(PROJECTS["in a test"])
    unit = made.path / "tests" / "unit"
    unit.mkdir()
    (unit / "conftest.py").write_text("import till_0\n")
    for at, text in enumerate(PLAIN.values()):
        (made.path / f"shop_{at}.py").write_text(f"import till_{at}\nONE = till_{at}.ONE\ndef price(): return ONE\n")
        (made.path / f"till_{at}.py").write_text("ONE = 1\n")
        (unit / f"test_plain_{at}.py").write_text(text.replace("shop", f"shop_{at}"))
    run = made.run(*workers, subprocess=True)
    assert status(run) == ("matched", [])
    assert run.object("verdict")["gate"] == "allow"


def test_code_in_a_file_named_as_tests_is_seen_where_a_fixture_loads_it(locked):
    made = locked(
        {
            "tests/test_prep.py": PREP,
            "conftest.py": LAZY.replace("from prep", "from test_prep"),
            "tests/test_x.py": TEST,
        }
    )
    (made.path / "tests" / "test_prep.py").write_text("# a word\n" + PREP)
    assert status(made.run(subprocess=True)) == ("differs", ["tests/test_prep.py"])
