"""Texts as sets of five-character shingles, and which of them are near to each other by Jaccard's index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["JACCARD", "Shingles", "near_ones", "shingles_of"]

JACCARD = 0.8
LENGTH = 5
BANDS, IN_BAND = 20, 6
# of 120 equal minima with chance .8 each, fewer than 64 agree once in 10^11 pairs: those need no exact look
_LEAST_AGREEING = 64
_CHUNK = 2**16
_PAIRS = 2**15

Codes = NDArray[np.uint64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Shingles:
    """The distinct shingles of each text, one after another: those of text i are ``codes[start[i]:start[i + 1]]``."""

    codes: Codes
    start: Ints

    @property
    def sizes(self) -> Ints:
        """How many each text has."""
        return np.diff(self.start)

    def take(self, texts: Ints) -> tuple[Codes, Ints]:
        """The shingles of these texts, and for each its place among them."""
        sizes = self.sizes[texts]
        place = np.repeat(np.arange(len(texts)), sizes)
        offset = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self.codes[np.repeat(self.start[texts], sizes) + offset], place


def shingles_of(texts: Sequence[str]) -> Shingles:
    """Every run of five characters as an exact number; a shorter text is one shingle of its own."""
    # noncharacters, which no text holds, fill what is shorter
    padded = [text.ljust(LENGTH, "\uffff") for text in texts]
    sizes = np.array([len(text) for text in padded], dtype=np.int64)
    points = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = _runs(points)
    text = np.repeat(np.arange(len(texts)), sizes)[: len(codes)]
    inside = np.ones(len(points), dtype=bool)
    ends = np.cumsum(sizes)
    for back in range(1, LENGTH):
        inside[ends - back] = False
    codes, text = codes[inside[: len(codes)]], text[inside[: len(codes)]]
    distinct, rank = np.unique(codes, return_inverse=True)
    # text and rank in one integer: a plain sort is several times faster than a lexical one
    both = text * len(distinct) + rank
    both.sort()
    text, rank = np.divmod(both[np.append(True, both[1:] != both[:-1])], len(distinct))
    return Shingles(distinct[rank], np.append(0, np.cumsum(np.bincount(text, minlength=len(texts)))))


def _runs(points: NDArray[np.uint32]) -> Codes:
    """Code points are at most 21 bits: three fit into a number, whose rank takes the place of its bits."""
    there = np.zeros(int(points.max()) + 1, dtype=bool)
    there[points] = True
    digits, letters = (np.cumsum(there) - 1).astype(np.uint64)[points], int(there.sum())
    many = np.uint64(letters)
    if letters**LENGTH < 2**64:
        made = digits[: len(digits) - LENGTH + 1].copy()
        for at in range(1, LENGTH):
            made = made * many + digits[at : len(digits) - LENGTH + 1 + at]
        return made
    three = (digits[:-2] * many + digits[1:-1]) * many + digits[2:]
    ranked = np.unique(three, return_inverse=True)[1].astype(np.uint64)
    return np.asarray((ranked[:-2] * many + digits[3:-1]) * many + digits[4:])


def near_ones(shingles: Shingles, known: Ints, asked: Ints, alike: NDArray[Any] | None = None) -> NDArray[np.bool_]:
    """Which of the asked texts have a near one among the known; a text is not near to itself.

    ``alike`` has one code a text for what else must be equal. Candidates agree on all minima of a band of
    MinHash; each is then decided by the exact index.
    """
    minima = _minima(shingles)
    hit = np.zeros(len(asked), dtype=bool)
    extra = np.zeros(len(shingles.start) - 1, np.uint64) if alike is None else alike.astype(np.uint64)
    keys = [_mixed_band(minima[:, at * IN_BAND : (at + 1) * IN_BAND], extra) for at in range(BANDS)]
    for at, key in enumerate(keys):
        order = np.argsort(key[known], kind="stable")
        ordered = key[known][order]
        due = np.flatnonzero(~hit)
        low = np.searchsorted(ordered, key[asked[due]], "left")
        many = np.searchsorted(ordered, key[asked[due]], "right") - low
        for mine, theirs in _pairs(low, many, due, hit):
            a, b = asked[mine], known[order[theirs]]
            new = (a != b) & (extra[a] == extra[b]) & _first_met(keys[:at], a, b)
            hit[mine[new][_near(shingles, minima, a[new], b[new])]] = True
    return hit


def _pairs(low: Ints, many: Ints, due: Ints, hit: NDArray[np.bool_]) -> Iterator[tuple[Ints, Ints]]:
    """Candidates in rounds: the next few of every text that has not found a near one yet."""
    place = np.zeros(len(due), dtype=np.int64)
    while True:
        open_ones = np.flatnonzero((place < many) & ~hit[due])
        if not len(open_ones):
            return
        each = max(1, _PAIRS // len(open_ones))
        for start in range(0, len(open_ones), _PAIRS):
            part = open_ones[start : start + _PAIRS]
            taken = np.minimum(each, many[part] - place[part])
            offset = np.arange(int(taken.sum())) - np.repeat(np.cumsum(taken) - taken, taken)
            yield np.repeat(due[part], taken), np.repeat(low[part] + place[part], taken) + offset
            place[part] += taken


def _first_met(earlier: list[Codes], a: Ints, b: Ints) -> NDArray[np.bool_]:
    """Pairs that no earlier band has put together."""
    new = np.ones(len(a), dtype=bool)
    for key in earlier:
        new &= key[a] != key[b]
    return new


def _near(shingles: Shingles, minima: NDArray[np.uint32], a: Ints, b: Ints) -> Ints:
    """The places of the pairs that are near; the exact look is kept for those that can be."""
    worth = np.flatnonzero(_sizes_allow(shingles, a, b))
    agreeing = np.count_nonzero(minima[a[worth]] == minima[b[worth]], axis=1)
    worth = worth[agreeing >= _LEAST_AGREEING]
    return np.asarray(worth[_jaccard(shingles, a[worth], b[worth]) >= JACCARD], dtype=np.int64)


def _sizes_allow(shingles: Shingles, a: Ints, b: Ints) -> NDArray[np.bool_]:
    """The index is at most the smaller set over the larger."""
    first, second = shingles.sizes[a], shingles.sizes[b]
    return np.asarray(np.minimum(first, second) >= JACCARD * np.maximum(first, second))


def _jaccard(shingles: Shingles, a: Ints, b: Ints) -> NDArray[np.float64]:
    """Exactly, pair by pair, some pairs at a time."""
    found = np.empty(len(a))
    size = shingles.sizes
    step = max(1, _CHUNK * 16 // max(int(size.max(initial=1)), 1))
    for start in range(0, len(a), step):
        part = slice(start, start + step)
        codes, pair = (
            np.concatenate(both) for both in zip(shingles.take(a[part]), shingles.take(b[part]), strict=True)
        )
        order = np.lexsort((codes, pair))
        codes, pair = codes[order], pair[order]
        twice = pair[1:][(codes[1:] == codes[:-1]) & (pair[1:] == pair[:-1])]
        shared = np.bincount(twice, minlength=len(a[part]))
        found[part] = shared / (size[a[part]] + size[b[part]] - shared)
    return found


def _minima(shingles: Shingles) -> NDArray[np.uint32]:
    """The smallest of each text's shingles in each of 120 orders."""
    draws = np.random.Generator(np.random.PCG64(0)).integers(0, 2**64, (2, BANDS * IN_BAND), dtype=np.uint64)
    made = np.empty((len(shingles.start) - 1, BANDS * IN_BAND), np.uint32)
    for first, last in _chunks(shingles.start):
        own = _mixed(shingles.codes[shingles.start[first] : shingles.start[last]])
        start = shingles.start[first:last] - shingles.start[first]
        for at, (times, plus) in enumerate(zip(draws[0] | np.uint64(1), draws[1], strict=True)):
            made[first:last, at] = np.minimum.reduceat(((own * times + plus) >> np.uint64(32)).astype(np.uint32), start)
    return made


def _chunks(start: Ints) -> Iterator[tuple[int, int]]:
    """Texts that have about so many shingles together."""
    first, texts = 0, len(start) - 1
    while first < texts:
        last = max(first + 1, int(np.searchsorted(start, start[first] + _CHUNK, "right")) - 1)
        yield first, min(last, texts)
        first = last


def _mixed(codes: Codes) -> Codes:
    """Neighbouring numbers far apart (the finaliser of SplitMix64)."""
    made = codes + np.uint64(0x9E3779B97F4A7C15)
    made = (made ^ (made >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    made = (made ^ (made >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(made ^ (made >> np.uint64(31)))


def _mixed_band(minima: NDArray[np.uint32], extra: Codes) -> Codes:
    made = _mixed(extra)
    for at in range(minima.shape[1]):
        made = _mixed(made ^ minima[:, at].astype(np.uint64))
    return made
