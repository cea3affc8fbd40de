#!/usr/bin/env python3
"""Starting where Baton cannot: a clear sentence, exit status not 0, nothing damaged."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import server as fixture  # noqa: E402
from check import case, check, done  # noqa: E402


def serve(data, *more, listen="127.0.0.1:0"):
    return subprocess.run([fixture.BATON, "serve", "--data", data, "--listen", listen, *more], text=True,
                          capture_output=True, timeout=60)


def snapshot(folder):
    """Names and sizes of what is in a folder, without the backend's own log of attempts."""
    return sorted((f, os.path.getsize(os.path.join(top, f))) for top, _, files in os.walk(folder) for f in files
                  if not f.startswith("LOG"))


def refused(what, data, *words, **more):
    ended = serve(data, **more)
    check(ended.returncode not in (0, None) and ended.returncode > 0, what + ": exit status", ended.returncode)
    last = ended.stderr.strip().splitlines()[-1:] or [""]
    check(all(w in last[0] for w in words), what + ": says why", ended.stderr)
    check("listening" not in ended.stdout, what + ": does not claim to listen")


def in_use():
    with fixture.Server() as first:
        refused("a directory in use", first.data, first.data)
        check(first.process.poll() is None, "the first server goes on")


def newer():
    with fixture.Server() as s:
        data = s.data
        s.made = False
    path = os.path.join(data, "BATON-FORMAT")
    check(os.path.exists(path), "the directory says its format")
    with open(path) as h:
        good = h.read()
    with open(path, "w") as h:
        h.write(good.replace("1", "999"))
    before = snapshot(data)
    refused("a newer store", data, "newer")
    check(snapshot(data) == before, "a newer store is not touched")
    with open(path, "w") as h:
        h.write(good)
    with fixture.Server(data=data):
        check(True, "and opens again with its own version")
    shutil.rmtree(data)


def not_a_directory():
    with tempfile.NamedTemporaryFile() as h:
        refused("a file instead of a directory", h.name, h.name)
        refused("a directory below a file", h.name + "/data", h.name)


def foreign():
    folder = tempfile.mkdtemp()
    with open(os.path.join(folder, "holiday.jpg"), "w") as h:
        h.write("not a store")
    refused("a directory with other files", folder, folder)
    check(os.listdir(folder) == ["holiday.jpg"], "and leaves them alone", os.listdir(folder))
    shutil.rmtree(folder)


def full():
    folder = tempfile.mkdtemp()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True)
    if mounted.returncode != 0:
        print("no right to mount a small disk here; the full disk is tested where there is one")
        os.rmdir(folder)
        return
    try:
        with open(os.path.join(folder, "ballast"), "wb") as h:
            try:
                h.write(b"x" * (1 << 20))
            except OSError:
                pass
        refused("a full disk", os.path.join(folder, "data"))
    finally:
        subprocess.run(["umount", folder])
        os.rmdir(folder)


def addresses():
    data = tempfile.mkdtemp()
    refused("an address that is not loopback", data, "loopback", listen="0.0.0.0:0")
    refused("no address at all", data, listen="nonsense")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused("a port in use", data, listen="127.0.0.1:%d" % taken.getsockname()[1])
    shutil.rmtree(data)


def token_key():
    with fixture.Server() as s:
        path = os.path.join(s.data, "token.key")
        check(os.stat(path).st_mode & 0o777 == 0o600, "the key is private", oct(os.stat(path).st_mode))
        s.stop()
        with open(path, "wb") as h:
            h.write(b"short")
        refused("a damaged key", s.data, "token.key")


def link_keys():
    with fixture.Server() as s:
        path = os.path.join(s.data, "link.keys")
        check(os.stat(path).st_mode & 0o777 == 0o600, "the keys of links are private", oct(os.stat(path).st_mode))
        s.stop()
        with open(path, "wb") as h:
            h.write(b"short")
        refused("damaged link keys", s.data, "link.keys")


for test in (in_use, newer, not_a_directory, foreign, full, addresses, token_key, link_keys):
    case(test)
done()
