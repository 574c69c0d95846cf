"""A disk that is really full: a small file system of its own where one can be mounted, else a limit on what the server may write."""

import contextlib
import errno
import os
import resource
import subprocess
import sys

IN_NAMESPACE = "RING_OWN_NAMESPACE"
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return done.returncode == 0, done.stderr.strip()


def own_namespace_if_needed():
    """Without the right to mount, starts the ring again in a user namespace that has it, if there can be one. To be called first."""
    probe = ["mount", "-t", "tmpfs", "probe", "/mnt"]
    allowed = os.geteuid() == 0 and run("unshare", "--mount", *probe)[0]
    if not allowed and IN_NAMESPACE not in os.environ and run(*NAMESPACE, *probe)[0]:
        os.environ[IN_NAMESPACE] = "1"
        os.execvp(NAMESPACE[0], [*NAMESPACE, sys.executable, *sys.argv])


class SmallDisk:
    """The folder of a demo on a disk of its own. `kind` says what that is."""

    def __init__(self, folder, mebibytes):
        self.folder, self.ballast = folder, os.path.join(folder, "ballast")
        os.makedirs(folder, exist_ok=True)
        self.mounted, why = run("mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=700", "ring", folder)
        if self.mounted:
            self.kind = f"a file system of {mebibytes} MiB" + (" in a user namespace" if IN_NAMESPACE in os.environ else "")
        else:
            self.kind = f"NO disk but a limit on what the server may write, for mounting one is not permitted here ({why.splitlines()[0]})"

    def fill(self, process):
        """Not a byte more, until there is room again."""
        if not self.mounted:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
            return
        with open(self.ballast, "ab", buffering=0) as file:
            for size in (1 << 16, 1):
                try:
                    while file.write(b"\0" * size):
                        pass
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def left(self):
        """Bytes."""
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize

    def make_room(self, process):
        if self.mounted:
            os.remove(self.ballast)
        else:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.mounted:
            with contextlib.suppress(OSError):
                os.remove(self.ballast)
            # What was left on it stays to be looked at.
            keep = f"{self.folder}-kept"
            subprocess.run(["cp", "-a", self.folder, keep], check=False)
            run("umount", self.folder)
