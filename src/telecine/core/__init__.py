"""Values that every floor shares: ARNs, names, ids, time, errors, pages. Standard library only."""
