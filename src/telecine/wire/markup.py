"""XML as text: escaping on the way out, safe parsing on the way in."""

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from telecine.core.errors import TelecineError

# A bare carriage return would come back as a line feed; other control characters are written as references, as S3
# does it with keys that hold them.
_SPECIAL = re.compile(r'[&<>"\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]')
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


MAX_MARKS = 250_000
"""How many `<` a document may have. CompleteMultipartUpload with 10,000 parts and all their checksums has 160,000;
8 MiB of empty elements, which have 2,000,000, keep the interpreter busy for seconds."""


class MalformedXml(TelecineError):
    """The text is not well-formed XML, or holds a document type declaration."""


def escape(text: str) -> str:
    """`text` as the content of an element or a quoted attribute."""
    if _SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(lambda match: _NAMED.get(match[0]) or f"&#x{ord(match[0]):X};", text)


def legible(text: str) -> str:
    """`text` without the characters that no XML document can hold: an answer with one of them cannot be parsed."""
    return _ILLEGAL.sub("\ufffd", text)


def element(name: str, text: str) -> str:
    """`<name>text</name>`, escaped."""
    return f"<{name}>{escape(text)}</{name}>"


def parse(body: bytes) -> Element:
    """The root element. Raises `MalformedXml`, also for any DOCTYPE: entities read files and fill memory."""
    if body.count(b"<") > MAX_MARKS:
        raise MalformedXml(f"there are more than {MAX_MARKS} tags")
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise MalformedXml(str(error)) from error
    return root


def local_name(tag: str) -> str:
    """The tag without its namespace: S3 takes bodies with and without one."""
    return tag.rpartition("}")[2]
