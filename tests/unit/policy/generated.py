"""Requests and policies made at random, in the form of the corpus's cases."""

from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]
ACCOUNT, OTHER = "111122223333", "444455556666"
USER = f"arn:aws:iam::{ACCOUNT}:user/a"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/media"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/media/a"
GUEST = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"

actions = st.sampled_from(
    ["*", "*", "*", "s3:*", "s3:Get*", "S3:GETOBJECT", "s3:Put?bject", "s3:PutObject", "sts:*", "*:Get*", "kms:*"]
)
resources = st.sampled_from(
    [
        *["*"] * 6,
        "arn:aws:s3:::a",
        "arn:aws:s3:::a/*",
        "arn:aws:s3:::*",
        "arn:aws:s3:*",
        "arn:*:s3:*:*:?/b",
        "arn:aws:s3:::${aws:username}/*",
        "arn:aws:s3:::${aws:username, 'a'}/b",
        "arn:aws:s3:::${aws:username}/?",
        "arn:aws:s3:::a${*}",
        "arn:aws:s3:::${$}{aws:username}/*",
        "arn:aws:s3:::${x:list}/*",
        "arn:aws:s?:::a/b*b",
    ]
)
_TEXTS = ["a", "A", "b", "*", "a*", "?", "${aws:username}", "${x:none}", "${x:none, 'a'}", "${*}", "", "arn:aws:s3:::a"]
_ARNS = ["arn:aws:s3:::a", "arn:*:*:::*", "arn:aws:s3:::${aws:username}", "*", "a", "arn:aws:s3:*"]
_NUMBERS = ["1", "1.0", "10", "-3", "1e1"]
_DATES = ["2026-01-01", "2026", "1767225600", "2026-01-01T01:00:00+01:00", "2026-06-01T00:00:00Z"]
_NETWORKS = ["10.0.0.1", "10.0.0.0/8", "::1", "2001:db8::/32", "2001:DB8:0::1"]
_BYTES = ["YQ==", "Yg=="]
_COMPARED = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
VALUES: dict[str, list[str]] = {
    **{f"String{name}": _TEXTS for name in ("Equals", "NotEquals", "Like", "NotLike", "EqualsIgnoreCase")},
    "StringNotEqualsIgnoreCase": _TEXTS,
    **{f"Arn{name}": _ARNS for name in ("Equals", "NotEquals", "Like", "NotLike")},
    **{f"Numeric{name}": _NUMBERS for name in _COMPARED},
    **{f"Date{name}": _DATES for name in _COMPARED},
    "IpAddress": _NETWORKS,
    "NotIpAddress": _NETWORKS,
    "BinaryEquals": _BYTES,
    "Bool": ["true", "false", "${x:bool}"],
    "Null": ["true", "false"],
}
keys = st.sampled_from(["aws:username", "AWS:UserName", "x:list", "x:arn", "x:bool", "x:any"])


@st.composite
def conditions(draw: st.DrawFn) -> Json:
    found: Json = {}
    for base in draw(st.lists(st.sampled_from([*VALUES, "StringEquals", "StringLike"]), max_size=2, unique=True)):
        prefix, suffix = "", ""
        if base != "Null":
            prefix = draw(st.sampled_from(["", "", "", "ForAnyValue:", "ForAllValues:"]))
            suffix = draw(st.sampled_from(["", "", "IfExists"]))
        values = st.lists(st.sampled_from(VALUES[base]), min_size=1, max_size=2)
        found[f"{prefix}{base}{suffix}"] = draw(st.dictionaries(keys, values, min_size=1, max_size=2))
    return found


who = st.sampled_from(
    [
        "*",
        {"AWS": [USER, "*"]},
        {"AWS": USER},
        {"AWS": "AIDAALICE"},
        {"AWS": ROLE},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:role/path/media"},
        {"AWS": "AROAMEDIA"},
        {"AWS": SESSION},
        {"AWS": GUEST},
        {"AWS": ACCOUNT},
        {"AWS": [OTHER, f"arn:aws:iam::{ACCOUNT}:root"]},
        {"AWS": OTHER},
        {"Service": "mediaconvert.amazonaws.com"},
        {"Federated": PROVIDER, "AWS": OTHER},
        {"CanonicalUser": "c" * 64},
    ]
)


