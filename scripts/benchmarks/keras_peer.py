"""The dense benchmarks in Keras: keras_peer.py BACKEND dense|dropout DATA | BACKEND start. Prints `epoch-seconds S` an epoch."""
import os, sys, time

os.environ["KERAS_BACKEND"] = sys.argv[1]
import numpy as np

if sys.argv[1] == "tensorflow":
    import tensorflow as tf

    threads = int(os.environ["OMP_NUM_THREADS"])
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
import keras


class Clock(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        print("epoch-seconds", time.perf_counter() - self.began, flush=True)


layers = keras.layers
hidden, batch = [layers.Dense(128, activation="relu")], 32
if sys.argv[2] == "dropout":
    hidden, batch = [*hidden, layers.Dropout(0.2), layers.Dense(64, activation="relu"), layers.Dropout(0.2)], 128
model = keras.Sequential([keras.Input((784,)), *hidden, layers.Dense(10, activation="softmax")])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
if sys.argv[2] == "start":
    model.fit(np.zeros((32, 784), "float32"), np.zeros(32, "int32"), batch_size=32, verbose=0)
else:
    data = np.load(sys.argv[3])
    model.fit(data["x"], data["y"], batch_size=batch, epochs=4, verbose=0, callbacks=[Clock()])
