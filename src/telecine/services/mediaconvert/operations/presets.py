"""Presets. A job that names one takes what it holds at that moment; later changes touch no earlier job (user guide,
"Modifying your custom output presets")."""

from collections.abc import Mapping

from telecine.media.validation import Kind
from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.mediaconvert import errors, view
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import preset_name
from telecine.services.mediaconvert.operations import recipe_members


def create_preset(face: Lifecycle, call: Call, params: Params) -> Result:
    """A custom preset. Raises BadRequestException with everything that is wrong, ConflictException for a name that is
    taken, ServiceQuotaExceededException when the account has too many."""
    errors.refuse(recipe_members.labels(params), recipe_members.contents(params, Kind.PRESET))
    made = face.presets.create(call.account, recipe_members.draft(params), params.get("Tags", {}))
    return {"Preset": view.preset(made)}


def get_preset(face: Lifecycle, call: Call, params: Params) -> Result:
    return {"Preset": view.preset(face.presets.get(call.account, _name(call, params)))}


def list_presets(face: Lifecycle, call: Call, params: Params) -> Result:
    page = face.presets.page(call.account, recipe_members.query(params))
    shown = {"Presets": [view.preset(preset) for preset in page.found]}
    return {**shown, "NextToken": page.next_token} if page.next_token else shown


def update_preset(face: Lifecycle, call: Call, params: Params) -> Result:
    errors.refuse(recipe_members.contents(params, Kind.PRESET))
    changed = face.presets.update(call.account, _name(call, params), recipe_members.edit(params))
    return {"Preset": view.preset(changed)}


def delete_preset(face: Lifecycle, call: Call, params: Params) -> Result:
    face.presets.delete(call.account, _name(call, params))
    return {}


def _name(call: Call, params: Params) -> str:
    name = preset_name(params["Name"], account=call.account, region=call.region)
    if name is None:
        raise errors.not_in_library("preset", params["Name"])
    return name


OPERATIONS: Mapping[str, Operation[Lifecycle]] = {
    "CreatePreset": create_preset,
    "DeletePreset": delete_preset,
    "GetPreset": get_preset,
    "ListPresets": list_presets,
    "UpdatePreset": update_preset,
}