@st.composite
def statements(draw: st.DrawFn, *, naming: str = "never") -> Json:
    """`naming`: whether the statement has a Principal, `never`, `always` or `maybe`."""
    effect = draw(st.sampled_from(["Allow"] * 5 + ["Deny"]))
    found: Json = {
        "Effect": effect,
        draw(st.sampled_from(["Action"] * 5 + ["NotAction"])): draw(st.lists(actions, min_size=1, max_size=2)),
        draw(st.sampled_from(["Resource"] * 5 + ["NotResource"])): draw(st.lists(resources, min_size=1, max_size=2)),
        "Condition": draw(st.one_of(st.just({}), conditions())),
    }
    if naming == "always" or (naming == "maybe" and draw(st.booleans())):
        element = draw(st.sampled_from(["Principal", "NotPrincipal"])) if effect == "Deny" else "Principal"
        found[element] = draw(who)
    return found


def documents(*, naming: str = "never") -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {
            "Version": st.sampled_from(["2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17"]),
            "Statement": st.lists(statements(naming=naming), min_size=1, max_size=2),
        }
    )


FULL_ACCESS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}],
}


def _often(*, naming: str = "never") -> st.SearchStrategy[list[Json]]:
    """A list of documents that mostly allows: several families must do so before the others matter."""
    single = st.lists(documents(naming=naming), min_size=1, max_size=1)
    return st.one_of(st.just([FULL_ACCESS]), single, single.map(lambda found: [FULL_ACCESS, *found]))


policy_sets = st.fixed_dictionaries(
    {
        "identity": st.lists(documents(), max_size=1) | st.just([FULL_ACCESS]),
        "boundary": st.none() | _often(),
        "session": st.none() | _often(),
        "resource": st.none() | documents(naming="always"),
        "scp": st.just([]) | st.lists(_often(), max_size=2),
        "rcp": st.just([]) | st.lists(_often(naming="maybe"), max_size=2),
        "endpoint": st.none() | _often(naming="maybe"),
    }
)
PRINCIPALS: list[Json] = [
    {"type": "User", "arn": USER, "account": ACCOUNT, "unique_id": "AIDAALICE"},
    {"type": "User", "arn": USER, "account": ACCOUNT, "canonical_id": "c" * 64},
    {"type": "AssumedRole", "arn": SESSION, "account": ACCOUNT, "unique_id": "AROAMEDIA"},
    {"type": "AssumedRole", "arn": SESSION, "account": ACCOUNT, "provider": PROVIDER},
    {"type": "FederatedUser", "arn": GUEST, "account": ACCOUNT, "issuer": USER},
    {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "account": ACCOUNT},
    {"type": "Service", "arn": "mediaconvert.amazonaws.com", "account": None},
    {"type": "Anonymous", "arn": None, "account": None},
    {"type": "Anonymous", "arn": None, "account": None, "provider": PROVIDER},
]
_any = st.sampled_from([*_TEXTS, *_NUMBERS, *_DATES, *_NETWORKS, *_BYTES, "boop", "true"])
contexts = st.fixed_dictionaries(
    {},
    optional={
        "aws:username": st.sampled_from(["a", "b", "*", ""]),
        "x:list": st.lists(st.sampled_from(["a", "b", ""]), max_size=2),
        "x:ARN": st.sampled_from(["arn:aws:s3:::a", "boop"]),
        "x:bool": st.sampled_from(["true", "False"]),
        "X:Bool": st.sampled_from(["true"]),
        "x:any": _any | st.lists(_any, max_size=2),
    },
)
requests = st.fixed_dictionaries(
    {
        "principal": st.sampled_from([*PRINCIPALS, *PRINCIPALS[:3], *PRINCIPALS[:3]]),
        "action": st.sampled_from(
            ["s3:GetObject", "s3:GetObject", "s3:PutObject", "sts:GetSessionToken", "sts:AssumeRole", "kms:Decrypt"]
        ),
        "resource": st.sampled_from(
            ["arn:aws:s3:::a", "arn:aws:s3:::a/b", "arn:aws:s3:::${aws:username}/b", "arn:aws:s3:::a*", "*", KEY]
        ),
        "resource_account": st.sampled_from([ACCOUNT, ACCOUNT, ACCOUNT, OTHER]),
        "context": contexts,
        "wildcard_only_action": st.sampled_from([False, False, False, True]),
    }
)
