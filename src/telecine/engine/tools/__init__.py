"""Media tools as processes: where they are, how they are confined, and how they are run. Nothing else spawns."""
