#!/usr/bin/env bash
# install.sh PYTHON VENV [EXTRA]: an environment with OncoPipe in it. uv where there is one, else pip; no root, no conda.
set -euo pipefail
python=$1 venv=$2 extra=${3:+[$3]}
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
if command -v uv >/dev/null 2>&1; then
    # Compiled .pyc files save every short job on a cluster seconds.
    uv pip install --quiet --compile-bytecode --python "$venv/bin/python" --editable ".$extra"
else
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".$extra"
fi
