"""AWS Key Management Service: symmetric keys, and who may use them."""
