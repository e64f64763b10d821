"""Telecine: a video transcoding service that speaks the AWS Elemental MediaConvert API, under real access control."""

from importlib.metadata import version

__version__ = version("telecine")
