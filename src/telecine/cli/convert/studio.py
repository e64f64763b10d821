"""What a conversion works with at the server, as its caller: a bucket, an uploaded copy of the file, a role."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3.s3.transfer
from rich.console import Console

from telecine.cli.connection import REFUSALS, Connection, code, said
from telecine.cli.following import bar
from telecine.cli.role import make
from telecine.core.errors import TelecineError
from telecine.core.names import AccountId
from telecine.services.iam.directory.service_roles import (
    SERVICE_ROLE_PATH,
    USE_CASES,
    ConfiguredPermissions,
    Location,
    RoleChoices,
    SourceConditions,
    plan_role,
)

_MISSING = {"404", "NoSuchBucket"}
_ROLE = USE_CASES["mediaconvert"].default_name

# Parts side by side help no upload to a server of one's own, and each would hold megabytes.
_TRANSFER = boto3.s3.transfer.TransferConfig(max_concurrency=4)


class NotConverted(TelecineError):
    """Something in the way of a conversion, in a sentence for whoever asked for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Studio:
    """A server, as whoever converts sees it."""

    connection: Connection
    console: Console
    agree: Callable[[str], bool]
    """Asks whether something may be made that the caller did not name."""

    def account(self) -> AccountId:
        """The caller's. Raises `NotConverted`."""
        try:
            return AccountId(self.connection.client("sts").get_caller_identity()["Account"])
        except REFUSALS as refusal:
            raise NotConverted(said(refusal)) from refusal

    def bucket(self, name: str, *, is_default: bool) -> None:
        """See to it that the bucket is there: the default one may be made. Raises `NotConverted`."""
        s3 = self.connection.client("s3")
        try:
            s3.head_bucket(Bucket=name)
            return
        except REFUSALS as refusal:
            if code(refusal) == "403":
                return  # it is there, or not the caller's to see: the upload will say
            if code(refusal) not in _MISSING:
                raise NotConverted(said(refusal)) from refusal
        if not is_default:
            raise NotConverted(f"There is no bucket {name}. Make it with: aws s3 mb s3://{name}")
        region = self.connection.session.region_name
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            s3.create_bucket(Bucket=name, **where)
        except REFUSALS as refusal:
            raise NotConverted(f"The bucket {name} could not be made: {said(refusal)} Name one with --to.") from refusal
        self.console.print(f"Made the bucket s3://{name}", highlight=False, markup=False)

    def role(self, given: str | None, account: AccountId, buckets: tuple[str, str]) -> str:
        """The ARN of the role: the one that was named, else the default one, which may be made for the two buckets,
        read from and written to. Raises `NotConverted`."""
        if given is not None:
            return given
        arn = f"arn:aws:iam::{account}:role{SERVICE_ROLE_PATH}{_ROLE}"
        iam = self.connection.client("iam")
        try:
            return str(iam.get_role(RoleName=_ROLE)["Role"]["Arn"])
        except REFUSALS as refusal:
            if code(refusal) != "NoSuchEntity":
                return arn  # who may not look at roles may pass one all the same
        if not self.agree(f"There is no role {_ROLE}. Make one that may read {buckets[0]} and write {buckets[1]}?"):
            raise NotConverted("A job needs a role: name one with --role, or make one with telecine role create.")
        permissions = ConfiguredPermissions(
            inputs=[Location(bucket=buckets[0], prefix="")],
            outputs=[Location(bucket=buckets[1], prefix="")],
            may_invoke_apis=False,
        )
        choices = RoleChoices(permissions=permissions, source=SourceConditions(account=account))
        made = make(iam, plan_role(USE_CASES["mediaconvert"], choices))
        self.console.print(f"Made the role {made}", highlight=False, markup=False)
        return made

    @contextmanager
    def uploaded(self, file: Path, bucket: str, key: str, *, keeps: bool) -> Iterator[None]:
        """The file in the bucket, until the block is left, or for good. Raises `NotConverted`."""
        s3 = self.connection.client("s3")
        try:
            try:
                with bar(self.console) as progress:
                    task = progress.add_task("UPLOADING", total=file.stat().st_size or None)
                    s3.upload_file(
                        str(file), bucket, key, Config=_TRANSFER, Callback=lambda count: progress.advance(task, count)
                    )
            except REFUSALS as refusal:
                raise NotConverted(f"{file} was not uploaded to s3://{bucket}/{key}: {said(refusal)}") from refusal
            yield
        finally:
            if not keeps:
                self._remove(s3, bucket, key)

    def _remove(self, s3: Any, bucket: str, key: str) -> None:
        try:
            s3.delete_object(Bucket=bucket, Key=key)
        except REFUSALS as refusal:
            if code(refusal) != "NoSuchBucket":
                self.console.print(
                    f"The uploaded copy stays at s3://{bucket}/{key}: {said(refusal)}", highlight=False, markup=False
                )
