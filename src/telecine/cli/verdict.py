"""A record of the audit log in sentences, for somebody who has not met AWS's access control before."""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from telecine.policy import Remedy, remedy, remedy_json
from telecine.policy.remedies import name_statement, say_miss
from telecine.services.operator.audit import Record

_WIDTH = 100

_SILENT = {
    "identity": "No identity-based policy allows it: none of the user, its groups or the role.",
    "resource": "The resource's own policy does not allow it, or it has none.",
    "trust": "The role's trust policy does not allow it: it says who may assume the role.",
    "boundary": "The permissions boundary does not allow it: it limits what the other policies may give.",
    "session": "The session policy does not allow it: it limits the session, whatever its role may do.",
    "scp": "No service control policy allows it.",
    "rcp": "No resource control policy allows it.",
    "endpoint": "The endpoint policy does not allow it.",
}
"""Why nothing allowed, by the family that limited the request."""

_DENIALS = ("AccessDenied", "AccessDeniedException")
"""How services say no, with a policy's word or without."""

_UNTRACED = {
    "missing": "There is no such role.",
    "malformed": "That is no ARN of a role.",
}
"""Why a service got no session where there was no policy to ask."""


def as_json(record: Record) -> dict[str, Any]:
    """The record, and what would have allowed the request."""
    found = _remedy(record)
    return {"record": record, "remedy": None if found is None else remedy_json(found)}


def of_record(record: Record) -> str:
    """Who asked what and when, the answer, what decided, what came near, and what to change."""
    return printable("\n\n".join(part for part in (_headline(record), *_reasons(record)) if part))


def of_job(job_id: str, records: Sequence[Record]) -> str:
    """What the sessions of a job asked for in vain; the same refusal once, with its count."""
    refused: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        if _trace(record) or record.get("errorCode") in _DENIALS:
            refused.setdefault(_sameness(record), []).append(record)
    if not refused:
        return (
            f"No request of job {job_id} was refused: {len(records)} were made, and policies allowed them all. "
            "If the job failed, its ErrorMessage says at what."
        )
    count = sum(map(len, refused.values()))
    parts = [f"Job {job_id}: {_times(count)} refused of {len(records)} that its sessions made."]
    for alike in refused.values():
        parts.append(of_record(alike[0]))
        if len(alike) > 1:
            parts.append(f"  The same {len(alike) - 1} times more, until {_when(alike[-1])}.")
    return "\n\n".join(parts)


def _times(count: int) -> str:
    return "one request was" if count == 1 else f"{count} requests were"


def _sameness(record: Record) -> tuple[object, ...]:
    own, trace = record.get("telecine") or {}, _trace(record)
    return record.get("eventName"), own.get("action"), own.get("resource"), trace.get("blockedBy")


def _headline(record: Record) -> str:
    service = str(record.get("eventSource", "")).partition(".")[0]
    what = f"{service}:{record.get('eventName')}"
    lines = [
        f"{_when(record)}  {_who(record)}",
        *wrapped(f"called {what}{_where(record)}.", "  "),
        f"  {_answer(record)}",
    ]
    if record.get("errorMessage"):
        lines += wrapped(f"“{record['errorMessage']}”", "  ")
    return "\n".join(lines)


def _when(record: Record) -> str:
    return str(record.get("eventTime", "")).replace("T", " ").replace("Z", " UTC")


def _who(record: Record) -> str:
    identity = record.get("userIdentity") or {}
    if identity.get("type") == "AWSService":
        return f"{identity.get('invokedBy')}, for job {(record.get('telecine') or {}).get('jobId')}"
    key = f" (access key {identity['accessKeyId']})" if identity.get("accessKeyId") else ""
    return f"{identity.get('arn') or 'Somebody unknown'}{key}"


def _where(record: Record) -> str:
    address, parameters = record.get("sourceIPAddress"), record.get("requestParameters") or {}
    named = ", ".join(f"{name} {value}" for name, value in parameters.items() if isinstance(value, str))
    origin = f" from {address}" if address and not str(address).endswith(".com") else ""
    return f"{origin}{f' ({named})' if named else ''}"


