"""Bob, who signs in with a password, and an app that shows codes."""

from collections.abc import Callable
from typing import Any

import pyotp
import pytest

from telecine.core.errors import ApiError
from telecine.services.iam.model import SignedIn, SignInSource

GOOD = "Correct-horse-9"
WRONG = ("AuthenticationFailed", "Your authentication information is incorrect. Please try again.")
HERE = SignInSource(address="192.0.2.7", user_agent="Browser/1")


@pytest.fixture
def directory(aws: Any) -> Any:
    """The directory of a server with a user Bob who has a password."""
    iam = aws.client("iam")
    iam.create_user(UserName="Bob")
    iam.create_login_profile(UserName="Bob", Password=GOOD)
    return aws.api.ground.directory


@pytest.fixture
def sign_in(directory: Any, aws: Any) -> Callable[..., SignedIn]:
    """Signs Bob in, but for what a test says otherwise."""

    def sign_in(
        user: str = "Bob", password: str = GOOD, account: str = aws.account, source: SignInSource = HERE, **more: Any
    ) -> SignedIn:
        found: SignedIn = directory.sign_in.check(account, user, password, source=source, **more)
        return found

    return sign_in


def refusal(attempt: Callable[..., object], *args: object, **more: object) -> tuple[str, str]:
    """Code and message of what an attempt ends in."""
    with pytest.raises(ApiError) as error:
        attempt(*args, **more)
    return error.value.code, error.value.message


class App:
    """An authenticator app that has read a device's seed."""

    def __init__(self, iam: Any, aws: Any, name: str, **parameters: Any) -> None:
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, **parameters)["VirtualMFADevice"]
        self.serial = made["SerialNumber"]
        self.made = made
        self._seed = pyotp.TOTP(made["Base32StringSeed"].decode())
        self._aws = aws
        self._iam = iam

    def code(self, steps: int = 0) -> str:
        """What it shows now, or `steps` half minutes from now."""
        return self._seed.at(int(self._aws.clock.now().timestamp()) + 30 * steps)

    def pair(self, steps: int = 0) -> dict[str, str]:
        """The code before the one of `steps` from now, and that one."""
        return {"AuthenticationCode1": self.code(steps - 1), "AuthenticationCode2": self.code(steps)}

    def enable(self, user: str, steps: int = 0) -> None:
        """Give the device to a user."""
        self._iam.enable_mfa_device(UserName=user, SerialNumber=self.serial, **self.pair(steps))
