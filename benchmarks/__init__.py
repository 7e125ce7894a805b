"""How fast trialcal is: `python -m benchmarks` prints medians, ratios, limits, and whether each limit holds.

Nothing here fails a test: figures depend on the machine, so people read them. Each module has a `report()` that gives
a name and a line for each figure.
"""
