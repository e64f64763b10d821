"""Operations on tags: each is made once and named for all that have tags."""

from telecine.services.contract import Operation
from telecine.services.iam.directory import Directory

OPERATIONS: dict[str, Operation[Directory]] = {}
