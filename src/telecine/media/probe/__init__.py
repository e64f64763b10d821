"""What an input holds: `argv` for ffprobe, `parse` for its JSON, `input_details` for the event that tells of it;
`report` for what Probe answers."""

from telecine.media.probe.details import input_details
from telecine.media.probe.ffprobe import argv, parse
from telecine.media.probe.report import report, report_argv
from telecine.media.probe.tracks import AudioTrack, Probe, Program, VideoTrack

__all__ = ["AudioTrack", "Probe", "Program", "VideoTrack", "argv", "input_details", "parse", "report", "report_argv"]
