"""Who stands with whom: connected components of declared links (art. 7, last sentences; art. 5.3).

A link counts whichever side lists it, and a member that is not itself in the facts still joins others.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


def components(size: int, links: Iterable[tuple[int, int]]) -> npt.NDArray[np.int64]:
    """For each of ``size`` parties, the number of its set: its smallest member.

    A party that no link names is alone. Nearly linear (union by smallest root, paths halved).
    """
    root = list(range(size))

    def find(node: int) -> int:
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for left, right in links:
        a, b = find(left), find(right)
        if a != b:
            root[max(a, b)] = min(a, b)
    return np.array([find(node) for node in range(size)], dtype=np.int64)
