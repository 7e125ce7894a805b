"""What `publish` does: plan the subjects, ask the server what it holds, and put what differs, nothing else.

A room of its own because it is the only work that leaves this machine: where to, as whom, and what is told of it, is
decided here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from trialcal.cli.amending import subject_schedule
from trialcal.cli.clock import now
from trialcal.cli.exporting import Prepared, prepared, save
from trialcal.cli.many import read_subjects
from trialcal.cli.names import Summary, Windows
from trialcal.cli.output import counted, printable, stop, tell, write_result
from trialcal.telling import day_told
from trialcal.writers.caldav_events import Put, seen, to_put
from trialcal.writers.caldav_server import (
    CalendarServer,
    ChangedMeanwhile,
    Held,
    ServerRefused,
    is_this_machine,
    shown,
)
from trialcal.writers.updates import events_by_uid

PASSWORD = "TRIALCAL_CALDAV_PASSWORD"
SERVICE = "trialcal"  # under which the keyring has it


class Place(NamedTuple):
    """The address of a calendar and who signs in there, as they were given."""

    to: str
    user: str | None


def publish_files(names: Sequence[str], place: Place, windows: Windows, summary: Summary, *, dry_run: bool) -> int:
    """Publish the subjects of files and folders; gives the exit code."""
    url = _address(place.to)
    user = place.user or None
    password = _password(user)
    read = read_subjects(names)
    if not read.files:
        stop(read.code or 1)
    schedules = [(subject_schedule(found), found.path) for found in read.files]
    for schedule, _ in schedules:
        for problem in schedule.problems:
            if problem.level != "note":
                tell(f"{schedule.subject.id}: {problem.told()}")
    host = urlsplit(url).hostname or ""
    found = prepared(schedules, windows=windows, summary=summary, now=now(), to=f"the calendar on {host}")
    try:
        with CalendarServer(url, user, password) as server:
            code = _published(server, found, dry_run=dry_run)
    except ServerRefused as refused:
        tell(f"error: {refused.message} ({refused.hint})")
        code = 1
    return max(code, read.code, 0 if all(schedule.feasible for schedule, _ in schedules) else 1)


def _published(server: CalendarServer, found: Sequence[Prepared], *, dry_run: bool) -> int:
    entries = [entry for each in found for entry in each.contents.entries]
    before = {uid: event for each in found for uid, event in events_by_uid(each.before).items()}
    server.check()
    held = server.held([entry.uid for entry in entries])
    steps = list(to_put(entries, {uid: event.data for uid, event in held.items()}, before, now=now()))
    if dry_run:
        _tell_done(steps, "would be")
    else:
        save(found, now())  # first: an event that is put must be known as ours, whatever happens next
    done = steps if dry_run else _put(server, steps, held)
    left, not_put = len(entries) - len(steps), len(steps) - len(done)
    told = f"{counted(len(done), 'event')} {'would be put' if dry_run else 'put'}, {left} left as they were"
    told += f", {not_put} not put, as told above" if not_put else ""
    tell(f"{told}: {printable(server.url)}")
    return 1 if not_put else 0


def _put(server: CalendarServer, steps: Sequence[Put], held: dict[str, Held]) -> list[Put]:
    """Put one after the other; gives those that the server keeps: not those that somebody changed at the same moment.

    What the server makes of them is looked at once all are there, and only then they are told as put.
    """
    sent: list[Put] = []
    changed: list[Put] = []
    failure: BaseException | None = None
    try:
        for step in steps:
            try:
                server.put(step.entry.uid, step.data, held.get(step.entry.uid))
            except ChangedMeanwhile:
                changed.append(step)
            else:
                sent.append(step)
    except BaseException as error:  # such as Ctrl-C
        failure = error
    try:
        if failure is not None and not isinstance(failure, ServerRefused):
            raise failure
        done = _kept(server, sent, held)
    except BaseException as error:
        failure, done = failure or error, sent
        _tell_done(sent, "was")
        if sent:
            tell("warning: trialcal could not look whether the server keeps what was put (publish again)")
    for step in changed:
        told = "somebody changed it on the server at the same moment, so it stays as it is there"
        tell(f"error: {told}: {_told(step)} (run it again)")
    if failure is not None:
        tell(f"{len(done)} of {counted(len(steps), 'event')} put, then:")
        raise failure
    return done


def _kept(server: CalendarServer, sent: Sequence[Put], held: dict[str, Held]) -> list[Put]:
    """Give what the server has kept of what was put, told as put; tell which it has lost, or shows otherwise."""
    if not sent:
        return []
    kept, lost, otherwise = [], [], []
    there = server.held([step.entry.uid for step in sent])
    for step in sent:
        uid = step.entry.uid
        stored, wanted = (seen(there[uid].data) if uid in there else None), seen(step.data.decode())
        is_as_wanted = stored is not None and wanted is not None and stored.is_as(wanted)
        if stored is None or (not is_as_wanted and uid in held and stored == seen(held[uid].data)):
            lost.append(step)
            continue
        kept.append(step)
        if not is_as_wanted:
            otherwise.append(step)
    _tell_done(kept, "was")
    for step in otherwise:
        tell(f"warning: the server does not show it as it was put: {_told(step)} (look at it there)")
    for step in lost:
        tell(f"error: the server took it, and does not hold it: {_told(step)} (look at the calendar)")
    if not kept:
        tell(f"error: the server {server.host} keeps nothing of what it was sent (ask who looks after the server)")
    return kept


def _tell_done(steps: Sequence[Put], verb: str) -> None:
    """Write a line for each event, and tell what of other people's work there is lost."""
    write_result("".join(f"{_told(step)}\n" for step in steps).encode(), None)
    for step in steps:
        if step.edited:
            tell(f"warning: somebody changed it on the server; it {verb} put as planned: {_told(step)}")
        if step.has_alarms:
            tell(f"warning: it had alarms on the server: {_told(step)} (set them again in the calendar)")


