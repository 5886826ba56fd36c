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
    "refusal.held": N_("Somebody else is on this item. Nothing was done."),
    "refusal.held_elsewhere": N_(
        "You have opened this item in another browser. Take it over here first."
    ),
    "done.undo": N_("Taken back. Nothing was sent."),
    "done.put_aside": N_("Put aside. It comes back by itself."),
    "done.bring_back": N_("Back in the queue."),
    "done.hand_over": N_("Handed over."),
    "done.four_eyes": N_("Changed. It holds from now on."),
    "scope.lane": N_("Lanes"),
    "scope.page": N_("Pages"),
    "scope.publication": N_("Topics (by publication)"),
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
