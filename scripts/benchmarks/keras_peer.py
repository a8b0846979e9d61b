"""The workloads in Keras: keras_peer.py BACKEND[-jit] WORKLOAD [DATA]. Prints `epoch-seconds WALL CPU` for each timed round."""
import os
import sys
import time

backend, _, jit = sys.argv[1].partition("-")
workload = sys.argv[2]
os.environ["KERAS_BACKEND"] = backend
import numpy as np

if backend == "tensorflow":
    import tensorflow as tf

    threads = int(os.environ["OMP_NUM_THREADS"])
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
import keras
from keras import layers as L


class Clock(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter(), time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        print("epoch-seconds", time.perf_counter() - self.began[0], time.process_time() - self.began[1], flush=True)


class Count(keras.callbacks.Callback):
    seen = 0

    def on_train_batch_end(self, batch, logs=None):
        self.seen += 1


def dense():
    return [keras.Input((784,)), L.Dense(128, activation="relu"), L.Dense(10, activation="softmax")]


def dropout():
    return [keras.Input((784,)), L.Dense(128, activation="relu"), L.Dropout(0.2), L.Dense(64, activation="relu"), L.Dropout(0.2), L.Dense(10, activation="softmax")]


def small_conv():
    return [keras.Input((28, 28, 1)), L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(), L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(),
            L.Flatten(), L.Dropout(0.5), L.Dense(10, activation="softmax")]


def dog_cat():
    convolutions = [layer for filters in (32, 64, 128) for layer in (L.Conv2D(filters, 3, padding="same", activation="relu"), L.MaxPooling2D())]
    return [keras.Input((224, 224, 3)), L.Rescaling(1 / 255), L.RandomFlip("horizontal"), L.RandomRotation(0.05), *convolutions, L.Flatten(), L.Dropout(0.3),
            L.Dense(128, activation="relu"), L.Dropout(0.3), L.Dense(1, activation="sigmoid")]


def lstm():
    return [keras.Input((200,), dtype="int32"), L.Embedding(20000, 128), L.LSTM(128), L.Dense(1, activation="sigmoid")]


def transformer():
    words, places = keras.Input((128,), dtype="int32"), keras.Input((128,), dtype="int32")
    x = L.Embedding(20000, 128)(words) + L.Embedding(128, 128)(places)
    for _ in range(2):
        x = L.LayerNormalization()(x + L.MultiHeadAttention(4, 32)(x, x))
        x = L.LayerNormalization()(x + L.Dense(128)(L.Dense(512, activation="relu")(x)))
    return keras.Model([words, places], L.Dense(1, activation="sigmoid")(L.GlobalAveragePooling1D()(x)))


def tiny():
    return [keras.Input((8,)), L.Dense(8, activation="relu"), L.Dense(1, activation="sigmoid")]


# The network, the batch, how often the data is gone through (the first time is not counted), and the loss.
CLASSES, TRUTHS = "sparse_categorical_crossentropy", "binary_crossentropy"
WORKLOADS = {"start": (dense, 32, 1, CLASSES), "dense": (dense, 32, 4, CLASSES), "dropout": (dropout, 128, 4, CLASSES), "small-conv": (small_conv, 128, 2, CLASSES),
             "dog-cat": (dog_cat, 32, 2, TRUTHS), "dog-cat-bfloat16": (dog_cat, 32, 2, TRUTHS), "dog-cat-predict": (dog_cat, 32, 3, TRUTHS), "lstm": (lstm, 32, 3, TRUTHS),
             "transformer": (transformer, 32, 3, TRUTHS), "tiny": (tiny, 8, 3, TRUTHS), "tiny-counted": (tiny, 8, 3, TRUTHS)}

network, batch, rounds, loss = WORKLOADS[workload]
if workload.endswith("bfloat16"):
    keras.config.set_dtype_policy("mixed_bfloat16")
model = network()
if isinstance(model, list):
    model = keras.Sequential(model)
compiling = {"jit_compile": jit == "jit"} if backend == "tensorflow" else {}
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"], **compiling)
if workload == "start":
    model.fit(np.zeros((32, 784), "float32"), np.zeros(32, "int32"), batch_size=32, verbose=0)
    sys.exit()
data = np.load(sys.argv[3])
x = [data["x"], data["places"]] if "places" in data else data["x"]
if workload.endswith("predict"):
    for _ in range(rounds):
        began = time.perf_counter(), time.process_time()
        model.predict(x, batch_size=batch, verbose=0)
        print("epoch-seconds", time.perf_counter() - began[0], time.process_time() - began[1], flush=True)
else:
    watching = [Count()] if workload.endswith("counted") else []
    model.fit(x, data["y"], batch_size=batch, epochs=rounds, verbose=0, callbacks=[Clock(), *watching])
