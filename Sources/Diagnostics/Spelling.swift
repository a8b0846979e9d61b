/// Finds the name that an author probably meant.
package enum Spelling {
  /// The candidate nearest to a misspelt name; nil if none is near enough to be worth proposing.
  ///
  /// In this order: the same letters in another case or with other underscores (`earlystopping`, `batchSize`), an abbreviation
  /// (`val_acc` for `val_accuracy`, `lr` for `learning_rate`), words left out (`f1` for `f1_score`), then the fewest slips of the finger (a letter missing, added, wrong,
  /// or two exchanged), at most a third of the name's length. Among equals one that begins as the name does wins, with a small letter or a capital; then the first.
  package static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    let (letters, parts) = (folded(name), words(name))
    guard !letters.isEmpty else { return nil }
    var best: (candidate: String, cost: Int)?
    for candidate in candidates where candidate != name {
      guard var cost = cost(from: letters, parts, to: candidate) else { continue }
      cost = 2 * cost + (isCapitalized(candidate) == isCapitalized(name) ? 0 : 1)
      if best.map({ cost < $0.cost }) ?? true { best = (candidate, cost) }
    }
    return best?.candidate
  }

  /// What to write for a word of another language: `True` for `true`; nil for any other.
  package static func translation(of name: String) -> String? {
    switch name {
    case "true": "write `True`."
    case "false": "write `False`."
    case "null", "nil", "none", "undefined": "write `None`."
    default: nil
    }
  }

  /// `did you mean …?`; nil if nothing is near.
  package static func suggestion(for name: String, among candidates: some Sequence<String>) -> String? {
    nearest(to: name, among: candidates).map { "did you mean `\($0)`?" }
  }

  /// How many slips turn `a` into `b`: insertions, deletions, replacements, exchanges of neighbours (Damerau-Levenshtein, the
  /// variant that edits no part twice). Nil above `limit`.
  static func distance(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int? {
    if abs(a.count - b.count) > limit { return nil }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
        row.append(cost)
      }
      if row.allSatisfy({ $0 > limit }) { return nil }
      beforeLast = last
      last = row
    }
    return last[b.count] <= limit ? last[b.count] : nil
  }

  /// Lower means nearer; nil means too far. 0 is the same letters, 1 to 9 are abbreviations, 10 and more are slips.
  private static func cost(from letters: [UInt8], _ parts: [[UInt8]], to candidate: String) -> Int? {
    let other = folded(candidate)
    if letters == other { return 0 }
    let slips = distance(letters, other, limit: max(1, letters.count / 3))
    // Of three letters with one replaced another word is left: `set` is no slip for `net`.
    let isOtherWord = letters.count == 3 && other.count == 3 && letters.sorted() != other.sorted()
    if slips == 1, letters.count > 2, !isOtherWord { return 1 }
    let candidateParts = words(candidate)
    if abbreviates(parts, candidateParts) { return 2 }
    if letters.count >= 2, letters == candidateParts.compactMap(\.first) { return 3 }
    if leavesOutWords(parts, candidateParts) { return 4 }
    if letters.count > 1, parts.count == 1, candidateParts.first == letters { return 9 }
    if isOtherWord { return nil }
    // One or two letters are a name of their own, not a slip of another.
    guard letters.count > 2, let slips else { return nil }
    return 10 + slips
  }

  /// Whether every word is the beginning (two letters at least) of its counterpart: `val_acc` and `val_accuracy`.
  private static func abbreviates(_ parts: [[UInt8]], _ whole: [[UInt8]]) -> Bool {
    parts.count == whole.count && zip(parts, whole).allSatisfy { $0.count >= 2 && $1.starts(with: $0) }
  }

  /// Whether the words are some of the candidate's, in order: `sparse_crossentropy` and `sparse_categorical_crossentropy`.
  private static func leavesOutWords(_ parts: [[UInt8]], _ whole: [[UInt8]]) -> Bool {
    guard parts.count > 1 else { return false }
    var rest = whole[...]
    return parts.allSatisfy { part in
      guard let place = rest.firstIndex(of: part) else { return false }
      rest = rest[(place + 1)...]
      return true
    }
  }

  /// The letters and digits, in lower case and without underscores.
  private static func folded(_ name: String) -> [UInt8] {
    name.utf8.filter { $0 != underscore }.map(lowered)
  }

  /// The words of `snake_case` or `CamelCase`, in lower case.
  ///
  /// By bytes, here and above: every name of a script may be a candidate for every misspelt one.
  private static func words(_ name: String) -> [[UInt8]] {
    var words: [[UInt8]] = [[]]
    var previousIsLower = false
    for byte in name.utf8 {
      let isCapital = lowered(byte) != byte
      if byte == underscore || isCapital && previousIsLower { words.append([]) }
      if byte != underscore { words[words.count - 1].append(lowered(byte)) }
      previousIsLower = byte != underscore && !isCapital
    }
    return words.filter { !$0.isEmpty }
  }

  private static let underscore = UInt8(ascii: "_")

  private static func isCapitalized(_ name: String) -> Bool { name.utf8.first.map { lowered($0) != $0 } ?? false }

  /// ASCII's capitals as small letters; every other byte as it is.
  private static func lowered(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte | 32 : byte }
}
