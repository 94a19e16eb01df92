# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause

# A document of some 50 MB, written and read.  Objects of all lifetimes: the
# parsed tree stays, strings and numbers come and go.
import json
import random

rng = random.Random(1)
words = ["%06x" % rng.randrange(1 << 24) for _ in range(3000)]


def record(i):
    return {
        "id": i,
        "name": " ".join(rng.choices(words, k=4)),
        "score": rng.random() * 1000,
        "tags": rng.choices(words, k=rng.randrange(8)),
        "place": {"x": rng.random(), "y": rng.random(), "w": rng.choice(words)},
        "text": " ".join(rng.choices(words, k=rng.randrange(12))),
    }


records = [record(i) for i in range(200000)]
text = json.dumps(records)
del records
for _ in range(2):
    tree = json.loads(text)
    text = json.dumps(tree)
print(len(text), len(tree))
