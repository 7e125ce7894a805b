"""The words of a simulation: what was given, what the protocol says, and what simulating takes for granted.

A room of its own because the page and the JSON tell the same assumptions in the same words: no result without them.
"""

from __future__ import annotations

from collections.abc import Iterator

from trialcal.simulated import EndingSum, Given, Share, Simulation
from trialcal.telling import date_told
from trialcal.writers.cohort_words import observation_name, visit_name
from trialcal.writers.escalation_words import OPENS_WORDS, dlts_told, gate_told, review_told, row_told, stagger_told
from trialcal.writers.phrasing import period_told


def given_told(given: Given) -> Iterator[str]:
    """Say what the command line gave."""
    yield f"Candidates consent from {date_told(given.first)} on, {given.arrival} on average."
    yield f"Screening takes {given.screening} from consent to a place."
    yield f"Screening failures: {percent_told(given.screen_failure)} of the candidates."
    dlts = ", ".join(f"{percent_told(share)} in {group}" for group, share in given.dlt.items())
    yield f"Probability of a DLT: {dlts}."
    yield f"Not evaluable, and replaced: {percent_told(given.not_evaluable)} of those dosed."
    patience = "as long as it takes" if given.patience is None else f"{given.patience}, and are lost then"
    yield f"Screened candidates wait for a place {patience}."
    yield f"{given.runs:,} runs, seed {given.seed}."


def protocol_told(simulation: Simulation) -> Iterator[str]:
    """Say which of the protocol's rules across subjects were simulated."""
    protocol = simulation.protocol
    escalation = protocol.escalation
    assert escalation is not None
    period = next((each for each in protocol.periods if each.id == escalation.dlt_period), None)
    if period is not None:
        complete = OPENS_WORDS[escalation.complete or "the-day-after"]
        yield f"{observation_name(protocol)}: {period_told(period)}; complete {complete}."
    commits, dose = visit_name(protocol, escalation.commits), visit_name(protocol, escalation.first_dose)
    yield f"A place is taken with {commits}; the first dose is {dose}."
    for row in escalation.decisions:
        yield f"Decision {row.id}{_of_group(row.group)}: {row_told(row)}."
    yield from (f"Stagger {each.id}{_of_group(each.group)}: {stagger_told(each)}." for each in escalation.staggers)
    yield from (f"Review {each.id}{_of_group(each.group)}: {review_told(each)}." for each in escalation.reviews)
    yield from (f"Gate {each.id}{_of_group(each.group)}: {gate_told(each)}." for each in escalation.gates)
    if escalation.mtd_needs:
        yield f"The candidate for the MTD needs {escalation.mtd_needs} evaluable subjects."


def assumed_told(simulation: Simulation) -> Iterator[str]:
    """Say what simulating takes for granted."""
    given, protocol, site = simulation.given, simulation.protocol, simulation.site
    escalation = protocol.escalation
    assert escalation is not None
    yield "Gaps between consents are exponential, independent of each other and of who waits already."
    yield "A month is 30.4375 days and a year 365.25 where candidates are counted."
    yield (
        "Candidates are dosed in the order of consent, on the first dates on which nothing holds them back; nobody "
        "is slow, withdraws before the dose, or is screened again, however long it waits."
    )
    where = f"at this site ({site.name})" if site.name else "with every day open, as no site is given"
    yield (
        f"A subject's own dates are those that `trialcal plan` gives for its start, {where}; no visit is moved "
        "within its window only to be earlier."
    )
    yield "Each evaluable subject has a DLT with the probability of its dose group, independent of all others."
    if given.onset == "last-day":
        yield "A DLT is known and assessed on the last day of the DLT observation."
    else:
        yield "A DLT is on any day of the DLT period, each as likely as the others, and known and assessed that day."
    yield "Whoever has no DLT is assessed on the day on which the observation is complete."
    if given.not_evaluable:
        yield "That somebody is not evaluable is known on the day on which the observation would be complete."
    yield "Whoever has taken the first step is dosed, whatever becomes known in between."
    yield "Once the number of DLTs settles a decision that ends a dose group, nobody waits for the other subjects."
    yield "People decide on the day on which the table's numbers are known, and just as the table says."
    if any(gate.release for gate in escalation.gates):
        yield "Every release is given by the time that its gate could open."
    if escalation.reviews:
        yield "Every review is held on its first possible day; its outcome changes nothing."
    yield "Where people must discuss, or the table has no row, the escalation ends."
    if escalation.mtd_needs:
        yield "The candidate for the MTD, once it has its number, is looked up in the table again."
    if any(group.spare for group in escalation.groups):
        yield "Spare dose groups are not used."
    yield "The end of a dose group is the day on which the DLT observation of its last subject is complete."


def ending_told(ending: EndingSum, simulation: Simulation) -> str:
    """Say how runs ended."""
    name = next((each.name for each in simulation.groups if each.id == ending.group), "")
    if ending.ending == "all-groups":
        return f"escalated through all dose groups; {name} is the highest"
    if ending.ending == "candidate":
        return f"stopped; {name} is the candidate for the MTD"
    if ending.ending == "none":
        return f"stopped in {name}, the lowest: no candidate for the MTD"
    if ending.ending == "discuss":
        escalation = simulation.protocol.escalation
        rows = escalation.decisions if escalation is not None else ()
        row = next((row for row in rows if row.id == ending.rule), None)
        told = f": {dlts_told(row)}" if row is not None else ""
        return f"people discuss{told} in {name}"
    if ending.ending == "no-row":
        return f"the decision table has no row for what happened in {name}"
    if ending.ending == "held":
        return f"held back for good in {name}: gate {ending.rule} never opens"
    return f"not ended by {simulation.until}"


def percent_told(value: float) -> str:
    """Give a probability as given: `30%`, `12.5%`."""
    return f"{value * 100:.10g}%"


def share_told(share: Share) -> str:
    """Give a share with its standard error: `90.6% ± 0.3`."""
    return f"{share.value * 100:.1f}% ± {share.error * 100:.1f}"


def _of_group(group: str) -> str:
    return f" ({group})" if group else ""
