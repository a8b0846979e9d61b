"""What scikit-learn has of the workloads: sklearn_peer.py start | dense DATA. Prints `epoch-seconds WALL CPU` for each timed round."""
import sys
import time

import numpy as np
from sklearn.neural_network import MLPClassifier

model = MLPClassifier((128,), batch_size=32, learning_rate_init=1e-3)
if sys.argv[1] == "start":
    model.partial_fit(np.zeros((32, 784), "float32"), np.zeros(32, "int32"), classes=range(10))
else:
    data = np.load(sys.argv[2])
    x, y = data["x"], data["y"]
    for _ in range(4):
        began = time.perf_counter(), time.process_time()
        model.partial_fit(x, y, classes=range(10))
        print("epoch-seconds", time.perf_counter() - began[0], time.process_time() - began[1], flush=True)
