"""`trialcal schema`: the JSON Schema of protocols, or of sites', subjects' or cohorts' files."""

from __future__ import annotations

from typing import Annotated, Literal

import typer


def schema(
    site: Annotated[bool, typer.Option("--site", help="The schema of a site's file instead.")] = False,
    subject: Annotated[bool, typer.Option("--subject", help="The schema of a subject's file instead.")] = False,
    cohort: Annotated[bool, typer.Option("--cohort", help="The schema of a cohort's file instead.")] = False,
) -> None:
    """Print the JSON Schema of protocols, or of other files: editors complete and check with it."""
    from trialcal.cli.output import stop, tell, write_result
    from trialcal.files.schema import schema_text

    asked: dict[Literal["site", "subject", "cohort"], bool] = {"site": site, "subject": subject, "cohort": cohort}
    given = [name for name, is_given in asked.items() if is_given]
    if len(given) > 1:
        tell(f"error: --{' and --'.join(given)}: a schema is of one kind of file (leave one out)")
        stop(2)
    write_result(schema_text(of=given[0] if given else "protocol").encode(), None)
