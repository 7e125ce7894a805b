"""A calendar on a CalDAV server (RFC 4791): which of our events it holds, and putting one.

A room of its own because it alone knows the `caldav` package and what servers answer. Of that package only the
requests are used: its events raise SEQUENCE by themselves, and what is stored must be exactly what was planned. It is
loaded by name when it is used, as it is an extra.

Whatever a server answers is the word of a stranger: it is read up to a limit and for a limited time, it leads to no
other address than the one that was named, and only what lies below that one is changed.
"""

from __future__ import annotations

import importlib
import logging
import os
import posixpath
import time
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from threading import Thread
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

SECONDS = 30  # without an answer
WHOLE = 300  # seconds until an answer is there in full
LARGEST = 64 * 2**20  # bytes of an answer
_TAGS = 2_000_000  # in an answer: each takes far more room than its letters
_PIECE = 2**14  # bytes read at once; packed ones may become a thousand times as many
_PACKED = ("", "identity", "gzip", "x-gzip", "deflate")
_AT_ONCE = 100  # events asked for in one request
_D, _C = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_SPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
_PROPS = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
_KINDS = f"{_HEAD}<D:propfind {_SPACES}><D:prop><D:resourcetype/><D:displayname/></D:prop></D:propfind>"
_ALL = (
    f"{_HEAD}<C:calendar-query {_SPACES}>{_PROPS}"
    '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter>'
    "</C:calendar-query>"
)
_AGAIN = "events that were put stay, and it is safe to publish again"


