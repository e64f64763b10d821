"""The root key: seals the secrets that we must be able to read again. The only reader of the key."""

from telecine.seal.root_key import BrokenSeal, RootKey, RootKeyProblem

__all__ = ["BrokenSeal", "RootKey", "RootKeyProblem"]
