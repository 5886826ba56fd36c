"""Words for everything that has a code: lanes, states, reasons, refusals."""

from services.review.labels_ops import OPS_LABELS
from services.review.labels_outreach import OUTREACH_LABELS
from services.review.labels_people import PEOPLE_LABELS
from services.review.labels_radar import RADAR_LABELS
from services.review.labels_replays import REPLAY_LABELS
from services.review.labels_shelf import SHELF_LABELS
from services.review.labels_work import WORK_LABELS
from services.review.marking import N_

LABELS: dict[str, str] = {
    "lane.urgent": N_("Urgent"),
    "lane.answer": N_("To answer"),
    "lane.acknowledge": N_("To acknowledge"),
    "lane.discuss": N_("Discussion"),
    "lane.rest": N_("Everything else"),
    "kind.question": N_("Question"),
    "kind.criticism": N_("Criticism"),
    "kind.praise": N_("Praise"),
    "kind.discussion": N_("Conversation"),
    "kind.attack": N_("Attack"),
    "kind.help": N_("Call for help"),
    "kind.spam": N_("Advertising"),
    "kind.threat": N_("Possible threat"),
    "kind.other": N_("Other"),
    "status.open": N_("Open"),
    "status.decided": N_("Decided"),
    "status.muted": N_("Muted"),
    "status.paused": N_("Paused"),
    "status.joined": N_("Part of a longer message"),
    "status.cancelled": N_("Cancelled"),
    "status.own": N_("Our own reply"),
    "draft.pending": N_("Draft is being written"),
    "draft.proposed.written": N_("Draft ready"),
    "draft.proposed.quoted": N_("Quotation ready"),
    "draft.proposed.adapted": N_("Approved answer ready"),
    "draft.declined.no_source": N_("No source"),
    "draft.declined.check_failed": N_("Draft failed the check"),
    "draft.declined.model_failed": N_("No draft: the model failed"),
    "draft.stale": N_("Draft is out of date"),
    "stance.answer": N_("Answer"),
    "stance.correct": N_("Correction"),
    "stance.thank": N_("Thank"),
    "stance.empathise": N_("Stand by"),
    "stance.boundary": N_("Set a boundary"),
    "stance.close": N_("Say goodbye"),
    "stance.join": N_("Join the conversation"),
    "ask.answer": N_("Draft an answer"),
    "ask.correct": N_("Correct a falsehood"),
    "ask_again.answer": N_("Draft an answer once more"),
    "ask_again.correct": N_("Correct a falsehood, once more"),
    "awaited.answer": N_("An answer is being written"),
    "awaited.correct": N_("A correction is being written"),
    "silent.answer": N_("No answer was written:"),
    "silent.correct": N_("No correction was written:"),
    "action.approve": N_("Approved"),
    "action.reject": N_("Rejected"),
    "action.close": N_("Closed: nothing to do"),
    "action.mute": N_("Thread muted"),
    "action.unmute": N_("Mute lifted"),
    "action.reopen": N_("Reopened"),
    "action.withdraw": N_("Our answer withdrawn"),
    "action.relane": N_("Sorted as"),
    "removal.sent": N_("Taken down"),
    "removal.returned": N_("Could not be taken down"),
    "delivery.sending": N_("Being posted"),
    "delivery.sent": N_("Posted"),
    "delivery.unknown": N_("Posted or not: being looked up"),
    "delivery.returned": N_("Not posted"),
    "note.deleted": N_("The comment was deleted on its network."),
    "note.blocked": N_("The account has blocked the page, or was blocked by it."),
    "note.locked": N_("The thread is closed for replies."),
    "note.hidden": N_("The comment is hidden on its network."),
    "note.answer_stands": N_(
        "The comment was deleted after we had answered: our answer now stands without it."
    ),
    "note.not_removed": N_("Our answer could not be taken down. Please remove it on the network."),
    "note.joined": N_("The same person wrote on: all of it is answered at the last message."),
    "note.waiting": N_("Waiting for the network until %(time)s."),
    "note.edited_after_answer": N_("The comment was edited after our answer."),
    "note.edited_after_decision": N_("The comment was edited after the decision."),
    "note.returned.parent_gone": N_("Not posted: the comment is gone from the network."),
    "note.returned.parent_edited": N_("Not posted: the comment was edited in the meantime."),
    "note.returned.blocked": N_("Not posted: the author has blocked the page."),
    "note.returned.locked": N_("Not posted: the thread is closed for replies."),
    "note.returned.hidden": N_("Not posted: the comment is hidden on the network."),
    "note.returned.thread_muted": N_("Not posted: the thread was muted in the meantime."),
    "note.returned.not_public": N_("Not posted: the reply would not be public."),
    "note.returned.too_long": N_("Not posted: the network finds the text too long."),
    "note.returned.token": N_("Not posted: the network's access token is no longer valid."),
    "note.returned.scope": N_("Not posted: the access token lacks the right to reply."),
    "note.returned.invalid": N_("Not posted: the network refused the text."),
    "note.returned.outcome_unknown": N_(
        "Perhaps posted: the network did not answer. Look there before you approve again."
    ),
    "note.returned.circuit_open": N_(
        "Not posted: unusually many of our replies stand in this thread within minutes. Perhaps a"
        " machine answers there; look, wait a little, then approve again."
    ),
    "refusal.blocked": N_(
        "The account and the page have blocked each other, or one the other. Nothing was sent."
    ),
    "refusal.locked": N_("The thread is closed for replies. Nothing was sent."),
    "refusal.hidden": N_("The comment is hidden on its network. Nothing was sent."),
    "refusal.nothing_stands": N_("No answer of ours stands there any more."),
    "refusal.deleted": N_("The comment was deleted on its network. Nothing was sent."),
    "refusal.decided": N_("Somebody has decided this already. Nothing was sent a second time."),
    "refusal.muted": N_("The thread is muted. Unmute it first."),
    "refusal.edited": N_(
        "The comment was edited while you were reading. Read the new text, then decide again."
    ),
    "refusal.stale": N_("The draft was made for an older text. Wait for the new one."),
    "refusal.debate": N_(
        "We have answered this account here twice already. Under a post of others we stop before it"
        " becomes a debate. Nothing was sent."
    ),
    "refusal.outdated": N_(
        "The draft cites words that are withdrawn by now. Wait for the new one."
    ),
    "refusal.joined": N_(
        "This person has written another message since. Read it and answer there."
    ),
    "refusal.other_draft": N_("This draft belongs to another text. Reload the page."),
    "refusal.empty": N_("There is no text to approve."),
    "refusal.too_long": N_("The text is too long."),
    "refusal.no_reason": N_("Please give a reason."),
    "refusal.days": N_("Choose between 1 and 365 days."),
    "refusal.not_decided": N_("The item is not decided."),
    "refusal.answered": N_("An answer is out already; this item cannot be reopened."),
    "refusal.mute_over": N_("This mute is over already."),
    "refusal.closed_already": N_(
        "We have taken our leave in this thread before. Nothing was sent a second time."
    ),
    "drafts.unedited": N_("Approved as they stood"),
    "drafts.edited": N_("Approved with changes"),
    "drafts.rejected": N_("Drafts rejected"),
    "civil.answered": N_("After our answer"),
    "civil.unanswered": N_("Without an answer of ours"),
    "refusal.erased": N_("The text is erased. There is nothing left to secure."),
    "done.package": N_("Secured. Here is the package."),
    "done.package_deleted": N_("The package is deleted."),
    "refusal.settled": N_("Somebody has settled this already."),
    "refusal.no_stream": N_("This message did not come from the bus; it can only be dropped."),
    "done.approve": N_("Approved. The reply is on its way."),
    "done.withdraw": N_("Our answer is being taken down."),
    "done.request": N_("Asked for. The draft appears here by itself."),
    "done.relane": N_("Sorted by hand. The sorting learns from it."),
    "done.reject": N_("Rejected. Nothing is sent."),
    "done.close": N_("Closed. Nothing to do."),
    "done.reopen": N_("Back in the queue."),
    "done.mute": N_("Thread muted. Only urgent comments still show up."),
    "done.leave": N_("Closing words approved, account muted in this thread."),
    "done.muting": N_("Changed for this page."),
    "done.unmute": N_("Mute lifted. What it held back is coming back."),
    "done.requeue": N_("Sent again to where it failed."),
    "done.drop": N_("Dropped."),
    "note.returned.not_connected": N_("Not posted: this network is not connected."),
    "rule.a_person_says": N_("Sorted by hand"),
    "rule.possibly_illegal": N_("May be a threat or against the law"),
    "rule.calls_for_help": N_("Sounds like a call for help"),
    "rule.advertises": N_("Reads like advertising"),
    "rule.asks_perhaps": N_("Could be a question"),
    "rule.says_nothing": N_("Only signs or a link, no text"),
    "rule.speaks_to_somebody_else": N_("Talks to somebody else in the thread"),
    "rule.asks": N_("Asks a question"),
    "rule.resembles": N_("Reads like"),
    "rule.in_doubt": N_("Not sure, taken as"),
    "rule.model_says": N_("The language model takes it as"),
    "rule.no_passage_answers": N_("No passage of the publications answers this."),
    "rule.no_sentence_fits": N_("Passages on the subject exist, but no sentence answers this."),
    "rule.lacks_what_is_asked": N_(
        "Passages on the subject exist, but none holds the year or the kind of figure asked for."
    ),
    "rule.speaks_of_other_things": N_("The passages probably speak of something else"),
    "rule.model_finds_no_answer": N_("The model found no answer in the passages."),
    "rule.model_failed": N_("The language model did not deliver"),
    "rule.every_fact_is_cited": N_("A statement had no source"),
    "rule.quotations_are_verbatim": N_("A quotation was not word for word"),
    "rule.figures_are_proved": N_("A figure is not in the cited passage"),
    "rule.answers_in_place": N_("The draft sent people elsewhere instead of answering"),
    "rule.links_are_ours": N_("The draft linked to a foreign address"),
    "rule.fits_the_place": N_("The draft was too long"),
    "rule.says_something": N_("The draft stated nothing"),
    "rule.every_character_is_plain": N_("A character was not what it looks like"),
    "rule.citations_exist": N_("A citation was of no known passage"),
    "rule.courtesies_state_nothing": N_("A courtesy said more than a greeting"),
    "rule.names_are_known": N_("The draft named somebody whom the publications do not name"),
    "rule.leaves_sources_to_us": N_("The draft named a source of its own"),
    "rule.reveals_no_instructions": N_("The draft repeated its instructions"),
    "rule.facts_keep_to_their_passage": N_("A statement had little to do with its source"),
    "rule.speaks_the_language": N_("The draft was in another language than the comment"),
    "rule.needs_a_model": N_("Only a language model can write this, and none is configured."),
    "rule.figures_belong_to_it": N_("A figure of the source was put to something else"),
    "rule.bounds_are_kept": N_("An upper limit became a lower one, or the other way round"),
    "rule.negations_are_kept": N_(
        "A statement denies what its source affirms, or the other way round"
    ),
    "rule.addresses_as_we_do": N_("The form of address was not ours"),
    "rule.keeps_its_tone": N_("The draft lectured or talked down"),
    "rule.promises_nothing": N_("The draft promised something in our name"),
    "rule.speaks_of_no_machine": N_(
        "The draft spoke of its instructions or of itself as a machine"
    ),
    "rule.asks_for_nothing_private": N_(
        "The draft asked for personal data or named another platform"
    ),
    "rule.insults_nobody": N_("The draft insulted or accused somebody"),
    "rule.decides_nothing": N_("The draft announced a decision that its source does not hold"),
    "rule.writes_plainly": N_("The draft held code, markup or shouted words"),
    "rule.keeps_rates_and_spans": N_("What a figure is per, or a span of time, was changed"),
    "rule.adds_nothing_of_its_own": N_("A part of a statement is unknown to its source"),
    "rule.says_it_once": N_("We have said this in the thread already"),
    "rule.stands_by_what_we_said": N_("The draft named another figure than our earlier reply"),
    "gap.open": N_("Unanswered"),
    "gap.will_write": N_("We will write it"),
    "gap.not_ours": N_("Not our subject"),
    "rule.comment_changed": N_("The comment changed while the draft was being written."),
    "rule.surfaces_urgent": N_("Shown in spite of the mute: it looks urgent"),
    "rule.surfaces_question": N_("Shown in spite of the mute: somebody else asks"),
    "rule.surfaces_criticism": N_("Shown in spite of the mute: it says something new"),
    "rule.answers_without_new_question": N_(
        "%(count)s answers by us, no new question since %(day)s"
    ),
    "rule.repeats_answered_claim": N_("Claim repeated that we had answered: %(count)s times"),
    "rule.insults": N_("Insults: %(count)s of %(of)s comments since our first answer"),
    "rule.insults_others": N_("Of these against others in the thread: %(count)s"),
    "rule.demands_proof_again": N_("Proof demanded again: %(count)s times"),
    "rule.writes_hastily": N_("Pace: %(count)s comments within %(minutes)s min"),
    "rule.share_of_our_answers": N_("Share of our answers in this thread: %(count)s of %(of)s"),
    "rule.nobody_else_takes_part": N_("%(count)s accounts go on so, nobody else takes part"),
    "settlement.requeued": N_("Sent again"),
    "settlement.dropped": N_("Dropped"),
    "dropped.private": N_("Private messages"),
    "dropped.own_reply": N_("Our own replies"),
    "dropped.watched_page": N_("Other pages, not to us"),
    "dropped.deleted": N_("Deleted by the author"),
    "dropped.locked": N_("Thread closed for replies"),
    "dropped.blocked": N_("Blocked"),
    "dropped.joined": N_("Earlier messages of an open one"),
    "dropped.hidden": N_("Hidden on the network"),
    "fault.unreachable": N_(
        "The network does not answer. Check the address in the settings and whether the server is"
        " up; if it is, we try again by ourselves."
    ),
    "fault.token": N_(
        "The network does not accept our sign-in. Make a new token or application password there"
        " and enter it with “dialogwerk networks set NAME --secret FIELD”."
    ),
    "fault.scope": N_(
        "A permission is missing. Give it to the account, or make a token that has it and enter"
        " that with “dialogwerk networks set NAME --secret FIELD”."
    ),
    "fault.not_subscribed": N_(
        "News from here reaches us late or not at all. Subscribe the page to the app's webhook; of"
        " a watched account check the name, and follow it."
    ),
    "fault.expiring": N_("Something ends soon. Renew it before its date."),
    "fault.expired": N_("Something has ended. Until it is renewed, nothing is read or posted."),
    "fault.auth_header": N_(
        "The web server does not pass our sign-in on. Have the line"
        " “CGIPassAuth On” written into its .htaccess file, or ask the host for it."
    ),
    "fault.filtered": N_(
        "The account filters its notifications, so comments by strangers are missing. Switch the"
        " filter off in the account's settings on the network."
    ),
    "fault.quota": N_(
        "The calls of this period are used up. We go on by ourselves when there are new ones; apply"
        " to the network for more if this happens often."
    ),
    "fault.incompatible": N_(
        "The server lacks something that we need, or is of another kind. Check the address, the"
        " server's version and its settings; the log of the service “ingest” may say more."
    ),
    "can.receive.stream": N_("News at once"),
    "can.receive.poll": N_("News within minutes"),
    "can.receive.webhook": N_("Calls us with news"),
    "can.reply_on_own_pages": N_("Replies on own pages"),
    "can.reply_on_watched_pages": N_("Replies on watched pages"),
    "can.hide": N_("Hides comments"),
    "can.delete_own_reply": N_("Takes replies back"),
    "can.sees_edits": N_("Sees edits"),
    "can.sees_deletes": N_("Sees deletions"),
    "expiry.access_token": N_("Access token"),
    "expiry.data_access": N_("Access to the data"),
    "expiry.graph_version": N_("Version of the interface"),
    "done.pause": N_("Paused. Nothing is read or posted there; approved replies wait."),
    "done.resume": N_("Runs again, from where it was read."),
    "done.check": N_("The check has been asked for. What it finds is shown here at once."),
    **OPS_LABELS,
    **OUTREACH_LABELS,
    **RADAR_LABELS,
    **WORK_LABELS,
    **PEOPLE_LABELS,
    **REPLAY_LABELS,
    **SHELF_LABELS,
}
