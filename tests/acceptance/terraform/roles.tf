# The service role of MediaConvert, limited by a boundary, and a role for instances.

data "aws_iam_policy_document" "mediaconvert" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["mediaconvert.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_iam_role" "encoder" {
  name                 = "encoder"
  path                 = "/service-role/"
  description          = var.description
  max_session_duration = 7200
  assume_role_policy   = data.aws_iam_policy_document.mediaconvert.json
  permissions_boundary = aws_iam_policy.limit.arn
  tags                 = { team = var.team }
}

resource "aws_iam_role_policy" "encoder_jobs" {
  name = "invoke"
  role = aws_iam_role.encoder.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "execute-api:Invoke", Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "encoder_films" {
  role       = aws_iam_role.encoder.name
  policy_arn = aws_iam_policy.films.arn
}

resource "aws_iam_role_policy_attachment" "encoder_s3" {
  role       = aws_iam_role.encoder.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
}

data "aws_iam_policy_document" "instances" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.editor.arn]
    }
  }
}

resource "aws_iam_role" "workstation" {
  name               = "workstation"
  assume_role_policy = data.aws_iam_policy_document.instances.json
}

resource "aws_iam_instance_profile" "workstation" {
  name = "workstation"
  role = aws_iam_role.workstation.name
  tags = { team = var.team }
}

data "aws_iam_role" "encoder" {
  name = aws_iam_role.encoder.name
}

output "role" {
  value = {
    arn     = data.aws_iam_role.encoder.arn
    path    = data.aws_iam_role.encoder.path
    session = data.aws_iam_role.encoder.max_session_duration
    limit   = data.aws_iam_role.encoder.permissions_boundary
  }
}

data "aws_iam_roles" "service" {
  path_prefix = "/service-role/"
  depends_on  = [aws_iam_role.encoder]
}

data "aws_iam_policy" "films" {
  arn = aws_iam_policy.films.arn
}

data "aws_iam_instance_profile" "workstation" {
  name = aws_iam_instance_profile.workstation.name
}
