# Who works here.

resource "aws_iam_user" "editor" {
  name                 = "editor"
  path                 = "/studio/"
  permissions_boundary = aws_iam_policy.limit.arn
  tags                 = { team = var.team }
}

resource "aws_iam_user" "assistant" {
  name = "assistant"
  tags = { team = var.team }
}

resource "aws_iam_group" "crew" {
  name = "crew"
  path = "/studio/"
}

resource "aws_iam_group" "visitors" {
  name = "visitors"
}

resource "aws_iam_group_membership" "crew" {
  name  = "crew"
  group = aws_iam_group.crew.name
  users = [aws_iam_user.editor.name, aws_iam_user.assistant.name]
}

resource "aws_iam_user_group_membership" "assistant" {
  user   = aws_iam_user.assistant.name
  groups = [aws_iam_group.visitors.name]
}

resource "aws_iam_group_policy" "crew_jobs" {
  name   = "jobs"
  group  = aws_iam_group.crew.name
  policy = data.aws_iam_policy_document.jobs.json
}

resource "aws_iam_group_policy_attachment" "visitors" {
  group      = aws_iam_group.visitors.name
  policy_arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
}

resource "aws_iam_user_policy" "editor_own" {
  name = "own"
  user = aws_iam_user.editor.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "OwnFolder"
      Effect   = "Allow"
      Action   = "s3:*"
      Resource = "arn:aws:s3:::films/$${aws:username}/*"
    }]
  })
}

resource "aws_iam_user_policy_attachment" "editor_films" {
  user       = aws_iam_user.editor.name
  policy_arn = aws_iam_policy.films.arn
}

resource "aws_iam_access_key" "editor" {
  user = aws_iam_user.editor.name
}

resource "aws_iam_account_password_policy" "all" {
  minimum_password_length        = 14
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  require_numbers                = true
  require_symbols                = false
  allow_users_to_change_password = true
  max_password_age               = 90
  password_reuse_prevention      = 5
}

data "aws_iam_principal_policy_simulation" "editor" {
  policy_source_arn = aws_iam_user.editor.arn
  action_names      = ["s3:GetObject", "s3:DeleteBucket", "sqs:SendMessage"]
  resource_arns     = ["arn:aws:s3:::films/editor/reel.mov"]

  context {
    key    = "aws:SecureTransport"
    type   = "boolean"
    values = ["true"]
  }

  depends_on = [
    aws_iam_user_policy.editor_own,
    aws_iam_user_policy_attachment.editor_films,
    aws_iam_group_membership.crew,
  ]
}

output "simulated" {
  value = { for one in data.aws_iam_principal_policy_simulation.editor.results : one.action_name => one.decision }
}

output "key" {
  value     = { id = aws_iam_access_key.editor.id, secret = aws_iam_access_key.editor.secret }
  sensitive = true
}

resource "aws_iam_user_login_profile" "editor" {
  user                    = aws_iam_user.editor.name
  password_length         = 20
  password_reset_required = true
  depends_on              = [aws_iam_account_password_policy.all]
}

resource "aws_iam_virtual_mfa_device" "editor" {
  virtual_mfa_device_name = "editor-phone"
  path                    = "/studio/"
}

resource "aws_iam_account_alias" "studio" {
  account_alias = "terraformed-studio"
}
