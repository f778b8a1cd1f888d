"""Other installations and programs that answer for a context over HTTP."""