def _told(step: Put) -> str:
    """Give a line: what is done, when the event is, and its title."""
    return f"{step.what:<9}  {day_told(step.entry.start.toordinal())}  {step.entry.title}"


# --- where to, and as whom ------------------------------------------------------------------------------------------


def _address(to: str) -> str:
    """Give the address of the calendar; ends the command where nothing may be sent there.

    What stands before an @ or after a ? or # may be a secret, and what cannot be understood may hold one: neither is
    shown.
    """
    wrong = ""
    try:
        parts = urlsplit(to)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if not to.isprintable() or not unquote(to).isprintable():
        wrong, host = "a character in it cannot be printed (copy the address again)", ""
    elif " " in to or "\\" in to:
        wrong, host = "there is a space or a \\ in it (copy the address again; in an address, a space is %20)", ""
    elif parts.scheme not in ("https", "http") or not _is_host(host):
        wrong, host = (
            "this is no address of a calendar (write https://..., as your calendar program or its web page shows it)",
            "",
        )
    elif parts.username is not None or parts.password is not None:
        wrong = f"user and password do not belong into the address (use --user, and {PASSWORD} or the keyring)"
    elif parts.scheme == "http" and not is_this_machine(host):
        wrong = "http:// sends dates and password for all to read (write https://)"
    elif "?" in to or "#" in to:
        wrong = "an address with ? or # is not that of a CalDAV calendar (look for its CalDAV address)"
    if wrong:
        is_clear = host and "@" not in parts.query + parts.fragment  # else it may be a password with ? or # in it
        tell(f"error: --to{f' {printable(shown(to))}' if is_clear else ''}: {wrong}")
        stop(2)
    return parts._replace(path=quote(parts.path, safe="/%:@!$&'()*+,;=~").rstrip("/") + "/").geturl()


def _is_host(host: str) -> bool:
    """Tell whether it is the name or the number of a computer, and no part of something else."""
    try:
        return bool(re.fullmatch(r"[\w.-]+", host)) or bool(ip_address(host))
    except ValueError:
        return False


def _password(user: str | None) -> str | None:
    """Give the password: from the environment, else the keyring; never from the command line or a file."""
    if user is None:
        return None
    kept, why = os.environ.get(PASSWORD), ""
    if not kept:
        kept, why = _from_keyring(user)
    if not kept:
        hint = f"set {PASSWORD}, or keep it with `keyring set {SERVICE} {printable(user)}`{why}"
        tell(f"error: there is no password of {printable(user)} ({hint})")
        stop(2)
    return kept


def _from_keyring(user: str) -> tuple[str | None, str]:
    """Ask the keyring of this machine; gives the password, or why it cannot be had."""
    import importlib

    try:
        return importlib.import_module("keyring").get_password(SERVICE, user), ""
    except ImportError:
        return None, "; the package for the keyring is missing: pip install 'trialcal[caldav]'"
    except Exception as error:  # every system's keyring has its own errors
        return None, f"; the keyring of this machine cannot be used ({type(error).__name__})"
