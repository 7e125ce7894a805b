"""`python -m benchmarks`: every figure in one run; with names of modules, only theirs."""

from __future__ import annotations

import importlib
import platform
import sys

ROOMS = {
    "commands": "Whole commands, each beside an empty command that imports the same libraries",
    "planning": "One plan in process",
    "open_days": "A site's real days: start dates, closures, why",
    "protocols": "Every bundled protocol, written out and planned",
    "network": "The network",
    "calendars": "Calendars",
    "deviations": "Findings",
    "subjects": "Many subjects",
    "cohorts": "Cohorts",
    "simulation": "Simulated escalations",
}


def main(wanted: list[str]) -> int:
    unknown = [name for name in wanted if name not in ROOMS]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)} (there are {', '.join(ROOMS)})", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    for name in wanted or ROOMS:
        print(f"\n{ROOMS[name]}")
        for what, figures in _figures(name):
            print(f"  {what}\n      {figures}", flush=True)
    return 0


def _figures(name: str) -> list[tuple[str, str]]:
    try:
        module = importlib.import_module(f"benchmarks.{name}")
    except ModuleNotFoundError as missing:
        return [(name, f"cannot run: there is no module {missing.name}")]
    report: list[tuple[str, str]] = module.report()
    return report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
