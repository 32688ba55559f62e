"""DuckDB in this process: one that all audits share, and one alone for an audit that limits or locks it.

Starting a DuckDB takes longer than counting a small table with it. Each audit has a connection of its own to the one
that is shared, with its own views, its own time zone and its own interruption.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

#: No extension is fetched from a network, and no part of a file is kept for the next audit.
_SETTINGS = {"autoinstall_known_extensions": "false", "enable_external_file_cache": "false"}


@contextmanager
def connected(*, alone: bool = False, memory: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a DuckDB; what does not fit in memory goes into a folder that goes away.

    `memory` is how much it may take, such as `2GB`. With it, or `alone`, the DuckDB ends with the connection; settings
    that hold for a whole DuckDB are for these. Days of instants are those of UTC.
    """
    opening = _alone(memory) if alone or memory is not None else _SHARED.connection()
    with opening as connection:
        connection.execute("SET TimeZone = 'UTC'")  # the day of an instant is not this machine's to say
        yield connection


@contextmanager
def _alone(memory: str | None) -> Iterator[duckdb.DuckDBPyConnection]:
    with tempfile.TemporaryDirectory(prefix="evenhand-") as spill:
        limit = {} if memory is None else {"memory_limit": memory}
        with _started(spill, limit) as connection:
            yield connection


def _started(spill: str, settings: Mapping[str, str] = MappingProxyType({})) -> duckdb.DuckDBPyConnection:
    import duckdb

    asked: dict[str, Any] = {**_SETTINGS, "temp_directory": spill, **settings}
    return duckdb.connect(config=asked)


class _Shared:
    """The DuckDB that this process shares, started when it is first asked for.

    A process that forks leaves its threads behind, and a DuckDB without its threads hangs. So this one ends before a
    fork if nobody uses it, and starts again where it is next asked for.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._root: duckdb.DuckDBPyConnection | None = None
        self._spill = ""
        self._users: set[duckdb.DuckDBPyConnection] = set()

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of its own."""
        import duckdb

        with self._lock:
            root = self._root = self._root or self._start()
            connection = root.cursor()
            self._users.add(connection)
        try:
            yield connection
        except (duckdb.FatalException, duckdb.InternalException):
            with self._lock:  # this one answers nobody any more
                self._root = None if self._root is root else self._root
            raise
        finally:
            connection.close()
            with self._lock:
                self._users.discard(connection)

    def _start(self) -> duckdb.DuckDBPyConnection:
        from multiprocessing.util import Finalize  # atexit is not heard in the processes that multiprocessing forks

        Finalize(None, self.end, exitpriority=1)
        self._spill = tempfile.mkdtemp(prefix="evenhand-")
        return _started(self._spill)

    def end(self) -> None:
        """Close it, and leave nothing behind."""
        if self._root is not None:
            self._root.close()
            shutil.rmtree(self._spill, ignore_errors=True)
            self._root = None

    def before_fork(self) -> None:
        """Nobody starts one while the process forks."""
        self._lock.acquire()
        if not self._users:
            self.end()

    def after_fork(self) -> None:
        """In the process that forked."""
        self._lock.release()

    def forget(self) -> None:
        """In the new process, where one that was in use cannot even be closed."""
        if self._root is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._root))
        self._lock, self._root, self._users = threading.RLock(), None, set()


_SHARED = _Shared()
if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(before=_SHARED.before_fork, after_in_parent=_SHARED.after_fork, after_in_child=_SHARED.forget)
