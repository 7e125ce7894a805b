"""How fast the network answers: 40 visits with 120 rules, and chains of 50 to 400 visits.

The networks are built around a hidden plan, so that they have a solution, with targets that cannot all stand.
Figures are medians over networks of the best of a few runs each, so that a busy machine disturbs them little.
"""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from trialcal.network import Arc, Domain, Term, best, bounds, conflict

VISITS, RULES, DAYS = 40, 120, 7
NETWORKS = 15
RUNS = 5
CHAINS = (50, 100, 200, 400)


class Problem(NamedTuple):
    domains: list[Domain]
    arcs: list[Arc]
    terms: list[Term]


def random_network(seed: int, *, closed_weekends: bool = False, relative: float = 0.0) -> Problem:
    """Each rule is a minimum gap with up to 4 days of slack, every second one a maximum gap, too."""
    rng = random.Random(seed)
    hidden = [weekday(2 * k + rng.randint(0, 2), closed_weekends) for k in range(VISITS)]
    domains = [window(day - rng.randrange(DAYS), closed_weekends, day) for day in hidden]
    arcs = []
    for label in range(RULES):
        before, after = sorted(rng.sample(range(VISITS), 2))
        gap = hidden[after] - hidden[before]
        arcs.append(Arc(after, before, gap - rng.randint(0, 4), label=label))
        if rng.random() < 0.5:
            arcs.append(Arc(before, after, -gap - rng.randint(0, 4), label=label))
    terms = []
    for k, domain in enumerate(domains):
        if k and rng.random() < relative:
            ref = rng.randrange(k)
            terms.append(Term(k, 1, ref=ref, shift=hidden[k] - hidden[ref] + rng.randint(-3, 3)))
        else:
            terms.append(Term(k, 1, rng.randint(domain[0][0], domain[-1][1])))
    return Problem(domains, arcs, terms)


def weekday(day: int, closed_weekends: bool) -> int:
    return day - max(0, day % 7 - 4) if closed_weekends else day


def window(first: int, closed_weekends: bool, day: int) -> Domain:
    """A window of 7 days that holds the given one, without days 5 and 6 of the week where those are closed."""
    if not closed_weekends:
        return ((first, first + DAYS - 1),)
    days = [d for d in range(first, first + DAYS) if d % 7 < 5]
    split = next((k for k in range(1, len(days)) if days[k] > days[k - 1] + 1), len(days))
    parts = [part for part in (days[:split], days[split:]) if part]
    assert day in days
    return tuple((part[0], part[-1]) for part in parts)


def chain(seed: int, count: int) -> Problem:
    """A visit a week, each 6 or 7 to 7 or 8 days after the one before it, targets up to 3 days off."""
    rng = random.Random(seed)
    days = [7 * k for k in range(count)]
    arcs = []
    for k in range(1, count):
        arcs.append(Arc(k, k - 1, 7 - rng.randint(0, 1), label=k))
        arcs.append(Arc(k - 1, k, -7 - rng.randint(0, 1), label=k))
    terms = [Term(k, 1, day + rng.randint(-3, 3)) for k, day in enumerate(days)]
    return Problem([((day - 3, day + 3),) for day in days], arcs, terms)


def contradicted(problem: Problem, seed: int) -> Problem:
    """The same network with one rule more, which cannot hold."""
    rng = random.Random(seed)
    before, after = sorted(rng.sample(range(VISITS), 2))
    apart = problem.domains[after][-1][1] - problem.domains[before][0][0]
    return problem._replace(arcs=[*problem.arcs, Arc(after, before, apart + 1, label=RULES)])


def milliseconds(run: Callable[[], object]) -> float:
    spent = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        spent.append(time.perf_counter() - start)
    return 1000 * min(spent)


def median_of(answer: Callable[[Problem], object], problems: Sequence[Problem]) -> float:
    return statistics.median(milliseconds(lambda p=problem: answer(p)) for problem in problems)  # type: ignore[misc]


def bounds_of(problem: Problem) -> object:
    return bounds(problem.domains, problem.arcs)


def best_of(problem: Problem) -> object:
    return best(problem.domains, problem.arcs, problem.terms)


def conflict_of(problem: Problem) -> object:
    free: list[Domain] = [((domain[0][0] - 500, domain[-1][1] + 500),) for domain in problem.domains]
    return conflict(problem.domains, problem.arcs, free)


def random_bounds() -> float:
    """Milliseconds for earliest and latest of 40 visits and 120 rules."""
    return median_of(bounds_of, [random_network(seed) for seed in range(NETWORKS)])


def random_best(*, closed_weekends: bool = False, relative: float = 0.0) -> float:
    """Milliseconds for the best plan of 40 visits and 120 rules, a part of the targets relative to visits."""
    problems = [random_network(seed, closed_weekends=closed_weekends, relative=relative) for seed in range(NETWORKS)]
    return median_of(best_of, problems)


def random_conflict() -> float:
    """Milliseconds for a minimal conflict and its chain among 40 visits and 121 rules."""
    return median_of(conflict_of, [contradicted(random_network(seed), seed) for seed in range(NETWORKS)])


def chain_times(answer: Callable[[Problem], object]) -> list[float]:
    """Milliseconds for chains of 50, 100, 200 and 400 visits."""
    return [median_of(answer, [chain(seed, count) for seed in range(5)]) for count in CHAINS]


def growth(times: Sequence[float]) -> float:
    """The exponent e of time ~ count ** e, as the slope of the line through the logarithms."""
    slope, _ = statistics.linear_regression([math.log(n) for n in CHAINS], [math.log(t) for t in times])
    return slope


def told(value: float, limit: float, unit: str) -> str:
    return f"{value:.2f}{unit} (limit {limit:g}{unit}) {'ok' if value <= limit else 'TOO SLOW'}"


def told_growth(times: Sequence[float], limit: float) -> str:
    shown = ", ".join(f"{time:.2f}" for time in times)
    exponent = growth(times)
    return f"{shown} ms, n^{exponent:.2f} (limit n^{limit:g}) {'ok' if exponent <= limit else 'TOO SLOW'}"


def report() -> list[tuple[str, str]]:
    """Each figure's name, and its median, limit and verdict."""
    chains = "chains of " + ", ".join(str(count) for count in CHAINS)
    return [
        ("bounds, 40 visits, 120 rules", told(random_bounds(), 0.5, " ms")),
        ("best, 40 visits, 120 rules", told(random_best(), 4, " ms")),
        ("best, weekends closed", told(random_best(closed_weekends=True), 4, " ms")),
        ("best, half of the targets relative to visits", told(random_best(relative=0.5), 4, " ms")),
        ("conflict, 40 visits, 121 rules", told(random_conflict(), 20, " ms")),
        (f"bounds, {chains}", told_growth(chain_times(bounds_of), 1.2)),
        (f"best, {chains}", told_growth(chain_times(best_of), 1.5)),
    ]


def main() -> None:
    for name, text in report():
        print(f"{name}: {text}")


if __name__ == "__main__":
    main()
