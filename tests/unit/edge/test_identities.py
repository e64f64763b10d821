"""What the edge remembers of IAM: never more than there is, never longer than it holds."""

import threading
from dataclasses import dataclass

import pytest

from telecine.core.names import AccessKeyId
from telecine.edge import identities as module
from telecine.edge.identities import Identities
from telecine.policy import MalformedPolicy, Principal, PrincipalKind
from telecine.services.contract import Caller, SigningKey
from telecine.services.deciding import session_policies

ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


@dataclass(frozen=True)
class Policy:
    name: str
    text: str


@dataclass(frozen=True)
class Policies:
    identity: tuple[Policy, ...]
    boundary: Policy | None = None


class Iam:
    """An IAM that counts how often it is read. Whatever it hands out is named after its generation."""

    def __init__(self) -> None:
        self.number = 1
        self.reads = 0

    def key(self, key_id: AccessKeyId) -> SigningKey:
        self.reads += 1
        caller = Caller(
            principal=Principal(kind=PrincipalKind.USER, arn=str(self.number), account="1"),
            user_id="AIDA",
            access_key_id=key_id,
        )
        return SigningKey(access_key_id=key_id, secret_access_key=str(self.number), caller=caller)

    def policies(self, _identity: str) -> Policies:
        self.reads += 1
        return Policies(identity=(Policy(f"policy-{self.number}", ALLOW),), boundary=Policy("boundary", ALLOW))

    def identities(self) -> Identities:
        return Identities(keys=self.key, generation=lambda: self.number, policies=self.policies)


def test_what_was_read_under_a_generation_holds_until_the_next() -> None:
    """Keys and policies alike, boundaries among them."""
    iam = Iam()
    known = iam.identities()
    for number in (1, 2):
        iam.number = number
        for _ in range(3):
            now = known.generation()
            key = known.signing_key(now, AccessKeyId("AKIA"))
            assert key is not None
            assert key.secret_access_key == str(number)
            policies = known.policies(now, "AIDA")
            assert [policy.name for policy in policies.identity] == [f"policy-{number}"]
            assert policies.boundary is not None
        assert iam.reads == 2 * number
    assert known.policies(2, "AIDA").identity is known.policies(2, "AIDA").identity


def test_the_oldest_makes_room_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others stay: one principal too many does not make all of them cold."""
    monkeypatch.setattr(module, "_CAPACITY", 3)
    iam = Iam()
    known = iam.identities()
    now = known.generation()
    for key in "abcd":
        known.signing_key(now, AccessKeyId(key))
    assert iam.reads == 4
    for key in "bcd":
        known.signing_key(now, AccessKeyId(key))
    assert iam.reads == 4
    known.signing_key(now, AccessKeyId("a"))
    assert iam.reads == 5


def test_a_thread_that_comes_late_brings_nothing_old_back() -> None:
    """What it reads under a generation that has passed is not kept, and no secret of it stays behind."""
    iam = Iam()
    known = iam.identities()
    before = known.generation()
    iam.number = 2
    now = known.generation()
    iam.number = 1
    assert known.generation() == 1  # a read that was overtaken
    stale = known.signing_key(before, AccessKeyId("AKIA"))
    iam.number = 2
    fresh = known.signing_key(now, AccessKeyId("AKIA"))
    assert stale is not None
    assert fresh is not None
    assert (stale.secret_access_key, fresh.secret_access_key) == ("1", "2")
    assert known.signing_key(now, AccessKeyId("AKIA")) is fresh


def test_nobody_ever_sees_what_an_older_generation_left() -> None:
    """With IAM changing all the time under many threads: what comes back is at least as new as what was asked for."""
    iam = Iam()
    known = iam.identities()
    wrong: list[tuple[int, str]] = []
    is_over = threading.Event()

    def look() -> None:
        while not is_over.is_set():
            now = known.generation()
            key = known.signing_key(now, AccessKeyId("AKIA"))
            if key is None or int(key.secret_access_key) < now:
                wrong.append((now, "none" if key is None else key.secret_access_key))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(2, 2000):
        iam.number = number
    is_over.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_session_policies_are_compiled_once() -> None:
    """The same tuple for the same texts: policies are indexed by it."""
    deny = ALLOW.replace("Allow", "Deny")
    assert session_policies((ALLOW, deny)) is session_policies((ALLOW, deny))
    assert [policy.text for policy in session_policies((ALLOW, deny))] == [ALLOW, deny]
    assert session_policies(()) == ()
    for _ in range(2):
        with pytest.raises(MalformedPolicy):
            session_policies(("broken",))
