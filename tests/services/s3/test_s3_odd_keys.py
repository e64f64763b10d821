"""Keys that a file system or a URL would make something else of."""

from typing import Any

KEYS = ("../../x", "//", "%2e%2e/x", "a b+c&d=e?f#g%20", "Film", "film", "\U0001f3ac" * 256)
"""The last has the most bytes that a key may have."""


def test_odd_keys_stay_apart_and_inside_the_store(world: Any, s3: Any) -> None:
    """Each is an object of its own: written, listed, tagged, copied and deleted under exactly that name."""
    s3.put_bucket_versioning(Bucket="films", VersioningConfiguration={"Status": "Enabled"})
    for number, key in enumerate(KEYS):
        s3.put_object(Bucket="films", Key=key, Body=str(number).encode(), Tagging=f"number={number}")

    listed = [entry["Key"] for entry in s3.list_objects_v2(Bucket="films")["Contents"]]
    assert listed == sorted(KEYS, key=str.encode)
    assert [entry["Key"] for entry in s3.list_object_versions(Bucket="films")["Versions"]] == listed
    for number, key in enumerate(KEYS):
        copy = f"copies/{number}"
        s3.copy_object(Bucket="films", Key=copy, CopySource={"Bucket": "films", "Key": key})
        assert s3.get_object(Bucket="films", Key=copy)["Body"].read() == str(number).encode()
        assert s3.get_object_tagging(Bucket="films", Key=key)["TagSet"] == [{"Key": "number", "Value": str(number)}]
    names = {path.name for path in world.folder.rglob("*")}
    assert not any(key in names for key in KEYS)
    assert [path for path in world.folder.parent.iterdir() if path.name.startswith("x")] == []

    chosen: Any = [{"Key": key} for key in KEYS]
    answer = s3.delete_objects(Bucket="films", Delete={"Objects": chosen})
    assert ({entry["Key"] for entry in answer["Deleted"]}, answer.get("Errors")) == (
        {one["Key"] for one in chosen},
        None,
    )
