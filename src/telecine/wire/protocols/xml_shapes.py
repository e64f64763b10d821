"""Shapes as XML: closures that read elements into model names, and write results as text."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from botocore.model import ListShape, MapShape, Shape, StructureShape

from telecine.wire.markup import escape, local_name
from telecine.wire.protocols import scalars
from telecine.wire.protocols.codec import UnknownMember, WrongType
from telecine.wire.validate import small

Read = Callable[[Element], Any]
Write = Callable[[Any], str]
"""From a value to its whole element (for a flattened list, all of its elements)."""


class XmlShapes:
    """Compiles the shapes of one service; structures that occur in several places are compiled once."""

    def __init__(self, *, moments: str) -> None:
        self._moments = moments
        self._readers: dict[str, Read] = {}
        self._contents: dict[str, Write] = {}

    def reader(self, shape: Shape) -> Read:
        """A function from the element of a `shape` to its value; it raises `WrongType`."""
        if isinstance(shape, StructureShape):
            if shape.name not in self._readers:
                self._readers[shape.name] = self.body_reader(shape, shape.members)
            return self._readers[shape.name]
        if isinstance(shape, ListShape):
            return self._list_reader(shape)
        if isinstance(shape, MapShape):
            return self._map_reader(shape)
        read = scalars.text_reader(shape, moments=self._moments)
        return lambda element: read(element.text or "")

    def body_reader(self, shape: StructureShape, members: Mapping[str, Shape]) -> Read:
        """The reader of those `members` of `shape` that travel in the body."""
        table: dict[str, tuple[str, Read, bool]] = {}
        attributes: dict[str, str] = {}
        for name, member in members.items():
            wire = _wire_name(name, member)
            if member.serialization.get("xmlAttribute"):
                attributes[wire.rpartition(":")[2]] = name
            elif _is_flat(member):
                table[wire] = (name, self.reader(member.member), True)
            else:
                table[wire] = (name, self.reader(member), False)

        def read_structure(element: Element) -> dict[str, Any]:
            out: dict[str, Any] = {}
            if attributes:
                for key, text in element.attrib.items():
                    if local_name(key) in attributes:
                        out[attributes[local_name(key)]] = text
            for child in element:
                wire = local_name(child.tag)
                entry = table.get(wire)
                if entry is None:
                    continue
                name, read, is_flat = entry
                try:
                    if is_flat:
                        out.setdefault(name, []).append(read(child))
                    else:
                        out[name] = read(child)
                except WrongType as wrong:
                    raise wrong.under(small(wire))  # noqa: B904 - the same error, one step further up
            return out

        return read_structure

    def element_writer(self, shape: Shape, name: str) -> Write:
        """A function from a value to `<name>…</name>`."""
        if isinstance(shape, StructureShape):
            return self._structure_writer(shape, name)
        if isinstance(shape, ListShape):
            return self._list_writer(shape, name)
        if isinstance(shape, MapShape):
            return self._map_writer(shape, name)
        opening, closing, text = f"<{name}>", f"</{name}>", scalars.text_writer(shape, moments=self._moments)
        if shape.type_name in {"string", "character"}:
            return lambda value: f"{opening}{escape(value)}{closing}"
        return lambda value: f"{opening}{text(value)}{closing}"

    def content_writer(self, shape: StructureShape, members: Mapping[str, Shape]) -> Write:
        """A function from a structure to what stands between its tags: those `members` that travel in the body."""
        table = {
            name: self.element_writer(member, _wire_name(name, member))
            for name, member in members.items()
            if not member.serialization.get("xmlAttribute")
        }
        ignored = {name for name, member in members.items() if name not in table}

        def write_content(value: Mapping[str, Any]) -> str:
            parts: list[str] = []
            for name, item in value.items():
                if item is None or name in ignored:
                    continue
                write = table.get(name)
                if write is None:
                    raise UnknownMember(shape, name)
                parts.append(write(item))
            return "".join(parts)

        return write_content

    def _structure_writer(self, shape: StructureShape, name: str) -> Write:
        if shape.name not in self._contents:
            self._contents[shape.name] = self.content_writer(shape, shape.members)
        content, closing = self._contents[shape.name], f"</{name}>"
        namespace = shape.serialization.get("xmlNamespace")
        prefix = f' xmlns:{namespace["prefix"]}="{namespace["uri"]}"' if namespace and "prefix" in namespace else ""
        attributes = {
            member_name: member.serialization["name"]
            for member_name, member in shape.members.items()
            if member.serialization.get("xmlAttribute")
        }
        opening = f"<{name}{prefix}>"
        if not attributes:
            return lambda value: f"{opening}{content(value)}{closing}"

        def write_with_attributes(value: Mapping[str, Any]) -> str:
            written = "".join(
                f' {wire}="{escape(value[member])}"'
                for member, wire in attributes.items()
                if value.get(member) is not None
            )
            return f"<{name}{prefix}{written}>{content(value)}{closing}"

        return write_with_attributes

    def _list_reader(self, shape: ListShape) -> Read:
        read = self.reader(shape.member)

        def read_list(element: Element) -> list[Any]:
            out: list[Any] = []
            try:
                for child in element:
                    # Appended one by one: the length is the position of a wrong one.
                    out.append(read(child))  # noqa: PERF401
            except WrongType as wrong:
                raise wrong.under(len(out))  # noqa: B904
            return out

        return read_list

    def _list_writer(self, shape: ListShape, name: str) -> Write:
        if _is_flat(shape):
            write_flat = self.element_writer(shape.member, name)
            return lambda value: "".join([write_flat(item) for item in value])
        write = self.element_writer(shape.member, shape.member.serialization.get("name", "member"))
        opening, closing = f"<{name}>", f"</{name}>"

        def write_list(value: Sequence[Any]) -> str:
            return f"{opening}{''.join([write(item) for item in value])}{closing}"

        return write_list

    def _map_reader(self, shape: MapShape) -> Read:
        key_name, value_name = _map_names(shape)
        read_key, read_value = self.reader(shape.key), self.reader(shape.value)

        def read_map(element: Element) -> dict[str, Any]:
            out: dict[str, Any] = {}
            for entry in element:
                parts = {local_name(part.tag): part for part in entry}
                if key_name not in parts or value_name not in parts:
                    raise WrongType(shape, "")
                out[read_key(parts[key_name])] = read_value(parts[value_name])
            return out

        return read_map

    def _map_writer(self, shape: MapShape, name: str) -> Write:
        key_name, value_name = _map_names(shape)
        write_key = self.element_writer(shape.key, key_name)
        write_value = self.element_writer(shape.value, value_name)

        def write_map(value: Mapping[str, Any]) -> str:
            entries = [f"<entry>{write_key(key)}{write_value(item)}</entry>" for key, item in value.items()]
            return f"<{name}>{''.join(entries)}</{name}>"

        return write_map


def _map_names(shape: MapShape) -> tuple[str, str]:
    return shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")


def _is_flat(shape: Shape) -> bool:
    return isinstance(shape, ListShape) and bool(shape.serialization.get("flattened"))


def _wire_name(name: str, member: Shape) -> str:
    # The items of a flattened list stand where the list would: under the list member's name, unless the
    # item has one of its own.
    if _is_flat(member):
        own: str = member.member.serialization.get("name", member.serialization.get("name", name))
        return own
    wire: str = member.serialization.get("name", name)
    return wire
