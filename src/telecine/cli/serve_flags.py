"""What `serve` takes, as its help tells it: https, an S3 or a KMS that is not this server's, how it is watched."""

from pathlib import Path
from typing import Annotated

import typer

from telecine.cli.observation import LogFormat
from telecine.cli.remote import Addressing

HttpsPort = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65535,
        help="The port for https; 0 takes a free one. Without it: the one after --port, or a free one if taken.",
    ),
]
Certificate = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="A certificate of your own for https, with its chain, as PEM; read anew when it changes. "
        "Without it: one of the local CA, whose certificate is DIR/ca.pem.",
    ),
]
Key = Annotated[Path | None, typer.Option(metavar="FILE", help="The private key of --tls-cert, as PEM.")]
Name = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="A name or an address by which clients reach this server on https. Repeatable; URLs show the first.",
    ),
]
TrustedAuthorities = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Certificates, as PEM, whom outbound https trusts beside the public authorities."
    ),
]


S3Endpoint = Annotated[
    str | None,
    typer.Option(
        "--s3-endpoint",
        metavar="URL",
        help="Let jobs read and write at another S3: https://s3.us-east-1.amazonaws.com. Without it: at this server's.",
    ),
]
KmsEndpoint = Annotated[
    str | None,
    typer.Option(
        "--kms-endpoint",
        metavar="URL",
        help="Let jobs open the data keys of encrypted inputs at another KMS: https://kms.{region}.amazonaws.com.",
    ),
]
S3Addressing = Annotated[
    Addressing,
    typer.Option("--s3-addressing", help="Whether the other S3 has buckets in the path or in the host's name."),
]
RemoteRegion = Annotated[
    str | None,
    typer.Option(
        "--remote-region", metavar="REGION", help="The region of the other S3 and KMS. Without it: this server's."
    ),
]
RemoteCredentialsFile = Annotated[
    Path | None,
    typer.Option(
        "--remote-credentials",
        metavar="FILE",
        # No brackets around a section's name: the help takes what stands in them for markup.
        help="Keys of the other S3 and KMS, as AWS shared credentials: a section named by a role's ARN for the jobs of "
        "that role, default for all others.",
    ),
]


LogFormatOption = Annotated[
    LogFormat,
    typer.Option("--log-format", help="How the log on standard error is written: text, or one JSON object a line."),
]
MetricsTokenFile = Annotated[
    Path | None,
    typer.Option(
        "--metrics-token-file",
        metavar="FILE",
        help="A bearer token, in a file, for scrapers elsewhere: without it /_/metrics answers this machine alone.",
    ),
]
