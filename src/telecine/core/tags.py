"""Tags as every AWS service has them: key and value pairs with shared limits."""

from collections.abc import Mapping, Sequence

MAX_TAGS = 50
MAX_KEY = 128
MAX_VALUE = 256

Tags = dict[str, str]


def problems(tags: Mapping[str, str]) -> Sequence[str]:
    """What is wrong with `tags`, one sentence each; empty when nothing is.

    Limits: MediaConvert user guide, "Restrictions on cost allocation tag names"; keys with `aws:` are AWS's own.
    """
    found: list[str] = []
    if len(tags) > MAX_TAGS:
        found.append(f"There are {len(tags)} tags; the limit is {MAX_TAGS}.")
    for key, value in tags.items():
        if not 1 <= len(key) <= MAX_KEY:
            found.append(f"The tag key '{key}' must have 1 to {MAX_KEY} characters.")
        if len(value) > MAX_VALUE:
            found.append(f"The value of the tag '{key}' must have at most {MAX_VALUE} characters.")
        if key.lower().startswith("aws:"):
            found.append(f"The tag key '{key}' is reserved: keys cannot begin with 'aws:'.")
        bad = {letter for letter in key + value if not (letter.isalnum() or letter.isspace() or letter in "_.:/=+-@")}
        if bad:
            found.append(f"The tag '{key}' holds characters that are not allowed: {' '.join(sorted(bad))}")
    return found
