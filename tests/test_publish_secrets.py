"""Publishing to servers that mean harm, and what is told of it: no secret leaves, and no answer is endless."""

from __future__ import annotations

import base64
import gzip
import logging
import os
import re
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer
from test_publish import PASSWORD, USER, Answers, Done, Failing, subject

from trialcal.cli.publish import publish
from trialcal.writers import caldav_server

pytest.importorskip("caldav", reason="caldav is not installed: pip install 'trialcal[caldav]'")
pytestmark = pytest.mark.slow

SECONDS = 20
SIGNED = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Publish one subject as a user of the command line does; the password is nowhere in what is told."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIALCAL_CALDAV_PASSWORD", PASSWORD)
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    subject(tmp_path)

    def publishing(to: str, code: int = 0, **options: Any) -> Done:
        capsys.readouterr()
        with pytest.raises(typer.Exit) as ended:
            publish(["GC-001.yaml"], to=to, user=USER, **options)
        out, err = capsys.readouterr()
        assert ended.value.exit_code == code, err
        assert PASSWORD not in out + err
        assert SIGNED not in out + err
        return Done(code, out.splitlines(), err)

    return publishing


# --- servers --------------------------------------------------------------------------------------------------------


class Hostile(Failing):
    """A calendar server that does what `mischief` says where there is one for a method; else it is an honest one."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = HostileAnswers
        self.good = 1000
        self.mischief: dict[str, Callable[[HostileAnswers], None]] = {}
        self.sent = 0  # bytes of endless answers


class HostileAnswers(Answers):
    """What it says."""

    server: Hostile

    def parse_request(self) -> bool:
        """Answer here where there is mischief; else go on as an honest one."""
        if not super().parse_request():
            return False
        if self.command not in self.server.mischief:
            return True
        self._body()
        try:
            self.server.mischief[self.command](self)
        except OSError:  # the other side has had enough
            self.close_connection = True
        return False

    def start(self, status: int = 207, **headers: str) -> None:
        """Answer with no more than the head."""
        self.send_response(status)
        for name, value in {"Content_Type": "application/xml", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.close_connection = True

    def whole(self, body: bytes, **headers: str) -> None:
        """Answer in full."""
        self.start(207, Content_Length=str(len(body)), **headers)
        self.wfile.write(body)

    def events_at(self, href: str) -> None:
        """Answer with the events, each at `href`, where {} stands for its name."""
        spaces = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
        found = "".join(
            f"<response><href>{href.format(name)}</href><propstat><prop><getetag/><C:calendar-data>"
            f"{data.replace('SUMMARY:', 'SUMMARY:x')}</C:calendar-data></prop></propstat></response>"
            for name, data in self.server.events.items()
        )
        self.whole(f"<multistatus {spaces}>{found}</multistatus>".encode())


class Overheard(ThreadingHTTPServer):
    """Another server, or a proxy: notes what it is asked, and does nothing of it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Overhearing)
        self.asked: list[str] = []


class Overhearing(BaseHTTPRequestHandler):
    """What it says: 502."""

    server: Overheard

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def parse_request(self) -> bool:
        """Say no to whatever is asked."""
        if super().parse_request():
            self.server.asked.append(f"{self.requestline}\n{self.headers}")
            self.send_error(502)
        self.close_connection = True
        return False


