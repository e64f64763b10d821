"""Presets and job templates through boto3: made, read, listed, changed, deleted and tagged, on either database."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import insert

from telecine.services.mediaconvert.model import MAX_CUSTOM
from telecine.services.mediaconvert.tables import PRESETS

World = Any
Door = Any
"""The fixtures of conftest.py."""

ARN = "arn:aws:mediaconvert:us-east-1:111122223333"
MP4: dict[str, Any] = {
    "ContainerSettings": {"Container": "MP4", "Mp4Settings": {"CslgAtom": "INCLUDE"}},
    "VideoDescription": {
        "Width": 640,
        "Height": 360,
        "CodecSettings": {"Codec": "H_264", "H264Settings": {"RateControlMode": "QVBR", "MaxBitrate": 1_000_000}},
    },
    "AudioDescriptions": [
        {
            "CodecSettings": {
                "Codec": "AAC",
                "AacSettings": {"Bitrate": 96_000, "CodingMode": "CODING_MODE_2_0", "SampleRate": 48_000},
            }
        }
    ],
}
FILES: dict[str, Any] = {
    "Inputs": [{"TimecodeSource": "ZEROBASED", "AudioSelectors": {"Audio Selector 1": {"Tracks": [1]}}}],
    "OutputGroups": [
        {
            "OutputGroupSettings": {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": {}},
            "Outputs": [{**MP4, "NameModifier": "_sd"}],
        }
    ],
}
SYSTEM = "System-Generic_Sd_Mp4_Avc_Aac_16x9_Sdr_640x360p_30Hz_0.8Mbps_Qvbr_Vq7"
SYSTEM_TEMPLATE = "System-Generic_Mp4_Hev1_Avc_Aac_Sdr_Qvbr"


class Kind:
    """The five operations of presets, or of templates, in one form."""

    def __init__(self, client: Any, noun: str) -> None:
        calls = {
            "preset": ("create_preset", "get_preset", "list_presets", "update_preset", "delete_preset"),
            "template": (
                "create_job_template",
                "get_job_template",
                "list_job_templates",
                "update_job_template",
                "delete_job_template",
            ),
        }[noun]
        self.create, self.get, self.list, self.update, self.delete = (getattr(client, call) for call in calls)
        self.member = {"preset": "Preset", "template": "JobTemplate"}[noun]
        self.path = {"preset": "presets", "template": "jobTemplates"}[noun]
        self.words = {"preset": "preset", "template": "job template"}[noun]
        self.settings = {"preset": MP4, "template": FILES}[noun]
        self.system = {"preset": SYSTEM, "template": SYSTEM_TEMPLATE}[noun]

    def make(self, name: str, **members: Any) -> Any:
        return self.create(Name=name, Settings=self.settings, **members)[self.member]

    def names(self, **members: Any) -> list[str]:
        return [found["Name"] for found in self.list(**members)[f"{self.member}s"]]


@pytest.fixture(params=["preset", "template"])
def kind(request: pytest.FixtureRequest, client: Any) -> Kind:
    return Kind(client, request.param)


def _refusal(call: Any, **members: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_what_is_made_is_what_is_read(kind: Kind, world: World) -> None:
    """201, the whole of it in the answer, its settings as they were given; by name and by ARN, without its tags."""
    answer = kind.create(
        Name="DASH Streaming",
        Settings=kind.settings,
        Category="ours",
        Description="Create a stack",
        Tags={"team": "film"},
    )
    made = answer[kind.member]

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made == {
        "Arn": f"{ARN}:{kind.path}/DASH Streaming",
        "Name": "DASH Streaming",
        "Type": "CUSTOM",
        "Category": "ours",
        "Description": "Create a stack",
        "Settings": kind.settings,
        "CreatedAt": made["CreatedAt"],
        "LastUpdated": made["CreatedAt"],
    }
    assert made["CreatedAt"] == world.start
    assert kind.get(Name="DASH Streaming")[kind.member] == made
    assert kind.get(Name=made["Arn"])[kind.member] == made
    assert kind.list()[f"{kind.member}s"] == [made]


def test_a_name_is_used_once(kind: Kind) -> None:
    """409 for a second one, though it were different."""
    kind.make("hd")

    assert _refusal(kind.create, Name="hd", Settings=kind.settings, Description="Another") == (
        409,
        "ConflictException",
        f"The {kind.words} hd already exists.",
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "/name: Should have 1 to 256 characters"),
        ("x" * 257, "/name: Should have 1 to 256 characters"),
        ("arn:aws:x", "/name: Should be a name of printable characters that is no ARN"),
        ("a\nb", "/name: Should be a name of printable characters that is no ARN"),
        ("System-Mine", "/name: Names that begin with System- are those of system presets and job templates"),
    ],
)
def test_names_that_nobody_can_have(kind: Kind, name: str, message: str) -> None:
    """Empty, too long, mistakable for an ARN, or for one of AWS's."""
    assert _refusal(kind.create, Name=name, Settings=kind.settings) == (400, "BadRequestException", message)


