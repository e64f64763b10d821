"""The face of KMS: keys, what may be done with them, and what they do.

A key never leaves this package: its material is unsealed for one call, and forgotten.
"""

from telecine.services.kms.crypto.authority import Asked, Wish
from telecine.services.kms.crypto.face import Keys

__all__ = ["Asked", "Keys", "Wish"]