def served(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(SECONDS)


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    yield from served(Hostile())


@pytest.fixture
def overheard() -> Iterator[Overheard]:
    yield from served(Overheard())


# --- proxies --------------------------------------------------------------------------------------------------------


def test_a_proxy_is_never_asked_for_this_machine(
    run: Any, hostile: Hostile, overheard: Overheard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also not with https, and not where the server asks for the password."""
    for name in PROXIES[:3]:
        monkeypatch.setenv(name, f"http://127.0.0.1:{overheard.server_port}")
    assert len(run(hostile.url).lines) == 6
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "there is no connection to 127.0.0.1" in run(f"https://127.0.0.1:{port}/c/", code=1).err
    assert overheard.asked == []


def test_a_proxy_gets_nothing_but_the_name_of_the_server(
    run: Any, overheard: Overheard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{overheard.server_port}")
    done = run("https://dav.example.org/study/", code=1)
    assert "the proxy of this computer does not lead to dav.example.org (check HTTPS_PROXY" in done.err
    assert overheard.asked
    assert all(asked.startswith("CONNECT dav.example.org:443 ") for asked in overheard.asked)
    assert not [asked for asked in overheard.asked if "uthorization" in asked or "study" in asked]


# --- addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "told", "secret"),
    [
        ("https://me:hush@dav.example.org/c", "--to https://dav.example.org/c: user and password do not", "hush"),
        ("https://dav.example.org/c?token=hush", "--to https://dav.example.org/c: an address with ? or #", "hush"),
        ("https://dav.example.org/c#hush", "--to https://dav.example.org/c: an address with ? or #", "hush"),
        ("https://dav.example.org/c?", "an address with ? or #", "c?"),
        ("http://me:hush@dav.example.org/c?hush", "user and password do not belong", "hush"),
        ("https://me:12?hush@dav.example.org/c", "--to: an address with ? or #", ":12"),
        ("https://me:hush?x@dav.example.org/c", "--to: this is no address of a calendar", "hush"),
        ("https://me%3Ahush%40dav.example.org/c", "--to: this is no address of a calendar", "hush"),
        ("https:me:hush@dav.example.org/c", "--to: this is no address of a calendar", "hush"),
        ("me:hush", "--to: this is no address of a calendar", "hush"),
        ("https://dav.example.org/a b", "--to: there is a space or a \\ in it", "a b"),
        (" https://dav.example.org/c", "--to: there is a space or a \\ in it", "example"),
        ("https://dav.example.org\\@hush/c", "--to: there is a space or a \\ in it", "hush"),
        ("https://me:hush@dav.example.org/c\r\nX: y", "--to: a character in it cannot be printed", "hush"),
        ("https://dav.example.org/c\n", "--to: a character in it cannot be printed", "example"),
        ("https://dav.example.org/c\t", "--to: a character in it cannot be printed", "example"),
        ("https://dav.example.org/c\u202e", "--to: a character in it cannot be printed", "example"),
        ("https://dav.example.org/c%0d%0aX:y", "--to: a character in it cannot be printed", "example"),
    ],
)
def test_an_address_is_refused_and_no_secret_of_it_is_told(run: Any, to: str, told: str, secret: str) -> None:
    done = run(to, code=2)
    assert told in done.err
    assert secret not in done.err
    assert len(done.err.splitlines()) == 1


def test_an_address_with_a_space_as_it_must_be_written_is_taken(run: Any, hostile: Hostile) -> None:
    """And one with the mail address of its owner in it, as many servers have."""
    below = "me@example.org/my%20study/"
    done = run(hostile.url + below, code=1)
    assert hostile.paths
    assert all(path.startswith(f"/calendar/{below}") for path in hostile.paths)
    assert f"{hostile.url}{below}" in done.err


# --- what the server says that it keeps -----------------------------------------------------------------------------


def test_what_the_server_does_not_keep_is_not_told_as_put(run: Any, hostile: Hostile) -> None:
    hostile.mischief["PUT"] = lambda answer: answer.start(201, Content_Length="0")
    done = run(hostile.url, code=1)
    assert done.lines == []
    assert done.err.count("error: the server took it, and does not hold it: new ") == 6
    assert "error: the server 127.0.0.1 keeps nothing of what it was sent (ask who looks after" in done.err
    assert "no events put, 0 left as they were, 6 not put, as told above" in done.err


def test_a_change_that_the_server_does_not_keep_is_not_told_as_put(
    run: Any, hostile: Hostile, tmp_path: Path
) -> None:
    assert len(run(hostile.url).lines) == 6
    hostile.mischief["PUT"] = lambda answer: answer.start(204, Content_Length="0")
    subject(tmp_path, facts="given: {infusion: 2025-03-11}")
    done = run(hostile.url, code=1)
    assert done.lines == []
    assert done.err.count("the server took it, and does not hold it: changed ") == 6


def test_what_is_kept_of_some_is_told_of_these(run: Any, hostile: Hostile) -> None:
    class Forgetful(dict[str, str]):
        def __setitem__(self, name: str, data: str) -> None:
            """Keep all but one."""
            if "SUMMARY:Lymphodepletion 2" not in data:
                super().__setitem__(name, data)

    hostile.events = Forgetful()
    done = run(hostile.url, code=1)
    assert len(done.lines) == 5
    assert not [line for line in done.lines if "Lymphodepletion 2" in line]
    assert "keeps nothing" not in done.err


def test_where_nobody_can_look_it_is_told(run: Any, hostile: Hostile) -> None:
    """The server breaks down after the last event."""

    def failing(answer: HostileAnswers) -> None:
        answer.start(500, Content_Length="0")

    def putting(answer: HostileAnswers) -> None:
        hostile.mischief["REPORT"] = failing
        answer.start(201, Content_Length="0")

    hostile.mischief["PUT"] = putting
    done = run(hostile.url, code=1)
    assert len(done.lines) == 6
    assert "could not look whether the server keeps what was put (publish again)" in done.err
    assert "failed (500)" in done.err


# --- addresses that the server names --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "href",
    [
        "http://127.0.0.1:{other}/calendar/{{}}",
        "http://localhost:{other}/calendar/{{}}",
        "https://evil.example/calendar/{{}}",
        "//evil.example/calendar/{{}}",
        "//127.0.0.1:{other}/calendar/{{}}",
        "http://me@127.0.0.1:{own}/calendar/{{}}",
        "http://[/calendar/{{}}",
        "http://127.0.0.1:x/calendar/{{}}",
        "file:///calendar/{{}}",
    ],
)
def test_events_on_another_server_are_refused(run: Any, hostile: Hostile, overheard: Overheard, href: str) -> None:
    run(hostile.url)
    there = href.format(other=overheard.server_port, own=hostile.server_port)
    hostile.mischief["REPORT"] = lambda answer: answer.events_at(there)
    before = list(hostile.paths)
    done = run(hostile.url, code=1)
    assert "says that an event of the calendar is on another server (nothing was sent there" in done.err
    assert done.lines == []
    assert hostile.paths == before
    assert overheard.asked == []


@pytest.mark.parametrize(
    "href",
    [
        "////127.0.0.1:{other}/calendar/{{}}",
        "http://127.0.0.1:{own}//127.0.0.1:{other}/calendar/{{}}",
        "/calendar/{{}}?delete=all",
        "/calendar/%2e%2e/other/{{}}",
        "/calendar/..%2fother/{{}}",
        "/calendar/..%5cother/{{}}",
        "/calendar/%0d%0aX/{{}}",
        "/calendar/",
        "/other/{{}}",
    ],
)
def test_nothing_is_put_outside_of_the_calendar(run: Any, hostile: Hostile, overheard: Overheard, href: str) -> None:
    """Such events are not those of the calendar: ours are put below its address, at their own."""
    run(hostile.url)
    own = set(hostile.paths)
    there = href.format(other=overheard.server_port, own=hostile.server_port)
    hostile.mischief["REPORT"] = lambda answer: answer.events_at(there)
    done = run(hostile.url, code=1)  # what is there at last cannot be seen in the calendar
    assert "does not hold it" in done.err or "on another server" in done.err
    assert set(hostile.paths) == own
    assert all(re.fullmatch("/calendar/[0-9a-f-]{36}[.]ics", path) for path in hostile.paths)
    assert overheard.asked == []


def test_an_event_below_the_calendar_is_updated_where_it_is(run: Any, hostile: Hostile) -> None:
    """However its address is written: whole, from the root, or with other letters for the same."""
    run(hostile.url)
    names = sorted(hostile.events)
    for href in (hostile.url + "{}", "/calendar/{}", "/%63alendar/{}", "{}"):
        hostile.mischief["REPORT"] = lambda answer, href=href: answer.events_at(href)  # type: ignore[misc]
        hostile.puts.clear()
        done = run(hostile.url, code=1)  # the titles that it shows stay false
        assert sorted(hostile.puts) == names
        assert done.err.count("the server took it, and does not hold it: changed ") == 6


# --- redirects ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("http://evil.example/c/", "it does not begin with https://, so nothing may be sent there"),
        ("ftp://evil.example/c/", "it does not begin with https://, so nothing may be sent there"),
        ("https://evil.example/c/", "https://evil.example/c/; it is of another server, evil.example)"),
        ("//evil.example/c/", "it does not begin with https://"),
        (f"https://me:{PASSWORD}@evil.example/c/?token={PASSWORD}#{PASSWORD}", "https://evil.example/c/; it is of"),
        ("https://[", ""),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_what_is_told_of_another_address(run: Any, hostile: Hostile, to: str, told: str, status: int) -> None:
    hostile.mischief["PROPFIND"] = lambda answer: answer.start(status, Location=to, Content_Length="0")
    done = run(hostile.url, code=1)
    assert told in done.err
    assert "http://" not in done.err
    assert done.lines == []


# --- what other packages say ----------------------------------------------------------------------------------------


def test_only_trialcal_speaks_on_the_terminal(hostile: Hostile, tmp_path: Path) -> None:
    """Also where the environment asks the packages to tell all, and where the server answers with a web page."""
    subject(tmp_path)
    hostile.mischief["PROPFIND"] = lambda answer: answer.whole(b"<p>no calendar", Content_Type="text/html")
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    environment = {name: value for name, value in os.environ.items() if name.lower() not in PROXIES} | {
        "TRIALCAL_CALDAV_PASSWORD": PASSWORD,
        "PYTHON_CALDAV_COMMDUMP": "1",
        "PYTHON_CALDAV_DEBUGMODE": "DEBUG",
        "PYTHONWARNINGS": "always,ignore::DeprecationWarning:typer",  # some releases of which begin with two
        "TMPDIR": str(dumps),
    }
    begun = "import sys; from trialcal.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", begun, "publish", "GC-001.yaml", "--to", hostile.url, "--user", USER]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False)
    told = done.stderr.decode().splitlines()
    assert done.returncode == 1
    assert [line for line in told if not line.startswith("error: there is no calendar at ")] == []
    assert len(told) == 1
    assert done.stdout == b""
    assert list(dumps.iterdir()) == []


def test_no_package_logs_or_warns(
    run: Any, hostile: Hostile, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    caplog.set_level(1)
    for name in ("caldav", "niquests", "urllib3", "urllib3_future"):
        caplog.set_level(1, logger=name)
    run(hostile.url)
    hostile.mischief["REPORT"] = lambda answer: answer.whole(b"<p>no calendar", Content_Type="text/html")
    run(hostile.url, code=1)
    ours = ("trialcal", "filelock")  # what the lock of a subject's file logs is not shown either
    assert [record for record in caplog.records if record.name.partition(".")[0] not in ours] == []
    assert [each for each in recwarn if "caldav" in each.filename or "niquests" in each.filename] == []


def test_what_a_package_warns_of_is_not_shown(
    run: Any, hostile: Hostile, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    import caldav

    asked = caldav.DAVClient.request

    def warning(self: Any, *arguments: Any) -> Any:
        warnings.warn(f"the password is {PASSWORD}", UserWarning, stacklevel=1)
        logging.getLogger("below.caldav").error("the password is %s", PASSWORD)
        return asked(self, *arguments)

    monkeypatch.setattr(caldav.DAVClient, "request", warning)
    run(hostile.url)
    assert [each for each in recwarn if PASSWORD in str(each.message)] == []


# --- answers without end --------------------------------------------------------------------------------------------

LIMIT = 64 * 2**20
TOO_LARGE = "answers with more than 64 MiB at once (the rest was not read; check the address"


def endless(answer: HostileAnswers) -> None:
    piece = b"<a>" + b"x" * 65533
    while answer.server.sent < 4 * LIMIT:
        answer.wfile.write(piece)
        answer.server.sent += len(piece)


@pytest.mark.parametrize("method", ["PROPFIND", "REPORT", "PUT"])
def test_an_endless_answer_is_not_read_on(run: Any, hostile: Hostile, method: str) -> None:
    def answering(answer: HostileAnswers) -> None:
        answer.start()
        endless(answer)

    hostile.mischief[method] = answering
    done = run(hostile.url, code=1)
    assert TOO_LARGE in done.err
    assert done.lines == []
    assert hostile.sent < 2 * LIMIT  # what is under way when it ends


@pytest.mark.parametrize("status", [200, 302, 401, 404, 500])
def test_an_endless_answer_of_any_kind_is_not_read_on(run: Any, hostile: Hostile, status: int) -> None:
    def answering(answer: HostileAnswers) -> None:
        more = {"Location": "https://evil.example/", "WWW_Authenticate": 'Basic realm="x"'}
        answer.start(status, Content_Length=str(100 * LIMIT), **more)
        endless(answer)

    hostile.mischief["PROPFIND"] = answering
    assert TOO_LARGE in run(hostile.url, code=1).err
    assert hostile.sent < 2 * LIMIT


def test_an_answer_that_becomes_too_large_when_it_is_unpacked_is_refused(run: Any, hostile: Hostile) -> None:
    packed = gzip.compress(b"<a>" + bytes(LIMIT))
    assert len(packed) < LIMIT // 500
    hostile.mischief["PROPFIND"] = lambda answer: answer.whole(packed, Content_Encoding="gzip")
    assert TOO_LARGE in run(hostile.url, code=1).err
    hostile.mischief["PROPFIND"] = lambda answer: answer.whole(packed, Content_Encoding="gzip, gzip")
    assert "answers what no calendar server does" in run(hostile.url, code=1).err


def test_an_answer_of_too_many_parts_is_refused(run: Any, hostile: Hostile) -> None:
    """It is far below the limit, and would take gigabytes when it is read."""
    body = b"<a>" + b"<b/>" * 3_000_000 + b"</a>"
    hostile.mischief["PROPFIND"] = lambda answer: answer.whole(body)
    assert TOO_LARGE in run(hostile.url, code=1).err


def test_a_packed_answer_is_understood(run: Any, hostile: Hostile) -> None:
    spaces = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
    told = "<prop><resourcetype><collection/><C:calendar/></resourcetype></prop>"
    body = f"<multistatus {spaces}><response><propstat>{told}</propstat></response></multistatus>".encode()
    hostile.mischief["PROPFIND"] = lambda answer: answer.whole(gzip.compress(body), Content_Encoding="gzip")
    assert len(run(hostile.url).lines) == 6


def dripping(answer: HostileAnswers, head: bool) -> None:
    """Answer with a letter now and then, in the head or after it, and never come to an end."""
    if not head:
        answer.start()
    until = time.monotonic() + SECONDS
    answer.wfile.write(b"HTTP/1.1 207 " if head else b"<")
    while time.monotonic() < until:
        answer.wfile.write(b"a")
        time.sleep(0.05)


@pytest.mark.parametrize("head", [True, False])
def test_an_answer_that_never_comes_to_an_end(
    run: Any, hostile: Hostile, monkeypatch: pytest.MonkeyPatch, head: bool
) -> None:
    monkeypatch.setattr(caldav_server, "WHOLE", 1)
    hostile.mischief["PROPFIND"] = lambda answer: dripping(answer, head)
    begun = time.monotonic()
    assert "takes more than 1 seconds for one answer (try again later" in run(hostile.url, code=1).err
    assert time.monotonic() - begun < SECONDS / 2


def test_an_answer_that_stops_halfway(run: Any, hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caldav_server, "SECONDS", 1)

    def answering(answer: HostileAnswers) -> None:
        answer.start(Content_Length="1000")
        answer.wfile.write(b"<")
        time.sleep(3)

    hostile.mischief["PROPFIND"] = answering
    assert "does not answer" in run(hostile.url, code=1).err


def test_the_limits_are_set() -> None:
    assert (caldav_server.LARGEST, caldav_server.SECONDS) == (LIMIT, 30)
    assert caldav_server.WHOLE <= 600
