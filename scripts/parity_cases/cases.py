"""A case by its number: an untrained network in a `.keras` file, its data, how it is trained, and the script that does the same.

`make(number, folder)` writes model.keras, data.npz and case.json; the same number gives the same case wherever it is made, but for
the first weights, which are a backend's own.
"""
import json
import random
import sys
from pathlib import Path

import keras
import numpy as np
from keras import layers as L

from answer import answer
from choices import LOSSES, METRICS, PLAIN, RATES, SEQUENCE_METRICS, make_optimizer, turn
from networks import ENTRIES, LAYERS, MASK_KEEPING, Network, due_layer

EPOCHS = 5
CLASSES = 3


def head(x, kind, network, name=None):
    """The last layers of an output of a kind. [batch, …] → [batch, …, outputs]"""
    def dense(units, activation=None):
        return network.dense(units, activation=activation, **({"name": name} if name else {}))(x)

    match kind:
        case "real": return dense(2)
        case "positive": return dense(2, network.r.choice(["softplus", "sigmoid", "exponential"]))
        case "bit": return dense(1, "sigmoid")
        case "logit": return dense(1)
        case "sign": return dense(1, network.r.choice(["tanh", "linear"]))
        case "bits": return dense(3, "sigmoid")
        case "logits": return dense(3)
        case "onehot" | "classes": return dense(CLASSES, "softmax")
        case "onehotlogits" | "classlogits": return dense(CLASSES)
        case "points": return L.UnitNormalization()(dense(4))


def targets(kind, features, random_numbers):
    """Targets of a kind that can be learned from features. [examples, …, features] → [examples, …(, targets)]"""
    width = features.shape[-1]
    scores = np.tanh(features @ random_numbers.normal(size=(width, 3)) / np.sqrt(width)) + 0.1 * random_numbers.normal(size=(*features.shape[:-1], 3))
    match kind:
        case "real": return scores[..., :2].astype("float32")
        case "positive": return (1.2 + scores[..., :2].clip(-1, 1)).astype("float32")
        case "bit" | "logit": return (scores[..., :1] > 0).astype(random_numbers.choice(["float32", "int64"]))
        case "sign": return np.where(scores[..., :1] > 0, 1, -1).astype("float32")
        case "bits" | "logits": return (scores > 0).astype("float32")
        case "onehot" | "onehotlogits": return np.eye(CLASSES, dtype="float32")[scores.argmax(-1)]
        case "classes" | "classlogits" | "points": return scores.argmax(-1).astype("int64")


def values(tensor, content, count, random_numbers):
    """Data for an input: (what goes in, features that targets are made of, [examples, positions, …])."""
    shape = (count, *tensor.shape[1:])
    if isinstance(content, int):
        numbers = random_numbers.integers(0, content, shape)
        return numbers.astype(tensor.dtype), np.sin(numbers * 1.7 + 0.3)[..., None]
    numbers = random_numbers.normal(size=shape).astype("float32")
    if content == "gaps":
        lengths = random_numbers.integers(1, shape[1] + 1, count)
        numbers[np.arange(shape[1])[None] >= lengths[:, None]] = 0
    return numbers, numbers.astype("float64")


