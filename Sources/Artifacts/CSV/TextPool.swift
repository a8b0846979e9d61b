/// Texts, each of them once, numbered in the order in which they came.
struct TextPool {
  private var bytes: [UInt8] = []
  /// Where each text ends in `bytes`.
  private var ends: [Int] = []
  /// Numbers of texts by their hash, -1 where there is none; always less than half full.
  private var slots = [Int32](repeating: -1, count: 64)

  var count: Int { ends.count }
  var indices: Range<Int> { 0..<count }
  /// The memory that it takes.
  var byteCount: Int { bytes.count + ends.count * 8 + slots.count * 4 }

  subscript(_ number: Int) -> ArraySlice<UInt8> { bytes[(number == 0 ? 0 : ends[number - 1])..<ends[number]] }

  /// The number of a text, and whether it is new here.
  mutating func add(_ text: UnsafeBufferPointer<UInt8>) -> (number: Int, isNew: Bool) {
    var slot = Self.hash(text) & (slots.count - 1)
    while slots[slot] >= 0 {
      if holds(text, as: Int(slots[slot])) { return (Int(slots[slot]), false) }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = Int32(ends.count)
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
    if 2 * ends.count >= slots.count { grow() }
    return (ends.count - 1, true)
  }

  /// The numbers in the order of their texts' bytes, which is that of code points.
  var sorted: [Int] { (0..<count).sorted { self[$0].lexicographicallyPrecedes(self[$1]) } }

  func string(_ number: Int) -> String { String(decoding: self[number], as: UTF8.self) }

  private func holds(_ text: UnsafeBufferPointer<UInt8>, as number: Int) -> Bool {
    let start = number == 0 ? 0 : ends[number - 1]
    guard ends[number] - start == text.count else { return false }
    return bytes.withUnsafeBufferPointer { all in UnsafeBufferPointer(rebasing: all[start..<ends[number]]).elementsEqual(text) }
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for number in 0..<count {
      var slot = self[number].withUnsafeBufferPointer { Self.hash($0) } & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(number)
    }
  }

  /// FNV-1a, its upper half mixed into the lower one, by which slots are chosen.
  private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: hash ^ hash >> 32)
  }
}
