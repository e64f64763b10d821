"""The composition root: the only place where things are plugged together.

`ground` is what both processes stand on, `api` makes what answers requests, `worker` what runs jobs. The api and the
worker share the database and the root key, and meet nowhere else but at S3. Each process imports its own module alone,
so that the worker's boto3 does not slow the api's start.
"""
