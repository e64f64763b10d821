"""Explanations for whoever writes policies: on a terminal, and as JSON."""

import json
import re
from dataclasses import replace

from telecine.policy import (
    Answer,
    Family,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    ResourcePolicy,
    ResourceRule,
    as_json,
    as_text,
    compile_policy,
    explain,
)

ACCOUNT = "123456789012"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/films"
REQUEST = Request(
    principal=Principal(kind=PrincipalKind.USER, arn=ALICE, account=ACCOUNT),
    action="s3:GetObject",
    resource="arn:aws:s3:::films/a.mov",
    resource_account=ACCOUNT,
    context={"aws:PrincipalTag/team": "music"},
)
FILMS = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Team",
      "Effect": "Allow",
      "Action": "s3:Get*",
      "Resource": "arn:aws:s3:::films/*",
      "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["films", "trailers"]}}
    },
    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
  ]
}"""
ALL = '{"Version": "2012-10-17",\n "Statement": {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}}'
NO_MFA = """{"Version": "2012-10-17", "Statement": [
  {"Sid": "Mfa", "Effect": "Deny", "Action": "*", "Resource": "*",
   "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}
]}"""
BOUNDED = PolicySet(identity=(compile_policy(FILMS, name=MANAGED),), boundary=(compile_policy(ALL, name="limit"),))


def paragraphs(text: str) -> list[str]:
    """The text without its line breaks, but for those before a dash or an empty line."""
    return [" ".join(part.split()) for part in re.split(r"\n\n|\n(?=  - )", text)]


def test_text_of_an_implicit_deny() -> None:
    """Which kind of policy lacked what, where to look, and what would help, in plain sentences."""
    text = as_text(explain(REQUEST, BOUNDED))

    assert paragraphs(text) == paragraphs(f"""\
DENIED  {ALICE} may not do s3:GetObject on arn:aws:s3:::films/a.mov.
  Nothing denies it, but nothing that must allow it does either: identity-based policies.

What each kind of policy says by itself:
  - Identity-based policies: allows nothing of the kind
  - Permissions boundary: allows it: statement "All" of policy "limit" (line 2, column 15)

What nearly allows it:
  - statement "Team" of policy "{MANAGED}" (line 4, column 5),
    identity-based policies: the condition StringEquals on aws:PrincipalTag/team wants "films" or
    "trailers", and the request has "music".
  - statement 2 of policy "{MANAGED}" (line 11, column 5),
    identity-based policies: it is about the action "s3:ListBucket", and the request's is
    s3:GetObject.

What to change:
  - Statement "Team" of policy "{MANAGED}" (line 4, column 5), in
    an identity-based policy of the user alice ({ALICE}), or of a
    group it is in, allows it under conditions.
    The condition StringEquals on aws:PrincipalTag/team wants "films" or "trailers", and the request
    has "music".""")
    assert all(len(line) <= 100 for line in text.splitlines()[1:])


def test_text_of_an_explicit_deny() -> None:
    """The Deny is named with its place, and with the condition that brought it about."""
    policies = replace(BOUNDED, identity=(compile_policy(ALL, name="all"), compile_policy(NO_MFA, name="mfa")))
    text = as_text(explain(REQUEST, policies))

    assert 'A Deny applies (statement "Mfa" of policy "mfa" (line 2, column 3); identity-based policies)' in text
    assert 'DENIES it: statement "Mfa" of policy "mfa" (line 2, column 3)' in text
    assert "What nearly allows it" not in text
    assert "take it away, or narrow it" in text


def test_text_of_an_allow() -> None:
    """What is allowed names the statements that did it."""
    asked = replace(REQUEST, context={"aws:PrincipalTag/team": "films"})

    text = as_text(explain(asked, BOUNDED))

    assert paragraphs(text) == paragraphs(f"""\
ALLOWED  {ALICE} may do s3:GetObject on arn:aws:s3:::films/a.mov.
  Because of statement "Team" of policy "{MANAGED}" (line 4, column
  5), identity-based policies.
  Because of statement "All" of policy "limit" (line 2, column 15), permissions boundary.

What each kind of policy says by itself:
  - Identity-based policies: allows it: statement "Team" of policy
    "{MANAGED}" (line 4, column 5)
  - Permissions boundary: allows it: statement "All" of policy "limit" (line 2, column 15)""")
    assert all(len(line) <= 100 for line in text.splitlines()[1:])


def test_text_of_root_and_of_strangers() -> None:
    """Callers without policies of their own are not told that they have none."""
    root = replace(
        REQUEST, principal=Principal(kind=PrincipalKind.ROOT, arn=f"arn:aws:iam::{ACCOUNT}:root", account=ACCOUNT)
    )
    nobody = replace(REQUEST, principal=Principal(kind=PrincipalKind.ANONYMOUS, arn=None, account=None))
    bucket = ResourcePolicy(text='{"Statement": []}', rule=ResourceRule.SUFFICIENT, name="arn:aws:s3:::films")

    assert "The root user of an account needs no policy of its own." in as_text(explain(root, PolicySet()))
    text = as_text(explain(nobody, PolicySet(resource=bucket)))
    assert "DENIED  An anonymous caller may not do s3:GetObject" in text
    assert "Identity-based" not in text
    assert "allowing it allows everybody" in text


def test_text_shows_the_statement_to_add() -> None:
    """A statement that would help is printed as JSON, whole, to be copied."""
    text = as_text(explain(REQUEST, PolicySet()))
    begin = text.index("{")

    assert json.loads(text[begin : text.index("}", begin) + 1]) == {
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/a.mov",
    }  # fmt: skip
    assert "there is none, so nothing is allowed" in text


def test_levels_of_an_organization() -> None:
    """Each level speaks for itself."""
    nothing = compile_policy('{"Statement": []}', name="none")
    found = explain(REQUEST, PolicySet(scp=((compile_policy(ALL, name="full"),), (nothing,))))

    assert [(one.family, one.level, one.answer) for one in found.findings[:2]] == [
        (Family.SCP, 0, Answer.ALLOW),
        (Family.SCP, 1, Answer.IMPLICIT_DENY),
    ]
    assert "Service control policies, level 2: allows nothing of the kind" in str(found)


def test_json() -> None:
    """The same as JSON: the decision, every family, everything that applies, what came near, what to change."""
    found = json.loads(json.dumps(as_json(explain(REQUEST, BOUNDED))))
    everything = {"family": "boundary", "policy": "limit", "sid": "All", "index": 0, "line": 2, "column": 15}

    assert (found["decision"], found["blockedBy"]) == ("ImplicitDeny", "identity")
    assert found["request"]["principal"] == ALICE
    assert found["families"] == [
        {"family": "identity", "level": None, "policies": [MANAGED], "answer": "ImplicitDeny", "statement": None},
        {"family": "boundary", "level": None, "policies": ["limit"], "answer": "Allow", "statement": everything},
    ]
    assert found["matching"] == [everything]
    assert [(one["sid"], one["missed"], one["line"]) for one in found["nearMisses"]] == [
        ("Team", "condition", 4),
        (None, "action", 11),
    ]
    assert found["remedy"]["family"] == "identity"
    assert found["remedy"]["statement"] is None


def test_explanation_agrees_with_the_decision_on_passages() -> None:
    """Statements of RCPs and endpoint policies name principals; those that name somebody else do not count."""
    stranger = {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "*", "Resource": "*"}
    policy = compile_policy(json.dumps({"Statement": [stranger, {**stranger, "Effect": "Deny"}]}), name="endpoint")
    found = explain(REQUEST, PolicySet(identity=(compile_policy(ALL),), endpoint=(policy,)))

    assert (found.decision.decision, found.decision.blocked_by) == (Answer.IMPLICIT_DENY, Family.ENDPOINT)
    assert [ref.family for ref in found.matching] == [Family.IDENTITY]
    assert [near.missed for near in found.near_misses] == ["principal"]
