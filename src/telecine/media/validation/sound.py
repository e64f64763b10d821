"""Outputs in which nothing was wrong before: programs submit the same ones, job after job.

No rule of an output, nor of anything in it, looks at what is around it: the rules of its group and of the job do, and
are asked every time. So an output with the same members and values, in the same order, is as sound as it was.
"""

from collections.abc import Collection, Sequence

import msgspec

from telecine.core.seen import Seen
from telecine.media.settings import Structure
from telecine.media.validation.tree import each

_MOST_BYTES = 4 * 1024**2
_BESIDE_ITS_TEXT = 300
"""Bytes that an entry takes beside its text (measured)."""

_PRIVATE = (b'"PartnerWatermarking"', b"://")
"""What may be a secret, or carry one (an address with a signature), is forgotten with its request."""
_AMBIGUOUS = b"null"
"""JSON writes a number that is none like a member that is none."""

_encode = msgspec.json.Encoder().encode
_seen: Seen[bytes] = Seen(_MOST_BYTES)


class Outputs:
    """The outputs of one job: which need not be looked at."""

    __slots__ = ("_new", "sound")

    def __init__(self, settings: Structure) -> None:
        sound: set[int] = set()
        new: list[bytes] = []
        for group in each(settings, "OutputGroups"):
            for output in each(group, "Outputs"):
                try:
                    text = _encode(output)
                except (msgspec.MsgspecError, OverflowError, TypeError, ValueError):
                    continue  # nothing that came over the wire: it is looked at, and not remembered
                if _seen.get(text) is not None:
                    sound.add(id(output))
                else:
                    new.append(text)
        self.sound: Collection[int] = sound
        """The `id`s of those that were sound before; good as long as the settings are there."""
        self._new: Sequence[bytes] = new

    def were_sound(self) -> None:
        """Nothing at all is wrong with the job: remember those that were not known."""
        for text in self._new:
            if _AMBIGUOUS not in text and not any(mark in text for mark in _PRIVATE):
                # msgspec leaves up to half as much room behind what it encodes.
                _seen.keep(text, text, len(text) * 3 // 2 + _BESIDE_ITS_TEXT)
