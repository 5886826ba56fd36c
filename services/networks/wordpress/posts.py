"""The posts under which people comment, of whatever type, wherever the site keeps them."""

import logging
from collections import defaultdict
from collections.abc import Mapping

from services.networks.network import NetworkError, Temporary
from services.networks.wordpress.outcome import NO_COMMENT, code_of, understood
from services.networks.wordpress.rest import Rest
from services.networks.wordpress.said import POST_FIELDS, SaidComment, SaidPost
from services.networks.wordpress.window import Thread, ThreadState

_log = logging.getLogger(__name__)

_ROUTE_FIELDS = "id,post,date_gmt,content,status,_links.up"
_CHUNK = 100
_NO_POST = "rest_post_invalid_id"
_CLOSED_TO_US = frozenset({401, 403})


class Posts:
    """Asks for posts; what it says is what stands now."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def of(self, comment: SaidComment, route: str = "") -> tuple[str, SaidPost | None]:
        """Return the route and the post of a comment, None when the post is gone.

        Without a known route, and when the comment was read in a list, which names none, the
        comment's own address is asked for it. What has no interface of its own (route "") is
        public when anybody may read the comment.
        """
        if route:
            return route, await self.at(route)
        links = comment.links.up
        if not links:
            answer = await self._rest.get(
                f"/wp/v2/comments/{comment.id}", {"context": "edit", "_fields": _ROUTE_FIELDS}
            )
            if code_of(answer) == NO_COMMENT:
                return "", None
            links = understood(answer, SaidComment).links.up
        found = self._rest.route_of(links[0].href) if links else None
        if found is None:
            status = "publish" if await self.anybody_sees(comment.id) else "private"
            return "", SaidPost(id=comment.post, status=status, link=comment.link)
        return found, await self.at(found)

    async def at(self, route: str) -> SaidPost | None:
        """Return the post at a route, None when it is gone or in the trash."""
        answer = await self._rest.get(route, {"_fields": POST_FIELDS})
        code = code_of(answer)
        if code == _NO_POST:
            return None
        if answer.status in _CLOSED_TO_US and code.startswith("rest_"):
            return SaidPost(id=0, status="private")
        post = understood(answer, SaidPost)
        return None if post.status == "trash" else post

    async def anybody_sees(self, comment: int) -> bool:
        """Tell whether a visitor without an account sees a comment.

        A site that shows its interface to nobody cannot be asked: it is taken at its word that
        the comment is approved.
        """
        answer = await self._rest.get(
            f"/wp/v2/comments/{comment}", {"_fields": "id"}, anonymous=True
        )
        code = code_of(answer)
        if answer.is_success or code == NO_COMMENT:
            return answer.is_success
        if answer.status in _CLOSED_TO_US:
            return code not in {"rest_cannot_read", "rest_cannot_read_post"}
        raise Temporary(f"the site answered {answer.status} to a visitor")

    async def states(self, threads: Mapping[int, Thread]) -> dict[int, ThreadState]:
        """Return how these threads stand now; what cannot be asked for is left out."""
        wanted: dict[str, list[int]] = defaultdict(list)
        for number, thread in threads.items():
            if thread.route and thread.state != "gone":
                wanted[thread.route.rpartition("/")[0]].append(number)
        states: dict[int, ThreadState] = {}
        for collection, numbers in wanted.items():
            for start in range(0, len(numbers), _CHUNK):
                chunk = numbers[start : start + _CHUNK]
                try:
                    states |= await self._states(collection, chunk)
                except Temporary:
                    raise
                except NetworkError as error:
                    _log.warning("the site does not tell about %s: %s", collection, error)
        return states

    async def _states(self, collection: str, numbers: list[int]) -> dict[int, ThreadState]:
        """A list shows published posts only; the others are asked for one by one."""
        params: dict[str, str | int] = {
            "include": ",".join(map(str, numbers)),
            "per_page": _CHUNK,
            "_fields": POST_FIELDS,
        }
        answer = await self._rest.get(collection, params)
        listed = {post.id: post for post in understood(answer, list[SaidPost])}
        states = {number: state_of(listed[number]) for number in numbers if number in listed}
        for number in numbers:
            if number not in states:
                states[number] = state_of(await self.at(f"{collection}/{number}"))
        return states


def state_of(post: SaidPost | None) -> ThreadState:
    """Return whether a post takes comments of anybody; what is gone may come back as new."""
    if post is None:
        return "gone"
    return "open" if post.takes_comments else "closed"
