"""IAM's values as the model's output shapes. Documents are shown URL-encoded (RFC 3986), as IAM shows them."""
