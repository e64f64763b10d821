"""What each operation needs to be allowed: actions, resources and condition keys, a module per subject.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Elemental MediaConvert".
"""

from collections.abc import Mapping

from telecine.services.contract import Needs
from telecine.services.mediaconvert.access import account, jobs, queues, recipes, searches, tags
from telecine.services.mediaconvert.lifecycle import Lifecycle

ROWS: Mapping[str, Needs[Lifecycle]] = {
    **account.ROWS,
    **jobs.ROWS,
    **recipes.ROWS,
    **queues.ROWS,
    **searches.ROWS,
    **tags.ROWS,
}
"""By operation name."""
