"""An address with a login in it, taken apart: where to ask, and with which headers."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit, urlunsplit

import urllib3


def split_login(url: str) -> tuple[str, dict[str, str]]:
    """The address without user and password, which may be shown, and the headers that stand for them.

    >>> split_login("https://ann:p%40ss@host:9200/")
    ('https://host:9200', {'authorization': 'Basic YW5uOnBAc3M='})
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    bare = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    if not parts.username:
        return bare, {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return bare, dict(urllib3.make_headers(basic_auth=login))
