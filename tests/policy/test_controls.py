"""The catalogue that ships, its strict reader, and what an organisation may add to it."""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
import sys
from pathlib import Path

import pytest

import mltest.policy.controls as module
from mltest.errors import EvidenceError, UsageError
from mltest.policy.control_own import with_own
from mltest.policy.control_rows import COLUMNS, KINDS, STRENGTHS, cells_of, problems_of
from mltest.policy.controls import (
    Catalogue,
    canonical_id,
    canonical_ids,
    catalogue,
    chosen_frameworks,
    project_catalogue,
    recorded_catalogue,
    recorded_controls,
    refuse_unknown,
    rows_unlike_shipped,
)

FILE = Path(module.__file__).with_name("controls.csv")
NEW = {
    "framework": "Acme Model Policy",
    "framework_version": "3",
    "control_id": "MP 4(b)",
    "title": "Losses are stable",
    "what_it_asks": "Show that losses hold over time, sites and vendors.",
    "check_kinds": "model.performance;model.slices",
    "strength": "direct",
    "applies_from": "2026-01-01",
    "source": "Acme Model Policy 3; MP 4(b)",
}
KEPT = dict.fromkeys(COLUMNS, "") | {"framework": "EU AI Act", "control_id": "Art. 15(4)"}


def written(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def test_shipped_rows_have_no_problem():
    rows = cells_of(FILE.read_bytes(), "controls.csv")
    assert [(cells.line, problem) for cells in rows for problem in problems_of(cells.values)] == []
    assert len(rows) == len(catalogue().rows) == len({row.id for row in catalogue().rows}) == 344


def test_the_date_is_that_of_these_bytes():
    """Whoever changes the file changes the date, so that a run can say which catalogue it used."""
    digest = hashlib.sha256(FILE.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    assert (module.DATE, digest[:16]) == ("2026-11-21", "02706cabe0d38dbe")
    assert catalogue().version == {"date": module.DATE, "digest": f"sha256:{digest}", "own": None}


def test_shipped_frameworks_have_one_version_and_one_name_each():
    versions = {(row.framework, row.framework_version) for row in catalogue().rows}
    assert len(versions) == len(catalogue().frameworks) == 18


def test_every_kind_and_strength_of_the_vocabulary_is_used():
    assert {kind for row in catalogue().rows for kind in row.check_kinds} == set(KINDS)
    assert {row.strength for row in catalogue().rows} == set(STRENGTHS)


def test_the_file_is_read_when_it_is_asked_for_and_with_the_standard_library():
    code = (
        "import sys; import mltest.policy.controls as c; assert c.catalogue.cache_info().misses == 0;"
        "assert not [m for m in sys.modules if 'control_tables' in m]; c.catalogue();"
        "print(sorted({'numpy', 'pandas', 'narwhals', 'jinja2', 'pytest', 'tomllib'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_the_wheel_takes_data_files_with_the_package():
    """Hatch packs every file below a package that git does not ignore; nothing may exclude this one."""
    root = FILE.parents[2]
    settings = (root / "pyproject.toml").read_text()
    assert 'packages = ["mltest"]' in settings
    assert "*.csv" not in (root / ".gitignore").read_text()


def test_own_rows_come_after_the_shipped_ones():
    known = catalogue(written(NEW), "acme.csv")
    assert known.frameworks[-1] == "Acme Model Policy"
    assert known.rows[:-1] == catalogue().rows
    assert known.rows[-1].own
    assert known.find("acme-model-policy:mp-4.b").title == "Losses are stable"
    assert known.version["own"] != known.version["digest"]


def test_an_own_row_may_join_a_shipped_framework():
    row = NEW | {"framework": "GDPR", "framework_version": "2016/679", "control_id": "Art. 30(1)"}
    assert catalogue(written(row), "own.csv").find("gdpr:30.1").own


def test_a_strength_can_be_lowered_and_kinds_narrowed():
    known = catalogue(written(KEPT | {"strength": "record", "check_kinds": "model.consistency"}), "own.csv")
    row = known.find("eu-ai-act:15.4")
    assert (row.strength, row.check_kinds, row.own) == ("record", ("model.consistency",), False)
    assert row.title == catalogue().find("eu-ai-act:15.4").title
    assert len(known.rows) == 344


def test_spreadsheet_bytes_are_read():
    """Excel begins UTF-8 files with a mark and ends lines with CRLF."""
    assert len(catalogue(b"\xef\xbb\xbf" + written(NEW), "own.csv").rows) == 345


MISTAKES = [
    (
        written(KEPT | {"strength": "direct"}),
        "own.csv:2: strength 'direct' is above the 'partial' of 'EU AI Act/Art. 15(4)'",
    ),
    (
        written(KEPT | {"check_kinds": "data.schema"}),
        "own.csv:2: check_kinds of 'EU AI Act/Art. 15(4)' can only be narrowed",
    ),
    (written(KEPT | {"title": "x"}), "own.csv:2: title of 'EU AI Act/Art. 15(4)' is 'Resilient to errors and faults'"),
    (
        written(NEW | {"check_kinds": "model.perfomance"}),
        "own.csv:2: unknown check kind 'model.perfomance'; nearest is 'model.perf",
    ),
    (written(NEW | {"check_kinds": "model.slices;model.slices"}), "own.csv:2: check kind 'model.slices' stands twice"),
    (
        written(NEW | {"strength": "dircet"}),
        "own.csv:2: strength 'dircet'; nearest is 'direct': allowed are direct, partial",
    ),
    (written(NEW | {"applies_from": "1.1.2027"}), "own.csv:2: applies_from '1.1.2027': a date such as 2027-12-02"),
    (written(NEW | {"title": ""}), "own.csv:2: title is empty"),
    (written(NEW | {"title": " x"}), "own.csv:2: title ' x' has blanks around it"),
    (written(NEW, NEW), "own.csv:3: 'Acme Model Policy/MP 4(b)' stands in line 2 already"),
    (
        written(NEW, NEW | {"control_id": "mp 4 (b)"}),
        "own.csv:3: control 'mp 4 (b)' has the short id acme-model-policy:mp-4.b of",
    ),
    (
        written(NEW | {"framework": "EU-AI-Act"}),
        "own.csv:2: framework 'EU-AI-Act' has the short name 'eu-ai-act' of 'EU AI Act'",
    ),
    (
        written(NEW | {"framework": "GDPR"}),
        "own.csv:2: framework_version '3': GDPR stands in the catalogue as '2016/679'",
    ),
    (
        written(NEW | {"framework": "ML Test Score", "framework_version": "2017"}),
        "own.csv:2: ML Test Score has 28 published tests",
    ),
    (written(NEW | {"control_id": "§"}), "own.csv:2: 'Acme Model Policy/§' has no letters or digits"),
    (written(columns=(*COLUMNS, "stregth")), "own.csv:1: unknown column 'stregth'; nearest is 'strength'"),
    (written(columns=COLUMNS[:-1]), "own.csv:1: no column 'source'"),
    (written(columns=(*COLUMNS, "title")), "own.csv:1: column 'title' stands twice"),
    (";".join(COLUMNS).encode(), "own.csv:1: the header is 'framework;framework_version"),
    (written() + b"a,b\r\n", "own.csv:2: 2 cells, the header has 9"),
    (written() + b'"a\r\n', "own.csv:2: not valid CSV"),
    (b"", "own.csv:1: no column 'framework'"),
    (b"\xff\xfe", "own.csv is not UTF-8"),
]


@pytest.mark.parametrize(("data", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_mistake_of_an_own_catalogue(data, message):
    with pytest.raises(UsageError) as wrong:
        catalogue(data, "own.csv")
    assert str(wrong.value).startswith(message)


def test_all_mistakes_are_told_at_once_by_the_line_they_start_on():
    several = NEW | {"what_it_asks": "two\nlines", "strength": "x"}
    with pytest.raises(UsageError) as wrong:
        catalogue(written(several, NEW | {"title": ""}), "own.csv")
    assert [line.split(" ")[0] for line in str(wrong.value).splitlines()] == ["own.csv:2:", "own.csv:4:"]


def test_a_project_names_its_file_in_the_settings(tmp_path):
    (tmp_path / "acme.csv").write_bytes(written(NEW))
    assert "Acme Model Policy" in project_catalogue(tmp_path, "acme.csv").frameworks
    assert project_catalogue(tmp_path, None) is catalogue()
    with pytest.raises(UsageError, match=r'controls = "acne\.csv" in the settings: cannot read'):
        project_catalogue(tmp_path, "acne.csv")


def test_a_run_keeps_what_it_was_judged_by():
    known = catalogue(written(NEW, KEPT | {"strength": "record"}), "own.csv").only(["Acme Model Policy", "eu-ai-act"])
    again = recorded_catalogue(known.recorded())
    assert (again.rows, again.version, again.recorded()) == (known.rows, known.version, known.recorded())
    assert again.frameworks == ("EU AI Act", "Acme Model Policy")


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        b"no json",
        b'{"controls":[],"schema":"mltest/controls/v2","version":{"date":"","digest":"","own":null}}',
        b'{"controls":[{}],"schema":"mltest/controls/v1","version":{"date":"","digest":"","own":null}}',
        catalogue().only(["gdpr"]).recorded().replace(b'"partial"', b'"direkt"'),
    ],
)
def test_a_recorded_catalogue_that_cannot_be_read(data):
    with pytest.raises(EvidenceError, match="recorded catalogue of controls"):
        recorded_catalogue(data)


def test_frameworks_of_the_setting_or_of_the_marks():
    named = ["GDPR/Art. 5(2)", "EU AI Act/Art. 15(1)"]
    assert chosen_frameworks(catalogue(), named) == ("EU AI Act", "GDPR")
    assert chosen_frameworks(catalogue(), named, ["ml-test-score"]) == ("ML Test Score",)
    assert chosen_frameworks(catalogue(), []) == ()
    assert chosen_frameworks(catalogue(), ["Gone/1", "GDPR/Art. 5(2)"]) == ("GDPR",)
    with pytest.raises(UsageError, match="no framework 'eu-ai-ct' in the catalogue; nearest is 'eu-ai-act'"):
        chosen_frameworks(catalogue(), named, ["eu-ai-ct"])


def test_an_unknown_control_of_an_own_catalogue_names_the_nearest():
    known = catalogue(written(NEW), "own.csv")
    with pytest.raises(UsageError, match=r"nearest is 'acme-model-policy:mp-4\.b'"):
        canonical_id("acme-model-policy:mp-4.c", known)
    assert canonical_id("Acme Model Policy/MP 4(b)", known) == "Acme Model Policy/MP 4(b)"


def test_a_catalogue_of_nothing():
    nothing = Catalogue((), catalogue().version)
    assert (nothing.frameworks, nothing.get("gdpr:5.2")) == ((), None)
    assert recorded_catalogue(nothing.recorded()).rows == ()


def test_the_controls_of_a_mark_are_sorted_and_stand_once():
    assert canonical_ids(["gdpr:5.2", "EU AI Act/Art. 15(1)", "GDPR/Art. 5(2)"]) == [
        "EU AI Act/Art. 15(1)",
        "GDPR/Art. 5(2)",
    ]
    with pytest.raises(UsageError, match=r"no control 'gdpr:5\.3'"):
        canonical_ids(["gdpr:5.2", "gdpr:5.3"])


def test_a_run_keeps_the_frameworks_that_it_shows():
    kept = recorded_controls(catalogue(), ["GDPR/Art. 5(2)"])
    assert kept is not None
    assert recorded_catalogue(kept).frameworks == ("GDPR",)
    assert recorded_controls(catalogue(), []) is None
    asked = recorded_controls(catalogue(), [], ["ml-test-score"])
    assert asked is not None
    assert recorded_catalogue(asked).frameworks == ("ML Test Score",)


def test_attestations_of_unknown_controls_are_refused():
    rows = [{"control": "gdpr:5.2"}, {"control": "gdpr:5.21"}, {"control": "acme:1"}]
    with pytest.raises(UsageError) as wrong:
        refuse_unknown(catalogue(), rows)
    first, second = str(wrong.value).splitlines()
    assert first.startswith(
        "manual_controls.toml: attestation 2: no control 'gdpr:5.21' in the catalogue; nearest is 'gdpr:5.2'"
    )
    assert second.startswith("manual_controls.toml: attestation 3: no control 'acme:1'")


@pytest.mark.parametrize("asked", STRENGTHS)
@pytest.mark.parametrize("row", catalogue().rows[::9], ids=lambda row: row.id)
def test_no_strength_can_be_raised(row, asked):
    own = dict.fromkeys(COLUMNS, "") | {"framework": row.framework, "control_id": row.control_id, "strength": asked}
    if STRENGTHS.index(asked) < STRENGTHS.index(row.strength):
        with pytest.raises(UsageError, match="it can only be lowered"):
            with_own(catalogue().rows, written(own), "own.csv")
    else:
        found = with_own(catalogue().rows, written(own), "own.csv")
        assert next(other.strength for other in found if other.id == row.id) == asked


def test_rows_that_were_altered_in_evidence_are_found():
    own = catalogue(written(NEW, KEPT | {"strength": "record"}), "own.csv")
    assert rows_unlike_shipped(recorded_catalogue(own.recorded())) == ()
    row = catalogue().find("gdpr:5.2")
    for altered in (
        row._replace(strength="direct"),
        row._replace(check_kinds=(*row.check_kinds, "data.quality")),
        row._replace(what_it_asks="Nothing."),
        row._replace(control_id="Art. 99"),
        row._replace(own=True),
    ):
        assert rows_unlike_shipped(Catalogue([altered], catalogue().version)) == (altered.id,)
        assert rows_unlike_shipped(Catalogue([altered], catalogue().version | {"digest": "sha256:0"})) == ()
