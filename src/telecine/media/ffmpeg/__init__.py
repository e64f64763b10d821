"""ffmpeg's command lines, from values. Every flag has its reason beside it; no string of a user gets into a filter."""
