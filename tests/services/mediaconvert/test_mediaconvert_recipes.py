"""Jobs made with templates and presets, through boto3: what goes in, what is kept, what is refused."""

import copy
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.services.mediaconvert.model import Draft

World = Any
Door = Any
"""The fixtures of conftest.py."""

ROLE = "arn:aws:iam::111122223333:role/transcode"
ARN = "arn:aws:mediaconvert:us-east-1:111122223333"
PRESET: dict[str, Any] = {
    "ContainerSettings": {"Container": "MP4"},
    "VideoDescription": {
        "Width": 640,
        "CodecSettings": {"Codec": "H_264", "H264Settings": {"Bitrate": 500_000}},
    },
}
GROUP: dict[str, Any] = {
    "OutputGroupSettings": {
        "Type": "FILE_GROUP_SETTINGS",
        "FileGroupSettings": {"Destination": "s3://films/out/"},
    },
}
INPUT = {"FileInput": "s3://films/in/film.mp4"}
HLS = "System-Ott_Hls_Ts_Avc_Aac"
TOO_MUCH = "/: Should have at most 2097152 characters with its job template and presets"


def _job(*outputs: dict[str, Any]) -> dict[str, Any]:
    return {"Inputs": [INPUT], "OutputGroups": [{**GROUP, "Outputs": list(outputs)}]}


