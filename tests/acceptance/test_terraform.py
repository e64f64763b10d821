"""Terraform's AWS provider, unmodified, keeps a studio's access control, buckets and queues: apply, import, no difference,
change, destroy.

The configuration is in `terraform/`. Without a terraform and a mirror of its AWS provider
(`TELECINE_TEST_TERRAFORM_PLUGINS`, which `make test` fills in where there is one) this module is not collected.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

CONFIGURATION = Path(__file__).parent / "terraform"
CHANGED = {
    "description": "Reads films, writes renditions, cleans up.",
    "team": "news",
    "output_actions": '["s3:PutObject", "s3:AbortMultipartUpload"]',
    "queue_status": "PAUSED",
}
QUEUE = "aws_media_convert_queue.night"
LIMIT = "arn:aws:iam::000000000000:policy/limit"


@dataclass(frozen=True, kw_only=True)
class Terraform:
    """Terraform in a folder of its own, pointed at a server by environment variables alone."""

    folder: Path
    environment: dict[str, str]

    def run(self, *arguments: str, variables: dict[str, str] | None = None) -> str:
        """What a terraform command prints. Fails with that when its exit code is not 0."""
        given = [f"-var={name}={value}" for name, value in (variables or {}).items()]
        done = subprocess.run(
            ["terraform", *arguments, *given],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def apply(self) -> dict[str, Any]:
        """The outputs after the configuration has been applied."""
        self.run("apply", "-input=false", "-no-color", "-auto-approve")
        found = json.loads(self.run("output", "-json"))
        return {name: output["value"] for name, output in found.items()}

    def expect_no_difference(self, variables: dict[str, str] | None = None) -> None:
        """Fails with the plan when there is one: its exit code is 2 then."""
        self.run("plan", "-input=false", "-no-color", "-detailed-exitcode", variables=variables)


@pytest.fixture(scope="module")
def terraform(server: Any, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Terraform, initialized without a network."""
    folder = tmp_path_factory.mktemp("terraform")
    for file in CONFIGURATION.glob("*.tf"):
        shutil.copy(file, folder)
    (folder / "terraformrc").touch()
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_", "TELECINE_"))}
    made = Terraform(
        folder=folder,
        environment={
            **ours,
            **server.environment(),
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(folder / "terraformrc"),
        },
    )
    plugins = os.environ["TELECINE_TEST_TERRAFORM_PLUGINS"]
    made.run("init", "-input=false", "-no-color", f"-plugin-dir={plugins}")
    return made


Names = Callable[[Any], set[str]]

LISTINGS: dict[str, Names] = {
    "users": lambda iam: {one["UserName"] for one in iam.list_users()["Users"]},
    "groups": lambda iam: {one["GroupName"] for one in iam.list_groups()["Groups"]},
    "roles": lambda iam: {one["RoleName"] for one in iam.list_roles()["Roles"]},
    "policies": lambda iam: {one["PolicyName"] for one in iam.list_policies(Scope="Local")["Policies"]},
    "profiles": lambda iam: {one["InstanceProfileName"] for one in iam.list_instance_profiles()["InstanceProfiles"]},
    "devices": lambda iam: {one["SerialNumber"] for one in iam.list_virtual_mfa_devices()["VirtualMFADevices"]},
    "aliases": lambda iam: set(iam.list_account_aliases()["AccountAliases"]),
}


def listed(iam: Any) -> dict[str, set[str]]:
    """Everything of an account that the configuration may make."""
    return {kind: names(iam) for kind, names in LISTINGS.items()}


