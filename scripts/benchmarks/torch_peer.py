"""The dense benchmarks in PyTorch, eager, batches sliced from a permutation of one tensor: torch_peer.py dense|dropout DATA | start."""
import os, sys, time

import torch

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
layers, batch = torch.nn, 32
hidden = [layers.Linear(784, 128), layers.ReLU(), layers.Linear(128, 10)]
if sys.argv[1] == "dropout":
    batch = 128
    hidden[2:] = [layers.Dropout(0.2), layers.Linear(128, 64), layers.ReLU(), layers.Dropout(0.2), layers.Linear(64, 10)]
model = layers.Sequential(*hidden)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
loss_of = torch.nn.CrossEntropyLoss()


def step(x, y):
    optimizer.zero_grad()
    logits = model(x)
    loss = loss_of(logits, y)
    loss.backward()
    optimizer.step()
    return loss.detach() * len(y), (logits.argmax(1) == y).sum()


if sys.argv[1] == "start":
    step(torch.zeros(32, 784), torch.zeros(32, dtype=torch.int64))
else:
    import numpy as np

    data = np.load(sys.argv[2])
    x, y = torch.from_numpy(data["x"]), torch.from_numpy(data["y"]).long()
    for _ in range(4):
        began = time.perf_counter()
        order = torch.randperm(len(x))
        total = hits = 0
        for i in range(0, len(x), batch):
            rows = order[i : i + batch]
            loss, hit = step(x[rows], y[rows])
            total, hits = total + loss, hits + hit
        float(total), float(hits)
        print("epoch-seconds", time.perf_counter() - began, flush=True)
