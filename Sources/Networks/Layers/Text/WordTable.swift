/// Words, each once, under numbers in the order in which they came: found by their bytes, without a string being made of them.
struct WordTable: Sendable {
  /// All words, one after the other, and where each ends.
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  /// Numbers of words by hash, each at the first free place from its own on; -1 where there is none. Half of them are free at least.
  private var slots = [Int32](repeating: -1, count: 16)

  init() {}

  /// A word that comes twice has the number of its first place.
  init(_ words: some Sequence<String>) {
    for word in words {
      var word = word
      word.withUTF8 { _ = insert(UnsafeRawBufferPointer($0)) }
    }
  }

  var count: Int { ends.count }

  /// The number of a word; nil if it is not there.
  func number(of word: UnsafeRawBufferPointer) -> Int? {
    let number = slots[slot(of: word)]
    return number < 0 ? nil : Int(number)
  }

  /// The number of a word, which is there from now on.
  mutating func insert(_ word: UnsafeRawBufferPointer) -> Int {
    let slot = slot(of: word)
    if slots[slot] >= 0 { return Int(slots[slot]) }
    precondition(ends.count < Int32.max, "words are numbered in 31 bits")
    slots[slot] = Int32(ends.count)
    bytes.append(contentsOf: word)
    ends.append(bytes.count)
    if 2 * ends.count > slots.count { grow() }
    return ends.count - 1
  }

  /// The word of a number, as text.
  subscript(number: Int) -> String { String(decoding: bytes[range(of: number)], as: UTF8.self) }

  private func range(of number: Int) -> Range<Int> { (number == 0 ? 0 : ends[number - 1])..<ends[number] }

  /// Where a word stands, or would stand.
  private func slot(of word: UnsafeRawBufferPointer) -> Int {
    // Hashes of this process alone, so that nobody can write a text whose words share a place.
    var hasher = Hasher()
    hasher.combine(bytes: word)
    var slot = hasher.finalize() & (slots.count - 1)
    while slots[slot] >= 0, !isEqual(Int(slots[slot]), word) { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }

  private func isEqual(_ number: Int, _ word: UnsafeRawBufferPointer) -> Bool {
    let range = range(of: number)
    return range.count == word.count
      && bytes.withUnsafeBytes { $0[range].elementsEqual(word) }
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: 2 * slots.count)
    let all = bytes
    all.withUnsafeBytes { all in
      for number in ends.indices { slots[slot(of: UnsafeRawBufferPointer(rebasing: all[range(of: number)]))] = Int32(number) }
    }
  }
}
