/// How a text becomes tokens: its letters are made small and its punctuation left out, it is cut into words or characters, and neighbours
/// of those are joined.
///
/// Letters, punctuation and blanks are ASCII's, as TensorFlow takes them: `É` stays, and so does a no-break space.
struct TextTokens: Sendable {
  /// What is done to a text before it is cut.
  enum Standard: String, CaseIterable {
    case both = "lower_and_strip_punctuation"
    case lower
    case strip = "strip_punctuation"
  }

  enum Split: String, CaseIterable { case whitespace, character }

  let standard: Standard?
  /// Nil leaves a text whole.
  let split: Split?
  /// How many neighbours are joined by a blank, one number after the other; nil for none.
  let widths: [Int]?

  /// What is written to while texts are cut, one after the other.
  struct Scratch {
    fileprivate var bytes: [UInt8] = []
    fileprivate var words: [Range<Int>] = []
    fileprivate var joined: [UInt8] = []
  }

  /// Gives the tokens of a text in order, as UTF-8 that is valid within the call.
  func cut(_ text: String, _ scratch: inout Scratch, _ take: (UnsafeRawBufferPointer) -> Void) {
    standardize(text, into: &scratch.bytes)
    find(in: scratch.bytes, into: &scratch.words)
    let (bytes, words) = (scratch.bytes, scratch.words)
    bytes.withUnsafeBytes { bytes in
      guard let widths else {
        for word in words { take(UnsafeRawBufferPointer(rebasing: bytes[word])) }
        return
      }
      for width in widths where width <= words.count {
        for first in 0...(words.count - width) {
          scratch.joined.removeAll(keepingCapacity: true)
          for word in words[first..<first + width] {
            if !scratch.joined.isEmpty || word.lowerBound > words[first].lowerBound { scratch.joined.append(Self.blank) }
            scratch.joined.append(contentsOf: bytes[word])
          }
          scratch.joined.withUnsafeBytes(take)
        }
      }
    }
  }

  private static let blank = UInt8(ascii: " ")

  private func standardize(_ text: String, into bytes: inout [UInt8]) {
    bytes.removeAll(keepingCapacity: true)
    guard let standard else { return bytes.append(contentsOf: text.utf8) }
    let (lowers, strips) = (standard != .strip, standard != .lower)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): bytes.append(lowers ? byte | 0x20 : byte)
      case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: if !strips { bytes.append(byte) }
      default: bytes.append(byte)
      }
    }
  }

  /// Where the words or characters lie.
  private func find(in bytes: [UInt8], into words: inout [Range<Int>]) {
    words.removeAll(keepingCapacity: true)
    switch split {
    case nil: words.append(0..<bytes.count)
    case .character:
      for place in bytes.indices {
        // What is no beginning of a character goes on with the one before it.
        if bytes[place] & 0xC0 == 0x80, let last = words.popLast() {
          words.append(last.lowerBound..<place + 1)
        } else {
          words.append(place..<place + 1)
        }
      }
    case .whitespace:
      var start = 0
      for (place, byte) in bytes.enumerated() where byte == Self.blank || (0x09...0x0D).contains(byte) {
        if start < place { words.append(start..<place) }
        start = place + 1
      }
      if start < bytes.count { words.append(start..<bytes.count) }
    }
  }
}
