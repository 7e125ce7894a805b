"""Protocol files: YAML to the values of `trialcal.protocol`. The only place that knows YAML."""
