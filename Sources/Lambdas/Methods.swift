import Arrays

/// A method of a built-in type: its head, and whether it changes the receiver.
package struct Method: Sendable {
  package let signature: FunctionSignature
  package let isMutating: Bool
}

/// The methods of `str`, `list`, `dict`, `set`, `tuple`, `range`, arrays, each declared once as Python's documentation writes it.
package enum Methods {
  package enum Receiver: Sendable, CaseIterable { case string, list, tuple, dict, set, range, array, float, integer }

  static let heads: [Receiver: [String]] = [
    .string: [
      "capitalize() -> str", "casefold() -> str", "center(width: int, fillchar: str = ' ', /) -> str",
      "count(sub: str, start: int | None = None, end: int | None = None, /) -> int",
      "endswith(suffix: str | tuple[str, ...], start: int | None = None, end: int | None = None, /) -> bool",
      "expandtabs(tabsize: int = 8) -> str",
      "find(sub: str, start: int | None = None, end: int | None = None, /) -> int", "format(*args, **kwargs) -> str",
      "index(sub: str, start: int | None = None, end: int | None = None, /) -> int", "isalnum() -> bool", "isalpha() -> bool",
      "isascii() -> bool", "isdecimal() -> bool", "isdigit() -> bool", "isidentifier() -> bool", "islower() -> bool",
      "isnumeric() -> bool", "isprintable() -> bool", "isspace() -> bool", "istitle() -> bool", "isupper() -> bool",
      "join(iterable: iterable[str], /) -> str", "ljust(width: int, fillchar: str = ' ', /) -> str", "lower() -> str",
      "lstrip(chars: str | None = None, /) -> str", "partition(sep: str, /) -> tuple[str, str, str]",
      "removeprefix(prefix: str, /) -> str", "removesuffix(suffix: str, /) -> str",
      "replace(old: str, new: str, count: int = -1, /) -> str",
      "rfind(sub: str, start: int | None = None, end: int | None = None, /) -> int",
      "rindex(sub: str, start: int | None = None, end: int | None = None, /) -> int",
      "rjust(width: int, fillchar: str = ' ', /) -> str",
      "rpartition(sep: str, /) -> tuple[str, str, str]", "rsplit(sep: str | None = None, maxsplit: int = -1) -> list[str]",
      "rstrip(chars: str | None = None, /) -> str", "split(sep: str | None = None, maxsplit: int = -1) -> list[str]",
      "splitlines(keepends: bool = False) -> list[str]",
      "startswith(prefix: str | tuple[str, ...], start: int | None = None, end: int | None = None, /) -> bool",
      "strip(chars: str | None = None, /) -> str", "swapcase() -> str", "title() -> str", "upper() -> str",
      "zfill(width: int, /) -> str",
    ],
    .list: [
      "append(object: any, /) -> None", "clear() -> None", "copy() -> list[T]", "count(value: any, /) -> int",
      "extend(iterable: iterable[any], /) -> None",
      "index(value: any, start: int = 0, stop: int | None = None, /) -> int", "insert(index: int, object: any, /) -> None",
      "pop(index: int = -1, /) -> T", "remove(value: any, /) -> None", "reverse() -> None",
      "sort(*, key: function | None = None, reverse: any = False) -> None",
    ],
    .tuple: ["count(value: any, /) -> int", "index(value: any, start: int = 0, stop: int | None = None, /) -> int"],
    .range: ["count(value: any, /) -> int", "index(value: any, /) -> int"],
    .dict: [
      "clear() -> None", "copy() -> dict[K, V]", "get(key: any, default: any = None, /) -> V | None",
      "items() -> iterable[tuple[K, V]]",
      "keys() -> iterable[K]", "pop(key: any, default: any = None, /) -> V", "popitem() -> tuple[K, V]",
      "setdefault(key: any, default: any = None, /) -> V | None", "update(*others, **entries) -> None", "values() -> iterable[V]",
    ],
    .set: [
      "add(elem: any, /) -> None", "clear() -> None", "copy() -> set[T]", "difference(*others) -> set[T]",
      "discard(elem: any, /) -> None",
      "intersection(*others) -> set[any]", "isdisjoint(other: iterable[any], /) -> bool",
      "issubset(other: iterable[any], /) -> bool",
      "issuperset(other: iterable[any], /) -> bool", "pop() -> T", "remove(elem: any, /) -> None",
      "symmetric_difference(other: iterable[any], /) -> set[any]", "union(*others) -> set[any]", "update(*others) -> None",
    ],
    .array: [
      "all(axis: any = None, out: None = None, keepdims: bool = False) -> any",
      "any(axis: any = None, out: None = None, keepdims: bool = False) -> any",
      "argmax(axis: int | None = None, out: None = None, keepdims: bool = False) -> any",
      "argmin(axis: int | None = None, out: None = None, keepdims: bool = False) -> any",
      "argsort(axis: int | None = -1) -> array", "astype(dtype: any, *, copy: bool = True) -> array",
      "clip(min: any = None, max: any = None) -> array", "copy() -> array",
      "cumprod(axis: int | None = None, dtype: any = None) -> array",
      "cumsum(axis: int | None = None, dtype: any = None) -> array",
      "diagonal(offset: int = 0, axis1: int = 0, axis2: int = 1) -> array", "dot(b: any) -> any", "fill(value: number) -> None",
      "flatten() -> array", "item(*args: int) -> number",
      "max(axis: any = None, out: None = None, keepdims: bool = False) -> any",
      "mean(axis: any = None, dtype: any = None, out: None = None, keepdims: bool = False) -> any",
      "min(axis: any = None, out: None = None, keepdims: bool = False) -> any", "nonzero() -> tuple[array, ...]",
      "prod(axis: any = None, dtype: any = None, out: None = None, keepdims: bool = False) -> any", "ravel() -> array",
      "repeat(repeats: any, axis: int | None = None) -> array", "reshape(*shape) -> array", "round(decimals: int = 0) -> any",
      "searchsorted(v: any, side: str = 'left') -> any", "sort(axis: int = -1) -> None", "squeeze(axis: any = None) -> any",
      "std(axis: any = None, dtype: any = None, out: None = None, ddof: number = 0, keepdims: bool = False) -> any",
      "sum(axis: any = None, dtype: any = None, out: None = None, keepdims: bool = False) -> any",
      "swapaxes(axis1: int, axis2: int) -> array", "take(indices: any, axis: int | None = None) -> any", "tolist() -> any",
      "trace(offset: int = 0) -> any", "transpose(*axes) -> array",
      "var(axis: any = None, dtype: any = None, out: None = None, ddof: number = 0, keepdims: bool = False) -> any",
    ],
    .float: ["is_integer() -> bool"] + scalarHeads,
    .integer: ["bit_count() -> int", "bit_length() -> int", "is_integer() -> bool"] + scalarHeads,
  ]

  /// What NumPy's numbers have and Python's have not: here they are one.
  private static let scalarHeads = [
    "astype(dtype: any) -> any", "item(*args: int) -> number", "round(decimals: int = 0) -> number", "tolist() -> number",
  ]

  private static let mutating: [Receiver: Set<String>] = [
    .list: ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"],
    .dict: ["clear", "pop", "popitem", "setdefault", "update"],
    .set: ["add", "clear", "discard", "pop", "remove", "update"],
    .array: ["fill", "sort"],
  ]

  private static let untyped = Dictionary(uniqueKeysWithValues: Receiver.allCases.map { ($0, table($0, variables: [:])) })

  private static func table(_ receiver: Receiver, variables: [Character: ValueType]) -> [String: Method] {
    var methods: [String: Method] = [:]
    for head in heads[receiver] ?? [] {
      let signature = FunctionSignature(head.replacingKeywordRest, variables: variables)
      methods[signature.name] = Method(signature: signature, isMutating: mutating[receiver]?.contains(signature.name) ?? false)
    }
    return methods
  }

  /// The names of a receiver's methods, sorted.
  package static func names(of receiver: Receiver) -> [String] { (untyped[receiver] ?? [:]).keys.sorted() }

  /// The method of that name, nothing known of the receiver's elements.
  package static func method(_ name: String, of receiver: Receiver) -> Method? { untyped[receiver]?[name] }

  /// The method of that name with the types of the receiver's elements in its result.
  package static func method(_ name: String, of receiver: Receiver, variables: [Character: ValueType]) -> Method? {
    guard let found = method(name, of: receiver) else { return nil }
    guard let head = heads[receiver]?.first(where: { $0.hasPrefix(name + "(") }), !variables.isEmpty else { return found }
    return Method(signature: FunctionSignature(head.replacingKeywordRest, variables: variables), isMutating: found.isMutating)
  }

  /// Whether a method of this name changes its receiver, whatever that is.
  package static func isMutating(_ name: String) -> Bool { mutating.values.contains { $0.contains(name) } }
}

extension Methods.Receiver {
  init?(_ value: Value) {
    switch value {
    case .string: self = .string
    case .list: self = .list
    case .tuple: self = .tuple
    case .dict: self = .dict
    case .set: self = .set
    case .range: self = .range
    case .array: self = .array
    case .float: self = .float
    case .integer, .bool: self = .integer
    default: return nil
    }
  }
}

extension String {
  /// A head without `**kwargs`, which its methods take in a way of their own.
  fileprivate var replacingKeywordRest: String {
    guard let start = firstRange(of: ", **") else { return self }
    guard let end = self[start...].firstIndex(of: ")") else { return self }
    return String(self[..<start] + self[end...])
  }

  private func firstRange(of part: String) -> Index? {
    indices.first { self[$0...].hasPrefix(part) }
  }
}
