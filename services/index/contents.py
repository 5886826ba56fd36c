"""What a submission holds: the bytes that were handed in, or what stands at its address."""

from dataclasses import replace

from services.index.read.unreadable import Reason, Unreadable
from services.kit.fetch import fetch, web_client
from services.store.submissions import Submission

MAX_BYTES = 50 * 1024 * 1024


async def contents(
    submission: Submission, *, allow_private: bool = False
) -> tuple[Submission, bytes]:
    """Return the bytes, and the submission under the address where they were found.

    Raises FetchRefused, FetchFailed or Unreadable.
    """
    if submission.body is not None:
        return submission, submission.body
    if submission.url is None:
        raise Unreadable(Reason.EMPTY)
    async with web_client() as client:
        page = await fetch(
            submission.url, client=client, max_bytes=MAX_BYTES, allow_private=allow_private
        )
    found = replace(submission, name=page.url, media_type=page.media_type, url=page.url)
    return found, page.body
