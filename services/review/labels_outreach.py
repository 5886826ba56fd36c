"""Words of the pages about going out: what is watched, and why it cannot be."""

from services.review.labels_discovery import DISCOVERY_LABELS
from services.review.marking import N_

OUTREACH_LABELS: dict[str, str] = {
    **DISCOVERY_LABELS,
    "relation.own": N_("Our own"),
    "relation.partner": N_("Partner"),
    "relation.news": N_("News medium"),
    "relation.decision_maker": N_("Decision maker"),
    "watch_kind.account": N_("Account"),
    "watch_kind.hashtag": N_("Hashtag"),
    "watch_kind.search": N_("Search"),
    "watch_kind.feed": N_("Feed"),
    "watch_trouble.not_connected": N_(
        "No account of ours is connected to this network, and it shows nothing without one."
    ),
    "watch_trouble.unreachable": N_("The page did not answer. We try again by ourselves."),
    "watch_trouble.refused": N_("The network does not show this page to us. Check its address."),
    "watch_trouble.gone": N_("The page is gone, or its address has changed."),
    "watch_trouble.ours": N_("A fault of ours; the log of the service “ingest” says more."),
    "unfit.not_text": N_("This is no text file. Save the spreadsheet as CSV."),
    "unfit.no_columns": N_("These columns are missing:"),
    "unfit.no_lines": N_("There is nothing below the line of column names."),
    "unfit.too_many": N_("The list is too long. Split it; at most:"),
    "unfit.name": N_("The name is missing or too long."),
    "unfit.relation": N_("Write partner, news or decision_maker instead of:"),
    "unfit.topics": N_("Too many or too long topics: at most 12 of 60 characters."),
    "unfit.twice": N_("The same address stands in line:"),
    "unfit.network": N_("This network cannot be watched:"),
    "unfit.empty": N_("The address is missing."),
    "unfit.long": N_("The address is too long."),
    "unfit.hashtag": N_("This is no hashtag of this network:"),
    "unfit.search": N_("This network has no search."),
    "unfit.handle": N_("This is no account name of this network:"),
    "unfit.channel": N_("Write the channel's id (UC…), @handle or address instead of:"),
    "unfit.feed": N_("A feed's address begins with https:// and holds no password:"),
    "done.watched": N_("The page is watched from now on."),
    "done.imported": N_("The list was taken over."),
    "done.watch_changed": N_("Changed."),
    "done.watch_pause": N_("Paused. The page is not visited."),
    "done.watch_resume": N_("The page is visited again."),
    "done.watch_remove": N_("No longer watched. What was read of it stays."),
    "closed.deleted": N_("Deleted there"),
    "closed.edited": N_("Has another text now"),
    "closed.quarrel": N_("Has become a quarrel"),
    "closed.ours": N_("We are in the thread already"),
    "closed.old": N_("Over"),
    "closed.unwatched": N_("No longer watched"),
    "going.deleted": N_("The post was deleted. Nothing was sent."),
    "going.edited": N_("The post has another text by now. Read it again; nothing was sent."),
    "going.muted": N_("The thread is muted. Nothing was sent."),
    "going.blocked": N_("The page blocks us, or we block it. Nothing was sent."),
    "going.locked": N_("The thread is closed for replies. Nothing was sent."),
    "going.hidden": N_("The post is hidden. Nothing was sent."),
    "going.over": N_("This opportunity is over."),
    "going.spoken": N_("We have spoken up under this post already."),
    "going.page_full": N_("We have spoken up on this page twice within a week. That is enough."),
    "going.resting": N_("We answered this account within the last five days. Leave it in peace."),
    "going.private": N_(
        "The post is not by a page that is watched. Under posts of private persons we do not"
        " speak up."
    ),
    "going.quarrel": N_("The thread has become a quarrel. There we say nothing."),
    "going.not_looked": N_(
        "Nobody could read the thread for three hours. Wait until it was read again."
    ),
    "going.no_replies_here": N_(
        "Nothing can be posted here through Dialogwerk. Copy the text, post it by hand and"
        " press “Done by hand”."
    ),
    "going.empty": N_("There is no text to approve."),
    "going.too_long": N_("The text is too long."),
    "going.other_draft": N_("This draft belongs to another text. Reload the page."),
    "going.outdated": N_(
        "A source of this draft is gone. Write the text yourself or wait for a new draft."
    ),
    "going.planted": N_(
        "This text holds a sentence that was planted as false to test the gate. Nothing was sent."
        " Take it from the real draft, or say it in other words."
    ),
    "why.near": N_("It is near to what we publish."),
    "why.topic": N_("It names one of your topics."),
    "why.readers": N_("Many people follow this page."),
    "why.lively": N_("People talk about it now."),
    "why.fresh": N_("It is fresh."),
    "why.adds": N_("Nobody there has said yet what we could say."),
    "why.said": N_("We have something to say about it; what others said could not be read."),
    "why.nothing_new": N_("Somebody there has said already what we could say."),
    "why.asks": N_("It asks something."),
    "why.off": N_(
        "Its words sound like an accident, an advertisement, thanks or an ending. Is this the"
        " place?"
    ),
    "why.not_been_here": N_("We have not spoken up on this page this week."),
    "part.near": N_("Nearness to our publications"),
    "part.topic": N_("Your topics"),
    "part.asks": N_("Asks something"),
    "part.off": N_("Not the place (counts against it)"),
    "part.readers": N_("Readers"),
    "part.lively": N_("Conversation"),
    "part.fresh": N_("Freshness"),
    "part.adds": N_("Adds something"),
    "part.new_here": N_("We are not there yet"),
    "done.going_approve": N_("Approved. It is being posted."),
    "done.going_done": N_("Noted: done by hand."),
    "done.going_judged": N_("Thank you. That moves the next list."),
    "queue.outreach_seen": N_("Posts of watched pages to be read"),
    "queue.outreach_edited": N_("Edited posts to be read again"),
    "queue.outreach_deleted": N_("Deleted posts to be forgotten"),
    "stream.posts": N_("Posts of watched pages"),
}
