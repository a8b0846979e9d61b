"""Makes cases, lets Keras and then our program train them, and compares: see scripts/parity.

Three kinds of processes: one makes the cases (Keras on NumPy, which compiles nothing), two follow them in Keras on JAX, and each
case is then a run of ours. Nothing here imports Keras.
"""
import argparse
import ast
import math
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FOLLOWERS = 2


def worker(script, backend, *arguments):
    """A process that answers a line for each number it is given."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    return subprocess.Popen(
        [sys.executable, HERE / script, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)


def ask(process, number):
    """Gives a process a number; what it answers: "made", "followed", or why not."""
    process.stdin.write(f"{number}\n")
    process.stdin.flush()
    return process.stdout.readline().strip() or "the process died"


def newest_program():
    built = [path for path in (ROOT / ".build/release/train", ROOT / ".build/debug/train") if path.exists()]
    return str(max(built, key=lambda path: path.stat().st_mtime, default="train"))


def ours(program, folder):
    """Runs the case's script: ({name: share of what is allowed}, what it says if it fails)."""
    run = subprocess.run([program, "run", "case.train", "--quiet", "--seed", "1"], cwd=folder, capture_output=True, text=True, timeout=120)
    lines = [line for line in run.stdout.splitlines() if line.startswith("{")]
    shares = ast.literal_eval(lines[-1].replace("inf", "1e999").replace("nan", "1e999")) if lines else {}
    return shares, None if run.returncode == 0 else run.stderr.strip() or f"ends with {run.returncode}"


def worst(shares):
    name = max(shares, key=shares.get, default=None)
    return f"{name} at {shares[name]:.2f} of what is allowed" if name else "nothing compared"


def exceptions():
    """Cases that need not follow: {number: reason}."""
    lines = [line.split(None, 1) for line in (HERE / "exceptions.txt").read_text().splitlines() if line.strip() and not line.startswith("#")]
    return {int(number): reason for number, reason in lines}


def compare_backends(folder, backend):
    """How far Keras on another backend strays from Keras on JAX."""
    process = worker("follow.py", backend, folder.parent, "second.npz")
    answer = ask(process, int(folder.name))
    process.stdin.close()
    return answer


def pack(source, target):
    """A case as a fixture: the files of its folder, the model compressed."""
    target.mkdir(parents=True, exist_ok=True)
    for name in ("data.npz", "keras.npz", "case.train"):
        shutil.copy(source / name, target / name)
    with zipfile.ZipFile(source / "model.keras") as old, zipfile.ZipFile(target / "model.keras", "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED, 9)


def main():
    parser = argparse.ArgumentParser(description="Holds our training against real Keras.")
    parser.add_argument("--cases", default="0-340", help="which: FIRST-END,…, each without its end")
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no case after so many")
    parser.add_argument("--second-backend", help="where ours strays, how far Keras on this backend strays from Keras on JAX")
    parser.add_argument("--folder", help="where the cases are made and stay; those that are there already are not made again")
    parser.add_argument("--fixtures", nargs="+", metavar=("FOLDER", "NUMBER"), help="copy cases that follow into a folder of fixtures")
    parser.add_argument("--program", default=newest_program(), help="ours: the one built last, if left out")
    options = parser.parse_args()
    ranges = [range(*map(int, part.split("-"))) for part in options.cases.split(",")]
    numbers = [int(number) for number in options.fixtures[1:]] if options.fixtures else [number for part in ranges for number in part]
    base = Path(options.folder or tempfile.mkdtemp(prefix="parity-"))
    base.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "following.train", base)
    begun, named, program = time.monotonic(), exceptions(), os.path.abspath(options.program)
    made, results, lock = queue.Queue(4 * FOLLOWERS), {}, threading.Lock()

    def in_time():
        return time.monotonic() - begun < options.seconds

    def make():
        maker = worker("cases.py", "numpy", base)
        for number in filter(lambda _: in_time(), numbers):
            if (base / f"{number:03}" / "keras.npz").exists() or (answer := ask(maker, number)) == "made":
                made.put(number)
            else:
                results[number] = ("not made", answer)
        maker.stdin.close()
        for _ in range(FOLLOWERS):
            made.put(None)

    def follow():
        follower = worker("follow.py", "jax", base)
        while (number := made.get()) is not None:
            if not in_time():
                continue
            folder = base / f"{number:03}"
            if not (folder / "keras.npz").exists() and (answer := ask(follower, number)) != "followed":
                results[number] = ("not followed", answer)
                follower.kill()
                follower = worker("follow.py", "jax", base)
                continue
            shares, failure = ours(program, folder)
            results[number] = ("follows", worst(shares)) if failure is None else ("strays", worst(shares) if shares else failure)
            with lock:
                if failure is not None:
                    print(f"{number:03} strays: {results[number][1]}", flush=True)
                    if options.second_backend:
                        print(f"    {options.second_backend}: {compare_backends(folder, options.second_backend)}", flush=True)
                    if number in named:
                        print(f"    named: {named[number]}", flush=True)
        follower.stdin.close()

    threads = [threading.Thread(target=target, daemon=True) for target in [make] + [follow] * FOLLOWERS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    counts = {outcome: [number for number, (found, _) in results.items() if found == outcome] for outcome in ("follows", "strays", "not made", "not followed")}
    for outcome in ("not made", "not followed"):
        for number in sorted(counts[outcome]):
            print(f"{number:03} {outcome} by Keras: {results[number][1]}")
    unnamed = [number for number in counts["strays"] if number not in named]
    print(f"{len(counts['follows'])} cases follow Keras, {len(counts['strays'])} stray ({len(unnamed)} of them unnamed), "
          f"{len(numbers) - sum(len(found) for found in counts.values())} had no time; {time.monotonic() - begun:.0f} s")
    if options.fixtures:
        for number in sorted(counts["follows"]):
            pack(base / f"{number:03}", Path(options.fixtures[0]) / f"{number:03}")
        shutil.copy(HERE / "following.train", options.fixtures[0])
    if not options.folder:
        shutil.rmtree(base)
    sys.exit(1 if unnamed or not counts["follows"] else 0)


main()
