"""What we measure against."""
