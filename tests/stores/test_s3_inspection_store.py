"""Looking at a whole store, on SQLite and on PostgreSQL."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from telecine.core.names import AccountId, Region
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.seal import RootKey
from telecine.services.s3.checksums import Expected
from telecine.services.s3.layout import Layout
from telecine.services.s3.model import Description, Initiator
from telecine.services.s3.objects import Objects, Plan, inspection
from telecine.services.s3.objects.collection import Collector
from telecine.services.s3.objects.inspection import Inspector, Kind
from telecine.services.s3.tables import objects as rows
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids
from telecine.testing.principals import LastingPrincipals


def test_every_object_is_looked_at_page_by_page(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And every unfinished upload, and every row that belongs to none of them."""
    monkeypatch.setattr(inspection, "_OWNERS", 2)
    clock, folder = ManualClock(), tmp_path / "s3"
    objects = Objects(
        database, folder, clock, seeded_ids(), PageTokens(b"key"), LastingPrincipals(), RootKey(bytes(32))
    )
    objects.buckets.create("films", AccountId("111122223333"), Region("us-east-1"))
    for key in "abcde":
        data_key = objects.new_key(Plan())
        incoming = objects.receive(Expected(length=1), data_key)
        incoming.write(key.encode())
        objects.put("films", key, incoming.keep(), Description(), data_key)
    for key in "fgh":
        initiator = Initiator(id="ann", display_name=None, identity="ann")
        objects.uploads.begin("films", key, initiator, Description(), plan=Plan())

    def look() -> Inspector:
        return Inspector(database, folder, objects.data_keys, now=clock.now(), settled=timedelta(0))

    looking = look()
    assert list(looking.findings()) == []
    assert (looking.tally.objects, looking.tally.files, looking.tally.uploads) == (5, 5, 3)

    database.write(lambda connection: connection.execute(delete(rows).where(rows.c.key.in_(["a", "c"]))))
    assert [finding.kind for finding in look().findings()] == [Kind.ORPHAN_PART, Kind.ORPHAN_PART]
    assert len(list(Collector(database, Layout(folder), look()).collect())) == 2
    assert list(look().findings()) == []
