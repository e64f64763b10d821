"""The four protocols: each compiles an operation of a model into a function that parses and one that serializes."""
