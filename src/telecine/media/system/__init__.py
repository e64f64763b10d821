"""The system presets and job templates that every account has, under AWS's names.

Only names that public sources show are here. What AWS's presets hold is not published: their names say it, and the
settings are made from the names (`grammar`). So an output has the size, rate, codecs and bitrate that its preset's
name promises; what the name leaves open (groups of pictures, bitrates of audio beside video) is our choice.
"""

from telecine.media.system.presets import PRESETS
from telecine.media.system.recipe import Recipe
from telecine.media.system.templates import TEMPLATES

__all__ = ["PRESETS", "TEMPLATES", "Recipe"]
