"""AWS Elemental MediaConvert: jobs, queues, presets, job templates, searches, probes and input policies."""
