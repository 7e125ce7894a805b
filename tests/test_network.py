"""The network against enumeration, on thousands of small random networks, and its promises on wide ones."""

from __future__ import annotations

import datetime
import functools
import random
from dataclasses import dataclass, field

import network_oracle as oracle
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trialcal import network
from trialcal.network import Arc, Bounds, Conflict, Domain, Step, Term

JANUARY_2027 = datetime.date(2027, 1, 31).toordinal()


@dataclass
class Case:
    """A random network twice: as the code sees it, and as plain functions for the oracle."""

    values: list[list[int]]
    arcs: list[Arc] = field(default_factory=list)
    conditions: list[tuple[int, oracle.Condition]] = field(default_factory=list)  # with their labels
    terms: list[Term] = field(default_factory=list)
    costs: list[oracle.Cost] = field(default_factory=list)
    free: list[list[int]] = field(default_factory=list)

    @property
    def domains(self) -> list[Domain]:
        return [as_domain(values) for values in self.values]

    def solutions(self) -> list[oracle.Assignment]:
        return oracle.solutions(self.values, [holds for _, holds in self.conditions])

    def cost(self, plan: oracle.Assignment) -> int:
        return sum(cost(plan) for cost in self.costs)

    def add(self, arc: Arc) -> None:
        lift = arc.lift or (lambda v: v + arc.shift)
        self.arcs.append(arc)
        self.conditions.append((arc.label, lambda x: x[arc.to] >= lift(x[arc.frm])))

    def add_term(self, term: Term) -> None:
        self.terms.append(term)
        self.costs.append(plain_cost(term))


def plain_cost(term: Term) -> oracle.Cost:
    if term.cost is not None:
        table = term.cost
        return lambda x: table(x[term.i])
    if term.ref < 0:
        return lambda x: term.weight * abs(x[term.i] - term.target)
    if term.lift is not None:
        lift = term.lift
        return lambda x: term.weight * abs(x[term.i] - lift(x[term.ref]))
    return lambda x: term.weight * abs(x[term.i] - x[term.ref] - term.shift)


def as_domain(values: list[int]) -> Domain:
    """Runs of values as intervals; now and then two intervals may touch, which is allowed."""
    runs: list[tuple[int, int]] = []
    for value in sorted(values):
        if runs and runs[-1][1] == value - 1 and value % 7:
            runs[-1] = (runs[-1][0], value)
        else:
            runs.append((value, value))
    return tuple(runs)


# --- random networks ---------------------------------------------------------------------------------------


def random_case(rng: random.Random, most: int = 6) -> Case:
    return random_calendar_case(rng, most) if rng.random() < 0.3 else random_plain_case(rng, most)


def random_values(rng: random.Random, first: int, spread: int, most: int) -> list[int]:
    if rng.random() < 0.15:
        return [first + rng.randrange(spread)]
    return sorted(rng.sample(range(first, first + spread), rng.randint(1, min(most, spread))))


