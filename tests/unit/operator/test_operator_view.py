"""Records as a caller of their account sees them: whole, but for another account's policies."""

import json
from datetime import UTC, datetime
from typing import Any

from telecine.services.operator.view import audit as view

MINE, THEIRS = "111122223333", "444455556666"


def denied(resource_account: str | None) -> dict[str, Any]:
    """The record of a denial, to which a policy of the caller and one on the resource had something to say."""
    statements = [{"family": family, "policy": family, "sid": "One", "index": 0} for family in ("identity", "resource")]
    return {
        "eventName": "GetObject",
        "eventTime": "2030-03-01T12:00:00Z",
        "recipientAccountId": MINE,
        "userIdentity": {"userName": "ada", "accessKeyId": "AKIA"},
        "telecine": {
            "action": "s3:GetObject",
            "trace": {
                "decision": "ExplicitDeny",
                "blockedBy": "resource",
                "request": {"resourceAccount": resource_account},
                "families": {"identity": "Allow", "resource": "ExplicitDeny"},
                "statements": statements,
                "nearMisses": [{**one, "wanted": ["o-secret"]} for one in statements],
            },
        },
    }


def shown(record: dict[str, Any]) -> dict[str, Any]:
    trace: dict[str, Any] = json.loads(view.record(record)["cloudTrailEvent"])["telecine"]["trace"]
    return trace


def test_the_record_is_whole_in_its_own_account() -> None:
    """With every statement that had a say."""
    record = denied(MINE)

    assert shown(record) == record["telecine"]["trace"]
    assert view.record(record)["eventTime"] == datetime(2030, 3, 1, 12, tzinfo=UTC)
    assert view.record(record)["username"] == "ada"


def test_another_accounts_policies_are_left_out() -> None:
    """Their statements and values are theirs, and so is whether they deny or do not allow; that it was they who refused
    can be told from one's own. Also where the trace does not say whose the resource is."""
    for owner in (THEIRS, None):
        found = shown(denied(owner))
        assert [one["family"] for one in (*found["statements"], *found["nearMisses"])] == ["identity", "identity"]
        assert (found["blockedBy"], found["families"]) == ("resource", {"identity": "Allow"})
        assert "ExplicitDeny" not in json.dumps(found)


def test_ones_own_denial_is_told_of_though_the_resource_is_anothers() -> None:
    """It is a policy of one's own."""
    record = denied(THEIRS)
    record["telecine"]["trace"]["blockedBy"] = "identity"
    assert shown(record)["decision"] == "ExplicitDeny"


def test_a_record_without_a_trace_is_shown_as_it_is() -> None:
    """Most have none."""
    record = {"eventName": "GetUser", "eventTime": "?", "recipientAccountId": MINE}

    assert json.loads(view.record(record)["cloudTrailEvent"]) == record
    assert view.record(record)["eventTime"] is None
