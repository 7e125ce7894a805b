"""Publishing to a calendar server: a real one on loopback holds exactly the plan, and nothing else is touched."""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
from command import run as command_line
from test_radicale import QUERY, SECONDS, _wait_for

from trialcal.cli.clock import now
from trialcal.cli.exporting import export, state_path
from trialcal.cli.many import read_subjects
from trialcal.cli.names import Summary, Windows
from trialcal.cli.publish import publish
from trialcal.plan import plan
from trialcal.writers.caldav_server import CalendarServer
from trialcal.writers.updates import iso_of

pytest.importorskip("caldav", reason="caldav is not installed: pip install 'trialcal[caldav]'")
pytestmark = pytest.mark.slow

USER, PASSWORD = "tester", "not-a-secret-7"
PATH = "/tester/study/"
OTHER = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//somebody//else//EN\r
BEGIN:VEVENT\r
UID:somebody-elses\r
DTSTAMP:20250101T000000Z\r
DTSTART;VALUE=DATE:20250310\r
DTEND;VALUE=DATE:20250311\r
SUMMARY:GC012F infusion GC-001\r
END:VEVENT\r
END:VCALENDAR\r
"""


class Done(NamedTuple):
    code: int
    lines: list[str]
    err: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Publish as a user of the command line does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIALCAL_CALDAV_PASSWORD", PASSWORD)

    def publishing(*names: str, to: str, user: str | None = USER, code: int = 0, **options: Any) -> Done:
        capsys.readouterr()
        with pytest.raises(typer.Exit) as ended:
            publish(list(names), to=to, user=user, **options)
        out, err = capsys.readouterr()
        assert ended.value.exit_code == code, err
        assert PASSWORD not in out + err
        return Done(ended.value.exit_code, out.splitlines(), err)

    return publishing


def subject(folder: Path, name: str = "GC-001", facts: str = "given: {infusion: 2025-03-10}") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(f"subject: {name}\nprotocol: gc012f\n{facts}\n", encoding="utf-8")
    return path


# --- a real server --------------------------------------------------------------------------------------------------


class Server:
    """Speaks to the server as its user does."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}{PATH}"

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        who = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        try:
            connection.request(method, path, body, {"Authorization": f"Basic {who}", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def put(self, name: str, body: bytes) -> None:
        assert self.ask("PUT", PATH + name, body, **{"Content-Type": "text/calendar"})[0] in (201, 204)

    def texts(self) -> dict[str, str]:
        """Give what the server holds, by the names of its files."""
        status, told = self.ask("REPORT", PATH, QUERY, Depth="1", **{"Content-Type": "application/xml"})
        assert status == 207
        hrefs = re.findall(rb"<href>([^<]*)</href>", told)
        return {
            href.decode().rpartition("/")[2]: self.ask("GET", href.decode())[1].decode()
            for href in hrefs
            if href.endswith(b".ics")
        }

    def etags(self) -> list[bytes]:
        told = self.ask("REPORT", PATH, QUERY, Depth="1", **{"Content-Type": "application/xml"})[1]
        return sorted(re.findall(rb"<getetag>([^<]*)</getetag>", told))


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("radicale")
    (folder / "users").write_text(f"{USER}:{PASSWORD}\nanother:{PASSWORD}\n", encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "--config": "",
        "--server-hosts": f"127.0.0.1:{port}",
        "--auth-type": "htpasswd",
        "--auth-htpasswd-filename": str(folder / "users"),
        "--auth-htpasswd-encryption": "plain",
        "--auth-delay": "0",
        "--storage-filesystem-folder": str(folder / "collections"),
        "--web-type": "none",
        "--logging-level": "warning",
    }
    command = [sys.executable, "-m", "radicale", *(part for option in options.items() for part in option)]
    log = folder / "radicale.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder)
    try:
        _wait_for(process, port, log)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(SECONDS)


@pytest.fixture
def server(radicale: int) -> Iterator[Server]:
    found = Server(radicale)
    assert found.ask("MKCALENDAR", PATH)[0] == 201
    yield found
    found.ask("DELETE", PATH)


def planned(*paths: Path) -> dict[str, list[str]]:
    """Give the lines of each event of the calendar that is exported now, sorted, by the name it has on a server."""
    read = read_subjects([str(path) for path in paths])
    schedules = [(plan(found.protocol, found.subject, found.site), found.path) for found in read.files]
    data = export(schedules, windows=Windows.event, summary=Summary.full, now=now()).data.decode()
    return {
        f"{re.search('^UID:(.*)$', event.replace(chr(13), ''), re.M)[1]}.ics": event_lines(event)  # type: ignore[index]
        for event in re.findall("BEGIN:VEVENT.*?END:VEVENT", data, re.DOTALL)
    }


def event_lines(text: str) -> list[str]:
    """Give the lines of an event, unfolded, in any order: servers have their own."""
    event = re.search("BEGIN:VEVENT.*END:VEVENT", text, re.DOTALL)
    assert event is not None
    return sorted(re.sub("\r?\n[ \t]", "", event[0]).replace("\r\n", "\n").split("\n"))


def held(server: Server) -> dict[str, list[str]]:
    return {name: event_lines(text) for name, text in server.texts().items()}


def test_publish_move_cancel_and_publish_again(server: Server, run: Any, tmp_path: Path) -> None:
    """The server holds exactly the plan, as it is exported; an event of the same title by somebody else stays."""
    server.put("other.ics", OTHER)
    other = event_lines(server.texts()["other.ics"])
    path = subject(tmp_path)
    done = run("GC-001.yaml", to=server.url)
    assert len(done.lines) == 6
    assert all(line.startswith("new ") for line in done.lines)
    assert "new        Mon 2025-03-10  GC012F infusion GC-001" in done.lines
    assert held(server) == {"other.ics": other} | planned(path)

    etags = server.etags()
    done = run("GC-001.yaml", to=server.url)
    assert done.lines == []
    assert "no events put, 6 left as they were" in done.err
    assert server.etags() == etags

    subject(tmp_path, facts="visits: {infusion: {booked: 2025-03-12, reason: product delayed}}")
    done = run("GC-001.yaml", to=server.url)
    assert "changed    Wed 2025-03-12  GC012F infusion GC-001" in done.lines
    assert "somebody" not in done.err
    assert held(server) == {"other.ics": other} | planned(path)
    infusion = next(lines for lines in held(server).values() if "SUMMARY:GC012F infusion GC-001" in lines)

    facts = "given: {infusion: 2025-03-12}\nvisits: {infusion: {status: missed, reason: product lost}}"
    subject(tmp_path, facts=facts)
    done = run("GC-001.yaml", to=server.url)
    assert any(line.startswith("cancelled ") for line in done.lines)
    there = held(server)
    assert there == {"other.ics": other} | planned(path)
    (cancelled,) = [lines for lines in there.values() if "SUMMARY:GC012F infusion GC-001 (missed)" in lines]
    assert ("SEQUENCE:1" in infusion, "SEQUENCE:2" in cancelled, "STATUS:CANCELLED" in cancelled) == (True,) * 3
    assert run("GC-001.yaml", to=server.url).lines == []


def test_what_is_no_longer_planned_is_cancelled_on_the_server_but_never_put_there_anew(
    server: Server, run: Any, tmp_path: Path
) -> None:
    path = subject(tmp_path, facts="unscheduled:\n  unscheduled-1: {actual: 2025-03-05, reason: fever}\n")
    path.write_text(path.read_text() + "given: {infusion: 2025-03-10}\n", encoding="utf-8")
    run("GC-001.yaml", to=server.url)
    subject(tmp_path)
    done = run("GC-001.yaml", to=server.url)
    assert "cancelled  Wed 2025-03-05  Unscheduled visit GC-001 (cancelled)" in done.lines
    assert held(server) == planned(path)
    server.ask("DELETE", PATH)
    assert server.ask("MKCALENDAR", PATH)[0] == 201
    done = run("GC-001.yaml", to=server.url)
    assert not [line for line in done.lines if "Unscheduled" in line]
    assert len(done.lines) == len(planned(path)) - 1


def test_a_dry_run_tells_the_same_and_puts_nothing(server: Server, run: Any, tmp_path: Path) -> None:
    path = subject(tmp_path)
    dry = run("GC-001.yaml", to=server.url, dry_run=True)
    assert "6 events would be put, 0 left as they were" in dry.err
    assert server.texts() == {}
    assert not state_path(path).exists()
    assert run("GC-001.yaml", to=server.url).lines == dry.lines
    subject(tmp_path, facts="given: {infusion: 2025-03-11}")
    before, kept = server.etags(), state_path(path).read_bytes()
    dry = run("GC-001.yaml", to=server.url, dry_run=True)
    assert len(dry.lines) == 6
    assert (server.etags(), state_path(path).read_bytes()) == (before, kept)


def test_a_folder_of_subjects_with_neutral_titles(server: Server, run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "subjects"
    folder.mkdir()
    for number in (1, 2):
        subject(folder, f"GC-00{number}")
    done = run("subjects", to=server.url, summary=Summary.neutral)
    assert len(done.lines) == 12
    assert "new        Mon 2025-03-10  Study visit Day 0, GC-002" in done.lines
    titles = re.findall("^SUMMARY:(.*)", "\n".join(server.texts().values()), re.M)
    assert len(titles) == 12
    assert not [title for title in titles if not title.startswith(("Study visit", "Study period"))]


def test_what_somebody_else_changed_is_put_as_planned_and_told(server: Server, run: Any, tmp_path: Path) -> None:
    """With and without a new SEQUENCE and LAST-MODIFIED; and an alarm, which gets lost only on a change."""
    path = subject(tmp_path)
    run("GC-001.yaml", to=server.url)
    texts = server.texts()
    by_title = {re.search("^SUMMARY:(.*?)\r?$", text, re.M)[1]: name for name, text in texts.items()}  # type: ignore[index]
    silent, told, alarmed = (by_title[f"Lymphodepletion {n} GC-001"] for n in (1, 2, 3))
    server.put(silent, texts[silent].replace("20250305", "20250306", 1).encode())
    later = re.sub(
        "LAST-MODIFIED:.*", "LAST-MODIFIED:20990101T000000Z", texts[told].replace("SEQUENCE:0", "SEQUENCE:4")
    )
    server.put(told, later.replace("SUMMARY:", "SUMMARY:done? ").encode())
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:soon\r\nTRIGGER:-P1D\r\nEND:VALARM\r\nEND:VEVENT"
    server.put(alarmed, texts[alarmed].replace("END:VEVENT", alarm).encode())
    done = run("GC-001.yaml", to=server.url)
    assert len(done.lines) == 2
    assert done.err.count("somebody changed it on the server") == 2
    assert "alarms" not in done.err
    assert {name: lines for name, lines in held(server).items() if name != alarmed} == {
        name: lines for name, lines in planned(path).items() if name != alarmed
    }
    subject(tmp_path, facts="given: {infusion: 2025-03-11}")
    done = run("GC-001.yaml", to=server.url)
    assert done.err.count("it had alarms on the server") == 1
    assert "somebody" not in done.err
    assert held(server) == planned(path)


def test_what_people_imported_is_updated_where_it_is(server: Server, run: Any, tmp_path: Path) -> None:
    subject(tmp_path)
    run("GC-001.yaml", to=server.url)
    name, text = next(iter(server.texts().items()))
    assert server.ask("DELETE", PATH + name)[0] == 200
    server.put("imported.ics", text.encode())
    subject(tmp_path, facts="given: {infusion: 2025-03-11}")
    done = run("GC-001.yaml", to=server.url)
    assert [line.split()[0] for line in done.lines] == ["changed"] * 6
    names = server.texts().keys()
    assert len(names) == 6
    assert "imported.ics" in names


def test_what_somebody_changes_at_the_same_moment_stays_and_the_others_go_on(
    server: Server, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the question what is there and the answer to it: one changed, one deleted, one new."""
    path = subject(tmp_path)
    run("GC-001.yaml", to=server.url)
    texts = server.texts()
    names = {re.search("^SUMMARY:(.*?)\r?$", text, re.M)[1]: name for name, text in texts.items()}  # type: ignore[index]
    edited, deleted, new = (names[f"Lymphodepletion {n} GC-001"] for n in (1, 2, 3))
    mine = texts[edited].replace("SUMMARY:", "SUMMARY:at noon ")
    server.ask("DELETE", PATH + new)
    asked, meanwhile = CalendarServer.held, []

    def held_then_changed(self: CalendarServer, uids: Any) -> Any:
        found = asked(self, uids)
        if not meanwhile:
            meanwhile.append(True)
            server.put(edited, mine.encode())
            server.ask("DELETE", PATH + deleted)
            server.put(new, texts[new].encode())
        return found

    monkeypatch.setattr(CalendarServer, "held", held_then_changed)
    subject(tmp_path, facts="given: {infusion: 2025-03-11}")
    done = run("GC-001.yaml", to=server.url, code=1)
    told = "error: somebody changed it on the server at the same moment, so it stays as it is there: "
    assert [line.removeprefix(told) for line in done.err.splitlines() if line.startswith(told)] == [
        "changed    Thu 2025-03-06  Lymphodepletion 1 GC-001 (run it again)",
        "changed    Fri 2025-03-07  Lymphodepletion 2 GC-001 (run it again)",
        "new        Sat 2025-03-08  Lymphodepletion 3 GC-001 (run it again)",
    ]
    assert "3 events put, 0 left as they were, 3 not put, as told above" in done.err
    assert len(done.lines) == 3
    there = server.texts()
    assert (event_lines(there[edited]), deleted in there) == (event_lines(mine), False)
    done = run("GC-001.yaml", to=server.url)
    assert len(done.lines) == 3
    assert held(server) == planned(path)


def test_a_calendar_on_a_server_is_told_as_the_last_one(server: Server, run: Any, tmp_path: Path) -> None:
    subject(tmp_path)
    run("GC-001.yaml", to=server.url)
    told = command_line("plan", "GC-001.yaml", "--changes").out.decode()
    assert re.fullmatch(
        "GC-001: nothing has changed since the export of .* UTC .to the calendar on 127.0.0.1.\n", told
    )


def test_what_was_deleted_on_the_server_is_put_again(server: Server, run: Any, tmp_path: Path) -> None:
    path = subject(tmp_path)
    run("GC-001.yaml", to=server.url)
    server.ask("DELETE", PATH + next(iter(server.texts())))
    assert len(run("GC-001.yaml", to=server.url).lines) == 1
    assert held(server) == planned(path)


def test_who_is_not_let_in_is_told_why(
    server: Server, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = subject(tmp_path)
    assert "asks who you are (--user NAME" in run("GC-001.yaml", to=server.url, user=None, code=1).err
    assert "does not let this user" in run("GC-001.yaml", to=server.url, user="another", code=1).err
    nowhere = run("GC-001.yaml", to=f"{server.url}no/", code=1).err
    assert f"there is no calendar at {server.url}no/" in nowhere
    above = run("GC-001.yaml", to=server.url.removesuffix("study/"), code=1).err
    assert f"calendars below it: {server.url})" in above
    tls = run("GC-001.yaml", to=server.url.replace("http:", "https:"), code=1).err
    assert "does not speak https there" in tls
    monkeypatch.setenv("TRIALCAL_CALDAV_PASSWORD", f"{PASSWORD}x")
    assert "does not take the user and password" in run("GC-001.yaml", to=server.url, code=1).err
    assert not state_path(path).exists()
    assert server.texts() == {}


# --- a server that fails --------------------------------------------------------------------------------------------


class Failing(ThreadingHTTPServer):
    """A calendar server that keeps what it is given and answers `status` to each PUT after the first `good` ones."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server_port}/calendar/"
        self.events: dict[str, str] = {}
        self.good, self.status = 0, 500
        self.puts: list[str] = []
        self.asked_for_all = 0
        self.etag = ""
        self.conditions: list[str | None] = []
        self.elsewhere: dict[str, str] = {}
        self.paths: list[str] = []
        self.signed_in: list[str] = []


class Answers(BaseHTTPRequestHandler):
    """What it says."""

    server: Failing

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _body(self) -> str:
        if signed := self.headers.get("Authorization"):
            self.server.signed_in.append(signed)
        return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

    def _answer(self, status: int, body: str = "", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def _multistatus(self, responses: str) -> None:
        spaces = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
        self._answer(207, f"<multistatus {spaces}>{responses}</multistatus>")

    def do_PROPFIND(self) -> None:
        self._body()
        if self.server.status == 302:
            self._answer(302, Location="https://elsewhere.example/calendar/")
            return
        prop = "<prop><resourcetype><collection/><C:calendar/></resourcetype></prop>"
        status = "<status>HTTP/1.1 200 OK</status>"
        self._multistatus(f"<response><href>/calendar/</href><propstat>{prop}{status}</propstat></response>")

    def do_REPORT(self) -> None:
        body = self._body()
        names = re.findall("/calendar/([^<]*)</", body)
        if "calendar-query" in body:
            self.server.asked_for_all += 1
            names = list(self.server.events)
        events = [(f"/calendar/{name}", self.server.events[name]) for name in names if name in self.server.events]
        events += self.server.elsewhere.items()
        self._multistatus(
            "".join(
                f"<response><href>{name}</href><propstat><prop><getetag>{self.server.etag}</getetag>"
                f"<C:calendar-data>{data}</C:calendar-data></prop>"
                "<status>HTTP/1.1 200 OK</status></propstat></response>"
                for name, data in events
            )
        )

    def do_PUT(self) -> None:
        body, name = self._body(), self.path.rpartition("/")[2]
        self.server.puts.append(name)
        self.server.paths.append(self.path)
        self.server.conditions.append(self.headers.get("If-Match") or self.headers.get("If-None-Match"))
        if len(self.server.puts) > self.server.good:
            more = {"Retry_After": "3600"} if self.server.status == 429 else {}
            self._answer(self.server.status, "<html>no secrets</html>", **more)
            return
        self.server.events[name] = body
        self._answer(201)


@pytest.fixture
def failing() -> Iterator[Failing]:
    server = Failing()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(SECONDS)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (500, "failed (500) (try again later; events that were put stay, and it is safe to publish again)"),
        (503, "failed (503)"),
        (429, "is busy (try again in some minutes; events that were put stay"),
        (
            409,
            "takes one of the events for another that it has (if one was deleted there, empty the calendar's trash",
        ),
        (403, "does not let this user read or write the calendar"),
        (507, "has no room for more"),
        (
            302,
            "points to another address (if you trust it, name that address: https://elsewhere.example/calendar/;",
        ),
        (418, "refuses (418)"),
    ],
)
def test_what_is_told_of_a_server_that_fails(
    failing: Failing, run: Any, tmp_path: Path, status: int, told: str
) -> None:
    subject(tmp_path)
    failing.status = status
    done = run("GC-001.yaml", to=failing.url, code=1)
    assert told in done.err
    assert done.lines == []


def test_events_that_were_put_stay_and_the_rest_follows(failing: Failing, run: Any, tmp_path: Path) -> None:
    subject(tmp_path)
    failing.good = 4
    done = run("GC-001.yaml", to=failing.url, code=1)
    assert len(done.lines) == len(failing.events) == 4
    assert "4 of 6 events put, then:" in done.err
    failing.good = 100
    done = run("GC-001.yaml", to=failing.url)
    assert len(done.lines) == 2
    assert "somebody" not in done.err
    assert (len(failing.puts), len(failing.events)) == (7, 6)


def test_without_an_etag_or_with_a_weak_one_the_event_is_put_all_the_same(
    failing: Failing, run: Any, tmp_path: Path
) -> None:
    """No server can compare with those; one with strong ETags gets the very one that it told."""
    failing.good = 1000
    for day, etag in enumerate(("", 'W/"1"', '"&amp;1"'), 10):
        failing.etag = etag
        for facts in (f"given: {{infusion: 2025-03-{day}}}", f"given: {{infusion: 2025-03-{day + 5}}}"):
            subject(tmp_path, facts=facts)
            assert len(run("GC-001.yaml", to=failing.url).lines) == 6
    assert failing.conditions == ["*"] * 6 + [None] * 18 + ['"&1"'] * 12


def test_only_our_own_events_are_asked_for_once_they_are_there(failing: Failing, run: Any, tmp_path: Path) -> None:
    """The whole calendar is searched only where some of ours are missing: others' events are nobody's business."""
    subject(tmp_path)
    failing.good = 100
    run("GC-001.yaml", to=failing.url)
    assert failing.asked_for_all == 1
    run("GC-001.yaml", to=failing.url)
    assert failing.asked_for_all == 1


def test_a_server_that_changes_what_it_is_given_is_told_of(failing: Failing, run: Any, tmp_path: Path) -> None:
    subject(tmp_path)
    failing.good = 100
    get = dict.__getitem__

    class Changing(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            return get(self, name).replace("SUMMARY:Lymphodepletion 2", "SUMMARY:Busy")

    failing.events = Changing()
    done = run("GC-001.yaml", to=failing.url)
    assert done.err.count("does not show it as it was put") == 1


def test_what_a_server_takes_and_does_not_keep_is_told(failing: Failing, run: Any, tmp_path: Path) -> None:
    subject(tmp_path)
    failing.good = 100

    class Forgetful(dict[str, str]):
        def __setitem__(self, name: str, data: str) -> None:
            """Keep nothing."""

    failing.events = Forgetful()
    done = run("GC-001.yaml", to=failing.url, code=1)
    assert done.err.count("the server took it, and does not hold it") == len(failing.puts) > 0
    assert "0 events put" in done.err or "no events put" in done.err


@pytest.mark.parametrize("href", ["/other/{}", "/calendar/../other/{}", "/calendar/%2e%2e/{}", "/calendarium/{}"])
def test_nothing_is_put_outside_the_calendar(failing: Failing, run: Any, tmp_path: Path, href: str) -> None:
    subject(tmp_path)
    failing.good = 100
    run("GC-001.yaml", to=failing.url)
    names = list(failing.events)
    elsewhere = {href.format(name): data.replace("SUMMARY:", "SUMMARY:x") for name, data in failing.events.items()}

    class Elsewhere(dict[str, str]):
        """Answers with events that lie elsewhere."""

    failing.events = Elsewhere()
    failing.puts.clear()
    failing.elsewhere = elsewhere
    run("GC-001.yaml", to=failing.url)
    assert sorted(failing.puts) == sorted(names)
    assert all(path.startswith("/calendar/") and ".." not in path for path in failing.paths)


def test_no_proxy_and_no_netrc_on_this_machine(
    failing: Failing, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject(tmp_path)
    failing.good = 100
    netrc = tmp_path / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {PASSWORD}\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    done = run("GC-001.yaml", to=failing.url)
    assert len(done.lines) == len(failing.puts) > 0
    assert failing.signed_in == []


def test_no_connection_and_no_answer(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject(tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "there is no connection to 127.0.0.1" in run("GC-001.yaml", to=f"http://127.0.0.1:{port}/c/", code=1).err
    monkeypatch.setattr("trialcal.writers.caldav_server.SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        to = f"http://127.0.0.1:{silent.getsockname()[1]}/c/"
        assert "does not answer" in run("GC-001.yaml", to=to, code=1).err


# --- where to, and as whom ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("http://dav.example.org/study/", "http:// sends dates and password for all to read (write https://)"),
        (f"https://me:{PASSWORD}@dav.example.org/study/", "user and password do not belong into the address"),
        ("dav.example.org", "this is no address of a calendar (write https://"),
        ("webcal://dav.example.org/study", "this is no address of a calendar"),
        ("https://", "this is no address of a calendar"),
        ("https://[::1", "this is no address of a calendar"),
        ("https://dav.example.org/c?export", "an address with ? or #"),
        ("http://127.0.0.1.example.org/", "http:// sends dates"),
        (f"https://dav.example.org/c?token={PASSWORD}", "an address with ? or #"),
        (f"https://dav.example.org/c#{PASSWORD}", "an address with ? or #"),
        (f"me:{PASSWORD}@dav.example.org/c", "this is no address of a calendar"),
        (f"https://me:{PASSWORD}@[::1", "this is no address of a calendar"),
        ("https://dav.example.org/c\x07", "a character in it cannot be printed"),
        ("https://dav.example.org/c\nHost: x", "a character in it cannot be printed"),
    ],
)
def test_addresses_to_which_nothing_is_sent(run: Any, tmp_path: Path, to: str, told: str) -> None:
    subject(tmp_path)
    done = run("GC-001.yaml", to=to, code=2)
    assert told in done.err
    assert PASSWORD not in done.err
    assert not list(tmp_path.glob("*.json"))


def test_without_the_package_it_is_told_what_to_install(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject(tmp_path)
    monkeypatch.setitem(sys.modules, "caldav", None)
    done = run("GC-001.yaml", to="https://dav.example.org/study/", code=1)
    assert (
        "the package that speaks to calendar servers is missing (caldav) (pip install 'trialcal[caldav]')" in done.err
    )


class Keyring:
    """A keyring that knows one password, and fails for one user."""

    def get_password(self, service: str, user: str) -> str | None:
        assert service == "trialcal"
        if user == "locked":
            raise RuntimeError(f"locked, {PASSWORD}")
        return PASSWORD if user == USER else None


def test_the_password_comes_from_the_keyring(
    server: Server, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject(tmp_path)
    monkeypatch.delenv("TRIALCAL_CALDAV_PASSWORD")
    monkeypatch.setitem(sys.modules, "keyring", Keyring())  # type: ignore[arg-type]
    assert len(run("GC-001.yaml", to=server.url).lines) == 6
    nobody = run("GC-001.yaml", to=server.url, user="nobody", code=2).err
    assert "set TRIALCAL_CALDAV_PASSWORD, or keep it with `keyring set trialcal nobody`" in nobody
    locked = run("GC-001.yaml", to=server.url, user="locked", code=2).err
    assert "the keyring of this machine cannot be used (RuntimeError)" in locked
    monkeypatch.setitem(sys.modules, "keyring", None)
    missing = run("GC-001.yaml", to=server.url, code=2).err
    assert "the package for the keyring is missing: pip install 'trialcal[caldav]'" in missing


def test_a_subject_that_cannot_be_read_stops_no_other(server: Server, run: Any, tmp_path: Path) -> None:
    subject(tmp_path)
    (tmp_path / "GC-002.yaml").write_text("subject: GC-002\nprotocol: nothing\n", encoding="utf-8")
    done = run("GC-001.yaml", "GC-002.yaml", to=server.url, code=1)
    assert len(done.lines) == 6
    assert "GC-002.yaml:2" in done.err


def test_the_stamps_are_those_of_the_state(server: Server, run: Any, tmp_path: Path) -> None:
    path = subject(tmp_path)
    run("GC-001.yaml", to=server.url)
    kept = {event["uid"]: event for event in json.loads(state_path(path).read_text(encoding="utf-8"))["events"]}
    for name, text in server.texts().items():
        stamp = re.search("^DTSTAMP:([0-9TZ]*)", text, re.M)
        assert stamp is not None
        assert iso_of(datetime.fromisoformat(stamp[1])) == kept[name.removesuffix(".ics")]["stamp"]


def test_from_the_command_line_with_the_user_of_the_environment(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIALCAL_CALDAV_USER", USER)
    monkeypatch.setenv("TRIALCAL_CALDAV_PASSWORD", PASSWORD)
    subject(tmp_path)
    done = command_line("publish", "GC-001.yaml", "--to", server.url, "--summary", "neutral", "--windows", "none")
    assert done.code == 0, done.err
    assert done.out.decode().count("Study visit Day") == 4
    assert len(server.texts()) == 6
