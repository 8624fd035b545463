"""Art. 4: is the solution certified, by a label recognised for its axis, on the invoice date?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonus.regulation.columns import NONE, REINSTATED, SUSPENDED, WITHDRAWN, Bool, Int, Portfolio, Registry
from bonus.regulation.reasons import NUMBER
from bonus.regulation.values import Parameters

# States of a certification for a line.
_UNRECOGNISED, _WITHDRAWN, _NOT_YET, _EXPIRED, _PENDING, _IN_FORCE = range(6)
_REASONS = np.zeros(6, dtype=np.int64)
_REASONS[_UNRECOGNISED] = NUMBER["solution.label_not_recognised_for_axis"]
_REASONS[_WITHDRAWN] = NUMBER["solution.certification_withdrawn"]
_REASONS[_NOT_YET] = NUMBER["solution.not_yet_certified"]
_REASONS[_EXPIRED] = NUMBER["solution.certification_expired"]
_REASONS[_PENDING] = NUMBER["solution.certification_suspended"]

# A day and a row in one sortable number: every day of years 1 to 9999 fits in 22 bits once shifted.
_SPAN, _SHIFT = 1 << 22, 719_163


@dataclass(frozen=True)
class Tested:
    """For each line: the reason number (0: certified), the row of the certification that decided
    (NONE without one) and whether two distinct recognised labels were in force."""

    reason: Int
    decisive: Int
    two_labels: Bool


@dataclass(frozen=True)
class _Timeline:
    """What the events make of each certification. ``state`` after each event: SUSPENDED, REINSTATED (in
    force) or WITHDRAWN; ``ended_by``/``ended_on``: the event that ends a suspension, NONE without one."""

    retroactive: Bool
    sort_key: Int
    state: Int
    ended_by: Int
    ended_on: Int


def _timeline(registry: Registry) -> _Timeline:
    count = len(registry.label)
    state = np.full(len(registry.event_on), REINSTATED, dtype=np.int64)
    ended_by = np.full(len(registry.event_on), NONE, dtype=np.int64)
    ended_on = np.zeros(len(registry.event_on), dtype=np.int64)
    retroactive = np.zeros(count, dtype=np.bool_)
    owner = np.repeat(np.arange(count), np.diff(registry.first_event))
    for row in np.flatnonzero(np.diff(registry.first_event)).tolist():
        current = REINSTATED
        events = range(int(registry.first_event[row]), int(registry.first_event[row + 1]))
        for event in events:
            kind, on = int(registry.event_type[event]), int(registry.event_on[event])
            if kind == WITHDRAWN:
                current = WITHDRAWN
                retroactive[row] |= registry.event_retroactive[event]
            elif current != WITHDRAWN and (kind == REINSTATED or _within(registry, row, on)):
                current = kind  # nothing undoes a withdrawal; a suspension counts within the validity alone
            state[event] = current
        following, day = NONE, 0
        for event in reversed(events):
            ended_by[event], ended_on[event] = following, day
            if int(registry.event_type[event]) != SUSPENDED:
                following, day = int(registry.event_type[event]), int(registry.event_on[event])
    return _Timeline(retroactive, owner * _SPAN + registry.event_on + _SHIFT, state, ended_by, ended_on)


def _within(registry: Registry, row: int, day: int) -> bool:
    return int(registry.valid_from[row]) <= day <= int(registry.valid_until[row])


def _states(registry: Registry, row: Int, issued_on: Int, grant_date: Int) -> Int:
    """The state of certification ``row`` for an invoice of ``issued_on`` decided on ``grant_date``."""
    line = _timeline(registry)
    state = np.full(len(row), _IN_FORCE, dtype=np.int64)
    if len(line.state):
        # The last event up to the invoice date, when there is one for this certification.
        event = np.searchsorted(line.sort_key, row * _SPAN + issued_on + _SHIFT, side="right") - 1
        known = (event >= 0) & (line.sort_key[event] // _SPAN == row)
        suspended = known & (line.state[event] == SUSPENDED)
        ended = suspended & (line.ended_by[event] != NONE) & (line.ended_on[event] <= grant_date)
        state[suspended] = _PENDING
        state[suspended & (grant_date > registry.valid_until[row])] = _EXPIRED
        state[ended & (line.ended_by[event] == WITHDRAWN)] = _WITHDRAWN
        state[ended & (line.ended_by[event] == REINSTATED)] = _IN_FORCE
    state[issued_on > registry.valid_until[row]] = _EXPIRED
    state[issued_on < registry.valid_from[row]] = _NOT_YET
    if len(line.state):
        state[known & (line.state[event] == WITHDRAWN)] = _WITHDRAWN
        state[line.retroactive[row]] = _WITHDRAWN
    return state


@dataclass(frozen=True)
class _Pairs:
    """One row per (line, certification of its solution), line by line; ``first`` row of each line.

    ``line`` is a position among the lines asked; ``recognised`` for the axis on the invoice date.
    """

    line: Int
    row: Int
    first: Int
    state: Int
    recognised: Bool


def _pairs(portfolio: Portfolio, rows: Int, issued_on: Int, parameters: Parameters) -> _Pairs:
    registry = portfolio.registry
    solution = portfolio.lines.solution[rows]
    # One more entry, for NONE (the last one) to point at.
    held = np.append(np.diff(registry.first_certification), 0)[solution]
    tested = np.flatnonzero(held)
    held = held[tested]
    first = np.cumsum(held) - held
    line = np.repeat(tested, held)
    row = np.arange(len(line)) - np.repeat(first - registry.first_certification[solution[tested]], held)
    day = issued_on[line]
    label = registry.label[row]
    recognised = parameters.recognised.at(day, np.maximum(label, 0), registry.axis[solution[line]])
    state = _states(registry, row, day, portfolio.lines.grant_date[rows][line])
    return _Pairs(line, row, first, state, (label != NONE) & recognised)


def assess(portfolio: Portfolio, rows: Int, issued_on: Int, parameters: Parameters) -> Tested:
    """Test the lines ``rows`` (``issued_on``: their invoice dates); see ``Tested``.

    What ends a suspension counts up to the grant date of the line, inclusive.
    """
    registry = portfolio.registry
    unknown = portfolio.lines.solution[rows] == NONE
    reason = np.where(unknown, NUMBER["solution.unknown"], NUMBER["solution.never_certified"])
    decisive = np.full(len(rows), NONE, dtype=np.int64)
    two_labels = np.zeros(len(rows), dtype=np.bool_)
    pairs = _pairs(portfolio, rows, issued_on, parameters)
    if not len(pairs.row):
        return Tested(reason, decisive, two_labels)

    # The deciding certification has the highest score: in force, then pending, the first listed of these;
    # else the one valid the latest, then from the latest, then the first listed. Unrecognised: the least.
    size = len(registry.label)
    by_validity = np.lexsort((-np.arange(size), registry.valid_from, registry.valid_until))
    place = np.empty(size, dtype=np.int64)
    place[by_validity] = np.arange(size)
    kind = np.where(pairs.recognised, np.maximum(pairs.state - _PENDING + 2, 1), 0)
    score = kind * size + np.where(kind == 1, place[pairs.row], size - 1 - pairs.row)
    best = np.maximum.reduceat(score, pairs.first)
    chosen = np.flatnonzero(score == np.repeat(best, np.diff(pairs.first, append=len(score))))
    line = pairs.line[chosen]  # scores differ inside a line, so each line has one
    decisive[line] = pairs.row[chosen]
    reason[line] = _REASONS[np.where(pairs.recognised[chosen], pairs.state[chosen], _UNRECOGNISED)]

    in_force = pairs.recognised & (pairs.state == _IN_FORCE)
    label = registry.label[pairs.row]
    most = np.maximum.reduceat(np.where(in_force, label, NONE), pairs.first)
    least = np.minimum.reduceat(np.where(in_force, label, np.iinfo(np.int64).max), pairs.first)
    two_labels[line] = (most != NONE) & (least != most)
    return Tested(reason, decisive, two_labels)


def labels_in_force(portfolio: Portfolio, line: int, issued_on: Int, parameters: Parameters) -> list[str]:
    """The recognised labels in force for a line on its invoice date, as the premium of art. 6 counts them."""
    rows = np.array([line], dtype=np.int64)
    pairs = _pairs(portfolio, rows, issued_on[rows], parameters)
    in_force = pairs.row[pairs.recognised & (pairs.state == _IN_FORCE)]
    return list(dict.fromkeys(portfolio.registry.label_names[row] for row in in_force.tolist()))
