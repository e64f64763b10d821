"""Virtual MFA devices, through boto3, with codes that an authenticator app would show."""

from typing import Any

import pyotp
import pytest
from botocore.exceptions import ClientError

from services.iam.conftest import App
from telecine.core.errors import ApiError

PNG = b"\x89PNG\r\n\x1a\n"
INVALID = ("InvalidAuthenticationCode", 403, "Authentication code for device is not valid.")


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator, with a user Bob."""
    iam = aws.client("iam")
    iam.create_user(UserName="Bob")
    return iam


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_a_new_device_shows_its_seed_once(iam: Any, aws: Any) -> None:
    """As 64 letters in base32 and as a picture; afterwards only the serial number."""
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Path="/team/")["VirtualMFADevice"]
    assert made["SerialNumber"] == f"arn:aws:iam::{aws.account}:mfa/team/phone"
    assert len(made["Base32StringSeed"]) == 64
    assert made["QRCodePNG"].startswith(PNG)
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == [{"SerialNumber": made["SerialNumber"]}]


def test_the_seed_stands_nowhere_in_clear(iam: Any, aws: Any) -> None:
    """It is sealed in the database, and kept out of the audit log."""
    seed = App(iam, aws, "phone").made["Base32StringSeed"]
    aws.api.close()
    files = [path for path in aws.folder.rglob("*") if path.is_file()]
    assert any(path.name.startswith("telecine.db") for path in files)
    assert not [path.name for path in files if seed in path.read_bytes()]


def test_a_device_is_given_shown_taken_and_deleted(iam: Any, aws: Any) -> None:
    """Its whole life."""
    app = App(iam, aws, "phone")
    app.enable("Bob")

    shown = {"UserName": "Bob", "SerialNumber": app.serial, "EnableDate": aws.clock.now()}
    assert iam.list_mfa_devices(UserName="Bob")["MFADevices"] == [shown]
    got = iam.get_mfa_device(UserName="Bob", SerialNumber=app.serial)
    assert {member: got[member] for member in shown} == shown
    listed = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert [device["User"]["UserName"] for device in listed] == ["Bob"]
    assert listed[0]["EnableDate"] == aws.clock.now()

    blocked: list[tuple[Any, dict[str, str]]] = [
        (iam.delete_virtual_mfa_device, {"SerialNumber": app.serial}),
        (iam.delete_user, {"UserName": "Bob"}),
    ]
    for operation, parameters in blocked:
        with pytest.raises(ClientError) as error:
            operation(**parameters)
        assert refused(error)[:2] == ("DeleteConflict", 409)
    assert refused(error)[2] == "Cannot delete entity, must delete MFA device first."

    iam.deactivate_mfa_device(UserName="Bob", SerialNumber=app.serial)
    assert iam.list_mfa_devices(UserName="Bob")["MFADevices"] == []
    assert iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"] == []
    iam.delete_virtual_mfa_device(SerialNumber=app.serial)
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
    iam.delete_user(UserName="Bob")


@pytest.mark.parametrize(
    ("first", "second"),
    [(0, 0), (0, 1), (1, 2), (-2, -1), (-1, 0)],
    ids=["same-next", "now-next", "next-after", "before-last", "last-now"],
)
def test_two_codes_that_follow_each_other(iam: Any, aws: Any, first: int, second: int) -> None:
    """The second no more than one step off."""
    app = App(iam, aws, "phone")
    codes = {"AuthenticationCode1": app.code(first), "AuthenticationCode2": app.code(second)}
    if second == first + 1 and abs(second) <= 1:
        iam.enable_mfa_device(UserName="Bob", SerialNumber=app.serial, **codes)
        return
    with pytest.raises(ClientError) as error:
        iam.enable_mfa_device(UserName="Bob", SerialNumber=app.serial, **codes)
    assert refused(error) == INVALID


def test_codes_in_the_wrong_order_are_refused(iam: Any, aws: Any) -> None:
    """They prove that somebody has seen them, not that somebody holds the device."""
    app = App(iam, aws, "phone")
    with pytest.raises(ClientError) as error:
        iam.enable_mfa_device(
            UserName="Bob", SerialNumber=app.serial, AuthenticationCode1=app.code(0), AuthenticationCode2=app.code(-1)
        )
    assert refused(error) == INVALID


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("enable_mfa_device", {"UserName": "Bob", "AuthenticationCode1": "123456", "AuthenticationCode2": "123456"}),
        ("resync_mfa_device", {"UserName": "Bob", "AuthenticationCode1": "123456", "AuthenticationCode2": "123456"}),
        ("deactivate_mfa_device", {"UserName": "Bob"}),
        ("get_mfa_device", {"UserName": "Bob"}),
        ("delete_virtual_mfa_device", {}),
        ("tag_mfa_device", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("untag_mfa_device", {"TagKeys": ["a"]}),
        ("list_mfa_device_tags", {}),
    ],
)
def test_a_device_that_is_not_there(iam: Any, aws: Any, operation: str, parameters: dict[str, Any]) -> None:
    """Every operation says so in the same words."""
    serial = f"arn:aws:iam::{aws.account}:mfa/ghost"
    with pytest.raises(ClientError) as error:
        getattr(iam, operation)(SerialNumber=serial, **parameters)
    assert refused(error) == ("NoSuchEntity", 404, f"VirtualMFADevice with serial number {serial} doesn't exist.")


def test_a_device_of_somebody_else(iam: Any, aws: Any) -> None:
    """It cannot be given twice, nor taken from whom it does not belong to."""
    iam.create_user(UserName="Eve")
    app = App(iam, aws, "phone")
    app.enable("Bob")
    aws.clock.advance(90)
    with pytest.raises(ClientError) as error:
        app.enable("Eve")
    assert refused(error) == ("EntityAlreadyExists", 409, "MFA Device is already in use.")
    for operation, codes in ((iam.deactivate_mfa_device, {}), (iam.resync_mfa_device, app.pair())):
        with pytest.raises(ClientError) as error:
            operation(UserName="Eve", SerialNumber=app.serial, **codes)
        assert refused(error) == ("NoSuchEntity", 404, "MFA Device invalid for user.")
    with pytest.raises(ClientError) as error:
        iam.get_mfa_device(UserName="Eve", SerialNumber=app.serial)
    assert refused(error)[0] == "NoSuchEntity"


def test_names_are_unique_by_path_without_regard_to_case(iam: Any) -> None:
    """The same name below another path is another device."""
    iam.create_virtual_mfa_device(VirtualMFADeviceName="Phone")
    iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Path="/b/")
    with pytest.raises(ClientError) as error:
        iam.create_virtual_mfa_device(VirtualMFADeviceName="pHONE")
    message = "MFADevice entity at the same path and name already exists."
    assert refused(error) == ("EntityAlreadyExists", 409, message)


def test_a_name_that_makes_too_long_a_serial_number(iam: Any) -> None:
    """226 letters with the path, or else no other operation could name the device."""
    iam.create_virtual_mfa_device(VirtualMFADeviceName="x" * 226)
    with pytest.raises(ClientError) as error:
        iam.create_virtual_mfa_device(VirtualMFADeviceName="x" * 225, Path="/y/")
    assert refused(error)[0] == "ValidationError"


def test_eight_devices_a_user(iam: Any, aws: Any) -> None:
    """The ninth is refused."""
    apps = [App(iam, aws, f"phone-{number}") for number in range(9)]
    for app in apps[:8]:
        app.enable("Bob")
    with pytest.raises(ClientError) as error:
        apps[8].enable("Bob")
    assert refused(error) == ("LimitExceeded", 409, "Cannot exceed quota for MFADevicesPerUser: 8")
    pages = iam.get_paginator("list_mfa_devices").paginate(UserName="Bob", PaginationConfig={"PageSize": 3})
    assert [len(page["MFADevices"]) for page in pages] == [3, 3, 2]
    pages = iam.get_paginator("list_virtual_mfa_devices").paginate(PaginationConfig={"PageSize": 4})
    assert [device["SerialNumber"] for page in pages for device in page["VirtualMFADevices"]] == [
        app.serial for app in apps
    ]
    unassigned = iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    assert [device["SerialNumber"] for device in unassigned] == [apps[8].serial]


def test_tags_of_a_device(iam: Any, aws: Any) -> None:
    """Given at creation, added, replaced without regard to case, removed."""
    app = App(iam, aws, "phone", Tags=[{"Key": "Team", "Value": "film"}])
    assert app.made["Tags"] == [{"Key": "Team", "Value": "film"}]
    iam.tag_mfa_device(SerialNumber=app.serial, Tags=[{"Key": "team", "Value": "news"}, {"Key": "b", "Value": ""}])
    assert iam.list_mfa_device_tags(SerialNumber=app.serial)["Tags"] == [
        {"Key": "b", "Value": ""},
        {"Key": "team", "Value": "news"},
    ]
    iam.untag_mfa_device(SerialNumber=app.serial, TagKeys=["B", "none"])
    found = iam.list_mfa_device_tags(SerialNumber=app.serial, MaxItems=1)
    assert (found["Tags"], found["IsTruncated"]) == ([{"Key": "team", "Value": "news"}], False)


def test_no_code_counts_twice(iam: Any, aws: Any) -> None:
    """Nor one that is older than the last: whoever looked over a shoulder comes too late."""
    app = App(iam, aws, "phone")
    app.enable("Bob")
    directory = aws.api.ground.directory
    bob = directory.users.get(aws.account, "Bob")

    def verify(code: str) -> bool:
        try:
            return bool(directory.mfa.verify(aws.account, bob, app.serial, code) == aws.clock.now())
        except ApiError as error:
            return error.code != "InvalidAuthenticationCode"

    assert not verify(app.code(0))
    assert verify(app.code(1))
    assert not verify(app.code(1))
    aws.clock.advance(60)
    assert not verify(app.code(-1))
    assert verify(app.code(0))
    aws.clock.advance(3600)
    assert not verify(app.code(-2))
    assert not verify(app.code(2))
    assert verify(app.code(-1))


def test_a_code_counts_for_its_own_device_and_user_alone(iam: Any, aws: Any) -> None:
    """Another serial number, another user or another account: a wrong code like any other."""
    app = App(iam, aws, "phone")
    app.enable("Bob")
    aws.clock.advance(90)
    directory = aws.api.ground.directory
    bob, admin = (directory.users.get(aws.account, name) for name in ("Bob", "admin"))
    other = App(iam, aws, "other")
    for account, user, serial in (
        (aws.account, bob, other.serial),
        (aws.account, admin, app.serial),
        (aws.account, None, app.serial),
        ("999999999999", bob, app.serial),
    ):
        with pytest.raises(ApiError) as error:
            directory.mfa.verify(account, user, serial, app.code())
        assert error.value.code == "InvalidAuthenticationCode"
    assert directory.mfa.verify(aws.account, bob, app.serial, app.code())


def test_guessing_codes_is_slow(iam: Any, aws: Any) -> None:
    """After some wrong ones even the right one has to wait; a right one ends it."""
    app = App(iam, aws, "phone")
    app.enable("Bob")
    aws.clock.advance(90)
    directory = aws.api.ground.directory
    bob = directory.users.get(aws.account, "Bob")
    codes = []
    for number in range(7):
        with pytest.raises(ApiError) as error:
            directory.mfa.verify(aws.account, bob, app.serial, f"{number:06d}")
        codes.append(error.value.code)
    assert codes == ["InvalidAuthenticationCode"] * 5 + ["Throttling"] * 2
    with pytest.raises(ApiError):
        directory.mfa.verify(aws.account, bob, app.serial, app.code())
    aws.clock.advance(1)
    directory.mfa.verify(aws.account, bob, app.serial, app.code())


def test_a_device_with_a_wrong_clock_is_resynchronized(iam: Any, aws: Any) -> None:
    """Five minutes ahead: refused, until two codes have told how much."""
    app = App(iam, aws, "phone")
    app.enable("Bob")
    aws.clock.advance(600)
    directory = aws.api.ground.directory
    bob = directory.users.get(aws.account, "Bob")
    with pytest.raises(ApiError):
        directory.mfa.verify(aws.account, bob, app.serial, app.code(10))
    with pytest.raises(ClientError) as error:
        iam.resync_mfa_device(UserName="Bob", SerialNumber=app.serial, **app.pair(21))
    assert refused(error) == INVALID
    iam.resync_mfa_device(UserName="Bob", SerialNumber=app.serial, **app.pair(10))
    aws.clock.advance(60)
    assert directory.mfa.verify(aws.account, bob, app.serial, app.code(10))


def test_a_wrong_pair_is_counted_other_refusals_are_not(iam: Any, aws: Any) -> None:
    """Enabling is guessing too, when somebody does not hold the device."""
    app = App(iam, aws, "phone")
    for _ in range(8):
        with pytest.raises(ClientError) as error:
            iam.enable_mfa_device(UserName="Bob", SerialNumber=app.serial + "x", **app.pair())
        assert refused(error)[0] == "NoSuchEntity"
    codes = []
    for _ in range(6):
        with pytest.raises(ClientError) as error:
            app.enable("Bob", steps=5)
        codes.append(refused(error)[0])
    assert codes == ["InvalidAuthenticationCode"] * 5 + ["Throttling"]


def test_the_root_users_devices_are_listed(aws: Any) -> None:
    """For the root user itself without a name, and among the account's with the root user's ARN."""
    directory = aws.api.ground.directory
    new = directory.mfa.create(aws.account, "root-account-mfa-device", owner=aws.account)
    seed, now = pyotp.TOTP(new.seed), int(aws.clock.now().timestamp())
    directory.mfa.enable(aws.account, None, new.device.serial_number, (seed.at(now - 30), seed.at(now)))
    key = directory.accounts.create_root_key(aws.account)
    root = aws.client(
        "iam", type(aws.admin)(access_key_id=key.key.access_key_id, secret_access_key=key.secret_access_key)
    )

    assert [device["SerialNumber"] for device in root.list_mfa_devices()["MFADevices"]] == [new.device.serial_number]
    listed = root.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert [device["User"]["Arn"] for device in listed] == [f"arn:aws:iam::{aws.account}:root"]
    with pytest.raises(ClientError) as error:
        root.deactivate_mfa_device(SerialNumber=new.device.serial_number)
    assert refused(error) == ("ValidationError", 400, "Must specify userName when calling with non-User credentials")
