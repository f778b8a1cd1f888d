"""Inner loops of scheduling, compiled; see `obrador.kit.compiled`."""
