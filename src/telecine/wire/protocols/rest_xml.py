"""The rest-xml protocol (S3): XML documents as bodies."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from xml.etree.ElementTree import Element

from botocore.model import OperationModel, Shape, StructureShape

from telecine.core.errors import ApiError
from telecine.wire.markup import MalformedXml, escape, local_name, parse
from telecine.wire.protocols import rest
from telecine.wire.protocols.codec import Codec, WrongType
from telecine.wire.protocols.xml_shapes import XmlShapes
from telecine.wire.validate import IllTyped

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'

ROOTS: Mapping[str, str] = MappingProxyType(
    {
        # The model names the shapes, not the documents. These are the names in the S3 API reference.
        "CompleteMultipartUploadOutput": "CompleteMultipartUploadResult",
        "CreateMultipartUploadOutput": "InitiateMultipartUploadResult",
        "CreateSessionOutput": "CreateSessionResult",
        "DeleteObjectsOutput": "DeleteResult",
        "GetBucketAccelerateConfigurationOutput": "AccelerateConfiguration",
        "GetBucketAclOutput": "AccessControlPolicy",
        "GetBucketCorsOutput": "CORSConfiguration",
        "GetBucketLifecycleConfigurationOutput": "LifecycleConfiguration",
        "GetBucketLifecycleOutput": "LifecycleConfiguration",
        "GetBucketLoggingOutput": "BucketLoggingStatus",
        "GetBucketRequestPaymentOutput": "RequestPaymentConfiguration",
        "GetBucketTaggingOutput": "Tagging",
        "GetBucketVersioningOutput": "VersioningConfiguration",
        "GetBucketWebsiteOutput": "WebsiteConfiguration",
        "GetObjectAclOutput": "AccessControlPolicy",
        "GetObjectAttributesOutput": "GetObjectAttributesResponse",
        "GetObjectTaggingOutput": "Tagging",
        "ListBucketAnalyticsConfigurationsOutput": "ListBucketAnalyticsConfigurationResult",
        "ListBucketInventoryConfigurationsOutput": "ListInventoryConfigurationsResult",
        "ListBucketMetricsConfigurationsOutput": "ListMetricsConfigurationsResult",
        "ListBucketsOutput": "ListAllMyBucketsResult",
        "ListDirectoryBucketsOutput": "ListAllMyDirectoryBucketsResult",
        "ListMultipartUploadsOutput": "ListMultipartUploadsResult",
        "ListObjectVersionsOutput": "ListVersionsResult",
        "ListObjectsOutput": "ListBucketResult",
        "ListObjectsV2Output": "ListBucketResult",
        "ListPartsOutput": "ListPartsResult",
        "NotificationConfigurationDeprecated": "NotificationConfiguration",
    }
)
"""The root element of each output whose shape has another name."""

_BARE_TEXT: Mapping[str, str] = MappingProxyType({"GetBucketLocationOutput": "LocationConstraint"})
"""Outputs whose one member is the text of the root itself, which the model cannot express."""

MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


class RestXmlOperations:
    """Compiles the operations of one rest-xml service."""

    content_type = "application/xml"
    empty = b""

    def __init__(self, service: str) -> None:
        self._service = service
        self._shapes = XmlShapes(moments="iso8601 ms")

    def codec(self, operation: OperationModel) -> Codec:
        """The operation's parse and serialize."""
        return rest.codec(self._service, operation, self)

    def whole_reader(self, shape: StructureShape, members: Mapping[str, Shape]) -> Callable[[bytes], Any]:
        read, root = self._shapes.body_reader(shape, members), shape.serialization.get("name", shape.name)
        return lambda body: read(_root(body, root))

    def payload_reader(self, shape: Shape) -> Callable[[bytes], Any]:
        read, root = self._shapes.reader(shape), shape.serialization.get("name", shape.name)
        return lambda body: read(_root(body, root))

    def whole_writer(self, shape: StructureShape, members: Mapping[str, Shape]) -> Callable[[Any], bytes]:
        root = ROOTS.get(shape.name, shape.name)
        if shape.name in _BARE_TEXT:
            member = root = _BARE_TEXT[shape.name]
            return lambda value: _document(root, escape(value.get(member) or ""))
        content = self._shapes.content_writer(shape, members)
        return lambda value: _document(root, content(value))

    def payload_writer(self, shape: Shape) -> Callable[[Any], bytes]:
        root = shape.serialization.get("name", shape.name)
        content = self._shapes.content_writer(shape, shape.members)
        return lambda value: _document(root, content(value))

    def wrong_type(self, wrong: WrongType, *, is_in_body: bool) -> IllTyped:
        if is_in_body:
            return wrong.told("MalformedXML", MALFORMED)
        return wrong.told("InvalidArgument")


def _root(body: bytes, name: str) -> Element:
    try:
        root = parse(body)
    except MalformedXml as error:
        raise ApiError("MalformedXML", MALFORMED, status=400) from error
    if local_name(root.tag) != name:
        raise ApiError("MalformedXML", MALFORMED, status=400)
    return root


def _document(root: str, content: str) -> bytes:
    return f'{_PROLOG}<{root} xmlns="{NAMESPACE}">{content}</{root}>'.encode()
