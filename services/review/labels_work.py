"""Words for the work on one item: who is on it, put aside, handed over, approved by two."""

from services.review.marking import N_

WORK_LABELS: dict[str, str] = {
    "refusal.sent_already": N_("Too late: it is being posted, or was taken back already."),
    "refusal.own_text": N_(
        "You have approved this text yourself. Here a second person has to do it, too."
    ),
    "refusal.two_needed": N_("Two people approve here. Approve the closing words as an answer."),
    "refusal.second_senior": N_("The second approval here is for seniors."),
    "refusal.no_colleague": N_("Choose a colleague who may decide here."),
    "refusal.urgent": N_("What is urgent cannot be put aside."),
    "refusal.no_image": N_(
        "This is no PNG, JPEG or WebP picture of up to 8 MB. Nothing was secured."
    ),
    "refusal.held": N_("Somebody else is on this item. Nothing was done."),
    "refusal.held_elsewhere": N_(
        "You have opened this item in another browser. Take it over here first."
    ),
    "done.undo": N_("Taken back. Nothing was sent."),
    "done.arrived": N_("Your decision had arrived before; it was made once."),
    "done.put_aside": N_("Put aside. It comes back by itself."),
    "done.bring_back": N_("Back in the queue."),
    "done.hand_over": N_("Handed over."),
    "done.retention": N_("Changed. What is due goes within minutes."),
    "done.erasing": N_("Erasing has begun. It takes a few seconds."),
    "erasure.comment": N_("This comment"),
    "erasure.account": N_("All that this account has said"),
    "erasure.thread": N_("A thread whose time was over"),
    "done.four_eyes": N_("Changed. It holds from now on."),
    "place.failed": N_("Failed: needs a hand"),
    "place.returned": N_("Came back unsent"),
    "place.second": N_("Wait for a second person"),
    "place.on_its_way": N_("Approved, on the way"),
    "place.withdrawing": N_("Being taken down"),
    "place.aside": N_("Put aside"),
    "place.paused": N_("Paused"),
    "place.cancelled": N_("Approved, but cancelled"),
    "todo.failed": N_(
        "Every try failed. Settle it among the dead letters, or take the approval back."
    ),
    "todo.returned": N_(
        "They stand in the queue again, each with its reason. Look, then approve again or close."
    ),
    "todo.second": N_("Read the text, and approve it if you agree."),
    "todo.on_its_way": N_(
        "Nothing to do: they go out by themselves. Until then each can be taken back on its page."
    ),
    "todo.withdrawing": N_("Nothing to do: you are told if the network refuses."),
    "todo.aside": N_("They come back by themselves. Open one to bring it back earlier."),
    "todo.paused": N_("Hidden on the network. They come back when they are shown again."),
    "todo.cancelled": N_(
        "The comment or its thread is gone or closed, so nothing was sent. Nothing to do."
    ),
    "doubt.figure": N_("not in the sources"),
    "doubt.quotation": N_("not word for word"),
    "doubt.link": N_("foreign address"),
    "scope.lane": N_("Lanes"),
    "scope.page": N_("Pages"),
    "scope.publication": N_("Topics (by publication)"),
    "holder.me": N_("me"),
    "holder.nobody": N_("no one"),
    "plan.aside": N_("put aside until later"),
    "plan.given": N_("handed over"),
    "wait.half_hour": N_("In half an hour"),
    "wait.hour": N_("In an hour"),
    "wait.three_hours": N_("In three hours"),
    "wait.tomorrow": N_("Tomorrow morning"),
    "wait.monday": N_("Monday morning"),
    "done.take_over": N_("You are on this item now."),
    "note.second": N_("Approved once. A second person has to approve it."),
    "action.take_over": N_("Taken over from"),
    "action.undo": N_("Approval taken back"),
    "action.put_aside": N_("Put aside until"),
    "action.hand_over": N_("Handed over to"),
    "action.endorse": N_("First approval"),
}
