"""Waiting for what comes a moment later."""

import time


def comes(what, seconds=45):
    """Waits until something is there; what was found then, or None."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    return None
