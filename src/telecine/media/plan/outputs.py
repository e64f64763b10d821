"""From output groups to steps, artifacts and playlists: what is packaged from the encoded tracks, and where it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from telecine.media import pricing
from telecine.media.ffmpeg import h264, packaging
from telecine.media.packager.manifest import HlsManifest, Rendition
from telecine.media.plan import drafts, names
from telecine.media.plan.drafts import Draft
from telecine.media.plan.model import Artifact, GroupPlan, ObjectTerms, OutputPlan, Step
from telecine.media.settings import Encryption, GroupType, Hls, Output, OutputGroup, RateControl, S3Destination
from telecine.media.tracks import VideoEncode

_MP4_TYPES = {True: "video/mp4", False: "audio/mp4"}
_PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
_SEGMENT_TYPE = "video/mp2t"
_ENCRYPTIONS: Mapping[Encryption, Literal["AES256", "aws:kms"]] = {
    Encryption.S3: "AES256",
    Encryption.KMS: "aws:kms",
}


def group(draft: Draft, number: int, group: OutputGroup) -> GroupPlan:
    """The plan of output group `number`; its steps and artifacts are added to the draft."""
    folder, base = names.base(group.destination, draft.facts)
    others = len(draft.artifacts)
    if group.type is GroupType.HLS:
        planned = _hls_group(draft, number, group, folder, base)
    else:
        outputs = tuple(_file_output(draft, number, n, output, folder + base) for n, output in enumerate(group.outputs))
        planned = GroupPlan(type="FILE_GROUP", outputs=outputs)
    # In one place, so that no kind of file can be forgotten: playlists are kept as segments are.
    kept = terms(group.s3)
    draft.artifacts[others:] = [replace(artifact, terms=kept) for artifact in draft.artifacts[others:]]
    return planned


def terms(s3: S3Destination) -> ObjectTerms | None:
    """What S3 is asked for beside the bytes of a group's objects; None: nothing."""
    asked = ObjectTerms(
        encryption=_ENCRYPTIONS[s3.encryption] if s3.encryption else None,
        kms_key=s3.kms_key_arn,
        kms_context=s3.kms_context,
        acl=s3.canned_acl.lower().replace("_", "-") if s3.canned_acl else None,
        storage_class=s3.storage_class,
    )
    return asked if asked != ObjectTerms() else None


def _file_output(draft: Draft, group: int, number: int, output: Output, base: str) -> OutputPlan:
    video = drafts.video(draft, output.video, None) if output.video else None
    audios = tuple(drafts.audio(draft, description, video) for description in output.audio)
    extension = output.extension or "mp4"
    modifier = names.modifier(output.name_modifier, draft.facts, _facts(video, audios, extension))
    destination = f"{base}{modifier}.{extension}"
    name = f"file-{group}-{number}.mp4"
    video_file = draft.videos[video] if video else None
    draft.steps.append(
        Step(
            id=f"mux-{group}-{number}",
            kind="mux",
            tool="ffmpeg",
            argv=packaging.mp4(video_file, audios, output.mp4, name),
            inputs=_parts(video_file, audios),
            outputs=(name,),
            needs=("encode",),
            frames=video.frames if video else 0,
        ),
    )
    draft.artifacts.append(Artifact(source=name, destination=destination, content_type=_MP4_TYPES[video is not None]))
    return _output_plan(draft, group, number, video, destination)


def _hls_group(draft: Draft, number: int, group: OutputGroup, folder: str, base: str) -> GroupPlan:
    main = f"hls-{number}.m3u8"
    made = [_hls_output(draft, number, n, group.hls, output, (folder, base)) for n, output in enumerate(group.outputs)]
    if group.hls.has_playlists:
        for rendition, _ in made:
            destination = folder + rendition.playlist_name
            draft.artifacts.append(_playlist(rendition.playlist, destination, 1))
        draft.artifacts.append(_playlist(main, f"{folder}{base}.m3u8", 2))
    manifest = HlsManifest(
        playlist=main,
        renditions=tuple(rendition for rendition, _ in made),
        is_single_file=group.hls.is_single_file,
        has_float_durations=group.hls.has_float_durations,
        has_resolution=group.hls.has_resolution,
        is_target_duration_legacy=group.hls.is_target_duration_legacy,
        is_cache_allowed=group.hls.is_cache_allowed,
        says_no_captions=group.hls.says_no_captions,
        base_url=group.hls.base_url,
    )
    return GroupPlan(
        type="HLS_GROUP",
        outputs=tuple(output for _, output in made),
        playlist_paths=(f"{folder}{base}.m3u8",) if group.hls.has_playlists else (),
        manifest=manifest,
    )


