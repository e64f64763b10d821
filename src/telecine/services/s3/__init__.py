"""Amazon S3: buckets and objects on plain files."""
