"""`python -m trialcal`."""

from trialcal.cli import main

main()
