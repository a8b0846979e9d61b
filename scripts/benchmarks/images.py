"""How many photographs a second are read, decoded and resized to 224x224: train, and Keras's `image_dataset_from_directory` on TensorFlow.

  python images.py PROGRAM FOLDER ROUNDS      makes FOLDER/photographs (2,000 JPEGs, 140 MB) once; the contenders alternate

Both go through the folder in batches, count the images, and have all processors; of each the second of two passes is measured, within its process.
Needs TensorFlow and scikit-learn (whose two photographs the JPEGs are cut from). Prints
Markdown.
"""
import os, pathlib, resource, statistics, subprocess, sys, time

COUNT, SIDE, BATCH = 2000, 224, 32
SCRIPT = """
photographs = image_dataset_from_directory("{folder}", labels=None, image_size=({side}, {side}), batch_size={batch}, shuffle=False, verbose=False)
for turn in range(2) {{
    began, worked = time(), process_time()
    count = 0
    for images in photographs {{ count += images.shape[0] }}
    seconds, processors = time() - began, process_time() - worked
}}
expect count == {count}
print(seconds, processors)
"""


def make(folder):
    if folder.exists(): return
    import numpy, sklearn.datasets, tensorflow
    pictures = pathlib.Path(sklearn.datasets.__file__).parent / "images"
    sources = [tensorflow.io.decode_jpeg((pictures / name).read_bytes()).numpy() for name in ("china.jpg", "flower.jpg")]
    random = numpy.random.default_rng(1)
    part = folder.with_name("photographs.partial")
    (part / "all").mkdir(parents=True, exist_ok=True)
    for number in range(COUNT):
        width = int(random.integers(400, 590))
        height = min(int(width * 0.72), 427)
        x, y = int(random.integers(0, 640 - width + 1)), int(random.integers(0, 427 - height + 1))
        cut = sources[number % 2][y:y + height, x:x + width]
        size = (int(random.integers(350, 400)), int(random.integers(470, 530)))
        pixels = tensorflow.cast(tensorflow.clip_by_value(tensorflow.image.resize(cut, size), 0, 255), "uint8")
        jpeg = tensorflow.io.encode_jpeg(pixels, quality=int(random.integers(85, 96)), chroma_downsampling=True)
        (part / "all" / f"{number}.jpg").write_bytes(jpeg.numpy())
    part.rename(folder)


def keras_pass(folder):
    """Prints the seconds of a pass by the clock and of the processors, after one that warms up."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    data = keras.utils.image_dataset_from_directory(
        folder, labels=None, image_size=(SIDE, SIDE), batch_size=BATCH, shuffle=False, verbose=False)
    for _ in range(2):
        began, used = time.perf_counter(), time.process_time()
        count = sum(batch.shape[0] for batch in data)
        seconds, processors = time.perf_counter() - began, time.process_time() - used
    assert count == COUNT
    print(seconds, processors, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def measured(command):
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    printed, errors = child.stdout.read().decode(), child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    if status: raise SystemExit(f"{command[0]} failed:\n{errors[-2000:]}")
    seconds, processors = map(float, printed.split())
    return seconds, processors, usage.ru_maxrss * 1024


def keras_measured(folder):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, __file__, "--keras", str(folder)]
    text = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return tuple(float(word) for word in text.split()[-3:])


def main():
    if sys.argv[1] == "--keras": return keras_pass(sys.argv[2])
    if sys.argv[1] == "--make": return make(pathlib.Path(sys.argv[2]))
    program, folder, rounds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    photographs, script = folder / "photographs", folder / "photographs.train"
    # In a process of its own: the memory that TensorFlow takes would count as that of every child after it.
    subprocess.run([sys.executable, __file__, "--make", str(photographs)], check=True)
    script.write_text(SCRIPT.format(folder=photographs, side=SIDE, batch=BATCH, count=COUNT))
    found = {"train": [], "Keras on TensorFlow": []}
    for _ in range(rounds):
        found["train"].append(measured([program, "run", str(script), "--quiet"]))
        found["Keras on TensorFlow"].append(keras_measured(photographs))
    print(f"**photographs**: {COUNT:,} JPEGs decoded and resized to {SIDE}x{SIDE}\n")
    print("| | images/s | ms of the processors an image | MB |\n|---|---|---|---|")
    for name, rounds in found.items():
        clock, processors, memory = (statistics.median(values) for values in zip(*rounds))
        print(f"| {name} | {COUNT / clock:.0f} | {1000 * processors / COUNT:.2f} | {memory / 1e6:.0f} |")


main()
