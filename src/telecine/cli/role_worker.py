"""The worker process: runs jobs until it is told to stop."""

import signal

from telecine.app.worker import build_worker
from telecine.cli import folder as data_folder
from telecine.cli.kernel import leave_no_core
from telecine.cli.listeners import Listeners
from telecine.cli.log import configure
from telecine.cli.role_config import config_of, patient_start
from telecine.cli.serve_options import ServeOptions

_TAKEOVER_SECONDS = 5.0
"""How long a process that was killed may take to let go of the folder."""


def run(options: ServeOptions, _listeners: Listeners | None) -> None:
    """Run jobs; what runs when we are told to stop is left to its next attempt."""
    configure("worker", options.observation.log_format)
    leave_no_core()
    lock = data_folder.FolderLock(options.data_dir, "worker", patience_seconds=_TAKEOVER_SECONDS)
    with patient_start():
        process = build_worker(config_of(options, options.port))
    worker = process.worker
    signal.signal(signal.SIGTERM, lambda _number, _frame: worker.stop())
    if not options.is_supervised:  # a supervised process is born with SIGINT blocked
        signal.signal(signal.SIGINT, lambda _number, _frame: worker.stop())
    print(f"The worker is ready: {process.sandbox}", flush=True)
    try:
        worker.run()
    finally:
        process.close()
        lock.release()
