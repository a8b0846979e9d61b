/// Arrays that are copied straight to where their elements stand in a backup, which begins with them.
struct PlacedArrays {
  let arrays: [(name: String, shape: [Int])]
  /// In bytes from the beginning of the file.
  let places: [Range<Int>]

  /// A backup of more is not gathered in one piece: its memory would be held for the whole training, and the time that a copy takes is
  /// little beside the steps of such a model.
  static let mostBytes = 64 << 20

  init(_ arrays: [(name: String, shape: [Int])]) {
    self.arrays = arrays
    places = BackupFile.places(of: arrays)
  }

  /// Bytes of the file until the last of them ends.
  var length: Int { places.last?.upperBound ?? 0 }

  /// Whether these sections hold just these arrays, in the places that they have in a buffer.
  func areThere(_ sections: [BackupSection], in buffer: BlockBuffer) -> Bool {
    guard sections.count == arrays.count else { return false }
    return zip(sections, zip(arrays, places)).allSatisfy { section, placed in
      section.name == placed.0.name && section.array.map { buffer.holds($0.rawBytes, at: placed.1.lowerBound) } ?? false
    }
  }
}
