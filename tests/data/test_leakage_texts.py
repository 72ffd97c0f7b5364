"""Near duplicates among texts: Jaccard's index of five-character shingles, found by MinHash and decided exactly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mltest.data.leakage_shingles import JACCARD, near_ones, shingles_of
from mltest.data.leakage_texts import TEXT_LENGTH
from mltest.data.no_leakage import no_leakage

LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))
RNG = np.random.default_rng(12)
WORDS = ["".join(LETTERS[RNG.integers(0, 26, RNG.integers(2, 9))]) for _ in range(800)]
OFTEN = 1 / np.arange(1, 801) / (1 / np.arange(1, 801)).sum()


def written(count, rng=RNG, least=15, most=60):
    return [" ".join(rng.choice(WORDS, rng.integers(least, most), p=OFTEN)) for _ in range(count)]


def runs(text):
    return {text[at : at + 5] for at in range(max(1, len(text) - 4))}


def index(a, b):
    return len(runs(a) & runs(b)) / len(runs(a) | runs(b))


TRAIN, TEST = written(400), written(150)


def share(train, test, **columns):
    result = no_leakage(
        pl.DataFrame({"text": train, **{name: both[0] for name, both in columns.items()}}),
        pl.DataFrame({"text": test, **{name: both[1] for name, both in columns.items()}}),
        near_duplicates=True,
    )
    found = next(one for one in result.measurements if one.name == "near_duplicates")
    return found.value, result


def test_the_shortest_text_in_which_one_letter_may_change():
    text = "".join(LETTERS[RNG.integers(0, 26, 49)])
    assert index(text, f"{text[:24]}-{text[25:]}") == JACCARD
    shorter = text[:48]
    assert index(shorter, f"{shorter[:24]}-{shorter[25:]}") < JACCARD
    assert TEXT_LENGTH == 50


@pytest.mark.parametrize("alphabet", ["ab c", "abcdefghij klm", "".join(map(chr, range(0x4E00, 0x4E00 + 9000)))])
def test_pairs_are_those_that_every_pair_by_itself_gives(alphabet):
    rng = np.random.default_rng(len(alphabet))
    texts = ["".join(rng.choice(list(alphabet), rng.integers(1, 90))) for _ in range(60)]
    texts += [text[: max(1, len(text) - rng.integers(0, 12))] + "x" * int(rng.integers(0, 3)) for text in texts]
    texts += texts[:10]
    shingles = shingles_of(texts)
    assert shingles.sizes.tolist() == [len(runs(text)) for text in texts]
    known, asked = np.arange(0, len(texts), 2), np.arange(1, len(texts), 2)
    # pairs that are just at the limit are found with a chance of 0.998
    expected = [any(index(texts[a], texts[b]) >= JACCARD for b in known) for a in asked]
    assert near_ones(shingles, known, asked).tolist() == expected
    itself = near_ones(shingles, known, known)
    alone = [any(a != b and index(texts[a], texts[b]) >= JACCARD for b in known) for a in known]
    assert itself.tolist() == alone


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=12))
def test_shingles_of_any_text(texts):
    assert shingles_of(texts).sizes.tolist() == [len(runs(text.ljust(5, "\uffff"))) for text in texts]


def changed(text, rng, letters):
    for _ in range(letters):
        at = int(rng.integers(len(text)))
        text = text[:at] + str(rng.choice(LETTERS)) + text[at + 1 :]
    return text


def test_copies_with_a_changed_letter_are_near_and_others_are_not():
    assert share(TRAIN, TEST)[0] == 0
    copies = [changed(text, np.random.default_rng(at), 1).upper() + " \n" for at, text in enumerate(TRAIN[:50])]
    value, result = share(TRAIN, TEST + copies)
    assert value == 50 / 200
    assert (result.verdict, result.flags) == ("failed", ())
    assert result.because.startswith(
        "50 of 200 test rows lie within rounding of a train row, or have nearly its text (text)"
    )


def test_detection_is_as_good_as_the_bands_promise():
    """Of pairs with an index of 0.8 to 0.85 at most 0.3 % are missed."""
    rng = np.random.default_rng(3)
    originals = written(900, rng, 40, 80)
    copies = [changed(text, rng, 7) for text in originals]
    near = np.array([index(a, b) for a, b in zip(originals, copies, strict=True)])
    at_limit = (near >= JACCARD) & (near < 0.85)
    found = near_ones(shingles_of([*originals, *copies]), np.arange(900), np.arange(900, 1800))
    assert at_limit.sum() > 200
    assert (~found[at_limit]).sum() <= 3
    assert not found[near < JACCARD - 0.02].any()


def test_what_is_no_text_must_be_equal():
    copies = [changed(text, np.random.default_rng(at), 1) for at, text in enumerate(TRAIN[:60])]
    price = np.linspace(1, 2, 400)
    town = [None, "Oslo"] * 200
    same = price[:60] + 1e-7
    assert share(TRAIN, copies, price=(price, same), town=(town, town[:60]))[0] == 1
    other = np.where(np.arange(60) < 20, price[:60] + 0.1, same)
    assert share(TRAIN, copies, price=(price, other), town=(town, town[:60]))[0] == 40 / 60
    assert share(TRAIN, copies, price=(price, same), town=(town, town[1:61]))[0] == 0


def test_short_texts_and_codes_are_no_texts():
    codes = [f"customer-{at:05}-in-town" for at in range(400)]
    others = [f"customer-{at:05}-in-town" for at in range(400, 500)]
    assert index(codes[0], others[0]) > 0.5
    assert share(codes, others)[0] == 0


def test_texts_of_one_template_are_undecided():
    rng = np.random.default_rng(1)
    long = "thank you for your order, which has left our warehouse in Antwerp and will reach you within four days: "
    mails = [f"{long}{at}" for at in rng.permutation(9000)[:300]]
    value, result = share(mails[:200], mails[200:])
    assert value > 0.9
    assert (result.verdict, "low_cardinality" in result.flags) == ("inconclusive", True)


def test_missing_texts_are_near_to_nothing_by_themselves():
    train = [None if at % 10 == 0 else text for at, text in enumerate(TRAIN)]
    assert share(train, [None, *TEST], price=([*range(400)], [*range(900, 900 + len(TEST) + 1)]))[0] == 0


def test_two_columns_of_text_are_one_text():
    copies = [changed(text, np.random.default_rng(at), 1) for at, text in enumerate(TRAIN[:40])]
    other = written(400)
    assert share(TRAIN, copies, more=(other, other[:40]))[0] == 1
    assert share(TRAIN, copies, more=(other, other[40:80]))[0] == 0


def test_engines_and_order_change_nothing_and_the_callers_tables_stay():
    copies = [changed(text, np.random.default_rng(at), 2) for at, text in enumerate(TRAIN[:30])] + TEST
    train, test = pd.DataFrame({"text": TRAIN}), pd.DataFrame({"text": copies})
    kept = train.copy(), test.copy()
    first = no_leakage(train, test, near_duplicates=True)
    pd.testing.assert_frame_equal(train, kept[0])
    pd.testing.assert_frame_equal(test, kept[1])
    assert first.measurements[2].value == share(TRAIN, copies)[0] == share(TRAIN[::-1], copies[::-1])[0]
