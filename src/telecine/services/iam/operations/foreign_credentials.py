"""Credentials for services that are not here: SSH keys, signing certificates, service-specific passwords.

Nobody can have any, so that the listings are empty. Tools that clean up before they delete a user ask for them.
"""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam import errors
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Page
from telecine.services.iam.operations.parameters import user_or_caller
from telecine.services.iam.view import shapes


def list_ssh_public_keys(directory: Directory, call: Call, params: Params) -> Result:
    return _nothing(directory, call, params, "SSHPublicKeys")


def list_signing_certificates(directory: Directory, call: Call, params: Params) -> Result:
    return _nothing(directory, call, params, "Certificates")


def list_service_specific_credentials(directory: Directory, call: Call, params: Params) -> Result:
    return _nothing(directory, call, params, "ServiceSpecificCredentials")


def _nothing(directory: Directory, call: Call, params: Params, member: str) -> Result:
    if not params.get("AllUsers", False):
        user_or_caller(directory, call, params)
    if "Marker" in params:
        raise errors.invalid_marker()
    return shapes.page(member, [], Page(items=[], marker=None))


OPERATIONS: dict[str, Operation[Directory]] = {
    "ListSSHPublicKeys": list_ssh_public_keys,
    "ListSigningCertificates": list_signing_certificates,
    "ListServiceSpecificCredentials": list_service_specific_credentials,
}