def test_a_studio_under_terraform(server: Any, terraform: Terraform) -> None:
    """Applied and imported nothing differs, a change is applied and nothing differs, and destroyed nothing is left."""
    iam = server.client("iam")

    _check_applied(server, terraform.apply())
    # As if it had been made by hand: Terraform reads all of it from the server.
    terraform.run("state", "rm", QUEUE)
    terraform.run("import", "-input=false", "-no-color", QUEUE, "terraformed-night")
    terraform.expect_no_difference()

    terraform.run("apply", "-input=false", "-no-color", "-auto-approve", variables=CHANGED)
    _check_changed(iam)
    _check_changed_queue(server)
    terraform.expect_no_difference(CHANGED)

    terraform.run("destroy", "-input=false", "-no-color", "-auto-approve", variables=CHANGED)
    assert listed(iam) == {kind: {"admin"} if kind == "users" else set() for kind in LISTINGS}
    assert server.client("s3").list_buckets(Prefix="terraformed-")["Buckets"] == []
    assert [queue["Name"] for queue in server.client("mediaconvert").list_queues()["Queues"]] == ["Default"]
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_account_password_policy()


def _check_applied(server: Any, outputs: dict[str, Any]) -> None:
    """Everything is there as it was described, and the new access key signs."""
    iam, key = server.client("iam"), outputs["key"]
    role = iam.get_role(RoleName="encoder")["Role"]
    user = iam.get_user(UserName="editor")["User"]
    assert listed(iam) == {
        "users": {"admin", "assistant", "editor"},
        "groups": {"crew", "visitors"},
        "roles": {"encoder", "workstation"},
        "policies": {"films", "limit"},
        "profiles": {"workstation"},
        "devices": {"arn:aws:iam::000000000000:mfa/studio/editor-phone"},
        "aliases": {"terraformed-studio"},
    }
    for entity in (role, user):
        assert {tag["Key"]: tag["Value"] for tag in entity["Tags"]} == {"team": "film", "managed-by": "terraform"}
        assert entity["PermissionsBoundary"]["PermissionsBoundaryArn"] == LIMIT
    assert iam.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 14
    assert outputs["account"] == "000000000000"
    assert outputs["role"] == {
        "arn": "arn:aws:iam::000000000000:role/service-role/encoder",
        "path": "/service-role/",
        "session": 7200,
        "limit": LIMIT,
    }
    assert outputs["simulated"] == {
        "s3:GetObject": "allowed",
        "s3:DeleteBucket": "explicitDeny",
        "sqs:SendMessage": "implicitDeny",
    }
    s3, films = server.client("s3"), "terraformed-films"
    assert s3.get_bucket_versioning(Bucket=films)["Status"] == "Enabled"
    assert len(s3.list_object_versions(Bucket=films)["Versions"]) == 1
    assert s3.get_bucket_lifecycle_configuration(Bucket=films)["Rules"][0]["ID"] == "tidy"
    arn = "arn:aws:mediaconvert:us-east-1:000000000000:queues/terraformed-night"
    tags = {"team": "film", "managed-by": "terraform"}
    assert outputs["queue"] == {"arn": arn, "plan": "ON_DEMAND", "tags": tags}
    mediaconvert = server.client("mediaconvert")
    assert mediaconvert.list_tags_for_resource(Arn=arn)["ResourceTags"]["Tags"] == tags
    sts = server.client("sts", aws_access_key_id=key["id"], aws_secret_access_key=key["secret"])
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:user/studio/editor"


def _check_changed(iam: Any) -> None:
    """Another description, another tag, and the policy's other text as its second version."""
    films = "arn:aws:iam::000000000000:policy/media/films"
    role = iam.get_role(RoleName="encoder")["Role"]
    version = iam.get_policy(PolicyArn=films)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=films, VersionId=version)["PolicyVersion"]["Document"]
    assert role["Description"] == CHANGED["description"]
    assert {"Key": "team", "Value": "news"} in role["Tags"]
    assert version == "v2"
    assert document["Statement"][1]["Action"] == ["s3:PutObject", "s3:AbortMultipartUpload"]


def _check_changed_queue(server: Any) -> None:
    """Another description, another tag, and it starts no more jobs."""
    mediaconvert = server.client("mediaconvert")
    queue = mediaconvert.get_queue(Name="terraformed-night")["Queue"]
    tags = mediaconvert.list_tags_for_resource(Arn=queue["Arn"])["ResourceTags"]["Tags"]
    assert (queue["Description"], queue["Status"], tags["team"]) == (CHANGED["description"], "PAUSED", "news")
