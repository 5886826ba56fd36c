"""Addresses that somebody else wrote."""

from urllib.parse import SplitResult, urlsplit

_NOTHING = SplitResult("", "", "", "", "")


def parts_of(address: str) -> SplitResult:
    """Return the parts of an address, all of them empty when it is none.

    urlsplit raises ValueError for some of what people and machines write, `http://[` for example;
    a port that is no number raises as late as it is asked for.
    """
    try:
        return urlsplit(address)
    except ValueError:
        return _NOTHING