def test_a_category_is_no_longer_than_a_name(kind: Kind) -> None:
    """When it is made and when it is changed; AWS documents no limit, so it is ours."""
    longest, refused = "x" * 256, (400, "BadRequestException", "/category: Should have at most 256 characters")
    assert kind.make("hd", Category=longest)["Category"] == longest
    assert _refusal(kind.create, Name="sd", Settings=kind.settings, Category="x" * 257) == refused
    assert _refusal(kind.update, Name="hd", Category="x" * 257) == refused
    assert kind.get(Name="hd")[kind.member]["Category"] == longest
    assert kind.names() == ["hd"]


def test_everything_that_is_wrong_is_told_at_once(kind: Kind) -> None:
    """Name, tags and settings."""
    _, code, message = _refusal(kind.create, Name="", Settings=kind.settings, Tags={"aws:x": ""})

    assert code == "BadRequestException"
    assert message.split(" | ") == [
        "/name: Should have 1 to 256 characters",
        "/tags: The tag key 'aws:x' is reserved: keys cannot begin with 'aws:'.",
    ]


@pytest.mark.parametrize("name", ["nowhere", f"{ARN}:presets/nowhere", "arn:aws:mediaconvert:us-east-1:9:presets/hd"])
def test_what_is_not_there_is_not_found(kind: Kind, name: str) -> None:
    """404 for reading, changing and deleting, by name or ARN."""
    for call in (kind.get, kind.update, kind.delete):
        assert _refusal(call, Name=name)[:2] == (404, "NotFoundException")


def test_a_change_leaves_alone_what_it_does_not_name(kind: Kind, world: World) -> None:
    """Each member that is given stands for the one before, whole; LastUpdated tells when."""
    made = kind.make("hd", Category="ours", Description="Old")
    world.clock.advance(60)

    changed = kind.update(Name="hd", Description="New description text.")[kind.member]

    assert changed == {
        **made,
        "Description": "New description text.",
        "LastUpdated": world.start + timedelta(seconds=60),
    }
    assert kind.update(Name="hd", Settings={})[kind.member]["Settings"] == {}
    assert kind.get(Name="hd")[kind.member]["Category"] == "ours"


def test_what_is_deleted_is_gone_with_its_tags(kind: Kind, client: Any) -> None:
    """202; a namesake begins without them."""
    arn = kind.make("hd", Tags={"team": "film"})["Arn"]
    assert client.list_tags_for_resource(Arn=arn)["ResourceTags"] == {"Arn": arn, "Tags": {"team": "film"}}

    assert kind.delete(Name=arn)["ResponseMetadata"]["HTTPStatusCode"] == 202

    assert _refusal(kind.get, Name="hd")[0] == 404
    assert _refusal(client.list_tags_for_resource, Arn=arn)[:2] == (404, "NotFoundException")
    kind.make("hd")
    assert client.list_tags_for_resource(Arn=arn)["ResourceTags"]["Tags"] == {}


def test_tags_are_added_and_taken_away(kind: Kind, client: Any) -> None:
    """As for jobs and queues; system ones have an ARN of the account, and tags like all others."""
    for arn in (kind.make("hd")["Arn"], f"{ARN}:{kind.path}/{kind.system}"):
        client.tag_resource(Arn=arn, Tags={"team": "film", "night": ""})
        client.untag_resource(Arn=arn, TagKeys=["night"])
        assert client.list_tags_for_resource(Arn=arn)["ResourceTags"]["Tags"] == {"team": "film"}


