"""From the source's picture to the output's size.

Source: MediaConvert user guide, `video-scaling`, and the service model's text on Width, Height and ParControl.
"""

from fractions import Fraction

from telecine.media import errors
from telecine.media.settings import Scaling, VideoDescription
from telecine.media.tracks import Picture, SourcePicture

_LONG_SIDE, _SHORT_SIDE = 4096, 2160
"""The largest H.264 output, either way round (`supported-output-resolution-maximums-by-codec`)."""


def picture(source: SourcePicture, description: VideoDescription, number: int) -> Picture:
    """The output's picture. `number` counts the job's video descriptions from 1, for error texts.

    Raises 1040 for a given size that is odd or too large. A size that follows an odd source is rounded to even.
    """
    width, height = description.width, description.height
    if (width or 0) % 2 or (height or 0) % 2:
        raise errors.odd_resolution(width or source.width, height or source.height, number)
    aspect = description.h264.pixel_aspect or source.pixel_aspect
    ratio = source.width * source.pixel_aspect / (source.height * aspect)  # of the content, in output pixels
    if width is None and height is None:
        width, height = _even(source.width), _even(source.height)
    elif width is None:
        width = _even((height or 0) * ratio)
    elif height is None:
        height = _even(width / ratio)
    assert width is not None
    assert height is not None
    scaled = _scaled(description.scaling, width, height, ratio, source)
    if description.scaling in (Scaling.FIT, Scaling.FIT_NO_UPSCALE):
        width, height = scaled
    if max(width, height) > _LONG_SIDE or min(width, height) > _SHORT_SIDE:
        raise errors.resolution_too_large(width, height, number)
    return Picture(width=width, height=height, scaled_width=scaled[0], scaled_height=scaled[1], pixel_aspect=aspect)


def _scaled(scaling: Scaling, width: int, height: int, ratio: Fraction, source: SourcePicture) -> tuple[int, int]:
    """The size to which the content is scaled before it is padded or cropped to `width` x `height`."""
    if scaling is Scaling.STRETCH_TO_OUTPUT:
        return width, height
    if scaling is Scaling.FIT_NO_UPSCALE and source.width <= width and source.height <= height:
        return _even(source.height * ratio), _even(source.height)
    is_wider = ratio > Fraction(width, height)
    if is_wider != (scaling is Scaling.FILL):
        return width, _close(height, _even(width / ratio))
    return _close(width, _even(height * ratio)), height


def _close(wanted: int, computed: int) -> int:
    """Rounding to even numbers must not leave a bar of one or two lines."""
    return wanted if abs(wanted - computed) <= 2 else computed


def _even(value: Fraction | int) -> int:
    return max(2, 2 * round(Fraction(value) / 2))
