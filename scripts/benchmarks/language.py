"""What `scripts/bench language` measures beside `train`: nanoseconds a call of a schedule and of a hook, the best of five rounds."""
import math
import time

CALLS = 300000


def measure(body):
    best = math.inf
    for _ in range(5):
        start = time.process_time()
        for index in range(CALLS): body(index)
        best = min(best, (time.process_time() - start) / CALLS * 1e9)
    return best


schedule = lambda epoch, lr: lr * 0.5 ** math.floor(epoch / 10)


class Callback:
    def __init__(self):
        self.seen, self.total, self.best, self.above = 0, 0.0, 1e9, 0

    def on_train_batch_end(self, batch, logs):
        self.seen += 1
        self.total += logs["loss"]
        mean = self.total / self.seen
        if logs["loss"] < self.best: self.best = logs["loss"]
        if logs["accuracy"] < 0.5 and mean > 0.1: self.above += 1


callback, logs = Callback(), {"accuracy": 0.5, "loss": 0.25}
print("schedule", measure(lambda index: schedule(index & 63, 0.1)))
print("hook", measure(lambda index: callback.on_train_batch_end(index, logs)))
