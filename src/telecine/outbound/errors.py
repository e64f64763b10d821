"""How a request of ours can end without an answer.

OutboundError
├── BadUrl              no URL that can be asked
│   └── BadAddress      its host or port is none
├── ForbiddenAddress    it leads where we do not go
├── NameUnknown         its host's name leads nowhere
├── Unreachable         nothing took the connection
├── TlsProblem          the other side is not whom the URL names, or speaks no TLS that we do
├── BrokenOff           the connection ended before the answer did
├── TooSlow             the answer took longer than it may
└── BadAnswer           what came is no HTTP

Their texts name hosts and addresses, and no path or query, which may be secrets.
"""

from telecine.core.errors import TelecineError


class OutboundError(TelecineError):
    """No answer, or not a whole one."""


class BadUrl(OutboundError):
    """The URL has a form that nobody can ask for, or one that we do not ask for."""


class BadAddress(BadUrl):
    """The URL's host or port is none."""


class ForbiddenAddress(OutboundError):
    """None of the addresses that the host's name has may be reached."""


class NameUnknown(OutboundError):
    """The host's name has no address, or nobody could tell it."""


class Unreachable(OutboundError):
    """No address of the host took the connection in time."""


class TlsProblem(OutboundError):
    """The certificate is not one that we trust for this name, or there is no common version of TLS."""


class BrokenOff(OutboundError):
    """The connection was reset or closed before the answer was whole."""


class TooSlow(OutboundError):
    """Nothing came for too long, too little came, or all of it took too long."""


class BadAnswer(OutboundError):
    """What came is no HTTP/1.1 answer, or one with headers of a size that nobody needs."""
