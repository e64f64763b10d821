"""`make bench`: every figure as one JSON line. Name modules to run only those: `python -m benchmarks requests`."""

import importlib
import json
import sys

MODULES = ("policy", "access", "startup", "requests", "listings", "storage", "queues", "jobs")


def main() -> int:
    for name in sys.argv[1:] or MODULES:
        for figure in importlib.import_module(f"benchmarks.{name}").run():
            print(json.dumps(figure), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
