from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.evidence.redaction import Redaction, is_secret_name, without_credentials

USERS, WINDOWS = "/" + "home", "C:" + "\\Users"  # put together, since no file may name somebody's folder
REDACT = Redaction(PurePosixPath("/proj/credit"), PurePosixPath(f"{USERS}/zeb"), {"DEPLOY_TOKEN": "hunter2hunter2"})


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("asked ada.love+x@mail.example.org.", "asked <e-mail>."),
        ("https://ada:pw@example.com:8443/a/b?sig=1#x", "https://example.com:8443/a/b"),
        ("no file /proj/credit/data/test.parquet", "no file data/test.parquet"),
        ("run in /proj/credit", "run in ."),
        (f"no file {USERS}/zeb/test.parquet", "no file ~/test.parquet"),
        (f"no file {USERS}/ada/test.parquet", "no file ~/test.parquet"),
        (rf"no file {WINDOWS}\Ada\test.parquet", r"no file ~\test.parquet"),
        ("no file /mnt/share/ada lovelace/x/test.parquet", "no file …/ada lovelace/x/test.parquet"),
        ("/mnt/share/people/test.parquet: broken", "…/test.parquet: broken"),
        ("--api-token=abc --maxfail=2", "--api-token=<secret> --maxfail=2"),
        ("--license-key abc", "--license-key <secret>"),
        ("password: 'a b c' was refused", "password: <secret> was refused"),
        ('{"client_secret": "abc"}', '{"client_secret": <secret>}'),
        ("Authorization: Bearer abc.def-123", "Authorization: <secret>"),
        ("got ghp_0123456789abcdefghij", "got <secret>"),
        ("got hunter2hunter2 back", "got <secret> back"),
        ("card 4111 1111 1111 1111, paid", "card <number>, paid"),
        ("card 4111-1111-1111-1111", "card <number>"),
    ],
)
def test_what_is_taken_out(text, kept):
    assert REDACT(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "roc_auc 0.842 on holdout, required at least 0.87",
        "tests/test_lending.py::test_auc[north-0.5]",
        "n = 4 120 000 of 12 000 000 rows",
        "card 4111 1111 1111 1112",
        "512 max_tokens, 3 tokens left, sort key is id",
        "income=[20.5, 31.0) and/or region=north",
        "decided @ 0.35",
        "sha256 0123456789abcdef",
        "/predict answers 3 rows",
    ],
)
def test_what_stays(text):
    assert REDACT(text) == text


ODD = st.lists(
    st.sampled_from(
        [
            "ada@x.org",
            "https://u:p@h/x?q",
            f"{USERS}/zeb",
            "/proj/credit",
            "/",
            "token=",
            "key",
            "--",
            "=",
            "'",
            '"',
            ":",
            " ",
            "<e-mail>",
            "<secret>",
            "~",
            "…",
            ".",
            "4111111111111111",
            "Bearer ",
            "hunter2hunter2",
            "a",
            WINDOWS + "\\x\\",
            "[",
            "@",
            "?",
        ]
    ),
    max_size=9,
).map("".join)


@given(st.one_of(st.text(max_size=60), ODD))
def test_redacting_again_changes_nothing(text):
    once = REDACT(text)
    assert REDACT(once) == once


@given(st.one_of(st.text(max_size=60), ODD))
def test_what_is_not_suspected_has_nothing_to_take_out(text):
    if not REDACT.suspects(text):
        assert REDACT._taken_out(text) == text


@given(ODD)
def test_no_address_and_no_secret_value_survives(text):
    kept = REDACT(text)
    assert "hunter2hunter2" not in kept
    assert "ada@x.org" not in kept


def test_an_argument_and_the_one_before_it():
    told = [REDACT.argument(text, before) for before, text in [("", "--token"), ("--token", "abc"), ("abc", "-x")]]
    assert told == ["--token", "<secret>", "-x"]
    assert REDACT.argument("--db-password=abc") == "--db-password=<secret>"
    assert REDACT.argument("-x", "--token") == "-x"


def test_values_of_variables_that_are_no_secrets_by_their_form_stay():
    redact = Redaction(None, None, {"KEY": "short", "API_KEY": "1234567890", "PATH": "some/longer/text"})
    assert redact("short 1234567890 some/longer/text") == "short 1234567890 some/longer/text"


def test_the_root_of_the_file_system_is_no_folder_to_hide():
    assert Redaction(PurePosixPath("/"), PureWindowsPath("C:/"))("a / b") == "a / b"


def test_plain_values_are_redacted_inside():
    assert REDACT.plain({"a": ["ada@x.org", 3], "ada@x.org": None}) == {"a": ["<e-mail>", 3], "<e-mail>": None}


def test_without_credentials_never_raises_and_keeps_no_password():
    assert without_credentials("s3://u:p@bucket/a?x") == "s3://bucket/a"
    assert without_credentials("http://[bad") == "http://…"
    assert without_credentials("plain") == "plain"


def test_names_of_secrets():
    assert all(map(is_secret_name, ["TOKEN", "MY_SECRET", "db-password", "SSH_KEY"]))
    assert not is_secret_name("--maxfail")


def test_a_secret_longer_than_any_name_of_a_file_is_taken_out():
    long = "-----BEGIN" + "x" * 5000
    assert Redaction(None, None, {"DEPLOY_KEY": long, "OTHER_KEY": "a\0b\0c\0d\0e"})(f"got {long}.") == "got <secret>."
