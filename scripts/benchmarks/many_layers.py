#!/usr/bin/env python3
"""What ten layers of every kind cost at the start: a network of them against one of two layers, in turns.

  scripts/benchmarks/many_layers.py [PROGRAM] [--rounds N] [--print]

For both scripts: `train check`, and `train run` of one batch, as medians of processes; then what one layer more costs.
--print writes the long script and ends.
"""
import argparse, pathlib, re, statistics, subprocess, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SMALL = ROOT / "scripts" / "benchmarks" / "start.train"

# What keeps the shape of a vector of 8.
PLAIN = """
Activation("relu")
ActivityRegularization(l2=0.01)
AlphaDropout(0.1)
BatchNormalization()
Dense(8)
Dropout(0.1)
ELU()
EinsumDense("ab,bc->ac", output_shape=8)
Flatten()
GaussianDropout(0.1)
GaussianNoise(0.1)
GroupNormalization(groups=2)
Identity()
Lambda(lambda x: x * 0.5)
LayerNormalization()
LeakyReLU()
Normalization(mean=0.0, variance=1.0)
PReLU()
Permute((1,))
RMSNormalization()
ReLU()
Rescaling(0.5)
Reshape((8,))
Softmax()
UnitNormalization()
"""
# What needs another shape, with what brings the vector back; `h` is the vector, `n` the input of whole numbers.
OTHERS = """
h = Add()([h, Dense(8)(h)])
h = Average()([h, Dense(8)(h)])
h = Maximum()([h, Dense(8)(h)])
h = Minimum()([h, Dense(8)(h)])
h = Multiply()([h, Dense(8)(h)])
h = Subtract()([h, Dense(8)(h)])
h = Dense(8)(Concatenate()([h, Dense(8)(h)]))
h = Dense(8)(Dot(axes=1)([h, Dense(8)(h)]))
h = Dense(8)(Flatten()(SpatialDropout1D(0.1)(Masking()(RepeatVector(2)(h)))))
h = Flatten()(SpatialDropout2D(0.1)(Reshape((2, 2, 2))(h)))
h = Flatten()(SpatialDropout3D(0.1)(Reshape((1, 2, 2, 2))(h)))
h = Add()([h, Flatten()(Embedding(16, 2)(n))])
h = Add()([h, Dense(8)(CategoryEncoding(16)(Hashing(16)(n)))])
h = Add()([h, Dense(8)(CategoryEncoding(16)(IntegerLookup(vocabulary=[1, 2, 3])(n)))])
h = Add()([h, Dense(8)(Discretization([0.0, 1.0, 2.0], output_mode="multi_hot")(h))])
"""


def script():
    """The network of `start.train` behind ten layers of every kind."""
    lines = ["settings { seed = 1 }", "model layers {", "    h = Input((8,), name=\"numbers\")", "    n = Input((4,), dtype=\"int32\", name=\"codes\")"]
    for _ in range(10):
        lines += [f"    h = {layer}(h)" for layer in PLAIN.strip().split("\n")]
        lines += [f"    {line}" for line in OTHERS.strip().split("\n")]
    lines += ["    outputs = Dense(10, activation=\"softmax\")(h)",
              "    compile { optimizer = Adam(1e-3); loss = \"sparse_categorical_crossentropy\"; metrics = [\"accuracy\"] }", "}"]
    lines += [f"words_{i} = StringLookup(vocabulary=[\"a\", \"b\"])" for i in range(10)]
    lines += ["fit layers on ([zeros((32, 8)), zeros((32, 4), dtype=\"int32\")], zeros((32,), dtype=\"int32\")) { batch_size = 32; verbose = 0 }"]
    return "\n".join(lines) + "\n"


def kinds_left_out(text):
    """Layers of the catalog that the script does not name."""
    line = next(line for line in (ROOT / "grammar" / "catalog.md").read_text().split("\n") if line.startswith("- **layers**"))
    return [name for name in re.findall(r"\[`(\w+)`\]", line) if f"{name}(" not in text]


def seconds(command):
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("program", nargs="?", default=str(ROOT / ".build" / "release" / "train"))
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--print", action="store_true")
    options = options.parse_args()
    text = script()
    if options.print:
        return print(text, end="")
    print("layers of the catalog that are not in the script:", ", ".join(kinds_left_out(text)) or "none")
    count = len(re.findall(r"\b(?!Adam)[A-Z]\w+\(", text))
    with tempfile.TemporaryDirectory() as folder:
        large = pathlib.Path(folder) / "layers.train"
        large.write_text(text)
        for verb in ["check", "run"]:
            times = {SMALL: [], large: []}
            for _ in range(options.rounds):
                for path in times:
                    times[path].append(seconds([options.program, verb, str(path)]))
            few, many = (statistics.median(times[path]) * 1000 for path in times)
            print(f"{verb}: two layers {few:.1f} ms, {count} layers {many:.1f} ms: {(many - few) / count * 1000:.0f} µs a layer")


if __name__ == "__main__":
    main()
