"""The schema's history: the one place that sees every table."""

from telecine.migrations.upgrade import upgrade

__all__ = ["upgrade"]
