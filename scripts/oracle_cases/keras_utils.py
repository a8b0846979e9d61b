"""Random cases of `to_categorical` and `normalize` against real `keras.utils`: what `train run` prints of each, line by line."""
import os
import pathlib
import random
import subprocess
import tempfile

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LABELS = ["0", "1", "2", "3", "5", "0", "1", "7"]
NUMBERS = ["0.0", "1.0", "-1.0", "2.5", "3.0", "-7.25", "0.125", "1e-3", "100.0", "0.5", "1e6"]


def nested(rng, shape, values):
    return rng.choice(values) if not shape else "[" + ", ".join(nested(rng, shape[1:], values) for _ in range(shape[0])) + "]"


def case(rng):
    """A call that both read."""
    if rng.random() < 0.5:
        labels = nested(rng, rng.choice([(3,), (4,), (1,), (2, 1), (2, 3), (5, 1)]), LABELS)
        labels = rng.choice([labels, f"np.array({labels})", f"np.array({labels}, dtype='uint8')", f"np.array({labels}, dtype='int32')"])
        return f"to_categorical({labels}{rng.choice(['', '', ', 8', ', num_classes=8', ', num_classes=10'])})"
    shape = rng.choice([(3,), (2, 3), (1, 4), (2, 2, 2), (3, 1)])
    array = nested(rng, shape, NUMBERS)
    array = rng.choice([f"np.array({array})", f"np.array({array}, dtype='float32')"])
    # Along the first of several axes Keras divides by norms that it has put in another's place.
    axes = [", axis=0"] if len(shape) == 1 else [", axis=1", ", 1"]
    return f"normalize({array}{rng.choice(['', ', axis=-1', ', order=1', ', axis=-1, order=3', ', order=2', *axes])})"


def run(options):
    """Whether all cases agree; a word where Keras or `train` is missing."""
    try:
        import keras
        import numpy
    except ImportError:
        print("Keras: skipped, since it is not installed (scripts/setup --python)")
        return True
    train = os.environ.get("ORACLE_TRAIN", str(ROOT / ".build/debug/train"))
    if not os.path.exists(train):
        print("Keras: skipped, since there is no .build/debug/train (swift build)")
        return True
    rng = random.Random(f"Keras {options.seed}")
    cases = list(dict.fromkeys(case(rng) for _ in range(min(options.cases, 2000))))
    names = {"to_categorical": keras.utils.to_categorical, "normalize": keras.utils.normalize, "np": numpy}
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "cases.train"
        script.write_text("".join(f"print(repr(np.asarray({text}).shape), np.asarray({text}).dtype, np.asarray({text}).tolist())\n" for text in cases))
        ran = subprocess.run([train, "run", str(script)], capture_output=True, text=True)
    lines = ran.stdout.splitlines()
    if ran.returncode or len(lines) != len(cases):
        print(f"Keras: the script of {len(cases)} cases ended with {ran.returncode} after {len(lines)} lines\n{ran.stderr[:2000]}")
        return False
    wrong = []
    for text, line in zip(cases, lines):
        there = numpy.asarray(eval(text, dict(names)))
        shape, kind, values = eval(line.replace(") ", "), '", 1).replace(" [", "', [", 1), {"nan": float("nan")})
        same = shape == there.shape and kind == there.dtype.name
        if not same or not numpy.allclose(numpy.asarray(values), there, rtol=1e-6, atol=1e-12, equal_nan=True): wrong.append((text, there, line))
    print(f"Keras: {len(cases)} cases, seed {options.seed}: {len(wrong)} disagree")
    for text, there, line in wrong[: options.show]: print(f"  {text}\n    Keras: {there.shape} {there.dtype} {there.tolist()}\n    here: {line}")
    return not wrong
