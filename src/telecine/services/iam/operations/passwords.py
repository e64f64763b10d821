"""Operations on passwords and their policy."""

from telecine.services.contract import Operation
from telecine.services.iam.directory import Directory

OPERATIONS: dict[str, Operation[Directory]] = {}
