"""The fakes we ship: `clock` is moved by hand, `ids` come from a seed, `client` is a server without a socket."""
