"""A real Baton server for tests: starts it on a free port, kills it, starts it again."""
import os
import shutil
import signal
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BATON = os.environ.get("BATON", os.path.join(ROOT, "build", "baton"))


class Server:
    """`with Server() as s:` gives s.endpoint; the data directory goes away at the end."""

    def __init__(self, *options, data=None):
        self.options = list(options)
        self.made = data is None
        self.data = data or tempfile.mkdtemp(prefix="baton-test-")
        self.port = 0
        self.process = None
        self.log = open(os.path.join(self.data + ".log"), "ab")

    def start(self):
        self.process = subprocess.Popen(
            [BATON, "serve", "--data", self.data, "--listen", "127.0.0.1:%d" % self.port, *self.options],
            stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on "):
            self.process.wait()
            raise RuntimeError("the server did not start: %r, see %s" % (line, self.log.name))
        self.endpoint = line.split()[-1]
        self.port = int(self.endpoint.rsplit(":", 1)[1])  # the same again after a restart
        return self

    def kill(self):
        """kill -9, as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        """SIGTERM; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=30)
        self.process.stdout.close()
        return status

    def log_text(self):
        self.log.flush()
        with open(self.log.name, errors="replace") as h:
            return h.read()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *rest):
        status = self.stop() if self.process.poll() is None else self.process.returncode
        self.log.close()
        if kind is None and status not in (0, -signal.SIGKILL):
            raise RuntimeError("the server ended with %s:\n%s" % (status, self.log_text()[-3000:]))
        if kind is None:
            os.unlink(self.log.name)
            if self.made:
                shutil.rmtree(self.data, ignore_errors=True)
