"""trialcal: visit and dosing schedules of clinical trials, exact and explained."""

__version__ = "0.1.0"
