"""AWS's models of its services, as botocore carries them: what we speak, for tests that go through all of it."""

from functools import cache

from botocore.model import ServiceModel
from botocore.session import get_session


@cache
def model(service: str) -> ServiceModel:
    """The model of `service`, read once a process: that takes 50 ms."""
    found: ServiceModel = get_session().get_service_model(service)
    return found
