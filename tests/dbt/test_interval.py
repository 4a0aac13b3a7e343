"""The interval of the median: the ranks that the models use cover 95 %."""

from __future__ import annotations

from math import comb, floor, sqrt

import pytest


def ranks(n: int) -> tuple[int, int]:
    """As macro median_rank has them."""
    low = max(1, floor(n / 2 - 0.98 * sqrt(n) + 0.5))
    high = min(n, floor(1 + n / 2 + 0.98 * sqrt(n) + 0.5))
    return low, high


@pytest.mark.parametrize("n", [*range(10, 120), 250, 500, 1000])
def test_it_covers(n: int) -> None:
    low, high = ranks(n)
    # The median lies under the low rank when fewer than `low` of n fall below it: a fair coin.
    outside = sum(comb(n, k) for k in range(low)) + sum(comb(n, k) for k in range(high, n + 1))
    assert 1 - outside / 2**n > 0.95
    assert low + high == n + 1
