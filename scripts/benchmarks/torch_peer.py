"""The workloads in PyTorch: torch_peer.py WAY WORKLOAD [DATA]. Prints `epoch-seconds WALL CPU` for each timed round.

WAY is eager, compiled, or channels-last (which is eager with that memory format). Batches are sliced from a permutation of one tensor, loss and accuracy kept.
"""
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

way, workload = sys.argv[1:3]
torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
FORMAT = torch.channels_last if way == "channels-last" else torch.contiguous_format


class Images(nn.Module):
    """Values to 0 … 1 and, in training, half of the images mirrored and each turned by up to 0.05 of a circle, in one sampling."""

    def forward(self, x):
        x = x.float() / 255
        if not self.training:
            return x
        n = len(x)
        angle = (torch.rand(n) * 2 - 1) * 0.05 * 2 * torch.pi
        side = torch.randint(0, 2, (n,)) * 2.0 - 1
        zero = torch.zeros(n)
        turns = torch.stack([torch.stack([angle.cos() * side, -angle.sin(), zero], 1), torch.stack([angle.sin() * side, angle.cos(), zero], 1)], 1)
        return F.grid_sample(x, F.affine_grid(turns, list(x.shape), align_corners=False), padding_mode="reflection", align_corners=False)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.lstm, self.out = nn.Embedding(20000, 128), nn.LSTM(128, 128, batch_first=True), nn.Linear(128, 1)

    def forward(self, x):
        return self.out(self.lstm(self.words(x))[0][:, -1])


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.mix = nn.Linear(128, 384), nn.Linear(128, 128)
        self.first, self.second = nn.LayerNorm(128, 1e-3), nn.LayerNorm(128, 1e-3)
        self.feed = nn.Sequential(nn.Linear(128, 512), nn.ReLU(), nn.Linear(512, 128))

    def forward(self, x):
        n, t, _ = x.shape
        q, k, v = self.qkv(x).view(n, t, 3, 4, 32).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, 128)
        x = self.first(x + self.mix(mixed))
        return self.second(x + self.feed(x))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(20000, 128), nn.Embedding(128, 128)
        self.blocks, self.out = nn.Sequential(Block(), Block()), nn.Linear(128, 1)

    def forward(self, x, places):
        return self.out(self.blocks(self.words(x) + self.places(places)).mean(1))


def dog_cat():
    convolutions, last = [], 3
    for filters in (32, 64, 128):
        convolutions += [nn.Conv2d(last, filters, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        last = filters
    return nn.Sequential(Images(), *convolutions, nn.Flatten(), nn.Dropout(0.3), nn.Linear(128 * 28 * 28, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 1))


def dense():
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


def dropout():
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10))


def small_conv():
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10))


def tiny():
    return nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1))


# The network, the batch, how often the data is gone through (the first time is not counted).
WORKLOADS = {"start": (dense, 32, 1), "dense": (dense, 32, 4), "dropout": (dropout, 128, 4), "small-conv": (small_conv, 128, 2), "dog-cat": (dog_cat, 32, 2),
             "dog-cat-bfloat16": (dog_cat, 32, 2), "dog-cat-predict": (dog_cat, 32, 3), "lstm": (Recurrent, 32, 3), "transformer": (Transformer, 32, 3), "tiny": (tiny, 8, 2),
             "tiny-counted": (tiny, 8, 2)}
network, batch, rounds = WORKLOADS[workload]
model = network()
if way == "channels-last":
    model = model.to(memory_format=FORMAT)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
has_classes = workload in ("start", "dense", "dropout", "small-conv")
forward = torch.compile(model) if way == "compiled" else model
precision = torch.autocast("cpu", torch.bfloat16, enabled=workload.endswith("bfloat16"))


def step(inputs, y):
    optimizer.zero_grad()
    with precision:
        logits = forward(*inputs)
    logits = logits.float()
    if has_classes:
        loss, hits = F.cross_entropy(logits, y), (logits.argmax(1) == y).sum()
    else:
        loss, hits = F.binary_cross_entropy_with_logits(logits[:, 0], y), ((logits[:, 0] > 0) == (y > 0.5)).sum()
    loss.backward()
    optimizer.step()
    return loss.detach() * len(y), hits


if workload == "start":
    step([torch.zeros(32, 784)], torch.zeros(32, dtype=torch.int64))
    sys.exit()
import numpy as np

data = np.load(sys.argv[3])
inputs = [torch.from_numpy(data["x"])] + ([torch.from_numpy(data["places"])] if "places" in data else [])
if inputs[0].dim() == 4:
    inputs[0] = inputs[0].permute(0, 3, 1, 2).contiguous(memory_format=FORMAT)
y = torch.from_numpy(data["y"])
if has_classes:
    y = y.long()
seen = 0
model.train(not workload.endswith("predict"))
for _ in range(rounds):
    began = time.perf_counter(), time.process_time()
    if workload.endswith("predict"):
        with torch.inference_mode():
            for i in range(0, len(y), batch):
                torch.sigmoid(forward(inputs[0][i : i + batch]))
    else:
        order = torch.randperm(len(y))
        total = hits = 0
        for i in range(0, len(y), batch):
            rows = order[i : i + batch]
            loss, hit = step([x[rows] for x in inputs], y[rows])
            total, hits = total + loss, hits + hit
            if workload.endswith("counted"):
                seen += 1
        float(total), float(hits)
    print("epoch-seconds", time.perf_counter() - began[0], time.process_time() - began[1], flush=True)
