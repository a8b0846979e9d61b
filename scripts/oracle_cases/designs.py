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


@design("plain numbers", "An element or a sum of an array is a Python number, with the methods that those have; so is an array without axes that a function gives.")
def plain_numbers(case):
    if "np" in case.names and case.there.kind == "value" and getattr(case.there.value, "shape", None) == ():
        return case.here.kind == "value" and case.here.bits == reference.bits(case.there.value.item())
    if "np" in case.names and ("dimension 0" in case.here.line or "an array with axes" in case.here.line): return True
    if "np" in case.names and case.there.text == "ValueError" and "nonzero" in case.text and case.here.repr == "()": return True
    # With dots in an index NumPy gives an array without axes.
    if "np" in case.names and case.there.text == "UFuncTypeError" and "..." in case.text: return True
    if case.there.text == "AttributeError" and any(f".{name}" in case.text for name in ("round", "item", "astype", "tolist")): return True
    if "np" in case.names and case.here.error in ("ZeroDivisionError", "OverflowError") and "; " in case.text: return True
    if "np" in case.names and case.here.finding == "unknown-attribute" and "number" in case.here.line: return True
    return "np" in case.names and case.here.error == "AttributeError" and any(f"'{name}' object has no" in case.here.line for name in ("int", "float", "bool"))


@design("truth counts", "Truth values are numbers to quantiles too, where NumPy stumbles over its own subtraction.")
def truth_counts(case):
    return "np" in case.names and case.there.text == "TypeError" and any(name in case.text for name in ("quantile", "percentile", "ptp")) and case.here.kind == "value"


@design("one element", "`int` and `float` take an array of one element, as NumPy did before 2.4.")
def one_element(case):
    return "np" in case.names and case.there.text == "TypeError" and case.here.kind == "value" and ("int(" in case.text or "float(" in case.text)


@design("nothing to average", "A mean, median or quantile of no elements is not-a-number, or an array of none.")
def nothing_to_average(case):
    names = ("average", "percentile", "quantile")
    return "np" in case.names and case.there.text in ("ZeroDivisionError", "IndexError") and case.here.kind == "value" and any(name in case.text for name in names)


@design("whole iterables", "Methods of sets and generators in calls take in all of an iterable before they answer.")
def whole_iterables(case):
    if case.there.kind != "value" or case.here.error is None: return False
    return "unhashable" in case.here.line and any(f".{name}(" in case.text for name in ("issuperset", "isdisjoint", "issubset")) or " for " in case.text and any(f"{name}(" in case.text for name in ("any", "all"))


@design("one not-a-number", "Values have no identity: where Python asks whether a not-a-number is the very one, the machine has no answer of its own.")
def one_not_a_number(case):
    if case.there.kind != "value" or case.here.kind != "value" or "nan" not in case.text: return False
    return isinstance(case.there.value, bool) or isinstance(case.there.value, (dict, set)) and "nan" in repr(case.there.value) and "nan" in case.here.repr


@design("built-ins are asked rightly", "What a built-in function cannot take is a finding, even where it would never use it.")
def built_ins_are_asked_rightly(case):
    return case.here.finding == "wrong-argument"


@design("keys first", "A key is looked at when it is reached: of two errors in a display the key's comes first.")
def keys_first(case):
    return case.there.kind == "error" and "unhashable" in case.here.line and "{" in case.text


@design("one element from a list", "An element may be set from a list of one number, and not from one of none.")
def one_element_from_a_list(case):
    if "np" not in case.names or "; " not in case.text: return False
    return case.there.text == "ValueError" and case.here.kind == "value" or case.there.kind == "value" and "into shape ()" in case.here.line


@design("arrays in collections", "Arrays in tuples and lists are equal or not, as one truth; NumPy calls that ambiguous.")
def arrays_in_collections(case):
    return "np" in case.names and case.there.text == "ValueError" and case.here.kind == "value" and (" in " in case.text or "==" in case.text)


@design("any offset", "A diagonal may lie as far off as a number can say.")
def any_offset(case):
    return "np" in case.names and case.there.text == "OverflowError" and case.here.kind == "value" and "9223372036854775807" in case.text
