"""A small film studio on a real server: an administrator, a user who submits jobs, a role that touches the media."""

import copy
import hashlib
import json
import time
from collections.abc import Callable
from fnmatch import fnmatch
from importlib.resources import files
from pathlib import Path
from typing import Any

import psutil

ACCOUNT = "000000000000"
TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "mediaconvert.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
JOB_SECONDS = 120


class Studio:
    """Everything a test needs to submit jobs and to look at what came of them."""

    INPUT = ("studio-in", "film.mp4")
    OUTPUT = "studio-out"
    TRUST = TRUST

    def __init__(self, server: Any, clip: Path) -> None:
        self.server = server
        s3, iam = self.admin("s3"), self.admin("iam")
        for bucket in (self.INPUT[0], self.OUTPUT):
            s3.create_bucket(Bucket=bucket)
        s3.upload_file(str(clip), *self.INPUT)
        trust = json.dumps(TRUST)
        self.role: str = iam.create_role(RoleName="studio-role", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        policy = json.dumps(self.media_policy(self.INPUT[0], self.OUTPUT))
        iam.put_role_policy(RoleName="studio-role", PolicyName="media", PolicyDocument=policy)
        self.stranger = self.credentials_of("stranger", [])
        """A user without any permission."""
        self.editor = self.user("editor", self.submit_policy(self.role)["Statement"])

    def reconnect(self, server: Any) -> None:
        """Go on with another server on the same data."""
        self.server = server

    def admin(self, service: str) -> Any:
        """A boto3 client of `service` as the administrator."""
        return self.server.client(service)

    def user(self, name: str, statements: list[dict[str, Any]]) -> Callable[[str], Any]:
        """A new user with an inline policy; the result makes boto3 clients for it."""
        credentials = self.credentials_of(name, statements)
        return lambda service: self.server.client(service, **credentials)

    def credentials_of(self, name: str, statements: list[dict[str, Any]]) -> dict[str, str]:
        """A new user with an inline policy (none without statements), and a key of its own."""
        iam = self.admin("iam")
        iam.create_user(UserName=name)
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            iam.put_user_policy(UserName=name, PolicyName="all-it-has", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    def session(self) -> dict[str, str]:
        """Credentials of a fresh session of a role that the administrator may assume."""
        iam = self.admin("iam")
        if "visitor" not in [role["RoleName"] for role in iam.list_roles()["Roles"]]:
            trust = copy.deepcopy(TRUST)
            trust["Statement"][0]["Principal"] = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
            iam.create_role(RoleName="visitor", AssumeRolePolicyDocument=json.dumps(trust))
        answer = self.admin("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/visitor", RoleSessionName="visit")[
            "Credentials"
        ]
        return {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }

    @staticmethod
    def media_policy(source: str, target: str) -> dict[str, Any]:
        """What a job's role needs and no more, beside the right to undo what a crashed attempt left."""
        undo = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        return {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{source}/*"},
                {"Effect": "Allow", "Action": undo, "Resource": f"arn:aws:s3:::{target}/*"},
                {
                    "Effect": "Allow",
                    "Action": "s3:ListBucketMultipartUploads",
                    "Resource": f"arn:aws:s3:::{target}",
                },
            ],
        }

    @staticmethod
    def submit_policy(role: str) -> dict[str, Any]:
        """What a user needs who submits jobs: nothing of the media."""
        return {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "mediaconvert:*", "Resource": "*"},
                {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role},
            ],
        }

    def ladder(
        self,
        source: str = INPUT[0],
        key: str = INPUT[1],
        target: str = OUTPUT,
        *,
        selectors: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The demonstration's job, an MP4 and three HLS renditions, on other buckets."""
        text = files("telecine.cli").joinpath("demo_job.json").read_text()
        text = text.replace("INPUT_BUCKET", source).replace("INPUT_KEY", key).replace("OUTPUT_BUCKET", target)
        settings: dict[str, Any] = json.loads(text)
        if selectors is not None:
            settings["Inputs"][0]["AudioSelectors"] = selectors
        return settings

    def submit(self, prefix: str, frame: tuple[int, int] | None = None) -> str:
        """The id of a new job whose outputs go below `prefix`, all with this width and height if one is given."""
        settings = json.loads(
            json.dumps(self.ladder()).replace(f"s3://{self.OUTPUT}/", f"s3://{self.OUTPUT}/{prefix}/")
        )
        if frame is not None:
            for output in (output for group in settings["OutputGroups"] for output in group["Outputs"]):
                output["VideoDescription"].update(zip(("Width", "Height"), frame, strict=True))
        return str(self.editor("mediaconvert").create_job(Role=self.role, Settings=settings)["Job"]["Id"])

    def finish(self, job_id: str) -> dict[str, Any]:
        """The job, once it has come to an end."""
        client = self.admin("mediaconvert")
        deadline = time.monotonic() + JOB_SECONDS
        while time.monotonic() < deadline:
            job: dict[str, Any] = client.get_job(Id=job_id)["Job"]
            if job["Status"] not in {"SUBMITTED", "PROGRESSING"}:
                return job
            time.sleep(0.1)
        raise AssertionError(f"job {job_id} has not ended: {job}")

    def wait_for_phase(self, job_id: str, phase: str) -> None:
        """Return when the job is in `phase`, or past it."""
        client = self.admin("mediaconvert")
        deadline = time.monotonic() + JOB_SECONDS
        while client.get_job(Id=job_id)["Job"].get("CurrentPhase") != phase:
            assert time.monotonic() < deadline, f"job {job_id} has not come to {phase}"
            time.sleep(0.02)

    def put(self, key: str, body: bytes) -> None:
        """Put another input beside the film."""
        self.admin("s3").put_object(Bucket=self.INPUT[0], Key=key, Body=body)

    def download(self, folder: Path) -> list[str]:
        """Fetch every output into `folder`; their keys."""
        s3 = self.admin("s3")
        keys = self.names()
        for key in keys:
            (folder / key).parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(self.OUTPUT, key, str(folder / key))
        return keys

    def names(self) -> list[str]:
        """The keys of every output."""
        found = self.admin("s3").list_objects_v2(Bucket=self.OUTPUT).get("Contents", [])
        return [item["Key"] for item in found]

    def objects(self, prefix: str) -> dict[str, str]:
        """The outputs below `prefix`: key without it -> SHA-256 of the bytes."""
        s3 = self.admin("s3")
        found = s3.list_objects_v2(Bucket=self.OUTPUT, Prefix=f"{prefix}/").get("Contents", [])
        return {
            item["Key"].removeprefix(f"{prefix}/"): hashlib.sha256(
                s3.get_object(Bucket=self.OUTPUT, Key=item["Key"])["Body"].read()
            ).hexdigest()
            for item in found
        }

    def pending_uploads(self) -> list[str]:
        """Keys of multipart uploads that nobody has completed or aborted."""
        uploads = self.admin("s3").list_multipart_uploads(Bucket=self.OUTPUT).get("Uploads", [])
        return [upload["Key"] for upload in uploads]

    def scratch(self) -> list[str]:
        """What lies in the folder where attempts work."""
        folder = self.server.data_dir / "scratch"
        inside = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
        return [path for path in inside if not fnmatch(path, "telecine-work-*") or "/" in path]

    def tools(self) -> list[str]:
        """Media tools that the server runs at this moment."""
        names = [process.name() for process in self.server.family() if process.status() != psutil.STATUS_ZOMBIE]
        return [name for name in names if name.startswith("ff")]

    def events(self) -> list[dict[str, Any]]:
        """Every event so far, oldest first, as `telecine events` prints them."""
        lines = self.server.telecine("events", "--data-dir", str(self.server.data_dir)).splitlines()
        return [json.loads(line) for line in lines if line.strip()]
