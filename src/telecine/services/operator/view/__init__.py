"""Values of the operator as the wire has them."""
