"""The side of a worker: numbers come in a line each, and one line goes back for each."""
import os
import sys
import warnings


def answer(work, done):
    """Does the work for every number, and says `done`, or in a line why it could not be."""
    warnings.simplefilter("ignore")
    # Libraries print; only answers may go where answers are read.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            said = work(int(line)) or done
        except Exception as error:
            said = f"{type(error).__name__}: {error}".replace("\n", " ")[:300]
        print(said, file=answers, flush=True)
