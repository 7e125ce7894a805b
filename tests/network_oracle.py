"""The network's answers by enumeration: slow, naive, and written without a look at the code under test.

A condition here is a plain function of a whole assignment that says yes or no; a cost is a plain function of a
whole assignment. Calendar months are counted with `calendar.monthrange`.
"""

from __future__ import annotations

import calendar
import datetime
import itertools
from collections.abc import Callable, Sequence

Assignment = tuple[int, ...]
Condition = Callable[[Assignment], bool]
Cost = Callable[[Assignment], int]


def solutions(values: Sequence[Sequence[int]], conditions: Sequence[Condition]) -> list[Assignment]:
    """Every assignment that meets every condition."""
    return [x for x in itertools.product(*values) if all(holds(x) for holds in conditions)]


def has_solution(values: Sequence[Sequence[int]], conditions: Sequence[Condition]) -> bool:
    return any(all(holds(x) for holds in conditions) for x in itertools.product(*values))


def least_of(plans: Sequence[Assignment]) -> list[int]:
    return [min(column) for column in zip(*plans, strict=True)]


def greatest_of(plans: Sequence[Assignment]) -> list[int]:
    return [max(column) for column in zip(*plans, strict=True)]


def cheapest(plans: Sequence[Assignment], cost: Cost) -> tuple[int, list[Assignment]]:
    """The least cost, and every plan that has it."""
    costs = [cost(plan) for plan in plans]
    least = min(costs)
    return least, [plan for plan, spent in zip(plans, costs, strict=True) if spent == least]


Link = tuple[Sequence[Callable[[dict[int, int]], bool]], Sequence[Callable[[dict[int, int]], int]]]


def cheapest_along_chain(values: Sequence[Sequence[int]], links: Sequence[Link]) -> tuple[int, list[int], list[int]]:
    """The least cost of a chain, and the least and greatest value that each variable has among all optima.

    `links[k]` are the conditions and the costs that concern variable k, or k and k - 1.
    """

    def spent(k: int, before: int, here: int) -> float:
        conditions, costs = links[k]
        x = {k - 1: before, k: here}
        return sum(cost(x) for cost in costs) if all(holds(x) for holds in conditions) else float("inf")

    to_here = [{v: spent(0, 0, v) for v in values[0]}]
    for k in range(1, len(values)):
        to_here.append({v: min(c + spent(k, u, v) for u, c in to_here[-1].items()) for v in values[k]})
    from_here = [dict.fromkeys(values[-1], 0.0)]
    for k in range(len(values) - 1, 0, -1):
        onward = from_here[0]
        from_here.insert(0, {u: min(c + spent(k, u, v) for v, c in onward.items()) for u in values[k - 1]})
    least = min(to_here[-1].values())
    used = [
        [v for v in column if before[v] + after[v] == least]
        for column, before, after in zip(values, to_here, from_here, strict=True)
    ]
    return int(least), [min(column) for column in used], [max(column) for column in used]


def add_months(day: int, months: int) -> int:
    """Months on from a proleptic ordinal, clipped to the end of the month."""
    date = datetime.date.fromordinal(day)
    count = date.year * 12 + date.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return datetime.date(year, month, min(date.day, calendar.monthrange(year, month)[1])).toordinal()


def last_day_reaching_at_most(day: int, months: int) -> int:
    """The largest v with v + months <= day."""
    candidates = range(day - 31 * abs(months) - 35, day + 31 * abs(months) + 36)
    return max(v for v in candidates if add_months(v, months) <= day)


def first_day_reaching_at_least(day: int, months: int) -> int:
    """The smallest v with v + months >= day."""
    candidates = range(day - 31 * abs(months) - 35, day + 31 * abs(months) + 36)
    return min(v for v in candidates if add_months(v, months) >= day)
