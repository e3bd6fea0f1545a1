"""Small array operations that the columns are read with. Indexes and instants are int64 throughout."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Bytes: TypeAlias = npt.NDArray[np.uint8]

NONE: int = np.iinfo(np.int64).min
"""Stands in a column of instants for null."""


def positions(flags: Bools) -> Ints:
    """Where the flags are set, in order."""
    return np.flatnonzero(flags).astype(np.int64, copy=False)


def starts_of(lengths: Ints) -> Ints:
    """Where each run begins when runs of these lengths stand one behind the other."""
    starts = np.empty(len(lengths), np.int64)
    if len(lengths):
        starts[0] = 0
        np.cumsum(lengths[:-1], out=starts[1:])
    return starts


def spread(firsts: Ints, lengths: Ints) -> Ints:
    """The numbers `first, first + 1, ...` of every run, `length` of each, as one column."""
    return np.repeat(firsts - starts_of(lengths), lengths) + np.arange(int(lengths.sum()))


def next_in(sorted_events: Ints, after: Ints, limits: Ints) -> Ints:
    """For each event the first of `sorted_events` behind it; its limit when there is none before that."""
    padded = np.append(sorted_events, np.iinfo(np.int64).max)
    found: Ints = padded[np.searchsorted(sorted_events, after, side="right")]
    return np.minimum(found, limits)


def rank_within(groups: Ints) -> Ints:
    """For each row its number, from 1, among the rows of its group; rows of a group stand together."""
    if not len(groups):
        return groups.copy()
    begins = np.empty(len(groups), np.bool_)
    begins[0] = True
    np.not_equal(groups[1:], groups[:-1], out=begins[1:])
    heads = positions(begins)
    return np.arange(1, len(groups) + 1) - np.repeat(heads, np.diff(heads, append=len(groups)))
