"""What `telecine why` prints of a record."""

from telecine.cli import verdict


def test_a_record_cannot_steer_the_terminal() -> None:
    """Anybody may ask for an object with a name full of control characters."""
    evil = "a\x1b]0;title\x07\x1b[2Jb\r\u202ec"
    record = {
        "eventTime": "2030-03-01T12:00:00Z",
        "eventName": "GetObject",
        "eventSource": "s3.amazonaws.com",
        "userIdentity": {"arn": f"arn:aws:iam::123456789012:user/{evil}"},
        "requestParameters": {"key": evil},
        "errorCode": "AccessDenied",
        "errorMessage": evil,
        "telecine": {
            "action": "s3:GetObject",
            "resource": f"arn:aws:s3:::films/{evil}",
            "trace": {
                "decision": "ImplicitDeny",
                "blockedBy": "identity",
                "request": {"action": "s3:GetObject", "resource": f"arn:aws:s3:::films/{evil}"},
                "statements": [],
                "nearMisses": [],
            },
        },
    }

    for text in (verdict.of_record(record), verdict.of_job("1", [record])):
        assert all(letter.isprintable() or letter == "\n" for letter in text)
        assert "a\\x1b]0;title\\x07\\x1b[2Jb" in text
