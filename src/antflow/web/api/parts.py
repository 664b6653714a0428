"""What the routes of one server share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from antflow.source import Source
from antflow.web.api.outgoing import Outgoing
from antflow.web.stream import Streams

if TYPE_CHECKING:
    from antflow.web.site import Site

Responses = dict[int | str, dict[str, Any]]


class Parts(Struct, frozen=True):
    """What the routes of one server share.

    Attributes:
        site: the server's sources and settings.
        streams: its open streams.
        outgoing: removes secrets.
    """

    site: Site
    streams: Streams
    outgoing: Outgoing

    def source(self, name: str) -> Source:
        """The source of this name.

        Raises:
            NotFoundError: there is none.
        """
        return self.site.source(name)


WHY = {
    400: "The search cannot be read, or an argument is not allowed",
    401: "Who are you?",
    403: "Not allowed",
    404: "Not there",
    409: "Refused; the text is the reason",
    413: "The body is too large",
    414: "The query is too long",
    415: "The body is not JSON",
    422: "A parameter is of a wrong type or beyond its bounds",
    429: "Too much at once",
    503: "The workers or their broker do not answer",
}


def answers(word: str, *statuses: int, media: str = "application/json") -> Responses:
    """What a route answers, for its documentation.

    Args:
        word: of `schemas.ANSWERS`; for a media type other than JSON, what it holds in words.
        statuses: what it may answer else; 401, 403, 414 and 422 go without saying.
        media: type of the answer.
    """
    schema = {"$word": word} if media == "application/json" else {"type": "string"}
    found: Responses = {200: {"description": "OK", "content": {media: {"schema": schema}}}}
    for status in sorted({401, 403, 414, 422, *statuses}):
        content = {"application/json": {"schema": {"$word": "problem"}}}
        found[status] = {"description": WHY[status], "content": content}
    return found
