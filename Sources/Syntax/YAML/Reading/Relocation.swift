import Diagnostics

/// Where the text of a scalar stands in its file: each byte of it, though quotes, escapes and folded lines lie between.
struct Relocation {
  private let scalar: SourceRange
  /// How many bytes were put before the scalar's text, `def ` for example; they stand for its beginning.
  private let prefixLength: Int
  /// The bytes of the file that each byte of the text comes from; nil where the text stands there as it reads.
  private let places: [(start: Int32, end: Int32)]?

  init(_ scalar: YAMLScalar, prefixLength: Int) {
    self.scalar = scalar.range
    self.prefixLength = prefixLength
    let bytes = scalar.range.source.bytes[scalar.range.start..<scalar.range.end]
    places = scalar.style == .plain && bytes.count == scalar.text.utf8.count ? nil : Self.places(of: scalar, in: bytes)
  }

  /// Follows text and file together. What is not blank is matched exactly; of blanks that folding makes only the line is right.
  private static func places(of scalar: YAMLScalar, in bytes: ArraySlice<UInt8>) -> [(start: Int32, end: Int32)] {
    var places: [(start: Int32, end: Int32)] = []
    var position = bytes.startIndex
    let backslash = UInt8(ascii: "\\")
    func isSpace(_ byte: UInt8) -> Bool { isBlank(byte) || isLineEnd(byte) }
    func peek(_ ahead: Int) -> UInt8 { position + ahead < bytes.endIndex ? bytes[position + ahead] : 0 }
    if scalar.isBlock {
      position = bytes.firstIndex(where: isLineEnd) ?? bytes.endIndex
    } else if scalar.style != .plain {
      position += 1
    }
    for character in scalar.text.unicodeScalars {
      let count = character.utf8.count
      let isBlankHere = character.value < 0x80 && isSpace(UInt8(character.value))
      if scalar.style == .doubleQuoted {
        // An escaped line end stands for nothing.
        while peek(0) == backslash, isLineEnd(peek(1)) {
          position += 2
          while position < bytes.endIndex, isSpace(bytes[position]) { position += 1 }
        }
      }
      if !isBlankHere, position < bytes.endIndex { while isSpace(peek(0)) { position += 1 } }
      var end = position + count
      if scalar.style == .doubleQuoted, peek(0) == backslash {
        switch peek(1) {
        case UInt8(ascii: "x"): end = position + 4
        case UInt8(ascii: "u"): end = position + 6
        case UInt8(ascii: "U"): end = position + 10
        default: end = position + 2
        }
      } else if scalar.style == .singleQuoted, character == "'" {
        end = position + 2
      } else if isBlankHere, !isSpace(peek(0)) {
        end = position
      }
      end = min(end, bytes.endIndex)
      let start = min(position, end)
      for _ in 0..<count { places.append((Int32(truncatingIfNeeded: start), Int32(truncatingIfNeeded: end))) }
      position = end
    }
    return places
  }

  /// Where a stretch of the text stands in the file.
  func callAsFunction(_ range: SourceRange) -> SourceRange {
    let (first, last) = (range.start - prefixLength, range.end - prefixLength)
    let start = start(of: first)
    return SourceRange(scalar.source, start, last > max(first, 0) ? max(start, end(before: last)) : start)
  }

  private func start(of offset: Int) -> Int {
    guard let places else { return min(scalar.start + max(0, offset), scalar.end) }
    if offset < 0 { return places.first.map { Int($0.start) } ?? scalar.start }
    return offset < places.count ? Int(places[offset].start) : places.last.map { Int($0.end) } ?? scalar.end
  }

  private func end(before offset: Int) -> Int {
    guard let places else { return min(scalar.start + max(0, offset), scalar.end) }
    guard let last = places.indices.last, offset > 0 else { return start(of: 0) }
    return Int(places[min(offset - 1, last)].end)
  }
}

/// A tree that was read from a scalar's text and is to have its places in the file.
protocol Relocatable {
  /// The same tree where it stands in the file.
  func moved(by relocation: Relocation) -> Self
}

extension Array: Relocatable where Element: Relocatable {
  func moved(by relocation: Relocation) -> [Element] { map { $0.moved(by: relocation) } }
}

extension Optional: Relocatable where Wrapped: Relocatable {
  func moved(by relocation: Relocation) -> Wrapped? { map { $0.moved(by: relocation) } }
}

