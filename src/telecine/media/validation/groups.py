"""Rules between the settings of the job, its output groups and their outputs."""

from collections.abc import Iterator

from telecine.media.plan import names
from telecine.media.settings import Structure, fields
from telecine.media.validation import encryption, outputs
from telecine.media.validation.issue import Issue

_BLOCKS = {"FILE_GROUP_SETTINGS": "FileGroupSettings", "HLS_GROUP_SETTINGS": "HlsGroupSettings"}
_CONTAINERS = {"FILE_GROUP_SETTINGS": "MP4", "HLS_GROUP_SETTINGS": "M3U8"}
_CONTAINER_BLOCKS = {"MP4": "mp4Settings", "M3U8": "m3u8Settings"}


def job(settings: Structure) -> Iterator[Issue]:
    """What is wrong between the members of a job's settings."""
    inputs = list(fields.children(settings, "Inputs"))
    groups = list(fields.children(settings, "OutputGroups"))
    if not inputs:
        yield Issue(path="", message="inputs is a required property")
    if not groups:
        yield Issue(path="", message="outputGroups is a required property")
    for number, given in enumerate(inputs):
        yield from _input(given, number)
    for number, group in enumerate(groups):
        yield from _group(group, f"/outputGroups/{number}")


def _input(given: Structure, number: int) -> Iterator[Issue]:
    path, uri = f"/inputs/{number}", fields.text(given, "FileInput", "")
    if number > 0:
        yield Issue(path=path, message="more than one input is not supported by this server")
    elif not uri:
        yield Issue(path=path, message="fileInput is a required property")
    elif uri.startswith("s3://") and not uri.removeprefix("s3://").partition("/")[2]:
        yield Issue(path=f"{path}/fileInput", message="names a bucket but no object")
    yield from encryption.source(fields.child(given, "DecryptionSettings"), f"{path}/decryptionSettings")
    for name, selector in fields.child(given, "AudioSelectors").items():
        tracks = fields.integers(selector, "Tracks") if isinstance(selector, dict) else ()
        if any(track < 1 for track in tracks):
            at = f"{path}/audioSelectors/{name}/tracks/0"
            yield Issue(path=at, message="Should be greater than or equal to 1")


def _group(group: Structure, path: str) -> Iterator[Issue]:
    own = fields.child(group, "OutputGroupSettings")
    kind = fields.text(own, "Type", "")
    at = f"{path}/outputGroupSettings"
    if not kind:
        yield Issue(path=at, message="type is a required property")
    if kind not in _BLOCKS:
        return  # the ledger has refused it
    block = _BLOCKS[kind]
    for other in set(_BLOCKS.values()) - {block}:
        if own.get(other) is not None:
            name = other[:1].lower() + other[1:]
            yield Issue(path=f"{at}/{name}", message=f"does not belong to an output group of type {kind}")
    yield from _destination(fields.child(own, block), f"{at}/{block[:1].lower()}{block[1:]}")
    if kind == "HLS_GROUP_SETTINGS":
        yield from _hls(fields.child(own, block), f"{at}/hlsGroupSettings")
    found = list(fields.children(group, "Outputs"))
    if not found:
        yield Issue(path=path, message="outputs is a required property")
    yield from _modifiers(found, kind, path)
    for number, output in enumerate(found):
        yield from _output(output, kind, f"{path}/outputs/{number}")


def _destination(own: Structure, path: str) -> Iterator[Issue]:
    yield from encryption.destination(fields.child(own, "DestinationSettings"), f"{path}/destinationSettings")
    destination = fields.text(own, "Destination", "")
    if not destination:
        yield Issue(path=path, message="destination is a required property")
        return
    if not destination.removeprefix("s3://").partition("/")[0]:
        yield Issue(path=f"{path}/destination", message="names no bucket")
    yield from _variables(destination, names.DESTINATION_VARIABLES, f"{path}/destination")


def _hls(own: Structure, path: str) -> Iterator[Issue]:
    if not fields.text(own, "BaseUrl", "").isprintable():
        yield Issue(path=f"{path}/baseUrl", message="Should hold printable characters only")


