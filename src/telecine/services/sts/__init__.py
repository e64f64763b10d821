"""AWS Security Token Service: sessions and who they are."""
