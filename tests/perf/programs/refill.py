# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# refill.py SOCKET PID LOW HIGH FACTOR KEYS: a redis server whose values grow.
# Keys with values of LOW to HIGH bytes, a random 70 % of them deleted, and
# others with values FACTOR times as large until as much is used as before.
# What the server counts itself, and what it has in memory, in MiB, after
# each of the three.

import random
import socket
import sys


class Server:
    def __init__(self, path, pid):
        self.pid = pid
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.file = self.sock.makefile("rb")

    @staticmethod
    def encode(*words):
        out = b"*%d\r\n" % len(words)
        for word in words:
            out += b"$%d\r\n%s\r\n" % (len(word), word)
        return out

    def send(self, commands):
        for i in range(0, len(commands), 500):
            part = commands[i:i + 500]
            self.sock.sendall(b"".join(part))
            for _ in part:
                self.file.readline()

    def used(self):
        self.sock.sendall(self.encode(b"INFO", b"memory"))
        size = int(self.file.readline()[1:])
        for line in self.file.read(size + 2).split(b"\r\n"):
            if line.startswith(b"used_memory:"):
                return int(line.split(b":")[1])
        raise ValueError("the server does not say what is used")

    def resident(self):
        with open("/proc/%d/smaps_rollup" % self.pid) as file:
            for line in file:
                if line.startswith("Rss:"):
                    return int(line.split()[1]) * 1024
        raise ValueError("the kernel does not say what is resident")

    def figures(self):
        return self.used() / 2 ** 20, self.resident() / 2 ** 20


def main():
    server = Server(sys.argv[1], int(sys.argv[2]))
    low, high, factor, keys = (int(word) for word in sys.argv[3:7])
    chance = random.Random(7)
    text = b"x" * (high * factor)

    def value(i, scale):
        size = chance.randint(low * scale, high * scale)
        return server.encode(b"SET", b"key:%d" % i, text[:size])

    server.send([value(i, 1) for i in range(keys)])
    full = server.used()
    out = [*server.figures()]
    gone = [i for i in range(keys) if chance.random() < 0.7]
    chance.shuffle(gone)
    server.send([server.encode(b"DEL", b"key:%d" % i) for i in gone])
    out += server.figures()
    while server.used() < full:
        server.send([value(keys + i, factor) for i in range(1000)])
        keys += 1000
    out += server.figures()
    print(*("%.1f" % n for n in out))


main()