def _modifiers(found: list[Structure], kind: str, path: str) -> Iterator[Issue]:
    """Outputs are told apart by their modifiers; a rendition also from the main playlist."""
    seen: dict[tuple[str, str], int] = {}
    is_needed = len(found) > 1 or kind == "HLS_GROUP_SETTINGS"
    for number, output in enumerate(found):
        modifier = fields.text(output, "NameModifier", "")
        key = (modifier, fields.text(output, "Extension", ""))
        at = f"{path}/outputs/{number}"
        if is_needed and not modifier:
            yield Issue(path=at, message="nameModifier is a required property")
        elif key in seen:
            message = f"{modifier} is the name modifier of output {seen[key]} too; they must be different"
            yield Issue(path=f"{at}/nameModifier", message=message)
        seen.setdefault(key, number)


def _output(output: Structure, kind: str, path: str) -> Iterator[Issue]:
    described, sounds = output.get("VideoDescription"), list(fields.children(output, "AudioDescriptions"))
    if described is None and not sounds:
        yield Issue(path=path, message="an output without video and audio is not supported by this server")
    elif described is None and kind == "HLS_GROUP_SETTINGS":
        yield Issue(path=path, message="an HLS output without video is not supported by this server")
    modifier = fields.text(output, "NameModifier", "")
    yield from _variables(modifier, names.MODIFIER_VARIABLES, f"{path}/nameModifier")
    hls = fields.child(fields.child(output, "OutputSettings"), "HlsSettings")
    segment = fields.text(hls, "SegmentModifier", "")
    at = f"{path}/outputSettings/hlsSettings/segmentModifier"
    yield from _variables(segment, names.SEGMENT_VARIABLES, at)
    yield from _container(output, kind, len(sounds), path)
    if described is not None:
        yield from outputs.video(fields.child(output, "VideoDescription"), f"{path}/videoDescription")
    for number, sound in enumerate(sounds):
        yield from outputs.audio(sound, f"{path}/audioDescriptions/{number}")


def _container(output: Structure, kind: str, tracks: int, path: str) -> Iterator[Issue]:
    own = fields.child(output, "ContainerSettings")
    at = f"{path}/containerSettings"
    wanted = _CONTAINERS[kind]
    container = fields.text(own, "Container", "")
    if not container:
        yield Issue(path=at, message="container is a required property")
    elif container in _CONTAINER_BLOCKS and container != wanted:
        message = f"{container} in an output group of type {kind} is not supported by this server"
        yield Issue(path=f"{at}/container", message=message)
    if wanted == "MP4":
        yield from _mp4(fields.child(own, "Mp4Settings"), f"{at}/mp4Settings")
    else:
        yield from _transport_stream(fields.child(own, "M3u8Settings"), tracks, f"{at}/m3u8Settings")


def _mp4(own: Structure, at: str) -> Iterator[Issue]:
    brand = fields.maybe_text(own, "Mp4MajorBrand")
    if brand is not None and not (len(brand) == 4 and brand.isascii() and brand.isprintable()):
        yield Issue(path=f"{at}/mp4MajorBrand", message="Should be four characters")
    if fields.integer(own, "CttsVersion", 0) == 1 and fields.text(own, "CslgAtom", "") != "INCLUDE":
        yield Issue(path=f"{at}/cslgAtom", message="Must be INCLUDE")


def _transport_stream(own: Structure, tracks: int, at: str) -> Iterator[Issue]:
    video = fields.integer(own, "VideoPid", 481)
    sounds = fields.integers(own, "AudioPids") or tuple(range(482, 493))
    if fields.integer(own, "PcrPid", video) != video:
        yield Issue(path=f"{at}/pcrPid", message="another PID than the video's is not supported by this server")
    if len(sounds) < tracks:
        yield Issue(path=f"{at}/audioPids", message=f"Should have at least {tracks} items")
    used = [fields.integer(own, "PmtPid", 480), video, *sounds[:tracks]]
    if len(set(used)) < len(used):
        yield Issue(path=at, message="videoPid, audioPids and pmtPid must be different")
    for member in ("ProgramNumber", "TransportStreamId"):
        if own.get(member) == 0:
            name = member[:1].lower() + member[1:]
            yield Issue(path=f"{at}/{name}", message="0 is not supported by this server")


def _variables(text: str, allowed: frozenset[str], path: str) -> Iterator[Issue]:
    for name in names.unknown_variables(text, allowed):
        yield Issue(path=path, message=f"the format identifier ${name}$ is not supported by this server here")
