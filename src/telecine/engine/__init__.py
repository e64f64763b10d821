"""One job: the motor that takes a claimed job to its result, holding nothing but its role's temporary credentials."""
