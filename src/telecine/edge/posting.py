"""A form that puts an object (POST Object), said as the PutObject request that it stands for.

From here on it takes the way of every upload: authorized by the same row, stored by the same operation. Its answer is
one that a browser can use. Source: S3 API reference, "POST Object"; S3 user guide, "Creating an HTML form".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from msgspec import structs

from telecine.core.errors import ApiError
from telecine.wire.http import HttpRequest, HttpResponse
from telecine.wire.markup import MalformedXml, element, local_name, parse

_KEPT = frozenset({"host", "user-agent", "referer", "origin"})
"""The form's own headers that say something about who sends it; all others are about the form."""
_HEADERS = frozenset({"cache-control", "content-disposition", "content-encoding", "content-type", "expires"})
_PREFIXES = (
    "x-amz-checksum-",
    "x-amz-meta-",
    "x-amz-object-lock-",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-server-side-encryption",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
)
_SIGNING = frozenset({"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-security-token", "x-amz-signature"})
_UNSIGNED_NAMES = frozenset({"policy", "signature", "x-amz-signature"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_STATUSES = frozenset({"200", "201", "204"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A form, read up to its file."""

    request: HttpRequest
    """The PutObject that it stands for."""
    fields: Mapping[str, str]
    """The form's, expanded, and `bucket`: what a policy's conditions are about."""
    bucket: str
    key: str


def posted(request: HttpRequest, bucket: str, given: Mapping[str, str], file_name: str, *, is_host: bool) -> Posted:
    """What a form asks for; `is_host`: the bucket is in the Host header.

    Raises `ApiError`: InvalidArgument, NotImplemented for a field that asks for what a form cannot.
    """
    base_name = re.split(r"[/\\]", file_name)[-1]
    fields = {
        name: value if name in _UNSIGNED_NAMES else value.replace("${filename}", base_name)
        for name, value in given.items()
    }
    key = fields.get("key", "")
    if not key:
        raise _argument("User key must have a length greater than 0.", "key", key)
    headers = {name: value for name, value in request.headers if name in _KEPT}
    for name, value in fields.items():
        header = _header(name, value)
        if name == "tagging":
            headers["x-amz-tagging"] = _tagging(value)
        elif header is not None:
            headers[header] = value.encode().decode("latin-1")  # the way in which a head holds its bytes
    path = quote(key, safe="")
    return Posted(
        request=structs.replace(
            request,
            method="PUT",
            raw_path=f"/{path}" if is_host else f"/{quote(bucket, safe='')}/{path}",
            raw_query="",
            headers=tuple(headers.items()),
        ),
        fields={**fields, "bucket": bucket},
        bucket=bucket,
        key=key,
    )


def _header(name: str, value: str) -> str | None:
    """The header that a field stands for; None for a field that is none."""
    header = "x-amz-acl" if name == "acl" else name
    is_header = name == "acl" or name in _HEADERS or name.startswith(_PREFIXES)
    if not is_header and name.startswith("x-amz-") and name not in _SIGNING:
        raise ApiError(
            "NotImplemented",
            f"A form field you provided implies functionality that is not implemented: {name[:64]}",
            status=501,
            fields={"Header": name[:64]},
        )
    if is_header and (_CONTROL.search(value) is not None or re.fullmatch(r"[!-9;-~]+", header) is None):
        raise _argument("A form field that stands for a header holds control characters.", name, "")
    return header if is_header else None


def _tagging(document: str) -> str:
    """The tags of the field `tagging`, which has them as PutObjectTagging does, in the form of their header.

    Raises `ApiError`: MalformedXML.
    """
    try:
        root = parse(document.encode())
    except MalformedXml as error:
        raise _malformed_tagging() from error
    tag_set = [found for found in root if local_name(found.tag) == "TagSet"]
    if local_name(root.tag) != "Tagging" or len(tag_set) != 1:
        raise _malformed_tagging()
    pairs = []
    for tag in tag_set[0]:
        told = [(local_name(member.tag), member.text or "") for member in tag]
        if local_name(tag.tag) != "Tag" or sorted(name for name, _ in told) != ["Key", "Value"]:
            raise _malformed_tagging()
        members = dict(told)
        pairs.append((members["Key"], members["Value"]))
    return urlencode(pairs)


def _malformed_tagging() -> ApiError:
    return ApiError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema: the field "
        "'tagging' is <Tagging><TagSet><Tag><Key>…</Key><Value>…</Value></Tag>…</TagSet></Tagging>.",
    )


def answer(form: Posted, stored: HttpResponse) -> HttpResponse:
    """The answer to the form, once its object is `stored`: that of `success_action_redirect` or `_status`."""
    headers = tuple(pair for pair in stored.headers if pair[0].lower() not in {"content-length", "content-type"})
    etag = next((value for name, value in stored.headers if name.lower() == "etag"), "")
    target = form.fields.get("success_action_redirect", form.fields.get("redirect", ""))
    if _is_url(target):
        query = urlencode({"bucket": form.bucket, "key": form.key, "etag": etag})
        location = f"{target}{'&' if urlsplit(target).query else '?'}{query}"
        return HttpResponse(status=303, headers=(*headers, ("Location", location)))
    place = f"{form.request.base_url}{form.request.raw_path}"
    status = form.fields.get("success_action_status", "")
    if status != "201":
        code = int(status) if status in _STATUSES else 204
        return HttpResponse(status=code, headers=(*headers, ("Location", place)))
    values = {"Location": place, "Bucket": form.bucket, "Key": form.key, "ETag": etag}
    inside = "".join(element(name, value) for name, value in values.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{inside}</PostResponse>'.encode()
    return HttpResponse(
        status=201, headers=(*headers, ("Location", place), ("Content-Type", "application/xml")), body=body
    )


def _is_url(target: str) -> bool:
    """S3 takes no notice of a redirect that is none."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.netloc)
        and not parts.fragment
        and target.isascii()
        and (_CONTROL.search(target) is None)
    )


def _argument(message: str, name: str, value: str) -> ApiError:
    return ApiError("InvalidArgument", message, fields={"ArgumentName": name[:64], "ArgumentValue": value})
