import os

__version__ = "0.1.0"

# Before numpy is loaded: planning multiplies small matrices, which threads of its own only slow
# down, many times over where several planning processes share a machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