def _answer(record: Record) -> str:
    code = record.get("errorCode")
    if code is None:
        return "A part of it was refused." if _trace(record) else "It was answered: nothing was refused."
    return f"It was refused: {code}." if _trace(record) or code in _DENIALS else f"It failed: {code}."


def _trace(record: Record) -> Mapping[str, Any]:
    """What policies said against it; empty where they said nothing against it."""
    own = record.get("telecine")
    trace = own.get("trace") if isinstance(own, Mapping) else None
    return trace if isinstance(trace, Mapping) and trace.get("decision") != "Allow" else {}


def _remedy(record: Record) -> Remedy | None:
    trace, own = _trace(record), record.get("telecine") or {}
    facts = {name: own[name] for name in ("action", "resource") if name in own}
    return remedy(facts, trace) if trace else None


def _reasons(record: Record) -> Iterator[str]:
    """What the trace says, a paragraph each."""
    trace = _trace(record)
    if not trace:
        yield _untraced(record)
        return
    yield "\n".join(_decided(record, trace))
    misses = trace.get("nearMisses") or ()
    if misses:
        yield "\n".join(["What nearly allowed it:", *_near(misses)])
    found = _remedy(record)
    if found is not None:
        yield "\n".join(["What to change:", *_steps(found)])


def _untraced(record: Record) -> str:
    code, own = record.get("errorCode"), record.get("telecine") or {}
    if code is None:
        return ""
    problem = str(record.get("errorMessage", "")).rpartition(": ")[2].rstrip(".")
    if "jobId" in own and problem in _UNTRACED:
        return f"{_UNTRACED[problem]} Name one that exists in the job's Role."
    return "No policy had a say in this: the answer itself tells what is wrong."


def _decided(record: Record, trace: Mapping[str, Any]) -> Iterator[str]:
    asked, own = trace.get("request") or {}, record.get("telecine") or {}
    action = asked.get("action") or own.get("action") or "sts:AssumeRole"
    resource = asked.get("resource") or own.get("resource") or "*"
    yield "What was needed:"
    yield from wrapped(str(action) + ("" if resource == "*" else f" on {resource}"), "  ")
    yield "Why it was refused:"
    family = str(trace.get("blockedBy"))
    if trace.get("decision") == "ExplicitDeny":
        for statement in trace.get("statements") or ():
            yield from wrapped(f"A Deny applies, and a Deny outweighs every Allow: {name_statement(statement)}.", "  ")
    else:
        account, owner = asked.get("account"), asked.get("resourceAccount")
        is_foreign = family == "resource" and None not in (account, owner) and account != owner
        must = f" It must, because {account} asks for what belongs to {owner}." if is_foreign else ""
        yield from wrapped(_SILENT.get(family, "Nothing allows it.") + must, "  ")
        for statement in trace.get("statements") or ():
            kind = str(statement.get("family"))
            yield from wrapped(f"(It is allowed by {name_statement(statement)}, {kind}; that is not enough.)", "  ")


def _near(misses: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for near in misses:
        missing = "; ".join(say_miss(miss) for miss in (near, *(near.get("also") or ())))
        yield from wrapped(f"{name_statement(near)} ({near.get('family')}): {missing}.", "  - ", "    ")


def _steps(found: Remedy) -> Iterator[str]:
    for step in (found, *found.others):
        yield from wrapped(step.where, "  - ", "    ")
        if step.statement is not None:
            yield "    Add this statement:"
            yield textwrap.indent(json.dumps(step.statement, indent=2), "      ")
        if step.note:
            yield from wrapped(step.note, "    ")


def printable(text: str) -> str:
    """`text`, with whatever could steer a terminal spelled out: anybody may ask for an object of any name, and have an
    administrator read it here."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode()
        for letter in text
    )


def wrapped(text: str, first: str, rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        width=_WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,  # ARNs stay whole, to be copied
        break_on_hyphens=False,
    )
