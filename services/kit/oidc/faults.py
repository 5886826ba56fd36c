"""Why nobody was signed in; the messages are for logs and hold nothing secret or personal."""


class ProviderFault(Exception):
    """The provider did not sign anybody in."""


class ProviderDown(ProviderFault):
    """It does not answer, or says that it cannot at the moment; a later try may succeed."""


class ProviderUnfit(ProviderFault):
    """It and our settings do not fit together; the message says what to change."""


class CodeVoid(ProviderFault):
    """The code is used up, too old, or was made for another request."""


class Untrusted(ProviderFault):
    """A token or an answer failed a check; the message names the check."""


class UnknownKey(Untrusted):
    """The token names a key that is not among those we know."""