def test_listings_are_by_name_or_by_date(kind: Kind, world: World) -> None:
    """By name unless ListBy says otherwise, from either end; by date a tie goes by name."""
    for name, minutes in (("b", 1), ("a", 0), ("C", 0), ("d", 1)):
        kind.make(name)
        world.clock.advance(60 * minutes)

    assert kind.names() == kind.names(ListBy="NAME") == ["C", "a", "b", "d"]
    assert kind.names(Order="DESCENDING") == ["d", "b", "a", "C"]
    assert kind.names(ListBy="CREATION_DATE") == ["b", "C", "a", "d"]
    assert kind.names(ListBy="CREATION_DATE", Order="DESCENDING") == ["d", "a", "C", "b"]


def test_listings_are_read_by_the_page(kind: Kind, client: Any, world: World) -> None:
    """Twenty at most; a token goes on where the page ended, in every order, and fits no other listing."""
    for number in range(23):
        kind.make(f"hd-{number:02}", Category="odd" if number % 2 else "even")
        world.clock.advance(number % 3)
    operation = {"presets": "list_presets", "jobTemplates": "list_job_templates"}[kind.path]

    for members in (
        {},
        {"Order": "DESCENDING"},
        {"ListBy": "CREATION_DATE"},
        {"ListBy": "CREATION_DATE", "Order": "DESCENDING"},
        {"Category": "odd"},
        {"ListBy": "SYSTEM"},
        {"ListBy": "SYSTEM", "Order": "DESCENDING"},
    ):
        pages = list(client.get_paginator(operation).paginate(**members, PaginationConfig={"PageSize": 4}))
        found = [item["Name"] for page in pages for item in page[f"{kind.member}s"]]
        assert len(found) == len(set(found))
        assert all(len(page[f"{kind.member}s"]) == 4 for page in pages[:-1])
        if "ListBy" not in members:
            wanted = [f"hd-{number:02}" for number in range(23) if number % 2 or "Category" not in members]
            assert found == (wanted[::-1] if "Order" in members else wanted)
    first = kind.list()
    assert len(first[f"{kind.member}s"]) == 20
    assert _refusal(kind.list, NextToken=first["NextToken"], Order="DESCENDING") == (
        400,
        "BadRequestException",
        "/nextToken: The token does not belong to this listing.",
    )


@pytest.mark.parametrize("count", [0, 21])
def test_a_page_has_one_to_twenty(kind: Kind, count: int) -> None:
    """The model's limits."""
    assert _refusal(kind.list, MaxResults=count)[:2] == (400, "BadRequestException")


def test_a_category_narrows_every_listing(kind: Kind) -> None:
    """Of the account's own, and of the system's."""
    kind.make("hd", Category="ours")
    kind.make("sd")

    assert kind.names(Category="ours") == ["hd"]
    assert kind.names(Category="GENERIC") == []
    assert kind.names(ListBy="SYSTEM", Category="ours") == []
    generic = kind.names(ListBy="SYSTEM", Category="GENERIC")
    assert kind.system in generic
    assert all(name.startswith("System-Generic_") for name in generic)


def test_the_systems_are_everybodys_and_nobody_changes_them(kind: Kind) -> None:
    """Listed with ListBy SYSTEM alone, with an ARN of the account; 400 for whoever would change, delete or make one."""
    assert kind.names() == []
    found = {item["Name"]: item for item in kind.list(ListBy="SYSTEM")[f"{kind.member}s"]}
    one = kind.get(Name=kind.system)[kind.member]
    assert found.get(kind.system, one) == one
    assert (one["Arn"], one["Type"]) == (f"{ARN}:{kind.path}/{kind.system}", "SYSTEM")
    assert one["CreatedAt"] == one["LastUpdated"]
    assert one["CreatedAt"].year == 2019

    refused = f"The {kind.words} {kind.system} is a system {kind.words}: it cannot be changed or deleted."
    assert _refusal(kind.update, Name=kind.system, Description="Mine") == (400, "BadRequestException", refused)
    assert _refusal(kind.delete, Name=one["Arn"]) == (400, "BadRequestException", refused)
    assert _refusal(kind.create, Name=kind.system, Settings={})[:2] == (400, "BadRequestException")


def test_a_system_one_may_be_copied(kind: Kind) -> None:
    """Without its name: what GetPreset gives is what CreatePreset takes."""
    copied = kind.create(Name="mine", Settings=kind.get(Name=kind.system)[kind.member]["Settings"])[kind.member]

    assert copied["Settings"] == kind.get(Name=kind.system)[kind.member]["Settings"]


