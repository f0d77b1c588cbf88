"""Telling people and machines how a run ended: a webhook, a mail. Neither can hold up or change what is told of."""

from __future__ import annotations

import json
import smtplib
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import unquote, urlsplit

from crawler.job import Notify
from jiucang.schedule.ledger import DONE, Run

#: Seconds for one step of a conversation, and for all of it.
STEP, WHOLE = 10.0, 30.0


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told: `subject` is a line, `text` a few; `fields` the same for a machine."""

    subject: str
    text: str
    fields: dict[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `tls` encrypts from the start; a `user` logs in, encrypted in any case."""

    host: str = "localhost"
    port: int = 25
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    sender: str = ""


def mail_server(url: str, sender: str | None = None) -> MailServer:
    """A server from `smtp://[USER:PASSWORD@]HOST[:PORT]`, or `smtps://` for TLS from the start. Raises ValueError.

    >>> mail_server("smtps://archive:se%40cret@mail.example.edu.cn", "archive@example.edu.cn").port
    465
    """
    parts = urlsplit(url)
    # the address itself stays out of messages: it may hold a password
    expected = "expected a mail server such as smtp://localhost:25 or smtps://USER:PASSWORD@mail.example.edu.cn"
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(expected) from None
    if parts.scheme not in ("smtp", "smtps") or not host or parts.path.strip("/") or parts.query:
        raise ValueError(expected)
    tls = parts.scheme == "smtps"
    user, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
    if (user is None) != (password is None):
        raise ValueError(f"{expected}; a user and a password go together")
    return MailServer(host, port or (465 if tls else 25), tls, user, password, sender or f"jiucang@{socket.getfqdn()}")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def tell(server: MailServer, notify: Notify, run: Run) -> str:
    """Tells the webhook of every end, and people of every one that was not good; says what came of it."""
    notice = notice_of(run)
    said = [] if notify.webhook is None else [post(notify.webhook, notice)]
    if notify.mail is not None and run.outcome != DONE:
        said.append(mail(server, notify.mail, notice))
    return "; ".join(said)


def notice_of(run: Run) -> Notice:
    """The notice of a run's end. The names of its fields are documented."""
    fields: dict[str, str | int | bool | None] = {
        "event": "run-ended",
        "job": run.job,
        "file": run.file,
        "ok": run.outcome == DONE,
        "outcome": run.outcome,
        "exit_code": run.exit_code,
        "run": run.crawl,
        "reason": run.reason,
        "due": run.due,
        "passed_over": run.passed_over,
        "started": _z(run.started),
        "ended": _z(run.ended) if run.ended else None,
        "detail": run.detail,
    }
    text = "".join(f"{name}: {value}\n" for name, value in fields.items() if value not in (None, ""))
    return Notice(f"[jiucang] {run.job}: {run.outcome} (exit code {run.exit_code})", text, fields)


def _z(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def post(url: str, notice: Notice) -> str:
    """POSTs the notice as JSON; says what came of it. A redirect is an answer like others, and not followed."""
    body = json.dumps(notice.fields, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "jiucang"}
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))

    def send() -> str:
        try:
            with opener.open(request, timeout=STEP) as answer:
                return f"webhook {answer.status}"
        except urllib.error.HTTPError as error:
            error.close()
            return f"webhook failed: {error.code}"
        except (OSError, HTTPException) as error:
            return f"webhook failed: {getattr(error, 'reason', None) or error or type(error).__name__}"

    return _within(WHOLE, send) or f"webhook failed: no answer within {WHOLE:g} s"


def mail(server: MailServer, to: str, notice: Notice) -> str:
    """Hands the notice in as a mail; says what came of it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = server.sender, to, notice.subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notice.text)

    def send() -> str:
        try:
            with _connect(server) as connection:
                connection.send_message(message)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return f"mail failed: {error}"
        return "mail sent"

    return _within(WHOLE, send) or f"mail failed: not handed in within {WHOLE:g} s"


def _connect(server: MailServer) -> smtplib.SMTP:
    if server.tls:
        context = ssl.create_default_context()
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=STEP, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=STEP)
    try:
        if server.user is not None and server.password is not None:
            if not server.tls:
                connection.starttls(context=ssl.create_default_context())
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _within(seconds: float, call: Callable[[], str]) -> str | None:
    """What *call* returns, or None if it takes longer: a server that sends a byte now and then passes every timeout."""
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(call()), daemon=True)
    thread.start()
    thread.join(seconds)
    return said[0] if said else None
