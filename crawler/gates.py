"""What the attempt for a robots.txt comes to for the origin that waits for it."""

from __future__ import annotations

from crawler.content import robots_content
from crawler.reading import redirect_target
from crawler.robots import FORBID, RobotsAnswer, read_answer
from crawler.settlement import Settlement

#: A robots.txt that redirects is followed so often (RFC 9309 §2.3.1.2).
MAX_REDIRECTS = 5


def settle_gate(settlement: Settlement) -> None:
    """Rules, a redirect to follow, or an answer that speaks for itself."""
    exchange, claim = settlement.exchange, settlement.claim
    if exchange is None:
        settlement.robots = read_answer(None, b"", b"")
        return
    target = redirect_target(claim.url, exchange)
    if target is not None and claim.hops.count("R") < MAX_REDIRECTS:
        settlement.robots_at = target
        return
    body = robots_content(exchange)
    if exchange.status == 200 and body is None:
        settlement.robots = RobotsAnswer(FORBID)
        return
    media = (settlement.media_type or "").encode()
    settlement.robots = read_answer(exchange.status, body or b"", media)
