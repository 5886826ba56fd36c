"""Labels of the team: roles."""

from services.review.marking import N_

PEOPLE_LABELS: dict[str, str] = {
    "role.moderator": N_("Moderation"),
    "role.senior": N_("Senior moderation"),
    "role.editor": N_("Editing"),
    "role.ops": N_("Technical operations"),
    "role.admin": N_("Administration"),
    "role.auditor": N_("Audit"),
}
