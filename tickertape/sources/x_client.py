"""X's API over tweepy: the host that is set, a limit for every wait, and failures as the Source port knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import requests
import tweepy
from requests.adapters import HTTPAdapter

from tickertape.ports.sources import SourceRefused, SourceUnavailable

NAME = "x"
# Rules with this tag are ours: only they are removed.
TAG = "tickertape"
TWEEPY_URL = "https://api.twitter.com"
_TIMEOUT_S = 10.0
# X asks for this when it says no more than "too many requests".
_RATE_LIMITED_S = 60.0


class Elsewhere(HTTPAdapter):
    """Sends what tweepy addresses to its fixed host to another one, and waits for an answer no longer than told."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url.rstrip("/")
        super().__init__()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send the request to the host that is set."""
        url = request.url = str(request.url).replace(TWEEPY_URL, self._api_url, 1)
        # requests chose a proxy by the other host's name.
        proxies = requests.utils.get_environ_proxies(url)
        return super().send(request, stream, timeout or _TIMEOUT_S, verify, cert, proxies)


def failure(answer: requests.Response, wall: Callable[[], datetime]) -> SourceRefused | SourceUnavailable:
    """What an answer other than success means."""
    status = answer.status_code
    why = f"HTTP {status} {_detail(answer)}".strip()
    if status in (401, 403):
        return SourceRefused(NAME, f"{why}; check TICKERTAPE_X_BEARER_TOKEN and what its app may read")
    if status in (420, 429):
        reset = answer.headers.get("x-rate-limit-reset", "")
        wait_s = float(reset) - wall().timestamp() if reset.isdigit() else _RATE_LIMITED_S
        return SourceUnavailable(NAME, why, max(1.0, wait_s), event="rate_limited")
    if status >= 500 or status == 408:
        return SourceUnavailable(NAME, why)
    if status == 402:
        return SourceRefused(NAME, f"{why}; the account behind TICKERTAPE_X_BEARER_TOKEN has no credits left")
    return SourceRefused(NAME, why)


class StreamRules:
    """Our rules at X; those of others stay as they are.

    Args:
        wall: the wall clock, which X's rate limits go by.
    """

    def __init__(self, token: str, api_url: str, wall: Callable[[], datetime]) -> None:
        self._client = tweepy.StreamingClient(token, return_type=dict)
        self._client.session.mount(TWEEPY_URL, Elsewhere(api_url))
        self._wall = wall

    def become(self, wanted: Iterable[str]) -> tuple[int, int]:
        """Remove and add what is needed so that exactly the wanted rules are set; returns how many were of each.

        Raises:
            SourceRefused: X takes the key or one of the rules not.
            SourceUnavailable: X does not answer.
        """
        wanted = list(dict.fromkeys(wanted))
        set_already = {rule["value"]: rule["id"] for rule in self._ours()}
        stale = [rule_id for value, rule_id in set_already.items() if value not in wanted]
        missing = [value for value in wanted if value not in set_already]
        if stale:  # first, so that there is room for the others
            self._ask(self._client.delete_rules, stale)
        if missing:
            answer = self._ask(self._client.add_rules, [tweepy.StreamRule(value, TAG) for value in missing])
            _check_added(answer)
        return len(stale), len(missing)

    def close(self) -> None:
        """Let go of the connection; asking again makes a new one."""
        self._client.session.close()

    def _ours(self) -> Sequence[Mapping[str, Any]]:
        rules = self._ask(self._client.get_rules).get("data") or []
        return [rule for rule in rules if rule.get("tag") == TAG]

    def _ask(self, call: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
        try:
            answer = call(*arguments)
        except tweepy.HTTPException as error:
            raise failure(error.response, self._wall) from error
        except (requests.RequestException, ValueError) as error:  # ValueError: no JSON
            raise SourceUnavailable(NAME, f"rules: {error}") from error
        return answer if isinstance(answer, dict) else {}


def _check_added(answer: Mapping[str, Any]) -> None:
    """Success says only that the request was understood; each rule that was not taken is an error in the answer."""
    for error in answer.get("errors") or []:
        if error.get("title") != "DuplicateRule":
            details = "; ".join(error.get("details") or [str(error.get("detail", ""))])
            raise SourceRefused(NAME, f"rule {str(error.get('value'))[:80]!r}: {error.get('title')} {details}")


def _detail(response: requests.Response) -> str:
    """What an error's body says, shortened."""
    try:
        body = response.json()
    except (ValueError, requests.RequestException):
        return str(response.reason or "")
    return str(body.get("detail") or body.get("title") or "")[:200] if isinstance(body, dict) else ""
