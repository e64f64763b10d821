"""Events: the sinks of this server, and what delivers to them."""

from collections.abc import Callable
from pathlib import Path

from telecine.app.ground import Ground
from telecine.events.deliveries import Deliveries
from telecine.events.lines import FileTransport
from telecine.events.model import Sink, TargetKind
from telecine.events.publisher import Publisher, Transport
from telecine.events.sinks import Sinks
from telecine.events.webhook import UrlTransport, posting
from telecine.outbound.client import Outbound


def sinks_of(ground: Ground) -> Sinks:
    return Sinks(ground.database, ground.root_key, ground.clock, ground.ids, ground.pages)


def deliveries_of(ground: Ground) -> Deliveries:
    return Deliveries(ground.database, ground.clock, ground.ids)


def publisher_of(ground: Ground, outbound: Outbound) -> Publisher:
    """What delivers events from now on, once it is started."""
    return Publisher(deliveries_of(ground), _transports(ground, outbound))


def _transports(ground: Ground, outbound: Outbound) -> Callable[[Sink], Transport]:
    sinks, post = sinks_of(ground), posting(outbound)

    def open_transport(sink: Sink) -> Transport:
        if sink.target.kind is TargetKind.FILE:
            return FileTransport(Path(sink.target.address))
        return UrlTransport(sink.target.address, sinks.secret_of(sink), post, ground.clock)

    return open_transport
