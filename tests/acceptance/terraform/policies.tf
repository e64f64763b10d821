# Customer managed policies: another text makes another version.

data "aws_iam_policy_document" "films" {
  statement {
    sid       = "Read"
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = ["arn:aws:s3:::films", "arn:aws:s3:::films/*"]
  }

  statement {
    sid       = "Write"
    actions   = var.output_actions
    resources = ["arn:aws:s3:::renditions/*"]

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["true"]
    }
  }
}

resource "aws_iam_policy" "films" {
  name        = "films"
  path        = "/media/"
  description = "Films in, renditions out."
  policy      = data.aws_iam_policy_document.films.json
  tags        = { team = var.team }
}

data "aws_iam_policy_document" "limit" {
  statement {
    actions   = ["s3:*", "mediaconvert:*"]
    resources = ["*"]
  }

  statement {
    effect    = "Deny"
    actions   = ["s3:DeleteBucket"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "limit" {
  name   = "limit"
  policy = data.aws_iam_policy_document.limit.json
}

data "aws_iam_policy_document" "jobs" {
  statement {
    actions   = ["mediaconvert:CreateJob", "mediaconvert:Get*", "mediaconvert:List*"]
    resources = ["*"]
  }

  statement {
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.encoder.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["mediaconvert.amazonaws.com"]
    }
  }
}