def make(number, folder):
    """Writes the case of a number."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.clear_session()
    keras.utils.set_random_seed(number)
    r, random_numbers = random.Random(number), np.random.default_rng(number)
    network = Network(number, r)
    kind, make_loss = turn(LOSSES, number, "losses")
    loss = make_loss(r)
    layer = due_layer(number)
    several = {3: "inputs", 7: "outputs", 11: "both"}.get(number % 12)
    at_positions = several is None and number % 9 == 4
    if at_positions:
        kind = r.choice(list(SEQUENCE_METRICS))
        loss = {"bits": "binary_crossentropy"}.get(kind) or PLAIN[kind]
        entry = r.choice(["masked", "masked tokens", "matrix", "masked"])
    else:
        entry = turn(ENTRIES, number, "entries")

    inputs, contents = [], []
    x, content = None, None
    for entry in [entry] + (["vector"] if several in ("inputs", "both") else []):
        tensor, y, content = network.entry(entry)
        inputs.append(tensor)
        contents.append(content)
        x = y if x is None else L.Concatenate()([network.to_rank(x, 1), y])
    plain_layers = [name for name in LAYERS if name not in ("Softmax", "nested", "nested twice", "frozen", "shared", "shared branches")]
    if at_positions:
        for name in [r.choice(MASK_KEEPING) for _ in range(r.randint(1, 3))]:
            x = network.add(x, name)
    else:
        before = ["Dense"] if len(x.shape) == 2 or r.random() < 0.5 else []
        for name in before + [layer] + [r.choice(plain_layers) for _ in range(r.randint(0, 2))]:
            x = network.add(x, name)
        x = network.to_rank(x, 1)
        if r.random() < 0.4:
            x = L.Dense(6, activation="tanh")(x)
    kinds = [kind]
    if several in ("outputs", "both"):
        kinds.append(r.choice(list(PLAIN)))
        outputs = [head(x, kind, network, name=None if kind == "points" else "first"), head(x, kinds[1], network, name="second")]
    else:
        outputs = [head(x, kind, network)]
    model = keras.Model(inputs, outputs if several in ("outputs", "both") else outputs[0])

    batch_size = r.choice([8, 16, 20])
    validation = r.choice([None, "split", "data"])
    count = batch_size * (4 if validation == "split" else r.randint(2, 3))
    has_remainder = r.random() < 0.25
    count += r.randint(3, 7) if has_remainder else 0
    arrays = {}

    def examples(count, suffix=""):
        """Adds x0, x1 …, y0, y1 … and gives their names."""
        features = []
        for index, (tensor, content) in enumerate(zip(inputs, contents)):
            arrays[f"x{index}{suffix}"], feature = values(tensor, content, count, random_numbers)
            features.append(feature)
        for index, kind in enumerate(kinds):
            feature = features[0] if at_positions else np.concatenate([f.reshape(count, -1) for f in features], axis=1)
            arrays[f"y{index}{suffix}"] = targets(kind, feature, np.random.default_rng(number * 10 + index))
        return {"inputs": [f"x{i}{suffix}" for i in range(len(inputs))], "targets": [f"y{i}{suffix}" for i in range(len(kinds))]}

    case = {"number": number, "layer": layer, "data": examples(count)}
    fit = {"batch_size": batch_size}
    if validation == "data":
        case["validation"] = examples(batch_size + (3 if has_remainder else 0), "_val")
    elif validation == "split":
        fit["validation_split"] = 0.25
    weighting = r.choice([None, None, "examples", "classes"])
    if weighting == "classes" and len(kinds) == 1 and kind in ("bit", "logit", "onehot", "onehotlogits", "classes", "classlogits") and not at_positions:
        fit["class_weight"] = {0: 1.0, 1: 2.5} if kind in ("bit", "logit") else {0: 1.0, 1: 2.5, 2: 0.5}
    elif weighting and kind != "points":
        names = []
        for index in range(len(kinds)):
            # Keras cannot join a mask of positions with weights of examples.
            shape = (count, inputs[0].shape[1]) if at_positions and (entry != "matrix" or r.random() < 0.5) else (count,)
            arrays[f"w{index}"] = random_numbers.uniform(0.2, 2.0, size=shape).astype("float32")
            names.append(f"w{index}")
        case["data"]["weights"] = names

    def chosen(kind):
        table = SEQUENCE_METRICS if at_positions else METRICS
        return [make(r) for make in r.sample(table[kind], min(len(table[kind]), r.randint(0, 3)))]

    scale = 0.3 if getattr(loss, "reduction", None) == "sum" or layer == "Softmax" else 1.0
    optimizer, rate_is_free = make_optimizer(number, r, scale)
    if len(kinds) == 1:
        compiled = {"loss": loss, "metrics": chosen(kind)}
        if r.random() < 0.4:
            compiled["weighted_metrics"] = chosen(kind)[:2]
    elif r.random() < 0.5 and kind != "points":
        compiled = {"loss": {"first": loss, "second": PLAIN[kinds[1]]}, "loss_weights": {"first": 1.0, "second": 0.4},
                    "metrics": {"second": chosen(kinds[1])[:2], "first": chosen(kind)[:1]}}
    else:
        compiled = {"loss": [loss, PLAIN[kinds[1]]], "loss_weights": r.choice([None, [0.5, 1.5]]), "metrics": [chosen(kind)[:2], chosen(kinds[1])[:1]]}
    model.compile(optimizer=optimizer, **compiled)
    # An optimizer that begins with the weights must have seen those of the file.
    if r.random() < 0.8 or isinstance(optimizer, keras.optimizers.ScheduleFreeAdamW):
        optimizer.build(model.trainable_variables)
    model.save(folder / "model.keras")

    # On JAX a mask does not reach the metrics of training steps (those of validation it does), as it does on TensorFlow and here.
    case["loses_masks"] = at_positions and "masked" in entry
    case["fit"] = fit
    case["callbacks"] = callbacks(r, number, bool(validation), rate_is_free)
    if validation and r.random() < 0.15 and not any("val_loss" == arguments.get("monitor") for _, arguments in case["callbacks"]):
        fit["validation_freq"] = 2
    np.savez_compressed(folder / "data.npz", **arrays)
    (folder / "case.json").write_text(json.dumps(case, indent=1))
    (folder / "case.train").write_text(script(case))
    return case


def callbacks(r, number, is_validated, rate_is_free):
    """The callbacks that steer this case, each as its name and arguments."""
    chosen = []
    monitor = "val_loss" if is_validated and r.random() < 0.5 else "loss"
    if number % 4 == 1:
        chosen.append(("EarlyStopping", {
            "monitor": monitor, "patience": r.choice([0, 1]), "min_delta": r.choice([0.0, 0.02, 0.1]), "restore_best_weights": r.random() < 0.6,
            "start_from_epoch": r.choice([0, 1]), "mode": r.choice(["auto", "min", "max"])}))
    # Without a cooldown: of c epochs Keras leaves out c − 1, here all of them.
    if number % 5 == 2 and rate_is_free:
        chosen.append(("ReduceLROnPlateau", {
            "monitor": monitor, "factor": 0.4, "patience": r.choice([0, 1]), "min_delta": r.choice([0.01, 0.05, 0.2]), "min_lr": r.choice([0.0, 0.001])}))
    elif number % 5 == 4 and rate_is_free:
        chosen.append(("LearningRateScheduler", {"schedule": r.choice(RATES)}))
    return chosen


def script(case):
    """The case as a script; it prints how far it strays from Keras, in shares of what is allowed."""

    def group(names):
        return f'data["{names[0]}"]' if len(names) == 1 else "[" + ", ".join(f'data["{name}"]' for name in names) + "]"

    def written(value):
        return f'lambda epoch, lr: {value}' if isinstance(value, str) and "lr" in value.split() or value in RATES else json.dumps(value) if isinstance(value, str) else repr(value)

    data = case["data"]
    fit = dict(case["fit"])
    if "class_weight" in fit:
        fit["class_weight"] = {int(key): value for key, value in fit["class_weight"].items()}
    settings = [f"epochs = {EPOCHS}", "shuffle = False", "verbose = 0"] + [f"{key} = {value!r}" for key, value in fit.items()]
    if "weights" in data:
        settings.append(f"sample_weight = {group(data['weights'])}")
    if "validation" in case:
        settings.append(f"validation_data = ({group(case['validation']['inputs'])}, {group(case['validation']['targets'])})")
    if case["callbacks"]:
        calls = [f"{name}({', '.join(f'{key}={written(value)}' for key, value in arguments.items())})" for name, arguments in case["callbacks"]]
        settings.append(f"callbacks = [{', '.join(calls)}]")
    lines = "\n    ".join(settings)
    names = case.get("history", [])
    compared = [name for name in names if name.startswith("val_") or name in ("loss", "learning_rate") or not case["loses_masks"]]
    shares = [f'    "{name}": strayed(history["{name}"], keras_did["{name}"]),' for name in compared]
    several = len(data["targets"]) > 1
    shares += [
        f'    "predictions{index}": strayed_at_end(found{f"[{index}]" if several else ""}, keras_did["predictions{index}"]),'
        for index in range(len(data["targets"]))]
    block = "\n".join(shares)
    return f"""# Case {case["number"]}: must follow Keras.
include "../following.train"
folder = "."
net = load_model(f"{{folder}}/model.keras")
data = load_npz(f"{{folder}}/data.npz")
keras_did = load_npz(f"{{folder}}/keras.npz")
history = fit net on ({group(data["inputs"])}, {group(data["targets"])}) {{
    {lines}
}}
found = predict net on {group(data["inputs"])} {{ verbose = 0 }}
names = {json.dumps(sorted(names))}
expect sorted(history.history) == names, f"{{sorted(history.history)}} is kept, and Keras keeps {{names}}"
shares = {{
{block}
}}
print(shares)
for name, share in shares.items() {{
    expect share <= 1, f"{{name}} strays to {{share:.3g}} times what is allowed"
}}
"""


if __name__ == "__main__":

    def work(number):
        make(number, Path(sys.argv[1]) / f"{number:03}")

    answer(work, "made")
