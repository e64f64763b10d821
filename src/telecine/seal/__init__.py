"""The root key: seals the secrets that we must be able to read again. The only reader of the key.

`root_key` seals and opens, `key_file` is where the key stands, `columns` says where sealed values are, `binding` which
root key a database belongs to, `resealing` brings everything under a new one.
"""

from telecine.seal.binding import bind, is_bound
from telecine.seal.columns import SealedColumn, sealed, sealed_columns
from telecine.seal.problems import BrokenSeal, RootKeyProblem
from telecine.seal.resealing import Pass, reseal
from telecine.seal.root_key import RootKey

__all__ = [
    "BrokenSeal",
    "Pass",
    "RootKey",
    "RootKeyProblem",
    "SealedColumn",
    "bind",
    "is_bound",
    "reseal",
    "sealed",
    "sealed_columns",
]
