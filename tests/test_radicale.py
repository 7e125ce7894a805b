"""A real calendar server on loopback takes the calendars, and a moved plan doubles no event."""

from __future__ import annotations

import base64
import http.client
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from icalendar import Calendar
from made_schedules import NOW, small_schedule

from trialcal.writers.ics import calendar_bytes

pytest.importorskip("radicale", reason="radicale is not installed: no CalDAV server to test against")
pytestmark = pytest.mark.slow

SECONDS = 20
QUERY = b"""<?xml version="1.0"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
  <D:prop><D:getetag/><C:calendar-data/></D:prop>
  <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter>
</C:calendar-query>"""
DATA = "{urn:ietf:params:xml:ns:caldav}calendar-data"
MARCH, APRIL = date(2025, 3, 1), date(2025, 4, 7)


class Server:
    """Speaks to the server as one user; it asks for no password."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        who = base64.b64encode(b"tester:").decode()
        try:
            connection.request(method, path, body, {"Authorization": f"Basic {who}", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def put(self, path: str, body: bytes) -> None:
        status, told = self.ask("PUT", path, body, **{"Content-Type": "text/calendar; charset=utf-8"})
        assert status in (201, 204), told

    def events(self, path: str) -> dict[str, tuple[str, date]]:
        """List what the server holds: title and start by UID; a UID that occurs twice fails."""
        status, told = self.ask("REPORT", path, QUERY, Depth="1", **{"Content-Type": "application/xml"})
        assert status == 207, told
        found: dict[str, tuple[str, date]] = {}
        for data in ElementTree.fromstring(told).iter(DATA):
            for event in Calendar.from_ical(data.text or "").walk("VEVENT"):
                assert event["UID"] not in found
                found[str(event["UID"])] = str(event["SUMMARY"]), event["DTSTART"].dt
        return found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "--config": "",
        "--server-hosts": f"127.0.0.1:{port}",
        "--auth-type": "none",
        "--storage-filesystem-folder": str(tmp_path / "collections"),
        "--web-type": "none",
        "--logging-level": "warning",
    }
    command = [sys.executable, "-m", "radicale", *(part for option in options.items() for part in option)]
    log = tmp_path / "radicale.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=tmp_path)
    try:
        _wait_for(process, port, log)
        yield Server(port)
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(SECONDS)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the server did not start within {SECONDS} s: {log.read_text()}")


def one_by_one(data: bytes) -> dict[str, bytes]:
    """Cut a calendar into one file per event, as a CalDAV collection holds them (RFC 4791, 4.1), by UID."""
    head = data[: data.index(b"BEGIN:VEVENT")]
    events = re.findall(rb"BEGIN:VEVENT\r\n.*?END:VEVENT\r\n", data, re.DOTALL)
    uids = [re.search(rb"\r\nUID:(\S+)\r\n", event) for event in events]
    return {
        uid[1].decode(): head + event + b"END:VCALENDAR\r\n" for uid, event in zip(uids, events, strict=True) if uid
    }


def starts_by_title(events: dict[str, tuple[str, date]]) -> dict[str, date]:
    return dict(events.values())


def test_a_moved_plan_doubles_no_event(server: Server) -> None:
    before, after = (calendar_bytes(small_schedule(start), now=NOW) for start in (MARCH, APRIL))
    assert server.ask("MKCALENDAR", "/tester/study/")[0] == 201
    for uid, event in one_by_one(before).items():
        server.put(f"/tester/study/{uid}.ics", event)
    first = server.events("/tester/study/")
    assert len(first) == 6
    assert starts_by_title(first)["Dose 2 S-01"] == date(2025, 3, 4)

    for uid, event in one_by_one(after).items():
        server.put(f"/tester/study/{uid}.ics", event)
    second = server.events("/tester/study/")
    assert second.keys() == first.keys()
    assert starts_by_title(second)["Dose 2 S-01"] == date(2025, 4, 10)
    assert starts_by_title(second)["[Dose 2 S-01 window 9 Apr-11 Apr]"] == date(2025, 4, 9)


def test_the_whole_file_is_taken_at_once_and_again(server: Server) -> None:
    before, after = (calendar_bytes(small_schedule(start), now=NOW) for start in (MARCH, APRIL))
    server.put("/tester/study/", before)
    first = server.events("/tester/study/")
    server.put("/tester/study/", after)
    second = server.events("/tester/study/")
    assert len(first) == 6
    assert second.keys() == first.keys()
    assert starts_by_title(second)["Dose 1 S-01"] == APRIL
