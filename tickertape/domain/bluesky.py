"""Reads a tweet out of a Jetstream event: a post that was created on Bluesky.

An event's `record` is what the author's own server holds (lexicon `app.bsky.feed.post`). It names its author by DID
only: no handle, no count of followers, no place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tickertape.domain.fields import id_of, items_of, mapping, text_of, time_of
from tickertape.domain.rejects import NotAnEvent
from tickertape.domain.tickers import find_hashtags, find_tickers
from tickertape.domain.tweet import Author, Tweet

POSTS = "app.bsky.feed.post"
_TAG = "app.bsky.richtext.facet#tag"
# What authors say of their own posts, or others of the whole account; `!no-unauthenticated` is about who may look.
_SENSITIVE = frozenset({"porn", "sexual", "nudity", "nsfw", "graphic-media", "gore"})


def is_jetstream(record: Mapping[str, Any]) -> bool:
    """Whether it is an event of Jetstream."""
    return "did" in record and "kind" in record and "time_us" in record


def creates_post(event: Mapping[str, Any]) -> bool:
    """Whether it tells of a new post, and not of a deletion, an edit, another collection or an account."""
    commit = event.get("commit")
    return (
        event.get("kind") == "commit"
        and isinstance(commit, dict)
        and commit.get("operation") == "create"
        and commit.get("collection") == POSTS
    )


def from_jetstream(event: Mapping[str, Any], source: str) -> Tweet:
    """The post as a tweet; its id is its AT URI, which other posts' replies name too.

    Raises:
        BadRecord: a field is missing or of the wrong type.
        NotAnEvent: it is not about a new post.
    """
    if event.get("kind") == "commit":
        mapping(event, "commit")  # a commit without one is broken, not just something else
    if not creates_post(event):
        raise NotAnEvent(f"jetstream {str(event.get('kind'))[:40]}")
    did, commit = id_of(event, "did"), mapping(event, "commit")
    post = mapping(commit, "record")
    # Plain text: unlike X, Bluesky encodes no HTML entities.
    text = text_of(post, "text")
    languages = [code for code in items_of(post.get("langs")) if isinstance(code, str) and code]
    return Tweet(
        id=f"at://{did}/{POSTS}/{id_of(commit, 'rkey')}",
        created_at=time_of(post, key="createdAt"),
        text=text,
        author=Author(did, "", 0),
        lang=languages[0] if languages else "und",
        tickers=find_tickers(text),
        hashtags=tuple(dict.fromkeys([*find_hashtags(text), *_tags(post)])),
        location=None,
        reply_to=_parent(post),
        is_retweet=False,  # reposts are a collection of their own
        source=source,
        sensitive=any(value in _SENSITIVE for value in _labels(post)),
    )


def _tags(post: Mapping[str, Any]) -> Iterator[str]:
    """Tags that the post carries beside its text, and those that its text marks; a cashtag's is no hashtag."""
    marked = (
        feature.get("tag")
        for facet in items_of(post.get("facets"))
        if isinstance(facet, dict)
        for feature in items_of(facet.get("features"))
        if isinstance(feature, dict) and feature.get("$type") == _TAG
    )
    for tag in (*marked, *items_of(post.get("tags"))):
        if isinstance(tag, str) and tag and not tag.startswith("$"):
            yield tag.removeprefix("#").lower()


def _labels(post: Mapping[str, Any]) -> Iterator[str]:
    labels = post.get("labels")
    for item in items_of(labels.get("values") if isinstance(labels, dict) else None):
        if isinstance(item, dict) and isinstance(item.get("val"), str):
            yield item["val"]


def _parent(post: Mapping[str, Any]) -> str | None:
    reply = post.get("reply")
    parent = reply.get("parent") if isinstance(reply, dict) else None
    return id_of(parent, "uri", owner="reply.parent") if isinstance(parent, dict) else None
