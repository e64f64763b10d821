"""The way to addresses that users name, in either process."""

from telecine.app.ground import Config
from telecine.outbound.client import Outbound
from telecine.outbound.guard import AllowedAddresses
from telecine.outbound.trust import context


def open_outbound(config: Config) -> Outbound:
    """What `--allow-address` and `--trust-ca` let requests of ours reach. Raises `NoNetwork`, `UnusableAuthority`."""
    allowed = AllowedAddresses.of(config.allow_addresses, config.listeners)
    return Outbound(allowed=allowed, trusted=context(config.trust_ca))
