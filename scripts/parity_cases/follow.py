"""What Keras does with a case: `follow(folder)` trains its model.keras as case.json says, and writes keras.npz."""
import json
import sys
import warnings
from pathlib import Path

import keras
import numpy as np

from answer import answer
from cases import EPOCHS, script


def follow(folder, name="keras.npz"):
    """Trains the case of a folder; the file gets every entry of the history and the predictions at the end, the script their names."""
    folder = Path(folder)
    case = json.loads((folder / "case.json").read_text())
    arrays = np.load(folder / "data.npz")
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = keras.models.load_model(folder / "model.keras")

    # What a file says of this is what suited the backend that made it.
    model.jit_compile = keras.backend.backend() == "jax"

    def group(names):
        found = [arrays[name] for name in names]
        return found[0] if len(found) == 1 else found

    data, options = case["data"], dict(case["fit"])
    if "weights" in data:
        options["sample_weight"] = group(data["weights"])
    if "validation" in case:
        options["validation_data"] = (group(case["validation"]["inputs"]), group(case["validation"]["targets"]))
    if "class_weight" in options:
        options["class_weight"] = {int(key): value for key, value in options["class_weight"].items()}
    options["callbacks"] = [callback(name, arguments) for name, arguments in case["callbacks"]]
    history = model.fit(group(data["inputs"]), group(data["targets"]), epochs=EPOCHS, shuffle=False, verbose=0, **options).history
    predictions = model.predict(group(data["inputs"]), batch_size=len(arrays["x0"]), verbose=0)
    did = {key: np.asarray([np.asarray(value, "float64") for value in series]) for key, series in history.items()}
    for index, array in enumerate(predictions if isinstance(predictions, list) else [predictions]):
        did[f"predictions{index}"] = np.asarray(array, "float32")
    np.savez_compressed(folder / name, **did)
    if name != "keras.npz":
        return did
    case["history"] = sorted(history)
    (folder / "case.json").write_text(json.dumps(case, indent=1))
    (folder / "case.train").write_text(script(case))
    return did


def callback(name, arguments):
    if name == "LearningRateScheduler":
        return keras.callbacks.LearningRateScheduler(eval(f"lambda epoch, lr: {arguments['schedule']}"))
    return getattr(keras.callbacks, name)(**arguments)


def strayed(found, expected):
    """What following.train computes: the largest share of what is allowed, over the history and the predictions."""
    shares = {}
    for name, theirs in expected.items():
        ours = found[name]
        if ours.shape != theirs.shape:
            return {name: np.inf}
        at_end = name.startswith("predictions")
        away = np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1.0 if at_end else 1e-3)
        allowed = np.full(away.shape, 5e-3 if at_end else 2e-3)
        if not at_end:
            allowed[:1] = 2e-4
        shares[name] = float(np.max(away / allowed))
    return shares


if __name__ == "__main__":

    def work(number):
        folder = Path(sys.argv[1]) / f"{number:03}"
        found = follow(folder, *sys.argv[2:])
        if len(sys.argv) > 2:
            shares = strayed(found, np.load(folder / "keras.npz"))
            name = max(shares, key=shares.get)
            return f"{name} at {shares[name]:.2f} of what is allowed"

    answer(work, "followed")
