"""Words of the publication team's pages and of the awake gate."""

from services.review.marking import N_

SHELF_LABELS: dict[str, str] = {
    "not_taken.no_file": N_("No file was chosen."),
    "not_taken.empty_file": N_("The file is empty. Save it again and try once more."),
    "not_taken.large_file": N_(
        "The file is larger than 50 MB. Save it without pictures or in parts."
    ),
    "not_taken.many_files": N_("Too many files at once. Hand them in one after the other."),
    "not_taken.full": N_("So much is waiting to be read that nothing more fits. Try again later."),
    "not_taken.no_address": N_("This is no web address. Give one that begins with https://."),
    "not_taken.no_title": N_("Give the text a title: drafts name it as their source."),
    "not_taken.no_text": N_("There is no text below the title."),
    "not_taken.nothing": N_("Nothing was given: type a text, choose a file or give an address."),
    "done.handed_in": N_("Handed in. It is being read; you can watch here."),
    "done.taken_out": N_("Withdrawn. Within moments no draft cites it any more."),
    "done.watch": N_("Noted. It is read now and then again by itself."),
    "done.again": N_("It is read again now."),
    "done.unwatch": N_("It is not read again any more. What was read from it stays."),
    "source.page": N_("Page"),
    "source.sitemap": N_("Sitemap"),
    "source.folder": N_("Folder"),
    "every.1h": N_("every hour"),
    "every.24h": N_("every day"),
    "every.7d": N_("every week"),
    "every.30d": N_("every month"),
    "fate.cited": N_("Cited"),
    "fate.approved": N_("Approved"),
    "fate.edited": N_("Edited"),
    "fate.rejected": N_("Rejected"),
    "fate.disputed": N_("Disputed"),
    "planted.caught": N_("Well caught."),
    "planted.missed": N_("That can happen to anybody."),
    "planted.aside": N_("Just so you know."),
    "plant.figure": N_("A figure"),
    "plant.date": N_("A date"),
    "plant.bound": N_("An upper or lower limit"),
    "plant.negation": N_("A yes turned into a no"),
    "refusal.planted": N_(
        "This text holds a sentence that was planted as false to test the gate. Nothing was sent."
        " Take it from the real draft, or say it in other words."
    ),
    "note.returned.planted": N_(
        "Not posted: the text holds a sentence that was planted as false to test the gate."
    ),
    "done.rate": N_("Set. It holds for new drafts."),
    "refusal.no_question": N_("There is no question to try out."),
    "refusal.often": N_("That was a lot at once. Wait a few minutes, then ask on."),
    "queue.answer_tried": N_("Questions that the team tries out"),
    "stream.questions": N_("Tried questions"),
    "bar.lead": N_("Lead of the best passage over all others"),
    "bar.repeated": N_("Words of the question in two neighbouring sentences"),
    "bar.nearest": N_("Nearness of the nearest sentence"),
    "bar.constant": N_("Reservation against any answer"),
    "queue.index_withdrawn": N_("Publications to be taken out"),
}