def random_plain_case(rng: random.Random, most: int) -> Case:
    count = rng.randint(2, most)
    size = {2: 6, 3: 6, 4: 5, 5: 4, 6: 3}[count]
    case = Case([random_values(rng, rng.randrange(4), 8, size) for _ in range(count)])
    hidden = [rng.choice(values) for values in case.values]
    honest = rng.random() < 0.7  # most of the networks have a solution
    for label in range(rng.randint(1, 2 * count)):
        to, frm = rng.sample(range(count), 2)
        if rng.random() < 0.05:
            to = frm
        for arc in random_arcs(rng, to, frm, label // 2 * 3):
            if not honest or hidden[to if arc.to == to else frm] >= lifted(arc, hidden[arc.frm]):
                case.add(arc)
    case.free = [random_free(rng, values, 0, 12) for values in case.values]
    add_random_terms(rng, case)
    return case


def lifted(arc: Arc, value: int) -> int:
    return value + arc.shift if arc.lift is None else arc.lift(value)


def random_arcs(rng: random.Random, to: int, frm: int, label: int) -> list[Arc]:
    shift = rng.randint(-4, 4)
    kind = rng.random()
    if kind < 0.35:
        return [Arc(to, frm, shift, label=label)]
    if kind < 0.65:
        return [Arc(to, frm, shift, label=label), Arc(frm, to, -shift - rng.randint(0, 2), label=label)]
    step = rng.randint(2, 4)
    if kind < 0.85:  # up to the next multiple of step: a rounding over closed days
        return [Arc(to, frm, 0, lambda v: -(-v // step) * step + shift, lambda w: (w - shift) // step * step, label)]
    return [
        Arc(to, frm, 0, lambda v: v // step * step + shift, lambda w: (w - shift) // step * step + step - 1, label)
    ]


def random_free(rng: random.Random, values: list[int], first: int, last: int) -> list[int]:
    if (len(values) == 1 and rng.random() < 0.6) or rng.random() < 0.2:
        return values
    return list(range(min(first, values[0]), max(last, values[-1]) + 1))


def random_calendar_case(rng: random.Random, most: int) -> Case:
    """Visits some months apart around the ends of months, where clipping bites."""
    count = rng.randint(2, min(4, most))
    months = sorted(rng.randint(0, 3) for _ in range(count))
    begins = [oracle.add_months(JANUARY_2027, month) - rng.randint(2, 5) for month in months]
    case = Case([random_values(rng, begin, 9, 5) for begin in begins])
    hidden = [rng.choice(values) for values in case.values]
    honest = rng.random() < 0.7
    for label in range(rng.randint(1, 2 * count)):
        to, frm = rng.sample(range(count), 2)
        arc = month_arc(rng, to, frm, months[to] - months[frm], label)
        if not honest or hidden[to] >= lifted(arc, hidden[frm]):
            case.add(arc)
    case.free = [random_free(rng, v, v[0] - 2, v[-1] + 2) for v in case.values]
    add_random_terms(rng, case)
    return case


def month_arc(rng: random.Random, to: int, frm: int, months: int, label: int) -> Arc:
    kind = rng.random()
    if kind < 0.4:
        return Arc(
            to,
            frm,
            0,
            functools.partial(shifted, oracle.add_months, months),
            functools.partial(shifted, oracle.last_day_reaching_at_most, months),
            label,
        )
    if kind < 0.8:  # x[frm] is at most some months after x[to]
        return Arc(
            to,
            frm,
            0,
            functools.partial(shifted, oracle.first_day_reaching_at_least, -months),
            functools.partial(shifted, oracle.add_months, -months),
            label,
        )
    return Arc(to, frm, 30 * months + rng.randint(-4, 2), label=label)


def shifted(function, months: int, value: int) -> int:
    return function(value, months)


def add_random_terms(rng: random.Random, case: Case) -> None:
    count = len(case.values)
    for i in range(count):
        low, high = case.values[i][0], case.values[i][-1]
        for _ in range(rng.choice([0, 1, 1, 1, 2])):
            case.add_term(random_term(rng, case, i, low, high))


def random_term(rng: random.Random, case: Case, i: int, low: int, high: int) -> Term:
    kind = rng.random()
    weight = rng.choice([0, 1, 1, 1, 2, 3, 10])
    if kind < 0.5:
        return Term(i, weight, rng.randint(low - 2, high + 2))
    if kind < 0.65:
        table = {value: rng.randint(0, 5) for value in case.values[i]}
        return Term(i, 0, cost=table.__getitem__)
    ref = rng.randrange(len(case.values))
    apart = low - case.values[ref][0]
    if kind < 0.85:
        return Term(i, weight, ref=ref, shift=apart + rng.randint(-2, 2))
    step = rng.randint(2, 3)
    return Term(i, weight, ref=ref, lift=lambda v: (v + apart) // step * step + 1)


# --- against enumeration -----------------------------------------------------------------------------------


def check_bounds(case: Case) -> bool:
    plans = case.solutions()
    domains = case.domains
    if not plans:
        assert network.bounds(domains, case.arcs) is None
        assert network.least(domains, case.arcs) is None
        assert network.greatest(domains, case.arcs) is None
        assert network.feasible(domains, case.arcs, 0) == []
        assert network.best(domains, case.arcs, case.terms) is None
        return False
    expected = Bounds(oracle.least_of(plans), oracle.greatest_of(plans))
    assert tuple(expected.earliest) in plans
    assert tuple(expected.latest) in plans
    assert network.bounds(domains, case.arcs) == expected
    assert network.least(domains, case.arcs) == expected.earliest
    assert network.greatest(domains, case.arcs) == expected.latest
    for i in range(len(domains)):
        assert network.feasible(domains, case.arcs, i) == sorted({plan[i] for plan in plans})
    return True


def check_best(case: Case) -> bool:
    plans = case.solutions()
    if not plans:
        return False
    cost, optima = oracle.cheapest(plans, case.cost)
    early, late = oracle.least_of(optima), oracle.greatest_of(optima)
    assert tuple(early) in optima
    assert tuple(late) in optima
    tied = tuple(i for i in range(len(early)) if early[i] != late[i])
    assert network.best(case.domains, case.arcs, case.terms) == (late, cost, tied)
    assert network.best(case.domains, case.arcs, case.terms, latest=False) == (early, cost, tied)
    return cost > 0


def check_conflict(case: Case) -> bool:
    free = [as_domain(values) for values in case.free]
    found = network.conflict(case.domains, case.arcs, free)
    assert found == network.conflict(case.domains, case.arcs, free)
    if can_hold(case, all_members(case)):
        assert found is None
        return False
    assert found is not None
    members = [("label", label) for label in found.labels] + [("own", i) for i in found.own]
    assert members == taken_away_from_the_last(case)
    assert not can_hold(case, members)
    for member in members:
        assert can_hold(case, [other for other in members if other != member])
    check_steps(case, found)
    return True


def all_members(case: Case) -> list[tuple[str, int]]:
    labels = sorted({arc.label for arc in case.arcs})
    owners = [i for i, values in enumerate(case.values) if as_domain(values) != as_domain(case.free[i])]
    return [("label", label) for label in labels] + [("own", i) for i in owners]


def taken_away_from_the_last(case: Case) -> list[tuple[str, int]]:
    members = all_members(case)
    for member in reversed(members):
        rest = [other for other in members if other != member]
        if not can_hold(case, rest):
            members = rest
    return members


def can_hold(case: Case, members: list[tuple[str, int]]) -> bool:
    values = [v if ("own", i) in members else case.free[i] for i, v in enumerate(case.values)]
    return oracle.has_solution(values, [holds for label, holds in case.conditions if ("label", label) in members])


def check_steps(case: Case, found: Conflict) -> None:
    """Each step follows from the one before it; the last leaves its domain, or closes a cycle that grows."""
    values = [v if i in found.own else case.free[i] for i, v in enumerate(case.values)]
    first, *rest = found.steps
    up = first.kind == "raise"
    assert first.label == first.cause == -1
    assert first.bound == first.pushed == (min if up else max)(values[first.variable])
    for before, step in zip(found.steps, rest, strict=False):
        assert step.kind == first.kind
        assert step.cause == before.variable
        assert step.pushed in pushes(case, found, before, step)
    if not goes_around(found):
        *middle, last = rest
        for step in middle:
            assert step.bound == (min if up else max)(beyond(values, step))
        assert last.bound == last.pushed
        assert not beyond(values, last)


def goes_around(found: Conflict) -> bool:
    """Tell whether the chain ends farther on at a variable it has met, by nothing but the blamed rules."""
    *steps, last = found.steps
    return (
        not found.own
        and all(step.bound == step.pushed for step in found.steps)
        and {step.label for step in found.steps[1:]} == set(found.labels)
        and any(
            step.variable == last.variable
            and (last.bound > step.bound if last.kind == "raise" else last.bound < step.bound)
            for step in steps
        )
    )


def beyond(values: list[list[int]], step: Step) -> list[int]:
    """The values that the push leaves to its variable."""
    here = values[step.variable]
    return [v for v in here if (v >= step.pushed if step.kind == "raise" else v <= step.pushed)]


def pushes(case: Case, found: Conflict, before: Step, step: Step) -> set[int]:
    if step.kind == "raise":
        ways = [arc for arc in case.arcs if (arc.frm, arc.to) == (before.variable, step.variable)]
        pushed = {lifted(arc, before.bound) for arc in ways if arc.label == step.label}
    else:
        ways = [arc for arc in case.arcs if (arc.to, arc.frm) == (before.variable, step.variable)]
        pushed = {
            before.bound - arc.shift if arc.drop is None else arc.drop(before.bound)
            for arc in ways
            if arc.label == step.label
        }
    assert step.label in found.labels
    return pushed


@pytest.mark.parametrize("block", range(10))
def test_bounds_and_feasible_values_are_those_of_enumeration(block: int) -> None:
    cases = [random_case(random.Random(f"bounds {block} {k}")) for k in range(400)]
    solvable = sum(check_bounds(case) for case in cases)
    assert 160 < solvable < 384  # both kinds are met


@pytest.mark.parametrize("block", range(10))
def test_best_plan_is_that_of_enumeration(block: int) -> None:
    cases = [random_case(random.Random(f"best {block} {k}")) for k in range(400)]
    broken = sum(check_best(case) for case in cases)
    assert broken > 120  # many of them cannot have all that they want


@pytest.mark.parametrize("block", range(5))
def test_conflicts_are_minimal_and_their_chains_hold(block: int) -> None:
    cases = [random_case(random.Random(f"conflict {block} {k}"), most=3) for k in range(400)]
    assert sum(check_conflict(case) for case in cases) > 50


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_any_network(rng: random.Random) -> None:
    case = random_case(rng, most=4)
    check_bounds(case)
    check_best(case)


def chain_case(rng: random.Random, count: int) -> Case:
    """Visits in a row, each tied to the one before it by gaps and now and then by a pair term."""
    case = Case([random_values(rng, 5 * k, 8, 7) for k in range(count)])
    hidden = [rng.choice(values) for values in case.values]
    for k in range(1, count):
        apart = hidden[k] - hidden[k - 1]
        case.add(Arc(k, k - 1, apart - rng.randint(0, 2)))
        case.add(Arc(k - 1, k, -apart - rng.randint(0, 2)))
        if rng.random() < 0.3:
            case.add_term(Term(k, rng.randint(1, 4), ref=k - 1, shift=apart + rng.randint(-2, 2)))
    for k in range(count):
        if rng.random() < 0.8:
            case.add_term(random_own_term(rng, case.values[k], k))
    return case


def random_own_term(rng: random.Random, values: list[int], k: int) -> Term:
    if rng.random() < 0.2:
        table = {value: rng.randint(0, 5) for value in values}
        return Term(k, 0, cost=table.__getitem__)
    return Term(k, rng.choice([1, 1, 1, 3, 10]), rng.randint(values[0] - 1, values[-1] + 1))


@pytest.mark.parametrize("block", range(5))
def test_best_plan_of_a_long_chain_is_that_of_dynamic_programming(block: int) -> None:
    for k in range(20):
        rng = random.Random(f"chain {block} {k}")
        case = chain_case(rng, rng.choice([8, 15, 30]))
        links = [
            (
                [
                    c
                    for (_, c), arc in zip(case.conditions, case.arcs, strict=True)
                    if {arc.to, arc.frm} == {i - 1, i}
                ],
                [c for c, term in zip(case.costs, case.terms, strict=True) if term.i == i],
            )
            for i in range(len(case.values))
        ]
        cost, early, late = oracle.cheapest_along_chain(case.values, links)
        tied = tuple(i for i in range(len(early)) if early[i] != late[i])
        assert network.best(case.domains, case.arcs, case.terms) == (late, cost, tied)
        assert network.best(case.domains, case.arcs, case.terms, latest=False) == (early, cost, tied)


# --- examples ----------------------------------------------------------------------------------------------


def wide(first: int = 0, last: int = 600_000) -> Domain:
    return ((first, last),)


def test_a_value_between_the_bounds_may_stand_in_no_plan() -> None:
    odd: Domain = ((1, 1), (3, 3))
    equal = [Arc(1, 0), Arc(2, 1), Arc(0, 2)]
    assert network.bounds([odd, ((1, 3),), odd], equal) == ([1, 1, 1], [3, 3, 3])
    assert network.feasible([odd, ((1, 3),), odd], equal, 1) == [1, 3]


def test_no_variable_and_no_value() -> None:
    assert network.bounds([], []) == ([], [])
    assert network.best([], [], []) == ([], 0, ())
    assert network.conflict([], [], []) is None
    assert network.bounds([wide(), ()], []) is None
    assert network.feasible([wide(), ()], [], 0) == []
    assert network.best([wide(), ()], [], []) is None


def test_an_empty_domain_explains_itself() -> None:
    found = network.conflict([wide(), ()], [Arc(0, 1)], [wide(), wide()])
    assert found == Conflict((), (1,), ())


def test_a_variable_is_its_own_reference() -> None:
    weekly = Arc(0, 0, 0, lambda v: -(-v // 7) * 7, lambda w: w // 7 * 7)
    assert network.bounds([((3, 30),)], [weekly]) == ([7], [28])
    assert network.bounds([((3, 30),)], [Arc(0, 0, 1)]) is None


def test_rules_that_contradict_each_other_on_wide_domains_are_found_by_their_cycle() -> None:
    arcs = [Arc(1, 0, 3, label=1), Arc(2, 1, 0, label=2), Arc(0, 2, -2, label=3), Arc(2, 0, 0, label=4)]
    domains = [wide()] * 3
    assert network.bounds(domains, arcs) is None
    assert network.least(domains, arcs) is None
    assert network.greatest(domains, arcs) is None
    assert network.best(domains, arcs, [Term(0, 1, 5)]) is None
    found = network.conflict(domains, arcs, [wide(-1_000_000, 1_000_000)] * 3)
    assert found is not None
    assert (found.labels, found.own) == ((1, 2, 3), ())
    assert found.steps == (
        Step("raise", 0, -1_000_000, -1, -1, -1_000_000),
        Step("raise", 1, -999_997, 1, 0, -999_997),
        Step("raise", 2, -999_997, 2, 1, -999_997),
        Step("raise", 0, -999_999, 3, 2, -999_999),
    )


def test_a_contradiction_among_many_visits_does_not_wait_for_the_end_of_the_domains() -> None:
    count = 200
    arcs = [Arc(k + 1, k, 1, label=k) for k in range(count - 1)] + [Arc(0, count - 1, 2 - count, label=count)]
    found = network.conflict([wide()] * count, arcs, [wide()] * count)
    assert found is not None
    assert found.labels == (*range(count - 1), count)
    assert len(found.steps) == count + 1


def test_equal_visits_that_are_never_open_together_are_walked_once() -> None:
    even: Domain = tuple((v, v) for v in range(0, 2_000, 2))
    uneven: Domain = tuple((v, v) for v in range(1, 2_000, 2))
    assert network.bounds([even, uneven], [Arc(0, 1), Arc(1, 0)]) is None


def test_functions_that_drive_each_other_are_told_in_one_round() -> None:
    def month_on(v: int) -> int:
        return oracle.add_months(v, 1)

    def month_back(w: int) -> int:
        return oracle.last_day_reaching_at_most(w, 1)

    arcs = [Arc(1, 0, 0, month_on, month_back, label=8), Arc(0, 1, -27, label=9)]
    first = JANUARY_2027 - 1
    domains = [wide(first, first + 3_000)] * 2
    assert network.bounds(domains, arcs) is None
    found = network.conflict(domains, arcs, domains)
    assert found is not None
    assert (found.labels, found.own) == ((8, 9), ())
    assert [step.variable for step in found.steps] == [0, 1, 0]


def test_functions_may_meet_far_on_and_do_so_exactly() -> None:
    calls = 0

    def later_until(v: int) -> int:  # drives on by one, and lets go at 12,345
        nonlocal calls
        calls += 1
        return v + 1 if v < 12_345 else max(v, 12_346)

    def back(w: int) -> int:
        return w - 1 if w < 12_346 else w

    arcs = [Arc(1, 0, 0, later_until, back), Arc(0, 1)]
    assert network.least([wide()] * 2, arcs) == [12_346, 12_346]
    assert calls < 13_000


def test_the_chain_jumps_over_closed_days() -> None:
    """An infusion fixed on day 9; a dose 3 days before it, at least, and no earlier than that; days 6, 7 closed."""
    arcs = [Arc(1, 0, -3, label=0), Arc(0, 1, 3, label=1)]
    found = network.conflict([((9, 9),), ((1, 5), (8, 30))], arcs, [((9, 9),), ((1, 30),)])
    assert found == Conflict(
        (0, 1),
        (1,),
        (
            Step("raise", 0, 9, -1, -1, 9),
            Step("raise", 1, 8, 0, 0, 6),
            Step("raise", 0, 11, 1, 1, 11),
        ),
    )


def test_the_nearest_date_of_each_visit_is_not_the_best_plan() -> None:
    """Moving the first visit by one serves three others at once."""
    arcs = [Arc(k, 0, 3) for k in (1, 2, 3)]
    terms = [Term(0, 1, 5), *(Term(k, 1, 7) for k in (1, 2, 3))]
    assert network.best([((1, 9),)] * 4, arcs, terms) == ([4, 7, 7, 7], 1, ())


def test_the_latest_plan_is_the_latest_also_where_nothing_is_wanted() -> None:
    arcs = [Arc(1, 0, 2)]
    assert network.best([((1, 5),), ((1, 9),)], arcs, [Term(0, 1, 3)]) == ([3, 9], 0, (1,))
    assert network.best([((1, 5),), ((1, 9),)], arcs, [Term(0, 1, 3)], latest=False) == ([3, 5], 0, (1,))


def test_targets_on_wide_domains() -> None:
    arcs = [Arc(1, 0, 50), Arc(0, 1, -60), Arc(2, 1, 10)]
    terms = [Term(0, 1, 300_000), Term(1, 2, 300_040)]
    assert network.best([wide()] * 3, arcs, terms, latest=False) == ([299_990, 300_040, 300_050], 10, (2,))


def test_a_lift_needs_its_drop() -> None:
    with pytest.raises(ValueError, match="needs its drop"):
        network.greatest([wide()] * 2, [Arc(1, 0, 0, lambda v: v)])
