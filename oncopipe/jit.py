"""The one door to Numba: the kernel decorator and where compiled code is kept.

Importing this module imports Numba (0.3 s), so only `*_kernels.py` files and the steps that call
them do. Kernels are compiled lazily and cached on disk.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import re
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent
_IMPORT = re.compile(
    r"^\s*(?:from oncopipe([\w.]*) import (\([^)]*\)|[^\n#]*)|import oncopipe([\w.]*))", re.MULTILINE
)


def kernel_sources() -> list[Path]:
    """Every file that compiled code depends on: kernels, and what they import, at any remove."""
    waiting = [*_PACKAGE.rglob("*_kernels.py"), _PACKAGE / "jit.py"]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(path.read_text("utf-8"))
    return sorted(found)


def _imported(text: str) -> list[Path]:
    """Files of this package that a source imports: `from oncopipe.a import b` is a/b.py where there is one, and a.py."""
    modules = set()
    for module, names, whole in _IMPORT.findall(text):
        modules |= {module or whole, *(f"{module}.{name}" for name in re.findall(r"\w+", names))}
    stems = [_PACKAGE.joinpath(*module.strip(".").split(".")) for module in modules]
    return [
        path for stem in stems for path in (stem.with_name(f"{stem.name}.py"), stem / "__init__.py") if path.is_file()
    ]


def kernel_digest() -> str:
    """Hash of every source that kernels depend on and of what compiles them.

    Numba does not notice that a kernel or a constant of another file has changed and would run the old
    code, so the cache folder carries this digest in its name.
    """
    digest = hashlib.sha256()
    for path in kernel_sources():
        digest.update(path.relative_to(_PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    for part in (sys.version, platform.machine(), version("numba"), version("llvmlite"), version("numpy")):
        digest.update(part.encode())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """A writable folder of our own for compiled kernels, made when missing.

    `ONCOPIPE_CACHE` first, then the user's cache folder, then a private folder below the temporary one.
    """
    name = f"kernels-{kernel_digest()}"
    for root in _roots():
        folder = root / name
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.mkdir(exist_ok=True, mode=0o700)
            is_ours = _belongs(root, {0, os.getuid()}, 0o002) and _belongs(folder, {os.getuid()}, 0o022)
        except OSError:
            continue
        if is_ours and os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="oncopipe-kernels-"))


def _roots() -> Iterator[Path]:
    """Where kernels may be kept, best first."""
    if wanted := os.environ.get("ONCOPIPE_CACHE"):
        yield Path(wanted).absolute()
    home = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))  # noqa: PTH111 - never raises
    if home.is_absolute():  # without a home `~` stays as it is
        yield home / "oncopipe"
    yield Path(tempfile.gettempdir()) / f"oncopipe-{os.getuid()}"


def _belongs(folder: Path, owners: set[int], others: int) -> bool:
    """Whether one of `owners` has this folder and it lacks the permissions `others`.

    The cache holds pickles: who can write there, or put another folder in its place, can run code as us.
    """
    status = folder.stat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid in owners and not status.st_mode & others


@contextmanager
def _without(module: str) -> Iterator[None]:
    """As if this module were not installed, unless it has been imported already."""
    is_new = module not in sys.modules
    if is_new:
        vars(sys)["modules"][module] = None
    try:
        yield
    finally:
        if is_new:
            del sys.modules[module]


KEPT_IN = cache_folder()
os.environ["NUMBA_CACHE_DIR"] = str(KEPT_IN)

with _without("yaml"):
    # PERF: reads a settings file of Numba's own in the working folder, which takes 0.03 s and should not count.
    import numba.core.config
from numba.core.caching import FunctionCache  # noqa: E402 - Numba must find its cache folder named
from numba.core.types import unliteral  # noqa: E402 - as above

with _without("scipy.linalg"):
    # PERF: asks SciPy for BLAS, which takes 0.1 s of every start, for matrix products that no kernel of ours has.
    import numba.np.arraymath

# The variable is too late when a host program has imported Numba before us; the setting is not.
vars(numba.core.config)["CACHE_DIR"] = str(KEPT_IN)


class _KernelCache(FunctionCache):
    """Numba's cache, made safe for several cold processes, for damaged files and for a full disk."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # whatever a damaged file raises: the kernel is compiled anew
            with suppress(OSError):
                self.flush()
            return None

    def _save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError), _alone():  # what cannot be kept runs all the same
            super()._save_overload(sig, data)


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time: two that keep the same kernel for other types would give both files the same name."""
    with (KEPT_IN / "lock").open("w") as file:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def kernel(function: Callable[..., Any]) -> Any:
    """Compile on first call, keep on disk, release the GIL. Kernels take arrays and scalars, raise nothing.

    PERF: a number written out in a call is no type of its own; Numba would compile the callee for each.
    """
    compiler: Any = numba.njit  # its type hints lack `no_cfunc_wrapper`
    dispatcher = compiler(nogil=True, no_cfunc_wrapper=True)(function)
    dispatcher._cache = _KernelCache(function)
    template_of = dispatcher.get_call_template

    def template_without_literals(args: Any, kws: Any) -> Any:
        return template_of([unliteral(a) for a in args], {name: unliteral(a) for name, a in kws.items()})

    dispatcher.get_call_template = template_without_literals
    return dispatcher