extension Name: Relocatable {
  func moved(by relocation: Relocation) -> Name { Name(text, relocation(range)) }
}

extension ImportedName: Relocatable {
  func moved(by relocation: Relocation) -> ImportedName {
    ImportedName(name: name.moved(by: relocation), alias: alias.moved(by: relocation))
  }
}

extension Parameter: Relocatable {
  func moved(by relocation: Relocation) -> Parameter {
    Parameter(name: name.moved(by: relocation), defaultValue: defaultValue.moved(by: relocation), kind: kind)
  }
}

extension Comment: Relocatable {
  func moved(by relocation: Relocation) -> Comment { Comment(text: text, range: relocation(range)) }
}

extension Finding: Relocatable {
  func moved(by relocation: Relocation) -> Finding {
    Finding(
      severity, name, message, at: relocation(range), remark: remark,
      labels: labels.map { Label(relocation($0.range), $0.text) }, hint: hint)
  }
}

extension Argument: Relocatable {
  func moved(by relocation: Relocation) -> Argument {
    let moved: Kind = if case .keyword(let name) = kind { .keyword(name.moved(by: relocation)) } else { kind }
    return Argument(moved, value.moved(by: relocation))
  }
}

extension DictEntry: Relocatable {
  func moved(by relocation: Relocation) -> DictEntry {
    switch self {
    case .pair(let key, let value): .pair(key: key.moved(by: relocation), value: value.moved(by: relocation))
    case .spread(let value): .spread(value.moved(by: relocation))
    }
  }
}

extension FormattedPart: Relocatable {
  func moved(by relocation: Relocation) -> FormattedPart {
    guard case .field(var field) = self else { return self }
    field.value = field.value.moved(by: relocation)
    field.format = field.format.moved(by: relocation)
    return .field(field)
  }
}

extension Comprehension: Relocatable {
  func moved(by relocation: Relocation) -> Comprehension {
    let result: Result =
      switch self.result {
      case .list(let element): .list(element.moved(by: relocation))
      case .set(let element): .set(element.moved(by: relocation))
      case .dict(let key, let value): .dict(key: key.moved(by: relocation), value: value.moved(by: relocation))
      case .generator(let element): .generator(element.moved(by: relocation))
      }
    let clauses = clauses.map { clause in
      Clause(
        target: clause.target.moved(by: relocation), iterable: clause.iterable.moved(by: relocation),
        conditions: clause.conditions.moved(by: relocation))
    }
    return Comprehension(result: result, clauses: clauses)
  }
}

extension Expression: Relocatable {
  func moved(by relocation: Relocation) -> Expression { Expression(movedKind(by: relocation), relocation(range)) }

  private func movedKind(by relocation: Relocation) -> Kind {
    func move<Tree: Relocatable>(_ tree: Tree) -> Tree { tree.moved(by: relocation) }
    switch kind {
    case .none, .bool, .integer, .float, .string, .ellipsis, .name, .missing: return kind
    case .formatted(let parts, let written): return .formatted(move(parts), written: written)
    case .tuple(let elements): return .tuple(move(elements))
    case .list(let elements): return .list(move(elements))
    case .set(let elements): return .set(move(elements))
    case .dict(let entries): return .dict(move(entries))
    case .starred(let value): return .starred(move(value))
    case .unary(let op, let operand): return .unary(op, move(operand))
    case .binary(let op, let left, let right): return .binary(op, move(left), move(right))
    case .logical(let op, let left, let right): return .logical(op, move(left), move(right))
    case .comparison(let first, let links):
      return .comparison(move(first), links.map { ComparisonLink($0.operator, move($0.operand)) })
    case .conditional(let condition, let then, let otherwise):
      return .conditional(condition: move(condition), then: move(then), otherwise: move(otherwise))
    case .attribute(let value, let name): return .attribute(move(value), move(name))
    case .subscripted(let value, let index): return .subscripted(move(value), move(index))
    case .slice(let lower, let upper, let step): return .slice(lower: move(lower), upper: move(upper), step: move(step))
    case .call(let callee, let arguments): return .call(callee: move(callee), arguments: move(arguments))
    case .lambda(let parameters, let body): return .lambda(parameters: move(parameters), body: move(body))
    case .comprehension(let comprehension): return .comprehension(move(comprehension))
    }
  }
}
