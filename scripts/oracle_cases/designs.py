"""Every difference from CPython and NumPy that is meant, with its reason. Whatever else differs is a mistake.

A design is asked with a `Disagreement`: the case's text, what the reference gave (`there`) and what the machine gave (`here`), and says whether
it explains the two.
"""
import sys

import reference

DESIGNS = []


def design(name, reason):
    def add(explains):
        DESIGNS.append((name, reason, explains))
        return explains

    return add


@design("64 bits", "Whole numbers have 64 bits; what does not fit is an OverflowError.")
def sixty_four_bits(case):
    return case.there.watch.large and (case.here.error == "OverflowError" or case.here.finding)


@design("no complex numbers", "A negative number to the power of a fraction is a ValueError.")
def no_complex_numbers(case):
    return case.there.watch.complex and (case.here.error == "ValueError" or case.here.finding)


@design("found before", "What must fail where it stands is a finding, even where the run would never come by.")
def found_before(case):
    return case.here.finding and not reference.reaches(case.text, case.here.start, case.here.end, case.names)


@design("may be None", "What may be None is asked first; the checker goes by types, not by values.")
def may_be_none(case):
    return case.here.finding == "possibly-none"


@design("order of sets", "A set goes through its elements in the order in which they came in; Python's order is nobody's promise.")
def order_of_sets(case):
    if case.there.kind != "value" or case.here.bits is None or "{" not in case.text and "set(" not in case.text: return False
    return sorted(case.here.bits) == sorted(reference.bits(case.there.value))


@design("Python 3.12", "The language follows 3.12; an older interpreter lacks what came with it.")
def newer_python(case):
    if sys.version_info >= (3, 12): return False
    return case.there.text == "AttributeError" and ".is_integer" in case.text or case.there.text == "TypeError" and case.here.error == "KeyError"


@design("late methods", "A method is looked up when its arguments are there: of two errors the arguments' comes first.")
def late_methods(case):
    return case.there.kind == "error" and case.here.error is not None and reference.evaluate_late(case.text, case.names) == case.here.error


@design("format limits", "A width or precision of a format is at most 10,000.")
def format_limits(case):
    return case.here.error == "ValueError" and ("Too many decimal digits" in case.here.line or "width too big" in case.here.line)


@design("six types", "Arrays are float32, float64, int64, int32, uint8 or bool: where NumPy takes float16, int8 or uint64, one of these.")
def six_types(case):
    return case.there.watch.foreign


@design("errors of arrays", "Where NumPy refuses the machine refuses; the class may be another, as NumPy's own are in like cases.")
def errors_of_arrays(case):
    return "np" in case.names and case.there.kind == "error" and case.here.error in ("ValueError", "TypeError", "IndexError", "OverflowError", "ZeroDivisionError")


@design("plain numbers", "An element or a sum of an array is a Python number, with the methods that those have.")
def plain_numbers(case):
    return "np" in case.names and case.here.error == "AttributeError" and any(f"'{name}' object has no" in case.here.line for name in ("int", "float", "bool"))


@design("truth counts", "Truth values are numbers to quantiles too, where NumPy stumbles over its own subtraction.")
def truth_counts(case):
    return "np" in case.names and case.there.text == "TypeError" and any(name in case.text for name in ("quantile", "percentile", "ptp")) and case.here.kind == "value"
