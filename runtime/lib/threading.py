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


class Event:
    """A flag. Nothing else runs that could set it while it is waited for, so waiting only tells."""

    def __init__(self):
        self._is_set = False

    def is_set(self):
        return self._is_set

    def set(self):
        self._is_set = True

    def clear(self):
        self._is_set = False

    def wait(self, timeout=None):
        return self._is_set


class Semaphore(Lock):
    """A lock that is never waited for, however often it is taken."""

    def __init__(self, value=1):
        super().__init__()


BoundedSemaphore = Semaphore


class Condition(Lock):
    """A lock whose other side does not exist."""

    def __init__(self, lock=None):
        super().__init__()

    def wait(self, timeout=None):
        return False

    def wait_for(self, predicate, timeout=None):
        return predicate()

    def notify(self, n=1):
        pass

    notify_all = notify


class local:
    """Values of the one thread."""


class Thread:
    """There is no second thread."""

    def __init__(self, *_args, **_options):
        raise RuntimeError("a module has one thread: put later work into a scheduled table")


Timer = Thread


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


def enumerate():
    return [_MAIN]
