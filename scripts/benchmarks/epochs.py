"""What an epoch takes from arrays, from functions of elements and from caches, and how much memory a folder of pictures takes.

  python epochs.py PROGRAM FOLDER ROUNDS      the forms of `epochs.train` alternate; FOLDER/pictures is made once, of links to examples/photos

An epoch is the median of those after the first, which fills caches. The pictures are read, resized to 224x224 and gone through, which is 1.2 GB of
numbers in all. Prints Markdown.
"""
import os, pathlib, statistics, subprocess, sys

HERE = pathlib.Path(__file__).resolve().parent
PICTURES, SIDE = 2000, 224
# What each form is held against.
FORMS = {"ordered": None, "shuffled": "ordered", "mapped": "ordered", "examples": "shuffled", "batches": "shuffled", "file": "shuffled"}
TITLES = {"ordered": "arrays, `shuffle=False`", "shuffled": "arrays, shuffled", "mapped": "`.map(lambda x, y: (x / 255.0, y)).batch(32)`",
          "examples": "`.cache().shuffle(60000).batch(32)`", "batches": "`.batch(32).cache().shuffle(1875)`",
          "file": "`.cache(FILE).shuffle(60000).batch(32)`"}
LOOP = """
pictures = image_dataset_from_directory("{folder}", labels=None, image_size=({side}, {side}), batch_size=32, shuffle=False, verbose=False)
count = 0
for images in pictures{more} {{ count += images.shape[0] }}
print(count)
"""
FIT = """
pictures = image_dataset_from_directory("{folder}", image_size=({side}, {side}), batch_size=32, seed=1, verbose=False)
model network {{ Input(({side}, {side}, 3)); GlobalAveragePooling2D(); Dense(1); compile {{ optimizer = "sgd"; loss = "mse" }} }}
fit network on pictures{more} {{ epochs = 1; verbose = 0 }}
"""


def run(command, folder):
    """What a process printed, and the most bytes that it held."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder)
    printed, errors = child.stdout.read().decode(), child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    if status: raise SystemExit(f"{' '.join(map(str, command))} failed:\n{errors[-2000:]}")
    return printed, usage.ru_maxrss * 1024


def epoch(program, folder, form):
    """Seconds of an epoch by the clock and of the processors."""
    printed, _ = run([program, "run", HERE / "epochs.train", "--quiet", "--set", f"form={form!r}"], folder)
    found = [tuple(map(float, line.split()[1:3])) for line in printed.splitlines() if line.startswith("epoch-seconds ")]
    return tuple(statistics.median(column) for column in zip(*found[1:]))


def make(folder):
    photos = sorted((HERE.parent.parent / "examples" / "photos").glob("*/*.jpg"))
    for number in range(PICTURES):
        place = folder / f"class{number % 2}"
        place.mkdir(parents=True, exist_ok=True)
        link = place / f"{number}.jpg"
        if not link.exists(): link.symlink_to(photos[number % len(photos)])


def main():
    program, folder, rounds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    found = {form: [] for form in FORMS}
    for _ in range(rounds):
        for form in FORMS:
            found[form].append(epoch(program, folder, form))
            (folder / "epochs.cache").unlink(missing_ok=True)
    medians = {form: tuple(statistics.median(column) for column in zip(*seconds)) for form, seconds in found.items()}
    print("**epochs**: 784-128-10 in batches of 32 over 60,000 images of 28x28; the median of the rounds, contenders alternating\n")
    print("| | s an epoch | CPU seconds | by the clock, of | of the processors |\n|---|---|---|---|---|")
    for form, (clock, cpu) in medians.items():
        other = FORMS[form]
        ratios = f"{clock / medians[other][0]:.2f} of {TITLES[other]} | {cpu / medians[other][1]:.2f}" if other else "|"
        print(f"| {TITLES[form]} | {clock:.3f} | {cpu:.3f} | {ratios} |")

    pictures = folder / "pictures"
    make(pictures)
    whole = PICTURES * SIDE * SIDE * 3 * 4
    print(f"\n**memory**: a folder of {PICTURES} pictures resized to {SIDE}x{SIDE}, {whole / 1e6:.0f} MB of numbers in batches of {whole / PICTURES * 32 / 1e6:.0f} MB\n")
    print("| | most memory, MB |\n|---|---|")
    for title, text, more in [
        ("a loop over the batches", LOOP, ""), ("a training", FIT, ""), ("a training with `.prefetch(1)`", FIT, ".prefetch(1)"),
        ("a training with `.prefetch(16)`", FIT, ".prefetch(16)"), ("a training with `.cache(FILE)`", FIT, '.cache("pictures.cache")')]:
        script = folder / "pictures.train"
        script.write_text(text.format(folder=pictures, side=SIDE, more=more))
        peaks = [run([program, "run", script, "--quiet"], folder)[1] for _ in range(rounds)]
        (folder / "pictures.cache").unlink(missing_ok=True)
        print(f"| {title} | {statistics.median(peaks) / 1e6:.0f} |")


main()
