"""The workloads that `scripts/bench` measures: their data, the same file for everyone, and what is counted.

  python workloads.py NAME FILE     writes the data of a workload
"""
import dataclasses
import sys


@dataclasses.dataclass(frozen=True)
class Workload:
    title: str
    unit: str
    """What one timed line of a contender is divided into: the examples, batches or epochs of a line."""
    per_line: float = 1
    scale: float = 1
    """From seconds to the unit."""
    is_rate: bool = False
    """Whether more is better: units a second."""
    goal: float = 0
    """By how much to be ahead of the best peer."""
    script: str = ""
    """Where it is not of the workload's own name."""
    data: str = ""
    folder: str = ""
    """Where files go that it writes, if not beside its data."""
    peers: bool = True
    """Whether peers are measured too."""
    bytes: int = 0
    """What the data set takes in memory, as it is stored."""


IMAGES, TOKENS = 384, 1280
WORKLOADS = {
    "start": Workload("from the start of the process to the end of the first trained batch of 784-128-10", "s", goal=15),
    "dense": Workload("784-128-10, batch 32, an epoch of 60,000 examples shuffled", "s", goal=3.5, data="dense", bytes=60000 * 785 * 4),
    "dense-watched": Workload("the same with ten of Keras's callbacks at once, backup, checkpoint, TensorBoard and table among them", "s", data="dense", bytes=60000 * 785 * 4, peers=False),
    "dense-watched-in-memory": Workload("the same with their files in memory, so that no disk is waited for", "s", script="dense-watched", data="dense", bytes=60000 * 785 * 4, peers=False, folder="/dev/shm/train-watched"),
    "dense-backed": Workload("dense with a backup every hundred batches", "s", data="dense", bytes=60000 * 785 * 4, peers=False),
    "dense-backed-in-memory": Workload("the same with the backups in memory, so that no disk is waited for", "s", script="dense-backed", data="dense", bytes=60000 * 785 * 4, peers=False, folder="/dev/shm/train-backed"),
    "dropout": Workload("784-128-64-10 with dropout 0.2, batch 128, an epoch of 60,000 examples shuffled", "s", goal=3, data="dense", bytes=60000 * 785 * 4),
    "small-conv": Workload("28×28×1, two convolutions with pools, batch 128, an epoch of 60,000 examples shuffled", "s", goal=2.5, data="small-conv", bytes=60000 * 785 * 4),
    "dog-cat": Workload("224×224×3 augmented, three convolutions with pools, batch 32, a step", "s", IMAGES / 32, goal=1.8, data="dog-cat", bytes=IMAGES * 150528),
    "dog-cat-predict": Workload("the same, images predicted a second", "images/s", IMAGES, is_rate=True, goal=1.5, data="dog-cat", bytes=IMAGES * 150528),
    "lstm": Workload("embedding 20000×128, LSTM 128, length 200, batch 32, steps a second", "steps/s", TOKENS / 32, is_rate=True, goal=1.5, data="lstm", bytes=TOKENS * 804),
    "transformer": Workload("embedding 20000×128 and positions, two blocks of 4 heads of 32 and 512, length 128, batch 32, steps a second", "steps/s", TOKENS / 32, is_rate=True, goal=1.8, data="transformer", bytes=TOKENS * 1028),
    "tiny": Workload("8-8-1, batch 8, a batch", "µs", 10000, 1e6, goal=15, data="tiny", bytes=80000 * 36),
    "tiny-counted": Workload("the same with a lambda that counts batches", "µs", 10000, 1e6, data="tiny", bytes=80000 * 36),
    "dog-cat-bfloat16": Workload("dog-cat in mixed_bfloat16, a step", "s", IMAGES / 32, data="dog-cat", bytes=IMAGES * 150528),
}


def data(name):
    """The arrays of a file of data."""
    import numpy as np

    g = np.random.default_rng(0)
    if name in ("dense", "small-conv"):
        y = g.integers(0, 10, 60000).astype("int32")
        centres = g.random((10, 784), dtype="float32")
        x = (0.7 * g.random((60000, 784), dtype="float32") + 0.3 * centres[y]).astype("float32")
        return {"x": x if name == "dense" else x.reshape(-1, 28, 28, 1), "y": y}
    if name == "dog-cat":
        return {"x": g.integers(0, 256, (IMAGES, 224, 224, 3), dtype="uint8"), "y": g.integers(0, 2, IMAGES).astype("float32")}
    if name == "lstm":
        return {"x": g.integers(0, 20000, (TOKENS, 200), dtype="int32"), "y": g.integers(0, 2, TOKENS).astype("float32")}
    if name == "transformer":
        places = np.broadcast_to(np.arange(128, dtype="int32"), (TOKENS, 128)).copy()
        return {"x": g.integers(0, 20000, (TOKENS, 128), dtype="int32"), "places": places, "y": g.integers(0, 2, TOKENS).astype("float32")}
    if name == "tiny":
        x = g.random((80000, 8), dtype="float32")
        return {"x": x, "y": (x.sum(1) > 4).astype("float32")}
    raise SystemExit(f"no data is called {name}")


if __name__ == "__main__":
    import numpy as np

    np.savez(sys.argv[2], **data(sys.argv[1]))