def test_an_account_has_so_many_and_no_more(client: Any, world: World) -> None:
    """402, as the model has it for quotas; deleting one makes room."""
    now = world.clock.now()
    row = {"account": world.account, "settings": {}, "created_at": now, "updated_at": now}
    rows = [{**row, "name": f"preset-{number}"} for number in range(MAX_CUSTOM)]
    world.database.write(lambda connection: connection.execute(insert(PRESETS), rows).rowcount)

    assert _refusal(client.create_preset, Name="hd", Settings=MP4) == (
        402,
        "ServiceQuotaExceededException",
        f"An account can have at most {MAX_CUSTOM} custom presets.",
    )
    client.delete_preset(Name="preset-7")
    client.create_preset(Name="hd", Settings=MP4)


def test_a_preset_is_held_to_mediaconverts_rules_alone(client: Any) -> None:
    """What the engine cannot do may be stored; what MediaConvert refuses may not."""
    hevc = {"Codec": "H_265", "H265Settings": {"RateControlMode": "QVBR", "MaxBitrate": 1_000_000}}
    client.create_preset(Name="hevc", Settings={**MP4, "VideoDescription": {"CodecSettings": hevc}})

    wrong = {"Codec": "H_264", "H264Settings": {"RateControlMode": "CBR"}}
    for call in (client.create_preset, client.update_preset):
        _, code, message = _refusal(call, Name="hevc", Settings={"VideoDescription": {"CodecSettings": wrong}})
        assert code == "BadRequestException"
        assert message.startswith("/videoDescription/codecSettings/h264Settings: Your job contains values")


def test_a_template_keeps_everything_beside_its_settings(client: Any, world: World) -> None:
    """Queue, priority, interval, hops and acceleration; a change of one leaves the others."""
    world.queue("night")
    world.queue("day")
    beside = {
        "Queue": "night",
        "Priority": 7,
        "StatusUpdateInterval": "SECONDS_12",
        "HopDestinations": [{"Queue": "day", "WaitMinutes": 15, "Priority": 1}],
        "AccelerationSettings": {"Mode": "PREFERRED"},
    }
    made = client.create_job_template(Name="files", Settings=FILES, **beside)["JobTemplate"]
    shown = {
        **beside,
        "Queue": f"{ARN}:queues/night",
        "HopDestinations": [{"Queue": f"{ARN}:queues/day", "WaitMinutes": 15, "Priority": 1}],
    }
    assert {name: made[name] for name in beside} == shown

    changed = client.update_job_template(Name="files", Priority=-3, HopDestinations=[])["JobTemplate"]
    assert {name: changed[name] for name in beside} == {**shown, "Priority": -3, "HopDestinations": []}


def test_a_template_names_what_is_there(client: Any) -> None:
    """404 for a queue or preset that does not exist, when it is made and when it is changed."""
    client.create_job_template(Name="files", Settings=FILES)
    named = {"OutputGroups": [{"Outputs": [{"NameModifier": "_a", "Preset": "hd"}]}]}
    for call, name in ((client.create_job_template, "more"), (client.update_job_template, "files")):
        assert _refusal(call, Name=name, Settings=named) == (
            404,
            "NotFoundException",
            "/outputGroups/0/outputs/0/preset: The preset hd does not exist.",
        )
        assert _refusal(call, Name=name, Settings=FILES, Queue="nowhere")[:2] == (404, "NotFoundException")
    client.create_preset(Name="hd", Settings=MP4)
    client.update_job_template(Name="files", Settings=named)


def test_a_template_has_one_input_and_no_file(client: Any) -> None:
    """Two are refused; and of an output a preset or the container."""
    assert _refusal(client.create_job_template, Name="files", Settings={"Inputs": [{}, {}]}) == (
        400,
        "BadRequestException",
        "/inputs: Should have at most 1 items",
    )
    output = {"Preset": SYSTEM, "ContainerSettings": {"Container": "MP4"}}
    assert _refusal(client.create_job_template, Name="files", Settings={"OutputGroups": [{"Outputs": [output]}]}) == (
        400,
        "BadRequestException",
        "/outputGroups/0/outputs/0/containerSettings: Must not be specified together with preset",
    )
