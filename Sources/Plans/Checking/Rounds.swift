import Lambdas

/// What a loop or a comprehension goes through, an element at a time, so that a long range takes no memory.
struct Rounds: Sequence, IteratorProtocol {
  private enum Source {
    case parts([Meaning], next: Int)
    case values(ValueCursor)
  }
  /// How many there are at most.
  let count: Int
  private var source: Source

  /// The elements of a value; nil where only their type is known, or where there are none to go through.
  init?(_ meaning: Meaning) {
    if case .known(let value) = meaning {
      guard let cursor = try? Operations.iterate(value) else { return nil }
      if case .iterator(let iterator) = value {
        count = iterator.elements.count
      } else {
        count = (try? Operations.length(of: value)) ?? 0
      }
      source = .values(cursor)
    } else {
      guard let parts = meaning.elements else { return nil }
      count = parts.count
      source = .parts(parts, next: 0)
    }
  }

  mutating func next() -> Meaning? {
    switch source {
    case .parts(let parts, let index):
      guard index < parts.count else { return nil }
      source = .parts(parts, next: index + 1)
      return parts[index]
    case .values(var cursor):
      // Let go of it first: the cursor alone holds what it goes through.
      source = .parts([], next: 0)
      let value = cursor.next()
      source = .values(cursor)
      return value.map(Meaning.known)
    }
  }
}
