"""How many photographs a second are read, decoded and resized to 224x224: train, Keras's `image_dataset_from_directory` under both backends, and
PyTorch's `DataLoader` over pictures that Pillow reads.

  python images.py PROGRAM FOLDER ROUNDS      makes FOLDER/photographs (2,000 JPEGs, 140 MB) once; the contenders alternate

All go through the folder in batches, count the images, and have all processors; of each the quickest of three passes is measured, within its process
and behind one that warms up: tf.data now and then waits half a second for nothing.
Needs TensorFlow, which reads pictures for Keras under any backend, and scikit-learn (whose two photographs the JPEGs are cut from); PyTorch and
JAX are left out where they are not installed. Memory is that of the largest process. Prints Markdown.
"""
import importlib.util, os, pathlib, resource, statistics, subprocess, sys, time

COUNT, SIDE, BATCH = 2000, 224, 32
SCRIPT = """
photographs = image_dataset_from_directory("{folder}", labels=None, image_size=({side}, {side}), batch_size={batch}, shuffle=False, verbose=False)
passes = []
for turn in range(4) {{
    began, worked = time(), process_time()
    count = 0
    for images in photographs {{ count += images.shape[0] }}
    passes.append((time() - began, process_time() - worked))
    expect count == {count}
}}
seconds, processors = min(passes[1:])
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


def processor_seconds():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def time_passes(data):
    """Prints the seconds of the quickest pass by the clock and of the processors, and the most memory."""
    passes = []
    for _ in range(4):
        began, used = time.perf_counter(), processor_seconds()
        count = sum(batch.shape[0] for batch in data)
        passes.append((time.perf_counter() - began, processor_seconds() - used))
        assert count == COUNT
    seconds, processors = min(passes[1:])
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(seconds, processors, memory * 1024)


def keras_pass(folder):
    """The backend is the environment's."""
    import keras
    time_passes(keras.utils.image_dataset_from_directory(
        folder, labels=None, image_size=(SIDE, SIDE), batch_size=BATCH, shuffle=False, verbose=False))


class Photographs:
    """What a user of PyTorch writes to read a folder: Pillow decodes and resizes, to floats of 0 to 255."""

    def __init__(self, folder): self.paths = sorted(pathlib.Path(folder).rglob("*.jpg"))
    def __len__(self): return len(self.paths)

    def __getitem__(self, index):
        import numpy, torch
        from PIL import Image
        with Image.open(self.paths[index]) as picture:
            pixels = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        return torch.from_numpy(numpy.array(pixels)).permute(2, 0, 1).float()


def torch_pass(folder):
    import numpy, PIL.Image, torch  # all that the workers need, before they begin
    time_passes(torch.utils.data.DataLoader(Photographs(folder), batch_size=BATCH, num_workers=os.cpu_count()))


def measured(command):
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    printed, errors = child.stdout.read().decode(), child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    if status: raise SystemExit(f"{command[0]} failed:\n{errors[-2000:]}")
    seconds, processors = map(float, printed.split())
    return seconds, processors, usage.ru_maxrss * 1024


def peer_measured(kind, folder, backend=""):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "KERAS_BACKEND": backend}
    command = [sys.executable, __file__, kind, str(folder)]
    text = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return tuple(float(word) for word in text.split()[-3:])


def main():
    own = {"--keras": keras_pass, "--torch": torch_pass, "--make": lambda path: make(pathlib.Path(path))}
    if sys.argv[1] in own: return own[sys.argv[1]](sys.argv[2])
    program, folder, rounds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    photographs, script = folder / "photographs", folder / "photographs.train"
    # In a process of its own: the memory that TensorFlow takes would count as that of every child after it.
    subprocess.run([sys.executable, __file__, "--make", str(photographs)], check=True)
    script.write_text(SCRIPT.format(folder=photographs, side=SIDE, batch=BATCH, count=COUNT))
    contenders = {
        "train": lambda: measured([program, "run", str(script), "--quiet"]),
        "Keras on TensorFlow": lambda: peer_measured("--keras", photographs, "tensorflow"),
    }
    if importlib.util.find_spec("jax"): contenders["Keras on JAX"] = lambda: peer_measured("--keras", photographs, "jax")
    if importlib.util.find_spec("torch") and importlib.util.find_spec("PIL"):
        contenders["PyTorch with Pillow"] = lambda: peer_measured("--torch", photographs)
    found = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items(): found[name].append(measure())
    print(f"**photographs**: {COUNT:,} JPEGs decoded and resized to {SIDE}x{SIDE}\n")
    print("| | images/s | ms of the processors an image | MB |\n|---|---|---|---|")
    for name, rounds in found.items():
        clock, processors, memory = (statistics.median(values) for values in zip(*rounds))
        print(f"| {name} | {COUNT / clock:.0f} | {1000 * processors / COUNT:.2f} | {memory / 1e6:.0f} |")


main()
