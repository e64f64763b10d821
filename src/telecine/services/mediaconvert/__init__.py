"""AWS Elemental MediaConvert: jobs and queues."""
