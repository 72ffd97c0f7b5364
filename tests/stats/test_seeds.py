from __future__ import annotations

from mltest.stats.seeds import seed_of


def test_seed_is_the_head_of_the_digest():
    assert seed_of("") == 0xE3B0C44298FC1C14
    assert seed_of("abc") == 0xBA7816BF8F01CFEA
    assert seed_of("tests/test_é.py::test[1]") != seed_of("tests/test_e.py::test[1]")
