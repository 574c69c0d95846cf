"""Counts and prints the checks of a ring, and writes the two numbers that the runner reads."""

import contextlib
import os
import sys
import time
import traceback


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.last = time.monotonic()

    def took(self):
        """What the check took, when that is worth telling: the time since the one before."""
        now = time.monotonic()
        seconds, self.last = now - self.last, now
        return f" ({seconds:.1f} s)" if seconds >= 1 else ""

    def that(self, what, holds, met=""):
        """One check: prints it, with what was met instead when it does not hold."""
        if holds:
            self.passed += 1
            print(f"  ok    {what}{self.took()}")
        else:
            self.failed += 1
            print(f"  WRONG {what}{self.took()}" + (f"\n        met: {met}" if met != "" else ""))
        return bool(holds)

    def equal(self, what, found, wanted):
        """A check that two values are equal."""
        return self.that(what, found == wanted, f"{found!r} instead of {wanted!r}")

    @contextlib.contextmanager
    def part(self, what):
        """A part whose exception is a failed check, so that the parts after it still run."""
        print(f" {what}")
        self.took()
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever went wrong is the finding
            self.failed += 1
            print(f"  WRONG {what}: ended by an exception{self.took()}\n        met: {error!r}")
            traceback.print_exc(file=sys.stdout)

    def finish(self):
        """Writes the numbers and ends the ring."""
        path = os.environ.get("RING_RESULT")
        if path:
            with open(path, "w", encoding="utf-8") as out:
                out.write(f"{self.passed} {self.failed}\n")
        sys.exit(1 if self.failed or not self.passed else 0)
