# The buckets that films come from and renditions go to, with everything that a careful operator sets on them.

resource "aws_s3_bucket" "films" {
  bucket        = "terraformed-films"
  force_destroy = true
  tags          = { team = var.team }
}

resource "aws_s3_bucket_versioning" "films" {
  bucket = aws_s3_bucket.films.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "films" {
  bucket = aws_s3_bucket.films.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "films" {
  bucket = aws_s3_bucket.films.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "films" {
  bucket                  = aws_s3_bucket.films.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_cors_configuration" "films" {
  bucket = aws_s3_bucket.films.id

  cors_rule {
    allowed_origins = ["https://player.example.com"]
    allowed_methods = ["GET", "HEAD"]
    max_age_seconds = 3600
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "films" {
  bucket     = aws_s3_bucket.films.id
  depends_on = [aws_s3_bucket_versioning.films]

  rule {
    id     = "tidy"
    status = "Enabled"

    filter {
      prefix = "out/"
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

data "aws_iam_policy_document" "readers" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.films.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.encoder.arn]
    }
  }
}

resource "aws_s3_bucket_policy" "films" {
  bucket = aws_s3_bucket.films.id
  policy = data.aws_iam_policy_document.readers.json
}

resource "aws_s3_object" "readme" {
  bucket     = aws_s3_bucket.films.id
  key        = "in/README.txt"
  content    = "Films come here."
  tags       = { team = var.team }
  depends_on = [aws_s3_bucket_versioning.films, aws_s3_bucket_server_side_encryption_configuration.films]
}
