"""``mltest list controls``."""

from __future__ import annotations

import argparse
import json

import pytest

from mltest.commands import list as listing
from mltest.errors import UsageError
from mltest.policy.controls import catalogue


@pytest.fixture
def listed(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def of(*words):
        parser = argparse.ArgumentParser()
        listing.arguments(parser)
        assert listing.run(parser.parse_args(words)) == 0
        return capsys.readouterr().out

    return of


def test_every_control_has_its_line(listed):
    lines = listed("controls").splitlines()
    shorts = {line.split()[0] for line in lines if line.startswith("  ")}
    assert shorts == set(catalogue().shorts)
    assert "ML Test Score, 2017: 28 (15 direct, 11 partial, 1 record, 1 manual)" in lines
    assert max(map(len, lines)) <= 100


def test_one_framework_with_what_it_asks(listed):
    text = listed("controls", "--framework", "EU AI Act")
    assert text.startswith(
        "EU AI Act, 2024/1689 as amended by 2026/1744: 59 (1 direct, 30 partial, 15 record, 13 manual)"
    )
    assert "eu-ai-act:15.1          partial  Art. 15(1)\n" in text
    assert "Asks: Reach and keep suitable levels" in text
    assert "Kinds: model.performance, model.robustness, model.regression, artifact.safety" in text
    assert "Applies from 2027-12-02" in text
    assert max(map(len, text.splitlines())) <= 100


def test_as_one_object(listed):
    found = json.loads(listed("controls", "--framework", "gdpr", "--json"))
    assert found["catalogue"] == catalogue().version
    assert found["controls"][0]["short"] == "gdpr:5.1.c"
    assert len(found["controls"]) == 11
    assert {row["id"] for row in json.loads(listed("checks", "--json"))["checks"]} >= {"model.metric", "data.schema"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("controls", "--framework", "eu-ai-ct"), "no framework 'eu-ai-ct' in the catalogue; nearest is 'eu-ai-act'"),
        (("checks", "--framework", "gdpr"), "--framework goes with `mltest list controls`, not with checks"),
    ],
)
def test_usage(listed, words, message):
    with pytest.raises(UsageError) as wrong:
        listed(*words)
    assert str(wrong.value).startswith(message)