def _refusal(call: Any, **members: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


@pytest.fixture
def hd(client: Any) -> str:
    """A preset."""
    client.create_preset(Name="hd", Settings=PRESET)
    return "hd"


def _done(world: World, job: dict[str, Any]) -> dict[str, Any]:
    """The outputs that the engine will make of a job."""
    settings: dict[str, Any] = copy.deepcopy(world.job(job["Id"]).submission.settings)
    return settings


@pytest.mark.parametrize("name", ["hd", f"{ARN}:presets/hd"])
def test_a_job_takes_what_its_preset_holds(client: Any, world: World, hd: str, name: str) -> None:
    """By name or ARN. The job shows the name, as MediaConvert does; the engine gets the settings, and what the output
    says itself goes before them."""
    output = {"Preset": name, "Extension": "mp4", "VideoDescription": {"Width": 320}}
    job = client.create_job(Role=ROLE, Settings=_job(output))["Job"]

    assert job["Settings"] == _job(output)
    assert client.get_job(Id=job["Id"])["Job"]["Settings"] == _job(output)
    (made,) = _done(world, job)["OutputGroups"][0]["Outputs"]
    assert made == {
        **output,
        **PRESET,
        "VideoDescription": {**PRESET["VideoDescription"], "Width": 320},
    }
    assert world.claim().settings["OutputGroups"][0]["Outputs"] == [made]


def test_later_changes_touch_no_earlier_job(client: Any, world: World, hd: str) -> None:
    """Neither a change of the preset nor its end; a duplicate of the job takes the preset as it is then."""
    job = client.create_job(Role=ROLE, Settings=_job({"Preset": hd}))["Job"]
    before = _done(world, job)

    client.update_preset(Name=hd, Settings={**PRESET, "VideoDescription": {**PRESET["VideoDescription"], "Width": 960}})
    again = client.create_job(Role=ROLE, Settings=client.get_job(Id=job["Id"])["Job"]["Settings"])["Job"]
    client.delete_preset(Name=hd)

    assert _done(world, job) == before
    assert _done(world, again)["OutputGroups"][0]["Outputs"][0]["VideoDescription"]["Width"] == 960
    assert _refusal(client.create_job, Role=ROLE, Settings=_job({"Preset": hd})) == (
        404,
        "NotFoundException",
        "/outputGroups/0/outputs/0/preset: The preset hd does not exist.",
    )


@pytest.mark.parametrize(
    "name",
    ["nowhere", f"{ARN}:jobTemplates/hd", "arn:aws:mediaconvert:us-east-1:999999999999:presets/hd", "arn:"],
)
def test_a_preset_that_is_not_there_is_named_with_its_path(client: Any, hd: str, name: str) -> None:
    """404, and no job."""
    assert _refusal(client.create_job, Role=ROLE, Settings=_job({"Preset": hd}, {"Preset": name})) == (
        404,
        "NotFoundException",
        f"/outputGroups/0/outputs/1/preset: The preset {name} does not exist.",
    )
    assert client.list_jobs()["Jobs"] == []


def test_a_preset_or_the_container(client: Any, hd: str) -> None:
    """Not both, the model says; every such output is named."""
    both = {"Preset": hd, "ContainerSettings": {"Container": "MP4"}}
    status, code, message = _refusal(
        client.create_job,
        Role=ROLE,
        Settings=_job({**both, "NameModifier": "_a"}, {"Preset": hd, "NameModifier": "_b"}),
    )
    assert (status, code) == (400, "BadRequestException")
    assert message == ("/outputGroups/0/outputs/0/containerSettings: Must not be specified together with preset")


def test_what_a_preset_brings_is_checked_in_the_job(client: Any) -> None:
    """The path is where it came to stand."""
    wrong = {"VideoDescription": {"CodecSettings": {"Codec": "H_265", "H265Settings": {"Bitrate": 1_000_000}}}}
    client.create_preset(Name="hevc", Settings={**PRESET, **wrong})

    _, code, message = _refusal(client.create_job, Role=ROLE, Settings=_job({"Preset": "hevc"}))
    assert code == "BadRequestException"
    assert "/outputGroups/0/outputs/0/videoDescription/codecSettings/codec: H_265 is not supported" in message


@pytest.fixture
def files(client: Any, world: World, hd: str) -> str:
    """A template that waits in the queue `night`, with one input's settings and two outputs."""
    world.queue("night")
    settings = {
        "AdAvailOffset": 0,
        "Inputs": [{"TimecodeSource": "ZEROBASED"}],
        "OutputGroups": [
            {
                **GROUP,
                "Outputs": [
                    {"Preset": hd, "NameModifier": "_hd"},
                    {**PRESET, "NameModifier": "_sd"},
                ],
            }
        ],
    }
    client.create_job_template(
        Name="files",
        Settings=settings,
        Queue="night",
        Priority=7,
        StatusUpdateInterval="SECONDS_12",
        AccelerationSettings={"Mode": "PREFERRED"},
    )
    return "files"


@pytest.mark.parametrize("name", ["files", f"{ARN}:jobTemplates/files"])
def test_a_template_gives_what_the_request_leaves_out(client: Any, world: World, files: str, name: str) -> None:
    """Queue, priority, interval, acceleration and settings; the job shows the merge, and the template as it was
    named."""
    job = client.create_job(Role=ROLE, JobTemplate=name, Settings={"Inputs": [INPUT]})["Job"]

    shown = ("JobTemplate", "Queue", "Priority", "StatusUpdateInterval", "AccelerationSettings")
    assert [job[member] for member in shown] == [
        name,
        f"{ARN}:queues/night",
        7,
        "SECONDS_12",
        {"Mode": "PREFERRED"},
    ]
    template = client.get_job_template(Name=files)["JobTemplate"]["Settings"]
    assert job["Settings"] == {**template, "Inputs": [{**INPUT, "TimecodeSource": "ZEROBASED"}]}
    assert _done(world, job)["OutputGroups"][0]["Outputs"] == [
        {**PRESET, "Preset": "hd", "NameModifier": "_hd"},
        {**PRESET, "NameModifier": "_sd"},
    ]


def test_what_the_request_says_goes_before_the_template(client: Any, files: str) -> None:
    """Property by property; outputs by their position."""
    outputs = [{}, {"NameModifier": "_small", "VideoDescription": {"Width": 320}}]
    job = client.create_job(
        Role=ROLE,
        JobTemplate=files,
        Queue="Default",
        Priority=0,
        StatusUpdateInterval="SECONDS_60",
        AccelerationSettings={"Mode": "DISABLED"},
        Settings={"Inputs": [{**INPUT, "TimecodeSource": "EMBEDDED"}], "OutputGroups": [{"Outputs": outputs}]},
    )["Job"]

    assert [job[member] for member in ("Queue", "Priority", "StatusUpdateInterval", "AccelerationSettings")] == [
        f"{ARN}:queues/Default",
        0,
        "SECONDS_60",
        {"Mode": "DISABLED"},
    ]
    assert job["Settings"]["Inputs"][0]["TimecodeSource"] == "EMBEDDED"
    first, second = job["Settings"]["OutputGroups"][0]["Outputs"]
    assert first == {"Preset": "hd", "NameModifier": "_hd"}
    assert second["NameModifier"] == "_small"
    assert second["VideoDescription"] == {**PRESET["VideoDescription"], "Width": 320}


def test_a_template_that_is_deleted_leaves_its_jobs(client: Any, world: World, files: str) -> None:
    """They keep what they have, and the name."""
    job = client.create_job(Role=ROLE, JobTemplate=files, Settings={"Inputs": [INPUT]})["Job"]
    client.update_job_template(Name=files, Settings={})
    client.delete_job_template(Name=files)
    client.delete_preset(Name="hd")

    assert client.get_job(Id=job["Id"])["Job"] == job
    assert len(_done(world, job)["OutputGroups"][0]["Outputs"]) == 2


@pytest.mark.parametrize("name", ["nowhere", f"{ARN}:presets/files", "arn:"])
def test_a_template_that_is_not_there_is_not_found(client: Any, files: str, name: str) -> None:
    """404 with the path of its name."""
    assert _refusal(client.create_job, Role=ROLE, JobTemplate=name, Settings={"Inputs": [INPUT]}) == (
        404,
        "NotFoundException",
        f"/jobTemplate: The job template {name} does not exist.",
    )


def test_no_template_is_an_empty_name(client: Any, hd: str) -> None:
    """The console writes members that it leaves empty."""
    job = client.create_job(Role=ROLE, JobTemplate="", Settings=_job({"Preset": hd}))["Job"]

    assert "JobTemplate" not in job


def test_a_system_template_needs_a_destination_alone(client: Any, world: World) -> None:
    """The published use of System-Ott_Hls_Ts_Avc_Aac: eight renditions of one request with an input and a place."""
    place = {
        "OutputGroupSettings": {
            "Type": "HLS_GROUP_SETTINGS",
            "HlsGroupSettings": {"Destination": "s3://films/out/"},
        }
    }
    selected = {**INPUT, "AudioSelectors": {"Audio Selector 1": {"Offset": 0}}}
    job = client.create_job(Role=ROLE, JobTemplate=HLS, Settings={"Inputs": [selected], "OutputGroups": [place]})["Job"]

    (group,) = _done(world, job)["OutputGroups"]
    assert group["OutputGroupSettings"]["HlsGroupSettings"]["SegmentLength"] == 3
    assert len(group["Outputs"]) == 8
    assert all(output["ContainerSettings"]["Container"] == "M3U8" for output in group["Outputs"])


@pytest.mark.parametrize(
    ("template", "missing"),
    [
        ("System-Generic_Mp4_Hev1_Avc_Aac_Sdr_Qvbr", "/outputGroups/0/outputs/3/videoDescription/codecSettings/codec"),
        ("System-Ott_Dash_Mp4_Avc_Aac", "/outputGroups/0/outputGroupSettings/dashIsoGroupSettings"),
        ("System-Ott_Cmaf_Cmfc_Avc_Aac_Sdr_Qvbr", "/outputGroups/0/outputGroupSettings/cmafGroupSettings"),
    ],
)
def test_what_the_engine_lacks_of_a_template_is_told(client: Any, template: str, missing: str) -> None:
    """By its path in the job."""
    _, code, message = _refusal(client.create_job, Role=ROLE, JobTemplate=template, Settings={"Inputs": [INPUT]})

    assert code == "BadRequestException"
    assert f"{missing}: " in message
    assert "is not supported by this server" in message


def test_a_job_needs_everything_that_it_names_or_its_template(client: Any, door: Door, files: str) -> None:
    """The template first, then the queue and the presets of the merge, each once; then the role."""
    outputs = [{}, {}, {"Preset": "nowhere"}, {"Preset": "hd"}]
    _refusal(
        client.create_job,
        Role=ROLE,
        JobTemplate=files,
        Settings={"Inputs": [INPUT], "OutputGroups": [{"Outputs": outputs}]},
    )
    assert [(need.action, need.resource) for need in door.needs] == [
        ("mediaconvert:CreateJob", f"{ARN}:jobTemplates/files"),
        ("mediaconvert:CreateJob", f"{ARN}:queues/night"),
        ("mediaconvert:CreateJob", f"{ARN}:presets/hd"),
        ("mediaconvert:CreateJob", f"{ARN}:presets/nowhere"),
        ("iam:PassRole", ROLE),
    ]


def test_a_template_cannot_change_between_decision_and_use(client: Any, world: World, door: Door, files: str) -> None:
    """What was decided on is used, or nothing: 409."""
    client.create_preset(Name="secret", Settings=PRESET)

    def another(draft: Draft) -> Draft:
        settings = copy.deepcopy(dict(draft.settings))
        settings["OutputGroups"][0]["Outputs"][0]["Preset"] = "secret"
        return replace(draft, settings=settings)

    def change() -> None:
        door.lifecycle.templates.update(world.account, files, another)

    door.between = change
    assert _refusal(client.create_job, Role=ROLE, JobTemplate=files, Settings={"Inputs": [INPUT]}) == (
        409,
        "ConflictException",
        "The job template files was changed at the same time. Submit the job again.",
    )
    assert client.list_jobs()["Jobs"] == []


def test_a_template_cannot_come_to_hop_elsewhere_between_decision_and_use(
    client: Any, world: World, door: Door, files: str
) -> None:
    """A hop leads into no queue that was not decided on, either: 409."""
    client.create_queue(Name="secret")

    def change() -> None:
        hops = [{"Queue": "secret", "WaitMinutes": 5}]
        door.lifecycle.templates.update(
            world.account, files, lambda draft: replace(draft, defaults={**draft.defaults, "HopDestinations": hops})
        )

    door.between = change
    _, code, _ = _refusal(client.create_job, Role=ROLE, JobTemplate=files, Settings={"Inputs": [INPUT]})
    assert code == "ConflictException"
    assert client.list_jobs()["Jobs"] == []


def test_settings_do_not_grow_without_bound_by_presets(client: Any) -> None:
    """A short request that names a large preset many times is refused before anything is made of it."""
    tracks = [{"StreamName": "x" * 300} for _ in range(300)]
    client.create_preset(Name="large", Settings={**PRESET, "AudioDescriptions": tracks})
    outputs = [{"Preset": "large", "NameModifier": f"_{number}"} for number in range(40)]
    assert _refusal(client.create_job, Role=ROLE, Settings=_job(*outputs)) == (400, "BadRequestException", TOO_MUCH)
    settings = {"OutputGroups": [{**GROUP, "Outputs": outputs}]}
    _, _, message = _refusal(client.create_job_template, Name="many", Settings=settings)
    assert message == TOO_MUCH


def test_settings_do_not_grow_without_bound_by_the_input_of_a_template(client: Any) -> None:
    """Each of a job's inputs is laid over it."""
    selectors = {f"Audio Selector {number}": {"LanguageCode": "ENG"} for number in range(1000)}
    client.create_job_template(Name="large", Settings={"Inputs": [{"AudioSelectors": selectors}]})
    asked = {"Inputs": [INPUT] * 100, "OutputGroups": []}
    _, _, message = _refusal(client.create_job, Role=ROLE, JobTemplate="large", Settings=asked)
    assert message == TOO_MUCH


def test_a_repeated_request_is_the_same_job(client: Any, files: str) -> None:
    """ClientRequestToken holds with templates, too."""
    asked = {"Role": ROLE, "JobTemplate": files, "Settings": {"Inputs": [INPUT]}, "ClientRequestToken": "t"}
    assert client.create_job(**asked)["Job"]["Id"] == client.create_job(**asked)["Job"]["Id"]


def test_a_request_stays_the_same_when_its_preset_changes(client: Any, hd: str) -> None:
    """Its job keeps what the preset held at first: a client that tries again gets no error for it."""
    asked = {"Role": ROLE, "Settings": _job({"Preset": hd}), "ClientRequestToken": "t"}
    made = client.create_job(**asked)["Job"]
    client.update_preset(Name=hd, Settings={**PRESET, "VideoDescription": {**PRESET["VideoDescription"], "Width": 960}})
    assert client.create_job(**asked)["Job"] == made


@pytest.mark.parametrize("over", [0, 1])
def test_a_request_names_so_many_presets(client: Any, door: Door, over: int) -> None:
    """Each costs a decision, also when whoever asks may do nothing at all: more are refused before the first."""
    outputs = [{"Preset": f"p{number}"} for number in range(200 - 1 + over)]
    for call, members in (
        (client.create_job, {"Role": ROLE, "Queue": "q", "Settings": _job(*outputs)}),
        (client.create_job_template, {"Name": "t", "Queue": "q", "Settings": {"OutputGroups": [{"Outputs": outputs}]}}),
        (client.update_job_template, {"Name": "t", "Queue": "q", "Settings": {"OutputGroups": [{"Outputs": outputs}]}}),
    ):
        _, _, message = _refusal(call, **members)
        assert (message == "/: Should name at most 200 different queues and presets") is bool(over)
