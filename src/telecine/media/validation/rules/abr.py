"""Rules of automated ABR: what it needs of its output, and how its own rules go together.

Sources: the members' documentation in the service model (AutomatedAbrRule); user guide, `how-automated-abr-works`
(QVBR and MULTI_PASS_HQ must be said outside the console) and `automated-abr-rules`. The guide and the model
contradict each other about how many allowed renditions there may be, so that their number is let pass.
"""

from collections.abc import Iterator, Sequence

from telecine.media.settings import Structure
from telecine.media.validation.rules import video
from telecine.media.validation.tree import Finding, Rules, each, inside, on
from telecine.media.validation.words import at, at_most, required

_PACKAGES = ("CMAF_GROUP_SETTINGS", "DASH_ISO_GROUP_SETTINGS", "HLS_GROUP_SETTINGS", "MS_SMOOTH_GROUP_SETTINGS")
_DEFAULT_RENDITIONS = 15
_DEFAULT_PEAK, _DEFAULT_LEAST = 8_000_000, 600_000

_BLOCKS = {
    "ALLOWED_RENDITIONS": "AllowedRenditions",
    "FORCE_INCLUDE_RENDITIONS": "ForceIncludeRenditions",
    "MIN_BOTTOM_RENDITION_SIZE": "MinBottomRenditionSize",
    "MIN_TOP_RENDITION_SIZE": "MinTopRenditionSize",
}

Size = tuple[int, int]
"""(width, height)."""


def _is_automated(group: Structure) -> bool:
    return inside(group, "AutomatedEncodingSettings").get("AbrSettings") is not None


def _group(group: Structure) -> Iterator[Finding]:
    """The output that the renditions are made from."""
    if not _is_automated(group):
        return
    package = inside(group, "OutputGroupSettings").get("Type")
    if package not in (*_PACKAGES, None):
        yield at("AutomatedEncodingSettings"), f"does not belong to an output group of type {package}"
    for number, output in enumerate(each(group, "Outputs")):
        name, encoder = video.codec(inside(output, "VideoDescription"))
        if not name:
            continue
        path = at("Outputs", number, "VideoDescription", "CodecSettings")
        if name not in ("H_264", "H_265"):
            yield f"{path}/codec", 'Should be equal to one of the allowed values in ["H_264","H_265"]'
            continue
        for member, wanted in (("RateControlMode", "QVBR"), ("QualityTuningLevel", "MULTI_PASS_HQ")):
            if encoder.get(member) != wanted:
                yield path + at(video.BLOCKS[name], member), f"Must be {wanted}"


def in_job(settings: Structure) -> Iterator[Finding]:
    """All packages of a job are automated or none is."""
    packages = [
        (number, _is_automated(group))
        for number, group in enumerate(each(settings, "OutputGroups"))
        if inside(group, "OutputGroupSettings").get("Type") in _PACKAGES
    ]
    if any(automated for _number, automated in packages):
        for number, automated in packages:
            if not automated:
                yield at("OutputGroups", number), required("AutomatedEncodingSettings")[1]


def _limits(own: Structure) -> Iterator[Finding]:
    least, peak = own.get("MinAbrBitrate"), own.get("MaxAbrBitrate")
    low = least if isinstance(least, int) else _DEFAULT_LEAST
    high = peak if isinstance(peak, int) else _DEFAULT_PEAK
    if low > high:
        yield at_most("MinAbrBitrate", high)


def _rules(own: Structure) -> Iterator[Finding]:
    """The rules against each other, and against the number of renditions."""
    rules = list(each(own, "Rules"))
    kinds = [str(rule.get("Type")) for rule in rules]
    if "ALLOWED_RENDITIONS" in kinds and "FORCE_INCLUDE_RENDITIONS" in kinds:
        number = max(kinds.index("ALLOWED_RENDITIONS"), kinds.index("FORCE_INCLUDE_RENDITIONS"))
        yield at("Rules", number, "Type"), "ALLOWED_RENDITIONS and FORCE_INCLUDE_RENDITIONS exclude each other"
    top, bottom = _bound(rules, "MinTopRenditionSize"), _bound(rules, "MinBottomRenditionSize")
    if top and bottom and not _holds(top, bottom):
        number = kinds.index("MIN_BOTTOM_RENDITION_SIZE") if "MIN_BOTTOM_RENDITION_SIZE" in kinds else 0
        yield at("Rules", number, "MinBottomRenditionSize"), "Should be less than or equal to minTopRenditionSize"
    renditions = own.get("MaxRenditions")
    most = renditions if isinstance(renditions, int) else _DEFAULT_RENDITIONS
    for number, rule in enumerate(rules):
        forced, allowed = _sizes(rule, "ForceIncludeRenditions"), _sizes(rule, "AllowedRenditions")
        if len(set(forced)) > most:
            yield at("Rules", number, "ForceIncludeRenditions"), f"Should have at most {most} items"
        for member, sizes in (("ForceIncludeRenditions", forced), ("AllowedRenditions", allowed)):
            if sizes and top and not any(_holds(size, top) for size in sizes):
                yield at("Rules", number, member), "Should have a size of at least minTopRenditionSize"
            if sizes and bottom and not (all if forced else any)(_holds(size, bottom) for size in sizes):
                yield at("Rules", number, member), "Should have sizes of at least minBottomRenditionSize"


def _bound(rules: Sequence[Structure], block: str) -> Size | None:
    return next((size for rule in rules if (size := _size(inside(rule, block)))), None)


def _sizes(rule: Structure, member: str) -> list[Size]:
    return [size for one in each(rule, member) if (size := _size(one))]


def _size(own: Structure) -> Size | None:
    width, height = own.get("Width"), own.get("Height")
    return (width, height) if isinstance(width, int) and isinstance(height, int) else None


def _holds(size: Size, bound: Size) -> bool:
    """Compared by their areas: an upright rendition is as large as one that lies."""
    return size[0] * size[1] >= bound[0] * bound[1]


def _rule(own: Structure) -> Iterator[Finding]:
    """The type is said, and what it speaks of is there: "at least one rendition", a size."""
    kind = own.get("Type")
    if kind is None:
        yield required("Type")
    elif not own.get(_BLOCKS.get(str(kind), "Type")):
        yield required(_BLOCKS[str(kind)])


RULES: Rules = {
    "JobSettings": (in_job,),
    "JobTemplateSettings": (in_job,),
    "OutputGroup": (on("AutomatedEncodingSettings", _group),),
    "AutomatedAbrSettings": (_limits, on("Rules", _rules)),
    "AutomatedAbrRule": (_rule,),
}
