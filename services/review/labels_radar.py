"""Words of the radar's page: what happened to a partner, and how we came to think so."""

from services.review.marking import N_

RADAR_LABELS: dict[str, str] = {
    "radar.trouble": N_("Sorrow"),
    "radar.mixed": N_("Joy and sorrow"),
    "radar.success": N_("Joy"),
    "radar.unsure": N_("Unclear"),
    "radar.neither": N_("No event"),
    "radar_note.mixed": N_(
        "Something good stands beside something hard here. The draft stays neutral:"
        " nobody is congratulated."
    ),
    "radar_note.unsure": N_(
        "It is not clear enough what happened. That is why there is no draft. Read the post, and"
        " say something only when you are sure."
    ),
    "radar_note.clouded": N_(
        "Something bad happened to the same partner within days. A congratulation might hurt now;"
        " that is why there is no draft."
    ),
    "radar_note.not_own": N_("Somebody else tells of it, not the partner."),
    "radar_sign.attack": N_("Attack"),
    "radar_sign.fire": N_("Fire"),
    "radar_sign.accident": N_("Accident"),
    "radar_sign.disaster": N_("Damage"),
    "radar_sign.vandalism": N_("Destruction"),
    "radar_sign.threat": N_("Threat"),
    "radar_sign.hate": N_("Hate"),
    "radar_sign.burglary": N_("Burglary"),
    "radar_sign.raid": N_("Search or arrest"),
    "radar_sign.lawsuit": N_("Lawsuit"),
    "radar_sign.status": N_("Charitable status"),
    "radar_sign.cut": N_("Cut in funding"),
    "radar_sign.closing": N_("Closure"),
    "radar_sign.jobs": N_("Jobs lost"),
    "radar_sign.hack": N_("Attack on computers"),
    "radar_sign.defeat": N_("Defeat"),
    "radar_sign.death": N_("Death"),
    "radar_sign.memory": N_("Remembrance"),
    "radar_sign.award": N_("Award"),
    "radar_sign.court": N_("Success in court"),
    "radar_sign.saved": N_("Harm averted"),
    "radar_sign.law": N_("Decision"),
    "radar_sign.anniversary": N_("Anniversary"),
    "radar_sign.opening": N_("Opening"),
    "radar_sign.funding": N_("Funding"),
    "radar_sign.milestone": N_("Milestone"),
    "radar_sign.start": N_("Start of a project"),
    "radar_sign.nomination": N_("Nomination"),
    "radar_sign.win": N_("Success"),
    "radar_sign.shadow": N_("A word that stands in no happy post"),
    "radar_sign.irony": N_("Congratulation or praise for others, perhaps bitterly meant"),
    "radar_sign.party": N_("An election: we take no side"),
    "radar_sign.vague": N_("Moved, without saying by what"),
    "radar_sign.sounds_sad": N_("The post as a whole sounds sadder than its words"),
    "radar_sign.sounds_happy": N_("The post as a whole sounds happier than its words"),
    "radar_sign.no_event": N_("The post as a whole sounds as if nothing had happened"),
    "radar_sign.sounds_good": N_("The post as a whole sounds like a success"),
    "radar_sign.sounds_bad": N_("The post as a whole sounds like trouble"),
    "radar_sign.model_says": N_("The language model reads it differently"),
    "done.going_passed": N_("Nothing is said about it."),
}
