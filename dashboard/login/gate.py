"""The login of a dashboard that other machines can reach: a name and a password for a signed cookie.

What a page posts is ours by its Origin (`dashboard/security.py`), and so is what the form of the login posts. The key
that signs is made at each start: a restart, as after a change of the file of users, ends every login.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Hashable, Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, Response, redirect, render_template_string, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.wrappers import Response as AnyResponse

from dashboard.login.throttle import Throttle

COOKIE = "tickertape_login"
# A working day and the evening after it, seconds.
LASTS_S = 16 * 3600
# Failures in five minutes: with one name from one address, and with any name from one address.
OF_NAME, OF_ADDRESS = 5, 20
_LONGEST = 1_000
# The health check says nothing that has to be kept; the rest is what the form itself looks like.
_OPEN = ("/healthz", "/login", "/assets/login.css", "/assets/logo.svg")
_FORM = Path(__file__).with_name("form.html")
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)


class Login:
    """Lets those in who have logged in.

    Args:
        users: the hash of each one's password, by name.
        monotonic: for the throttle.
    """

    def __init__(self, users: Mapping[str, str], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._users = users
        self._signer = URLSafeTimedSerializer(secrets.token_bytes(32), salt=COOKIE)
        self._throttle = Throttle(monotonic)
        # Checked where there is no such user, so that an unknown name takes as long as a known one.
        self._nobody = generate_password_hash(secrets.token_hex())
        self._form = _FORM.read_text("utf-8")

    def register(self, server: Flask) -> None:
        """Ask everybody who comes, and answer at /login and /logout."""
        server.before_request(self._turn_away)
        server.add_url_rule("/login", view_func=self._ask, methods=["GET"])
        server.add_url_rule("/login", endpoint="log_in", view_func=self._log_in, methods=["POST"])
        server.add_url_rule("/logout", view_func=self._ask_out, methods=["GET"])
        server.add_url_rule("/logout", endpoint="log_out", view_func=self._log_out, methods=["POST"])

    def user(self) -> str | None:
        """Who asks; None for somebody who has not logged in, or too long ago."""
        try:
            name = self._signer.loads(request.cookies.get(COOKIE, ""), max_age=LASTS_S)
        except BadSignature:
            return None
        return name if isinstance(name, str) and name in self._users else None

    def _turn_away(self) -> AnyResponse | None:
        if request.path in _OPEN or self.user():
            return None
        if request.method == "GET" and not request.path.startswith("/_"):
            asked = request.full_path.rstrip("?")
            return redirect(f"/login?{urlencode({'next': asked})}", HTTPStatus.SEE_OTHER)
        return Response("log in first, at /login\n", HTTPStatus.UNAUTHORIZED, mimetype="text/plain")

    def _ask(self) -> AnyResponse:
        goal = own_path(request.args.get("next"))
        return redirect(goal, HTTPStatus.SEE_OTHER) if self.user() else self._page(goal=goal)

    def _log_in(self) -> AnyResponse:
        name, password = (request.form.get(field, "")[:_LONGEST] for field in ("name", "password"))
        goal = own_path(request.form.get("next"))
        limits: dict[Hashable, int] = {
            (request.remote_addr, name): OF_NAME,
            (request.remote_addr,): OF_ADDRESS,
        }
        if wait_s := self._throttle.begin(limits):
            minutes = math.ceil(wait_s / 60)
            answer = self._page(goal, name, f"Too many failures. Try again in {minutes} min.", 429)
            answer.headers["Retry-After"] = str(math.ceil(wait_s))
            return answer
        known = self._users.get(name)
        # In this order: the hash is checked in either case.
        if not (check_password_hash(known or self._nobody, password) and known):
            return self._page(goal, name, "That name and password do not fit.", HTTPStatus.UNAUTHORIZED)
        self._throttle.succeed(limits)
        inside = redirect(goal, HTTPStatus.SEE_OTHER)
        # The browser says by which scheme it came, also through a proxy that ends TLS.
        is_https = request.is_secure or request.headers.get("Origin", "").startswith("https://")
        token = self._signer.dumps(name)
        inside.set_cookie(COOKIE, str(token), max_age=LASTS_S, httponly=True, samesite="Lax", secure=is_https)
        return inside

    def _ask_out(self) -> AnyResponse:
        return self._page(user=self.user())

    def _log_out(self) -> AnyResponse:
        outside = redirect("/login", HTTPStatus.SEE_OTHER)
        outside.delete_cookie(COOKIE, httponly=True, samesite="Lax")
        return outside

    def _page(
        self, goal: str = "/", name: str = "", wrong: str = "", status: int = HTTPStatus.OK, user: str | None = None
    ) -> AnyResponse:
        page = render_template_string(self._form, goal=goal, name=name, wrong=wrong, user=user)
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        return Response(page, status, headers, mimetype="text/html")


def own_path(asked: str | None) -> str:
    """The path of ours that somebody asked for; the overview's instead of anybody else's address.

    >>> own_path("//evil.example/"), own_path("/search?words=dip")
    ('/', '/search?words=dip')
    """
    path = asked or "/"
    # Browsers read a backslash as a slash, and leave out tabs and line breaks.
    is_ours = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    return path if is_ours else "/"
