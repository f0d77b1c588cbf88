"""Webhook and mail, handed to real receivers on loopback."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult, LoginPassword

from crawler.job import Notify
from jiucang.schedule import notices
from jiucang.schedule.ledger import Run
from jiucang.schedule.notices import MailServer, mail, mail_server, notice_of, post, tell

STARTED = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
RUN = Run(
    id=7,
    file="旧站.yaml",
    job="旧站",
    text="0" * 64,
    reason="3 runs were due while the service was down, the first 2026-02-27 02:00 +0800",
    due=3,
    first_due=STARTED,
    started=STARTED,
    ended=STARTED,
    outcome="faults",
    exit_code=1,
    crawl="20260301020000",
    detail="finished: 3 captured, 1 failed",
    passed_over=0,
    told="",
)


class Received:
    """An HTTP server's requests; it answers with `status`, and a redirect leads to `/elsewhere`."""

    def __init__(self, status: int = 204) -> None:
        self.requests: list[tuple[str, str, dict[str, object]]] = []
        received = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                received.requests.append((self.path, self.headers["Content-Type"], body))
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                received.requests.append((self.path, "", {}))
                self.send_error(410)

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?key=1"
        threading.Thread(target=self._server.serve_forever, args=(0.01,)).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Received]:
    made = Received()
    yield made
    made.close()


class Mailbox(Message):
    def __init__(self) -> None:
        super().__init__()
        self.mails: list[EmailMessage] = []

    def prepare_message(self, session: object, envelope: object) -> EmailMessage:
        content = getattr(envelope, "original_content")  # noqa: B009
        return message_from_bytes(content, policy=policy.default)  # type: ignore[return-value]

    def handle_message(self, message: EmailMessage) -> None:  # type: ignore[override]
        self.mails.append(message)


@contextmanager
def post_office(**options: object) -> Iterator[tuple[Mailbox, MailServer]]:
    box = Mailbox()
    # a port that is free now; the controller cannot tell which one it chose itself
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield box, MailServer("127.0.0.1", port, sender="jiucang@example.edu.cn")
    finally:
        controller.stop()


def test_a_failure_is_told_to_both(receiver: Received) -> None:
    with post_office() as (box, server):
        said = tell(server, Notify(webhook=receiver.url, mail="archives@example.edu.cn"), RUN)
    assert said == "webhook 204; mail sent"
    [(path, media_type, fields)] = receiver.requests
    assert (path, media_type) == ("/hook?key=1", "application/json")
    assert fields == {
        "event": "run-ended",
        "job": "旧站",
        "file": "旧站.yaml",
        "ok": False,
        "outcome": "faults",
        "exit_code": 1,
        "run": "20260301020000",
        "reason": RUN.reason,
        "due": 3,
        "passed_over": 0,
        "started": "2026-03-01T02:00:00Z",
        "ended": "2026-03-01T02:00:00Z",
        "detail": "finished: 3 captured, 1 failed",
    }
    [message] = box.mails
    assert message["Subject"] == "[jiucang] 旧站: faults (exit code 1)"
    assert (message["From"], message["To"]) == ("jiucang@example.edu.cn", "archives@example.edu.cn")
    assert "detail: finished: 3 captured, 1 failed" in message.get_content()


def test_a_good_end_disturbs_nobody(receiver: Received) -> None:
    with post_office() as (box, server):
        notify = Notify(webhook=receiver.url, mail="archives@example.edu.cn")
        assert tell(server, notify, replace(RUN, outcome="done", exit_code=0)) == "webhook 204"
    assert [fields["ok"] for _, _, fields in receiver.requests] == [True]
    assert box.mails == []


@pytest.mark.parametrize("status", [301, 307, 404, 500])
def test_no_redirect_is_followed_and_an_error_is_one(status: int) -> None:
    receiver = Received(status)
    try:
        assert post(receiver.url, notice_of(RUN)) == f"webhook failed: {status}"
    finally:
        receiver.close()
    assert [path for path, _, _ in receiver.requests] == ["/hook?key=1"]


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "refused" in post(f"http://127.0.0.1:{port}/", notice_of(RUN))
    assert "refused" in mail(MailServer("127.0.0.1", port, sender="a@b.example"), "c@d.example", notice_of(RUN))


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"220 "])
def test_a_receiver_that_never_ends_is_left(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "WHOLE", 0.5)
    over = threading.Event()

    def dawdle(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            # a byte now and then, so that no single wait is long
            connection.sendall(answer)
            while not over.wait(0.05):
                connection.sendall(b"x")

    for send in (
        lambda port: post(f"http://127.0.0.1:{port}/", notice_of(RUN)),
        lambda port: mail(MailServer("127.0.0.1", port, sender="a@b.example"), "c@d.example", notice_of(RUN)),
    ):
        over.clear()
        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=dawdle, args=(server,))
            thread.start()
            said = send(server.getsockname()[1])
            over.set()
            thread.join()
        assert "failed" in said


def test_what_is_no_http(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def garble() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"\x00\xff\r\n\r\n")

        thread = threading.Thread(target=garble)
        thread.start()
        assert post(f"http://127.0.0.1:{server.getsockname()[1]}/", notice_of(RUN)).startswith("webhook failed: ")
        thread.join()


def test_no_password_goes_over_an_open_line() -> None:
    def check(server: object, session: object, envelope: object, mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=True)

    with post_office(authenticator=check, auth_require_tls=False) as (box, server):
        said = mail(replace(server, user="archive", password="secret"), "c@d.example", notice_of(RUN))
    assert said.startswith("mail failed: ")
    assert "secret" not in said
    assert box.mails == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://localhost", ("localhost", 25, False, None, None)),
        ("smtp://10.3.0.1:2525/", ("10.3.0.1", 2525, False, None, None)),
        ("smtps://a%40b:p%3Aw@mail.example", ("mail.example", 465, True, "a@b", "p:w")),
    ],
)
def test_mail_servers(url: str, server: tuple[object, ...]) -> None:
    found = mail_server(url, "a@b.example")
    assert (found.host, found.port, found.tls, found.user, found.password) == server
    assert "p:w" not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://a:99999",
        "smtp://u:pw@",
        "smtp://user@mail.example",
        "smtp://h/x",
    ],
)
def test_bad_mail_servers(url: str) -> None:
    with pytest.raises(ValueError, match="expected a mail server") as caught:
        mail_server(url)
    assert "pw" not in str(caught.value)
