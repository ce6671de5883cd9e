"""Stands for `threading` inside a database, where there is one thread: its locks are always free."""


class Lock:
    """A lock that is never waited for."""

    def __init__(self):
        self._held = 0

    def acquire(self, blocking=True, timeout=-1):
        self._held += 1
        return True

    def release(self):
        self._held -= 1

    def locked(self):
        return self._held > 0

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *_exc):
        self.release()


RLock = Lock


class local:
    """Values of the one thread."""


class Thread:
    """There is no second thread."""

    def __init__(self, *_args, **_options):
        raise RuntimeError("a module has one thread: put later work into a scheduled table")


class _MainThread:
    name = "MainThread"
    ident = 1
    daemon = False

    def is_alive(self):
        return True


_MAIN = _MainThread()


def get_ident():
    return 1


def current_thread():
    return _MAIN


main_thread = current_thread


def active_count():
    return 1
