"""Words of the team: roles, rights, what was done to accounts, and why something was not."""

from services.review.marking import N_

PEOPLE_LABELS: dict[str, str] = {
    "role.moderator": N_("Moderation"),
    "role.senior": N_("Senior moderation"),
    "role.editor": N_("Editing"),
    "role.ops": N_("Technical operations"),
    "role.admin": N_("Administration"),
    "role.auditor": N_("Audit"),
    "right.desk.use": N_("Use the desk: the menu, and changes as they happen"),
    "right.account.own": N_("Change the own account"),
    "right.items.read": N_("Read comments and drafts"),
    "right.items.decide": N_("Answer, reject, mute, hand over"),
    "right.items.take_over": N_("Take over what others are working on"),
    "right.items.approve_second": N_("Approve as the second person"),
    "right.items.bulk": N_("Decide many at once"),
    "right.four_eyes.read": N_("See whether four eyes are needed"),
    "right.four_eyes.switch": N_("Say where four eyes are needed"),
    "right.mutes.read": N_("See mutes"),
    "right.mutes.lift": N_("Lift mutes"),
    "right.mutes.lift_systems": N_("Lift mutes that the system made"),
    "right.mutes.switch": N_("Let the system mute by itself"),
    "right.publications.read": N_("See publications"),
    "right.publications.keep": N_("Add and withdraw publications"),
    "right.gaps.read": N_("See unanswered questions"),
    "right.gaps.judge": N_("Say what becomes of unanswered questions"),
    "right.trials.read": N_("See the box to try questions out"),
    "right.trials.ask": N_("Try questions out"),
    "right.opportunities.read": N_("See opportunities"),
    "right.opportunities.decide": N_("Decide about opportunities"),
    "right.watches.read": N_("See watched pages"),
    "right.watches.keep": N_("Add and end watched pages"),
    "right.discovery.read": N_("See which pages were found"),
    "right.discovery.decide": N_("Decide which found pages are watched"),
    "right.gate.read": N_("See how planted drafts fared"),
    "right.gate.set": N_("Set how often drafts are planted"),
    "right.books.read": N_("See the books"),
    "right.queues.read": N_("See queues and alarms"),
    "right.letters.read": N_("See dead letters, without what people wrote"),
    "right.letters.read_bodies": N_("Read the content of dead letters"),
    "right.letters.settle": N_("Send dead letters again, or drop them"),
    "right.connections.read": N_("See the networks' connections"),
    "right.connections.order": N_("Pause and check connections"),
    "right.evidence.read": N_("See and export decisions"),
    "right.evidence.name_people": N_("Export decisions with the names of those who made them"),
    "right.evidence.package": N_("Make evidence packages"),
    "right.retention.read": N_("See how long words are kept, and what was erased"),
    "right.retention.set": N_("Say how long words are kept"),
    "right.erasures.order": N_("Have comments and accounts erased"),
    "right.people.read": N_("See people"),
    "right.people.manage": N_("Manage people"),
    "deed.created": N_("account made"),
    "deed.role": N_("role given"),
    "deed.disabled": N_("disabled"),
    "deed.enabled": N_("let in again"),
    "deed.invited": N_("link for a password made"),
    "deed.password": N_("password set"),
    "deed.second_on": N_("second factor set up"),
    "deed.second_off": N_("second factor removed"),
    "deed.second_reset": N_("second factor reset"),
    "deed.signed_out": N_("signed out everywhere"),
    "deed.linked": N_("joined with the organisation's sign-in"),
    "deed.unlinked": N_("parted from the organisation's sign-in"),
    "deed.role_lost": N_("no role from the organisation any more"),
    "deed.door": N_("link to sign in once made"),
    "done.password": N_("The password is changed. Your other devices are signed out."),
    "done.sessions": N_("Signed out there."),
    "done.second_off": N_("The second factor is removed."),
    "done.welcome": N_("Your password is set. Sign in with it."),
    "done.invited": N_("The account is made. Its owner signs in through the organisation."),
    "done.unlink": N_("Parted from the organisation's sign-in and signed out."),
    "done.role": N_("The role counts from now on."),
    "done.disable": N_("Disabled and signed out."),
    "done.enable": N_("May sign in again."),
    "done.forget_second": N_("The second factor is reset."),
    "done.sign_out": N_("Signed out everywhere."),
    "refusal.last_admin": N_("Nothing was changed: somebody has to be able to manage people."),
    "refusal.name_taken": N_("Somebody has this name or this address already."),
    "refusal.no_address": N_("This is no e-mail address."),
    "refusal.unfit_name": N_("Choose a name of 1 to 80 printable characters."),
    "refusal.unfit_password": N_("The password needs 10 to 256 characters."),
    "refusal.not_alike": N_("The two passwords are not the same."),
    "refusal.disabled": N_("This account is disabled."),
    "refusal.wrong_password": N_("The current password is not right."),
    "refusal.wrong_code": N_("The code is not right, or was used already."),
    "refusal.second_required": N_("Your role needs a second factor."),
    "refusal.password_off": N_(
        "Passwords do not open this desk. Sign in through your organisation."
    ),
    "refusal.needs_email": N_("Without passwords an account needs an e-mail address."),
    "refusal.wait": N_("Too many failed tries. Please wait a moment."),
    "provider.down": N_(
        "The organisation's sign-in does not answer at the moment. Try again in a few minutes."
    ),
    "provider.setup": N_(
        "The organisation's sign-in and the desk are not set up to fit each other. Whoever runs"
        " the desk finds the cause with “dialogwerk oidc check”."
    ),
    "provider.stale": N_(
        "This sign-in is too old, was used already, or began in another browser. Begin again."
    ),
    "provider.declined": N_(
        "The sign-in was broken off there. Begin again, or ask whoever manages your organisation's"
        " sign-in whether you may use the desk."
    ),
    "provider.untrusted": N_(
        "What came back could not be verified, so nobody was signed in. Begin again; if that does"
        " not help, tell whoever runs the desk."
    ),
    "provider.no_email": N_(
        "Your organisation's sign-in tells the desk no e-mail address of yours. Ask whoever manages"
        " it to pass the address on."
    ),
    "provider.unverified": N_(
        "Your organisation's sign-in does not confirm that your e-mail address is yours. Confirm it"
        " there, or ask whoever manages it."
    ),
    "provider.no_account": N_(
        "There is no account for your e-mail address yet. Ask whoever manages people at the desk to"
        " invite you with this address."
    ),
    "provider.other_identity": N_(
        "The account of your e-mail address belongs to another sign-in of your organisation."
        " Whoever manages people at the desk can part the two; then sign in again."
    ),
    "provider.disabled": N_("Your account is disabled. Ask whoever manages people at the desk."),
    "provider.no_role": N_(
        "Your organisation gives you no role at this desk. Ask whoever manages your organisation's"
        " groups."
    ),
    "provider.elsewhere": N_(
        "Your account takes its role from your organisation: sign in there, not with a password."
    ),
}
