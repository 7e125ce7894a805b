"""`trialcal schema`: the JSON Schema of the protocol language."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of protocol files, with which editors complete and check."""
    from trialcal.cli.output import write_result
    from trialcal.files.schema import schema_text

    write_result(schema_text().encode(), None)