class ServerRefused(Exception):
    """What the server, or the way to it, does not allow, told for people: never with a password in it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ChangedMeanwhile(ServerRefused):
    """An event on the server is no longer as it was when it was asked for, so nothing was put in its place."""


class TooSlow(Exception):
    """An answer that was not there in full in time."""


class Held(NamedTuple):
    """An event as the server holds it; `etag` stands for this very content, and is empty where none is told."""

    address: str
    data: str
    etag: str = ""


class CalendarServer:
    """One calendar on a server; `url` ends with a slash. Every method raises ServerRefused."""

    def __init__(self, url: str, user: str | None, password: str | None) -> None:
        try:
            with _silence():
                caldav = importlib.import_module("caldav")
                dumping: Any = importlib.import_module("caldav.lib.error")
        except ImportError as error:
            message = f"the package that speaks to calendar servers is missing ({error.name or 'caldav'})"
            raise ServerRefused(message, "pip install 'trialcal[caldav]'") from None
        # Its warnings are for programmers, and what it can be told to dump holds passwords.
        for name in ("caldav", "niquests", "requests", "urllib3", "urllib3_future"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        dumping.debug_dump_communication, dumping.debugmode = False, "PRODUCTION"
        self.url = url
        self.user = user
        self.host = urlsplit(url).hostname or url
        with _silence():
            self.client: Any = caldav.DAVClient(url=url, username=user, password=password, timeout=SECONDS)
        session = self.client.session
        session.max_redirects = 0  # never to another address than the one that was named
        session.trust_env = False  # no password of a .netrc file goes anywhere, and http (this machine) to no proxy
        if urlsplit(url).scheme == "https" and not is_this_machine(self.host) and not proxy_bypass(self.host):
            proxies = getproxies()  # of https, a proxy passes on what it cannot read
            session.proxies = {"https": proxies["https"]} if "https" in proxies else {}
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
        if bundle:
            self.client.ssl_verify_cert = bundle
        session.multiplexed = False  # answers that come later would come past the limits
        self.client.headers["Accept-Encoding"] = "gzip"
        for adapter in {id(each): each for each in session.adapters.values()}.values():
            adapter.send = self._bounded(adapter.send)

    def __enter__(self) -> CalendarServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def check(self) -> None:
        """Make sure that there is a calendar at the address."""
        answer = self._asked("PROPFIND", self.url, _KINDS, {"Depth": "0"})
        if any(True for _ in _found(answer, f"{_C}calendar")):
            return
        below = [address for address in self._calendars_below() if address != self.url]
        hint = "name the calendar's own address, as your calendar program or its web page shows it"
        if below:
            hint = f"calendars below it: {' '.join(below[:5])[:500]}"
        raise ServerRefused(f"there is no calendar at {self.url}", hint)

    def held(self, uids: Collection[str]) -> dict[str, Held]:
        """Give those of some events that the calendar holds, by UID.

        Only these are asked for. Where some are not at the address at which trialcal puts them, the whole calendar is
        searched once: people may have imported them.
        """
        found: dict[str, Held] = {}
        left = list(uids)
        for start in range(0, len(left), _AT_ONCE):
            found |= self._multiget(left[start : start + _AT_ONCE])
        if len(found) < len(left):
            wanted = set(left) - found.keys()
            answer = self._asked("REPORT", self.url, _ALL, {"Depth": "1"})
            for event in self._events(answer):
                uid = uid_of(event.data)
                if uid in wanted:
                    found[uid] = event
        return found

    def put(self, uid: str, data: bytes, held: Held | None) -> None:
        """Put one event: in the place of what is there, or as a new one where there is nothing.

        Raises ChangedMeanwhile where something else is there by now. A server that tells no strong ETag, as RFC 4791
        (5.3.4) asks for, cannot be asked for that.
        """
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        if held is None:
            headers["If-None-Match"] = "*"
        elif held.etag.startswith('"'):
            headers["If-Match"] = held.etag
        self._asked("PUT", self._own(held.address) if held is not None else self._address(uid), data, headers)

    # --- requests -----------------------------------------------------------------------------------------------

    def _address(self, uid: str) -> str:
        return urljoin(self.url, f"{uid}.ics")

    def _multiget(self, uids: Sequence[str]) -> dict[str, Held]:
        path = urlsplit(self.url).path
        hrefs = "".join(f"<D:href>{_xml(path)}{uid}.ics</D:href>" for uid in uids)
        query = f"{_HEAD}<C:calendar-multiget {_SPACES}>{_PROPS}{hrefs}</C:calendar-multiget>"
        events = self._events(self._asked("REPORT", self.url, query, {}))
        return {uid: event for event in events if (uid := uid_of(event.data)) in uids}

    def _events(self, answer: Any) -> Iterator[Held]:
        for response in _found(answer, f"{_D}response"):
            href, data = response.findtext(f"{_D}href"), next(response.iter(f"{_C}calendar-data"), None)
            if href and data is not None and data.text and self._is_below(address := self._own(href)):
                etag = next((each.text or "" for each in response.iter(f"{_D}getetag")), "")
                yield Held(address, data.text, etag.strip())

    def _calendars_below(self) -> list[str]:
        try:
            answer = self._asked("PROPFIND", self.url, _KINDS, {"Depth": "1"})
        except ServerRefused:
            return []
        found = []
        for response in _found(answer, f"{_D}response"):
            href = response.findtext(f"{_D}href")
            if href and next(response.iter(f"{_C}calendar"), None) is not None:
                with suppress(ServerRefused):
                    found.append(shown(self._own(href)))
        return found

    def _own(self, href: str) -> str:
        """Give the address of what a server names; one of another server is refused."""
        own = urlsplit(self.url)
        try:
            parts = urlsplit(urljoin(self.url, href.strip()))
            is_own = parts.hostname == own.hostname and parts.port in (None, own.port, _port(own))
        except ValueError:
            is_own = False
        if not is_own or parts.scheme not in ("http", "https") or parts.username is not None:
            message = f"the server {self.host} says that an event of the calendar is on another server"
            raise ServerRefused(
                message, "nothing was sent there; check the address, or ask who looks after the server"
            )
        query = f"?{parts.query}" if parts.query else ""
        return f"{own.scheme}://{own.netloc}{parts.path}{query}"

    def _is_below(self, address: str) -> bool:
        """Tell whether an address lies in the calendar: nothing is put anywhere else."""
        parts, top = urlsplit(address), unquote(urlsplit(self.url).path)
        path = unquote(parts.path)
        is_plain = path.isprintable() and "\\" not in path and not parts.query and posixpath.normpath(path) == path
        return is_plain and path.startswith(top)

    def _asked(self, method: str, url: str, body: str | bytes, headers: dict[str, str]) -> Any:
        """Send a request; whatever goes wrong is told as ServerRefused."""
        if method == "PUT" and not self._is_below(url):
            raise ServerRefused(f"an event would be put outside of the calendar {self.url}", "check the address")
        try:
            with _silence():
                answer = _within(WHOLE, lambda: self.client.request(url, method, body, headers))
        except ServerRefused:
            raise
        except TooSlow:
            message = f"the server {self.host} takes more than {WHOLE} seconds for one answer"
            raise ServerRefused(message, f"try again later; {_AGAIN}") from None
        except Exception as error:  # the package below `caldav` is one of two, each with its own errors
            raise self._refused(error) from None
        if not 200 <= answer.status < 300:
            raise self._of_status(answer.status, method)
        return answer

    def _bounded(self, send: Callable[..., Any]) -> Callable[..., Any]:
        """Make the sending of requests read what is answered itself, and no endless answer."""

        def sending(request: Any, **options: Any) -> Any:
            answer = send(request, **options | {"stream": True})
            answer._content, answer._content_consumed = self._read(answer), True
            return answer

        return sending

    def _read(self, answer: Any) -> bytes:
        if str(answer.headers.get("Content-Encoding", "")).strip().lower() not in _PACKED:
            raise ServerRefused(f"the server {self.host} answers what no calendar server does", "check the address")
        too_large = ServerRefused(
            f"the server {self.host} answers with more than {LARGEST // 2**20} MiB at once",
            "the rest was not read; check the address, or ask who looks after the server",
        )
        read, until = bytearray(), time.monotonic() + WHOLE
        for piece in answer.iter_content(_PIECE):
            read += piece
            if len(read) > LARGEST:
                raise too_large
            if time.monotonic() > until:
                raise TooSlow
        if read.count(b"<") > _TAGS:
            raise too_large
        return bytes(read)

    # --- what is told of refusals -------------------------------------------------------------------------------

    def _refused(self, error: Exception) -> ServerRefused:
        kinds = {each.__name__ for each in type(error).__mro__}
        if "AuthorizationError" in kinds:
            status = getattr(error, "status", None)
            told = str(getattr(error, "reason", ""))
            return self._of_status(status or (403 if "forbidden" in told.lower() else 401), "")
        if "RateLimitError" in kinds:
            return ServerRefused(f"the server {self.host} is busy", f"try again in some minutes; {_AGAIN}")
        if "SSLError" in kinds and "CERTIFICATE" not in str(error).upper():
            hint = "check the address and its number after the colon; nothing was sent"
            return ServerRefused(f"{self.host} does not speak https there", hint)
        if "SSLError" in kinds:
            hint = "check the address; a server of your institution may need its certificate: ask your IT department"
            return ServerRefused(f"the certificate of {self.host} is not trusted; nothing was sent", hint)
        if "TooManyRedirects" in kinds:
            answer = getattr(error, "response", None)
            to = answer.headers.get("Location", "") if answer is not None else ""
            return ServerRefused(f"the server {self.host} points to another address", self._elsewhere(to))
        kinds |= {type(each).__name__ for each in error.args}  # what breaks off a half answer is within the error
        if kinds & {"Timeout", "ConnectTimeout", "ReadTimeout", "ReadTimeoutError"}:
            return ServerRefused(f"the server {self.host} does not answer", f"try again later; {_AGAIN}")
        if "ProxyError" in kinds:
            hint = f"check HTTPS_PROXY in the environment, or set NO_PROXY={self.host} if it is not needed; {_AGAIN}"
            return ServerRefused(f"the proxy of this computer does not lead to {self.host}", hint)
        if "ConnectionError" in kinds:
            hint = f"check the address and your network, such as a VPN; {_AGAIN}"
            return ServerRefused(f"there is no connection to {self.host}", hint)
        if "NotImplementedError" in kinds:  # what caldav raises where the server offers no way of signing in it knows
            hint = "trialcal knows user and password (basic, digest); ask your IT department for an app password"
            return ServerRefused(
                f"the server {self.host} wants a way of signing in that trialcal does not know", hint
            )
        return ServerRefused(f"the server {self.host} answers what no calendar server does", "check the address")

    def _elsewhere(self, to: str) -> str:
        """Say what to do with another address to which a server points."""
        try:
            parts = urlsplit(urljoin(self.url, to))
        except ValueError:
            parts = urlsplit("")
        if not to or not parts.hostname:
            return "check the address"
        is_here = urlsplit(self.url).scheme == "http" and parts.hostname == self.host
        if parts.scheme != "https" and not is_here:
            return "it does not begin with https://, so nothing may be sent there: ask who looks after the server"
        whose = "" if parts.hostname == self.host else f"; it is of another server, {parts.hostname}"
        return f"if you trust it, name that address: {shown(parts.geturl())[:300]}{whose}"

    def _of_status(self, status: int, method: str) -> ServerRefused:
        if status == 401 and self.user is None:
            hint = "--user NAME; the password in TRIALCAL_CALDAV_PASSWORD, or kept with `keyring set trialcal NAME`"
            return ServerRefused(f"the server {self.host} asks who you are", hint)
        if status == 401:
            hint = "check both; many servers want an app password, made in their settings, instead of your own"
            return ServerRefused(f"the server {self.host} does not take the user and password", hint)
        if status == 403:
            message = f"the server {self.host} does not let this user read or write the calendar"
            return ServerRefused(message, "ask its owner for the right to write, or name another calendar")
        if status in (404, 405, 410):
            hint = "check the address: the calendar's own, as your calendar program or its web page shows it"
            return ServerRefused(f"there is no calendar at {self.url}", hint)
        if status == 412:
            message = f"somebody changed an event on {self.host} at the same moment"
            return ChangedMeanwhile(message, f"publish again; {_AGAIN}")
        if method == "PUT" and status in (400, 409):
            message = f"the server {self.host} takes one of the events for another that it has"
            return ServerRefused(message, "if one was deleted there, empty the calendar's trash, then publish again")
        if status in (413, 507):
            return ServerRefused(f"the server {self.host} has no room for more", "ask who looks after it")
        if status >= 500:
            return ServerRefused(f"the server {self.host} failed ({status})", f"try again later; {_AGAIN}")
        return ServerRefused(f"the server {self.host} refuses ({status})", "check the address of the calendar")


def uid_of(data: str) -> str:
    """Give the UID of an event's text; empty where it has none."""
    for line in data.replace("\r\n", "\n").replace("\n ", "").split("\n"):
        if line[:4].upper() in ("UID:", "UID;"):
            return line.partition(":")[2].strip()
    return ""


def _found(answer: Any, tag: str) -> Iterator[Any]:
    tree = answer.tree
    return iter(()) if tree is None else iter(tree.iter(tag))


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def shown(url: str) -> str:
    """Give of an address what may be shown: neither user nor password, nor what follows ? or #.

    >>> shown("https://me:secret@dav.example.org:8443/study/?token=secret#secret")
    'https://dav.example.org:8443/study/'
    """
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def is_this_machine(host: str) -> bool:
    """Tell whether a host is the very computer on which trialcal runs.

    >>> is_this_machine("127.0.0.1"), is_this_machine("::1"), is_this_machine("127.0.0.1.example.org")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


@contextmanager
def _silence() -> Iterator[None]:
    """Keep from the terminal what other packages log and warn of: it is for programmers, and may hold secrets."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _within(seconds: float, work: Callable[[], Any]) -> Any:
    """Do something for so long at most: a server that sends a letter now and then outlasts every other limit."""
    done: list[Any] = []
    failed: list[BaseException] = []

    def doing() -> None:
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=doing, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise TooSlow
    return done[0]