def _hls_output(
    draft: Draft, group: int, number: int, hls: Hls, output: Output, place: tuple[str, str]
) -> tuple[Rendition, OutputPlan]:
    assert output.video is not None  # validation refuses renditions without video
    folder, base = place
    video = drafts.video(draft, output.video, hls)
    audios = tuple(drafts.audio(draft, description, video) for description in output.audio)
    facts = _facts(video, audios, "m3u8")
    name = base + names.modifier(output.name_modifier, draft.facts, facts)
    prefix = name + names.modifier(output.segment_modifier, draft.facts, facts)
    workspace = f"hls-{group}-{number}/"
    video_file = draft.videos[video]
    assert video.grid.segment is not None
    cut = packaging.single_file if hls.is_single_file else packaging.segments
    draft.steps.append(
        Step(
            id=f"segment-{group}-{number}",
            kind="segment",
            tool="ffmpeg",
            argv=cut(video_file, audios, output.transport_stream, video.grid.segment / video.frame_rate, workspace),
            inputs=_parts(video_file, audios),
            outputs=(workspace,),
            needs=("encode",),
            frames=video.frames,
        ),
    )
    draft.artifacts.append(
        Artifact(source=f"{workspace}all.ts", destination=f"{folder}{prefix}.ts", content_type=_SEGMENT_TYPE)
        if hls.is_single_file
        else Artifact(
            source=f"{workspace}*.ts",
            destination=f"{folder}{prefix}_*.ts",
            content_type=_SEGMENT_TYPE,
            is_pattern=True,
        )
    )
    rendition = Rendition(
        playlist=f"hls-{group}-{number}.m3u8",
        playlist_name=f"{name}.m3u8",
        list=f"{workspace}list.{'m3u8' if hls.is_single_file else 'csv'}",
        folder=workspace,
        segment_prefix=prefix if hls.is_single_file else f"{prefix}_",
        segments=None if video.frame_tolerance else video.grid.segments(video.frames),
        codecs=(h264.codec_string(video), *(["mp4a.40.2"] if audios else [])),
        width=video.picture.width,
        height=video.picture.height,
        frame_rate=video.frame_rate,
    )
    path = folder + rendition.playlist_name if hls.has_playlists else f"{folder}{prefix}_00001.ts"
    return rendition, _output_plan(draft, group, number, video, path)


def _output_plan(draft: Draft, group: int, number: int, video: VideoEncode | None, path: str) -> OutputPlan:
    return OutputPlan(
        group=group,
        output=number,
        duration_seconds=float(video.duration if video else draft.timeline.duration),
        width=video.picture.width if video else None,
        height=video.picture.height if video else None,
        video_file=draft.videos[video] if video else None,
        file_paths=(path,),
        pricing=_pricing(video),
    )


def _pricing(video: VideoEncode | None) -> pricing.Dimensions:
    if video is None:
        return pricing.of_audio()
    return pricing.of_video(
        codec="H_264",  # the one that this release encodes
        passes=video.h264.tuning,
        width=video.picture.width,
        height=video.picture.height,
        rate=video.frame_rate,
    )


def _playlist(source: str, destination: str, order: int) -> Artifact:
    return Artifact(source=source, destination=destination, content_type=_PLAYLIST_TYPE, is_playlist=True, order=order)


def _parts(video_file: str | None, audios: Sequence[packaging.AudioPart]) -> tuple[str, ...]:
    return (*([video_file] if video_file else []), *(audio.name for audio in audios))


def _facts(video: VideoEncode | None, audios: Sequence[packaging.AudioPart], extension: str) -> names.OutputFacts:
    own = video.h264 if video else None
    is_quality = own is not None and own.rate_control is RateControl.QVBR
    rate = (own.max_bitrate if is_quality else own.bitrate) if own else 0
    return names.OutputFacts(
        video_bitrate=rate or 0,
        audio_bitrate=sum(audio.encode.bitrate for audio in audios),
        width=video.picture.width if video else 0,
        height=video.picture.height if video else 0,
        frame_rate=video.frame_rate if video else Fraction(0),
        extension=extension,
    )
