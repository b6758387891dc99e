"""Who may ask the dashboard, and what its pages may do: the page can turn the clock, the gate and the flags.

Without a login the server is for this machine only, and a page of somebody else's that is open in the same browser
must not reach it: neither by posting to it (its Origin is another) nor by giving its own name our address, which is
called DNS rebinding (its Host is another). With one (`dashboard/login`) it has whatever names its owner gives it, and
another name brings no cookie along.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from flask import Flask, Response, abort, request

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`, with which some browsers send `Origin: null` even to ourselves.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class NotForOthers(Exception):
    """The server would be reachable from other machines, without a login; the message says what to do."""


def check_address(host: str, published: str, *, has_login: bool = False) -> None:
    """Whether a server that listens on `host` is for this machine only, or asks who comes.

    Args:
        host: the address it listens on.
        published: where a container engine publishes its port; '' outside a container. The process cannot see that for
            itself, so `docker-compose.yml` says it beside the `ports:` that do it, and a test compares the two.

    Raises:
        NotForOthers: other machines could reach it, and nobody would have to log in.
    """
    if has_login or is_loopback(host) or (published and is_loopback(published)):
        return
    where = f"its port would be published on {published}" if published else f"it would listen on {host}"
    raise NotForOthers(
        f"the dashboard has no login, and {where}, for other machines to see: name its users in "
        "TICKERTAPE_DASHBOARD_USERS_FILE (`tickertape dashboard user NAME` makes a line), or set "
        "TICKERTAPE_DASHBOARD_HOST=127.0.0.1 and reach it through a tunnel, ssh -L 8050:127.0.0.1:8050 HOST"
    )


def is_loopback(host: str) -> bool:
    """Whether an address, or a name, is this machine's own and nobody else's."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def guard(server: Flask, document: str, hashes: Sequence[str], *, has_login: bool = False) -> None:
    """Check every request, and send strict headers with every answer.

    Args:
        document: the HTML around the pages; its inline scripts are let run.
        hashes: of the inline scripts that Dash adds, as a Content-Security-Policy has them.
        has_login: whoever comes is asked for his name, and may come under any name of ours.
    """
    policy = content_security_policy([*map(script_hash, _INLINE.findall(document)), *hashes])
    if not has_login:
        server.before_request(_check_host)
    server.before_request(_check_origin)

    def add_headers(answer: Response) -> Response:
        answer.headers.update(_HEADERS)
        # The form of the login has one of its own.
        answer.headers.setdefault("Content-Security-Policy", policy)
        return answer

    server.after_request(add_headers)


def content_security_policy(script_hashes: Sequence[str]) -> str:
    """As strict as Dash allows: everything from here, no inline script but those known by their hash, no `eval`.

    Styles are the exception: Mantine, AG Grid and plotly write theirs into the page while it runs. An injected style
    could repaint the page, but it reaches no script and no other host, which `connect-src` and `img-src` see to.
    """
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self'", *script_hashes]),
            "style-src 'self' 'unsafe-inline'",
            # Icons in the style sheet are `data:` images.
            "img-src 'self' data:",
            # AG Grid's icons are a font in its style sheet.
            "font-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def script_hash(script: str) -> str:
    """An inline script's hash as a source of the policy.

    >>> script_hash("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _check_host() -> None:
    """Refuse what comes under another name."""
    host = _parts(f"//{request.host}")
    # A container's port and an SSH tunnel are reached by these names as well.
    if host is None or not is_loopback(host.hostname or ""):
        here = f"http://127.0.0.1:{request.environ.get('SERVER_PORT', 8050)}"
        abort(Response(f"this server is for this machine only: open {here}\n", 421, mimetype="text/plain"))


def _check_origin() -> None:
    """Refuse what is posted by a page that is not ours."""
    # Every browser sends an Origin with what it posts.
    origin = _parts(request.headers.get("Origin", ""))
    if request.method not in _READING and (origin is None or origin.netloc != request.host):
        refused = "only a page of this server may do that; from a shell: tickertape --help\n"
        abort(Response(refused, 403, mimetype="text/plain"))


def _parts(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None
