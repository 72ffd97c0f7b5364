"""The pages under docs/governance name every command, setting, code, target and reason that there is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mltest.cli import COMMANDS
from mltest.policy.demands import policy_mistakes
from mltest.policy.settings import KEYS, PROFILES, read_settings
from mltest.policy.trust import ROLES, read_trust
from mltest.policy.waiver import FIELDS, read_waivers
from mltest.report.exports import TARGETS
from mltest.report.readers import GUIDE

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "governance"


def text_of(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def rows_of(text: str) -> set[str]:
    """What stands in the first column of the page's tables, in backquotes."""
    firsts = [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]
    return {name for first in firsts for name in re.findall(r"`([^`]+)`", first)}


def sample(text: str, file: str) -> str:
    """The block of the page that is this file."""
    found = re.search(rf"```toml\n(# {re.escape(file)}\n.*?)```", text, flags=re.DOTALL)
    assert found is not None, file
    return found[1]


def codes_in(*folders: str) -> Iterator[str]:
    """Every stable code in the source, without those of tests."""
    for folder in folders:
        for path in sorted((ROOT / "mltest" / folder).rglob("*.py")):
            yield from re.findall(r"\b(ML[PCWVS]\d\d)\b", path.read_text(encoding="utf-8"))


def policy_keys() -> list[str]:
    """The keys of the policy table, as the error about an unknown one lists them."""
    ((_, text),) = policy_mistakes({"zzzzzzzz": 1})
    return text.partition("allowed are ")[2].split(", ")


def test_every_setting_has_its_row() -> None:
    rows = rows_of(text_of("policy"))
    assert not set(KEYS) - rows
    assert len(policy_keys()) > 5
    assert not set(policy_keys()) - rows


def test_no_row_names_a_setting_that_is_gone() -> None:
    tables = text_of("policy").partition("## Settings")[2].partition("## Severity")[0]
    assert not rows_of(tables) - set(KEYS) - set(policy_keys())


def test_the_settings_of_the_page_are_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(sample(text_of("policy"), "pyproject.toml"), encoding="utf-8")
    settings = read_settings(tmp_path)
    assert settings.risk == "high"
    assert settings.policy["tiers"]["high"]["inconclusive"] == "block"


def test_every_profile_is_explained() -> None:
    assert set(PROFILES) <= rows_of(text_of("plan-and-approval"))


def test_every_command_is_on_the_map() -> None:
    text = text_of("README")
    assert not [name for name in COMMANDS if f"`mltest {name}`" not in text]


def test_every_reader_has_a_page() -> None:
    for reader in GUIDE:
        page = text_of(reader.name.lower().replace(" ", "-"))
        assert reader.question in page.splitlines()[0]
        assert f"--audience {reader.audience}" in page


def test_the_waiver_of_the_page_is_read_and_every_key_explained() -> None:
    text = text_of("waivers")
    (waiver,) = read_waivers(sample(text, "waivers.toml").encode())
    assert waiver.covers == ("failed",)
    assert not set(FIELDS) - rows_of(text)


def test_every_code_of_waivers_and_plans_is_explained() -> None:
    used = set(codes_in("policy", "plugin"))
    waivers = {code for code in used if code.startswith("MLW")}
    assert waivers == {f"MLW{number:02}" for number in range(1, 22)}
    assert not [code for code in sorted(waivers) if f"| {code} |" not in text_of("waivers")]
    plans = {code for code in used if code.startswith(("MLP", "MLC"))}
    assert not [code for code in sorted(plans) if code not in text_of("plan-and-approval")]


def test_every_code_of_verify_is_explained() -> None:
    text = (ROOT / "docs" / "verify.md").read_text(encoding="utf-8")
    used = {code for code in codes_in("policy/verification", "report", "commands") if code.startswith("MLV")}
    assert len(used) > 30
    assert not [code for code in sorted(used) if code not in text]


def test_every_code_of_storage_and_keys_is_explained() -> None:
    pages = text_of("storage") + text_of("exports-and-signing")
    used = {code for code in codes_in("evidence", "interop", "plugin") if code.startswith("MLS")}
    assert used
    assert not [code for code in sorted(used) if code not in pages]


def test_every_export_has_its_row() -> None:
    assert not set(TARGETS) - rows_of(text_of("exports-and-signing"))


def test_the_keys_of_the_page_are_read() -> None:
    text = text_of("exports-and-signing")
    (key,) = read_trust(sample(text, "trust.toml").encode())
    assert key.owner == "model-validation"
    assert not [role for role in ROLES if f"`{role}`" not in text]


def test_the_declared_value_of_the_page_is_read() -> None:
    from mltest.policy.declared import read_declared

    (declared,) = read_declared(sample(text_of("policy"), "declared.toml").encode())
    assert declared.required


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda path: path.stem)
def test_page_is_linked_from_the_map(page: Path) -> None:
    assert page.stem == "README" or f"]({page.name})" in text_of("README")


def test_extras_of_the_pages_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = re.findall(r"(?:pytest-mltest)?\[(\w+)\]['`]", text_of("storage") + text_of("exports-and-signing"))
    assert set(named) == {"gs", "s3", "az", "sign"}
    assert set(named) <= set(extras)
