"""Every difference from CPython and NumPy that is meant, with its reason. Whatever else differs is a mistake.

Most are changes of the reference: a case is explained where the reference with that change gives what the machine gives. The others say themselves
whether they explain a `Disagreement`: the case's text, what the reference gave (`there`) and what the machine gave (`here`).
`docs/language.md` lists them for authors; `DesignTests.swift` has a case of each.
"""
import sys

import reference

CHANGES = {
    "64 bits": "Whole numbers have 64 bits; what does not fit is an OverflowError.",
    "values": "Lists, dicts, sets and arrays are values: two names never share one.",
    "captured when made": "A function keeps what outer names meant when it was made.",
    "no complex numbers": "A negative number to the power of a fraction is a ValueError.",
    "one not-a-number": "Values have no identity: `in` and `==` of collections find every not-a-number to be the one.",
    "order of sets": "A set goes through its elements in the order in which they came in; Python's order is nobody's promise.",
    "Python 3.12": "The language follows 3.12, in which `sort` takes anything for `reverse` and ints have `is_integer`; an older interpreter lacks both.",
    "late methods": "A method is looked up when its arguments are there: of two errors the arguments' comes first.",
    "whole iterables": "`map`, `filter`, `zip` and generators compute all of their elements at once; `any` and `all` of a generator stop.",
    "six types": "Arrays are float32, float64, int64, int32, uint8 or bool: where NumPy takes float16, int8 or uint64, float64 or int64.",
    "sums in double": "Sums of float32 are made in float64 and rounded once; NumPy rounds on the way.",
    "order of equals": "`argsort` keeps equal elements in their order; NumPy's default order of them depends on the processor.",
    "NumPy's slips": "`np.split` takes lists and says ValueError where it cannot; `np.average` of no rows is an array of none: NumPy stumbles there.",
}
DESIGNS = []


def design(name, reason):
    def add(explains):
        DESIGNS.append((name, reason, explains))
        return explains

    return add


@design("found before", "What must fail where it stands is a finding, even where the run would never come by.")
def found_before(case):
    return case.here.finding and not reference.reaches(case.case, case.here.start, case.here.end, case.names)


@design("may be None", "What may be None is asked first; the checker goes by types, not by values.")
def may_be_none(case):
    return case.here.finding == "possibly-none"


@design("keys of Python 3.12", "A slice may be a key since 3.12.")
def newer_python(case):
    return sys.version_info < (3, 12) and case.there.message == "unhashable type: 'slice'"


@design("size of values", "A text takes at most 64 MiB, another collection at most 256 MiB.")
def size_of_values(case):
    return case.here.error == "MemoryError" and "is too large: at most" in case.here.line


@design("format limits", "A width or precision of a format is at most 10,000.")
def format_limits(case):
    return case.here.error == "ValueError" and ("Too many decimal digits" in case.here.line or "width too big" in case.here.line)
