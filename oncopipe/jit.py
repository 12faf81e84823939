"""The one door to Numba: the kernel decorator and where compiled code is kept.

Importing this module imports Numba (0.3 s), so only `*_kernels.py` files and the steps that call
them do. Kernels are compiled lazily and cached on disk.
"""

from __future__ import annotations

import hashlib
import os
import platform
import stat
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent


def kernel_digest() -> str:
    """Hash of every kernel source and of what compiles it.

    Numba does not notice that a kernel called from another file has changed and would run the old
    code, so the cache folder carries this digest in its name.
    """
    digest = hashlib.sha256()
    for path in sorted([*_PACKAGE.rglob("*_kernels.py"), *(_PACKAGE / n for n in ("jit.py", "constants.py"))]):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    for part in (sys.version, platform.machine(), version("numba"), version("llvmlite"), version("numpy")):
        digest.update(part.encode())
    return digest.hexdigest()[:16]


def _is_private_folder(path: Path) -> bool:
    """True when only we can write there: the cache holds pickles, so a stranger's folder is code execution."""
    try:
        status = path.stat(follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022


def cache_folder() -> Path:
    """A writable folder of our own for compiled kernels, made when missing.

    `ONCOPIPE_CACHE` first, then the user's cache folder, then a private folder below the temporary one.
    """
    wanted = os.environ.get("ONCOPIPE_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - no home must not raise
    name = f"kernels-{kernel_digest()}"
    roots = [Path(wanted)] if wanted else []
    roots += [Path(home) / "oncopipe", Path(tempfile.gettempdir()) / f"oncopipe-{os.getuid()}"]
    for root in roots:
        folder = root / name
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue
        if _is_private_folder(folder) and os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="oncopipe-kernels-"))


os.environ["NUMBA_CACHE_DIR"] = str(cache_folder())

import numba  # noqa: E402 - the cache folder is read once, at import
import numba.core.config  # noqa: E402

# The variable is too late when a host program has imported Numba before us; the setting is not.
vars(numba.core.config)["CACHE_DIR"] = os.environ["NUMBA_CACHE_DIR"]


def kernel(function: Callable[..., Any]) -> Any:
    """Compile on first call, keep on disk, release the GIL. Kernels take arrays and scalars, raise nothing."""
    return numba.njit(cache=True, nogil=True)(function)
