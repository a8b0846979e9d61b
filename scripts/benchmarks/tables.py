"""How long a table of a million rows and twenty columns takes: `read_csv` of train, and pandas where this Python has it.

  python tables.py PROGRAM FOLDER ROUNDS      makes FOLDER/million.csv (280 MB) once; the contenders alternate

Twelve columns are normal numbers of all digits, four whole numbers, three texts and one truth values. train makes a data set of it, in float32; the
check of the script is measured alone. Prints Markdown.
"""
import os, pathlib, random, statistics, subprocess, sys, time

ROWS = 1_000_000
PANDAS = "import sys, pandas; print(len(pandas.read_csv(sys.argv[1])))"
EXACT = "import sys, pandas; print(len(pandas.read_csv(sys.argv[1], float_precision='round_trip')))"


def make(path):
    if path.exists(): return
    g = random.Random(0)
    part = path.with_suffix(".partial")
    with open(part, "w") as file:
        names = [f"x{n}" for n in range(12)] + [f"n{n}" for n in range(4)] + ["colour", "shade", "flag", "kind"]
        file.write(",".join(names) + "\n")
        for _ in range(ROWS):
            row = [repr(g.gauss(0, 1)) for _ in range(12)] + [str(g.randrange(10000)) for _ in range(4)]
            row += [g.choice(["red", "green", "blue", "black"]), g.choice(["light", "dark"]), g.choice(["True", "False"]), g.choice(["setosa", "versicolor", "virginica"])]
            file.write(",".join(row) + "\n")
    part.rename(path)


def measured(command):
    """Seconds by the clock, of the processors, and the most memory in bytes."""
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    if status: raise SystemExit(f"{command[0]} failed:\n{errors[-2000:]}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main():
    program, folder, rounds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    table, script = folder / "million.csv", folder / "million.train"
    make(table)
    script.write_text(f'data = read_csv("{table}", target="kind")\n')
    contenders = {"train": [program, "run", str(script)], "train, its check": [program, "check", str(script)]}
    try:
        import pandas
        contenders |= {f"pandas {pandas.__version__}": [sys.executable, "-c", PANDAS, str(table)],
                       "the same, exact": [sys.executable, "-c", EXACT, str(table)],
                       "import of pandas alone": [sys.executable, "-c", "import pandas"]}
    except ImportError:
        pass
    found = {name: [] for name in contenders}
    measured(["cat", str(table)])  # into the system's cache
    for _ in range(rounds):
        for name, command in contenders.items(): found[name].append(measured(command))
    print(f"**tables**: a million rows of twenty columns, {table.stat().st_size / 1e6:.0f} MB, from the start of the process to its end\n")
    print("| | s | CPU seconds | MB |\n|---|---|---|---|")
    for name, rounds in found.items():
        clock, cpu, memory = (statistics.median(values) for values in zip(*rounds))
        print(f"| {name} | {clock:.3f} | {cpu:.3f} | {memory / 1e6:.0f} |")


main()
