"""The pattern language of EventBridge, compiled once: `EventPattern(text).matches(event)`.

Source: Amazon EventBridge user guide, "Creating event patterns" and "Comparison operators for use in event patterns";
AWS's event-ruler for what these leave open. Numbers are compared by value, as event-ruler does it: 300, 300.0 and 3e2
are equal.
"""

from telecine.events.pattern.compiled import EventPattern
from telecine.events.pattern.problems import MAX_CHARACTERS, InvalidEventPattern

__all__ = ["MAX_CHARACTERS", "EventPattern", "InvalidEventPattern"]
