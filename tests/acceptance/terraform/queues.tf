# The queues that jobs wait in: one for the night, which may be paused.

resource "aws_media_convert_queue" "night" {
  name        = "terraformed-night"
  description = var.description
  status      = var.queue_status
  tags        = { team = var.team }
}

variable "queue_status" {
  description = "Whether the night's queue starts jobs."
  type        = string
  default     = "ACTIVE"
}

output "queue" {
  value = {
    arn  = aws_media_convert_queue.night.arn
    plan = aws_media_convert_queue.night.pricing_plan
    tags = aws_media_convert_queue.night.tags_all
  }
}
