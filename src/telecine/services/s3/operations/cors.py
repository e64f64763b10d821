"""PutBucketCors, GetBucketCors, DeleteBucketCors, and what pages of other origins may have of a bucket."""

from collections.abc import Mapping
from urllib.parse import unquote

from telecine.services.contract import Call, Params, Result
from telecine.services.s3 import absences, cors, errors
from telecine.services.s3.cors import Asked
from telecine.services.s3.model import CORS
from telecine.services.s3.objects import Objects
from telecine.services.s3.operations import terms
from telecine.wire.http import HttpRequest


def put_bucket_cors(face: Objects, _call: Call, params: Params) -> Result:
    """Raises InvalidRequest, MalformedXML."""
    terms.check("PutBucketCors", params)
    rules = params["CORSConfiguration"]["CORSRules"]
    if not rules:
        raise errors.malformed_xml()
    cors.check(rules)
    face.buckets.configure(terms.bucket(face, params).name, CORS, rules)
    return {}


def get_bucket_cors(face: Objects, _call: Call, params: Params) -> Result:
    """Raises NoSuchCORSConfiguration."""
    terms.check("GetBucketCors", params)
    bucket = terms.bucket(face, params)
    rules = face.buckets.configuration(bucket.name, CORS)
    if rules is None:
        raise absences.no_such_cors(bucket.name)
    return {"CORSRules": rules}


def delete_bucket_cors(face: Objects, _call: Call, params: Params) -> Result:
    terms.check("DeleteBucketCors", params)
    face.buckets.configure(terms.bucket(face, params).name, CORS, None)
    return {}


def preflight(face: Objects, request: HttpRequest, path: str) -> Mapping[str, str]:
    """The headers that let the browser go on. Raises AccessForbidden, BadRequest.

    Nobody is asked who they are: a browser sends no credentials with this question.
    """
    origin, method = request.header("origin"), request.header("access-control-request-method")
    if origin is None:
        raise errors.no_origin()
    if method not in cors.METHODS:
        raise errors.no_cors_method(method)
    wanted = [name.strip().lower() for name in (request.header("access-control-request-headers") or "").split(",")]
    bucket, is_object = _target(path)
    if face.buckets.find(bucket) is None:
        raise errors.cors_refused("Bucket not found", method, is_object=is_object)
    rules = face.buckets.configuration(bucket, CORS)
    if rules is None:
        raise errors.cors_refused("CORS is not enabled for this bucket.", method, is_object=is_object)
    asked = Asked(origin=origin, method=method, headers=[name for name in wanted if name])
    headers = cors.allowed(rules, asked)
    if headers is None:
        raise errors.cors_refused(
            "This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
            "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's "
            "CORS spec.",
            method,
            is_object=is_object,
        )
    return headers


def shared(face: Objects, request: HttpRequest, path: str) -> Mapping[str, str]:
    """The headers that let a page of another origin see the answer, whatever it is; none when it may not."""
    bucket, _is_object = _target(path)
    rules = face.buckets.configuration(bucket, CORS)
    if rules is None:
        return {}
    return cors.allowed(rules, Asked(origin=request.header("origin") or "", method=request.method)) or {}


def _target(path: str) -> tuple[str, bool]:
    """The bucket that the request is about, and whether it is about an object in it."""
    name, _, key = path.removeprefix("/").partition("/")
    return unquote(name), bool(key)
