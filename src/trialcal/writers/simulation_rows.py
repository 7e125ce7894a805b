"""A simulation as JSON, for programs. Probabilities are from 0 to 1; a date that lies beyond the last day is null."""

from __future__ import annotations

import json
from collections.abc import Sequence

from trialcal.simulated import PERCENTS, Share, Simulation
from trialcal.writers.cohort_words import of_protocol
from trialcal.writers.rows import plain, protocol_row
from trialcal.writers.simulation_words import assumed_told, given_told, protocol_told

SCHEMA = "trialcal.simulation/1"


def simulation_json(found: Simulation) -> str:
    """Give a simulation as JSON (schema "trialcal.simulation/1"), indented, ending with a line break.

    Quantiles are order statistics, by their percent; `null` is later than `looked_at_until`. The `rule` of an outcome
    is the row of the decision table by which people discuss, or the gate that never opens.
    """
    given = found.given
    document = {
        "schema": SCHEMA,
        "protocol": protocol_row(found.protocol),
        "site": plain(found.site.name),
        "given": {
            "from": given.first.isoformat(),
            "arrival": str(given.arrival),
            "screening": str(given.screening),
            "screen_failure": given.screen_failure,
            "dlt": dict(given.dlt),
            "not_evaluable": given.not_evaluable,
            "patience": None if given.patience is None else str(given.patience),
            "onset": given.onset,
            "runs": given.runs,
            "seed": given.seed,
        },
        "looked_at_until": found.until.isoformat(),
        "groups": [
            {
                "id": group.id,
                "name": group.name,
                "reached": _share(group.reached),
                "highest_reached": _share(group.last),
                "end": _quantiles(group.ends),
                "dosed": _quantiles(group.dosed),
            }
            for group in found.groups
        ],
        "end": _quantiles(found.ends),
        "days": _quantiles(found.days),
        "dosed": _quantiles(found.dosed),
        "screened": _quantiles(found.screened),
        "screening_failures": _quantiles(found.failed),
        "lost": _quantiles(found.lost),
        "not_evaluable": _quantiles(found.replaced),
        "outcomes": [
            {"outcome": each.ending, "group": plain(each.group), "rule": plain(each.rule), **_share(each.share)}
            for each in found.endings
        ],
        "assumptions": {
            "given": list(given_told(given)),
            "protocol": list(protocol_told(found)),
            "protocol_assumed": [
                {"entry": each.entry, "field": plain(each.field), "why": each.why}
                for each in of_protocol(found.protocol)
            ],
            "simulation": list(assumed_told(found)),
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _share(share: Share) -> dict[str, float]:
    return {"runs": share.runs, "probability": share.value, "standard_error": share.error}


def _quantiles(values: Sequence[object]) -> dict[str, object] | None:
    if not values:
        return None
    told = (value if isinstance(value, int) else plain(value) for value in values)
    return {str(percent): value for percent, value in zip(PERCENTS, told, strict=True)}
