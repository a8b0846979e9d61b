import Arrays
import CChecksums
import Testing

@testable import Artifacts

/// Arrays that are copied to where they stand in a backup, and nowhere else.
@Suite struct PlacedArraysTests {
  let scratch = Scratch()
  var folder: String { scratch.path("backup") }
  private let shapes: [(name: String, shape: [Int])] = [
    ("trainee/kernel", [100, 37]), ("trainee/bias", [37]), ("trainee/none", [0]), ("trainee/table", [300, 1000]),
  ]

  /// The sections of a number, with the arrays in these places.
  private func sections(_ number: Float, in places: SnapshotPlaces) -> [BackupSection] {
    let arrays = zip(shapes, places.places).map { shape, place in
      let values = place.bindMemory(to: Float.self)
      for index in values.indices { values[index] = number + Float(index) }
      let checksum = crc32c(0, place.baseAddress, place.count)
      let snapshot = ArrayStorage(snapshotIn: place, of: places.owner, checksum: checksum)
      return BackupSection(shape.name, array: NDArray(snapshot, shape: shape.shape))
    }
    return [BackupSection("run", text: "number \(number)")] + arrays + [BackupSection("tail/0", bytes: [1, 2, 3])]
  }

  /// Each place of the file holds what it would if the arrays stood elsewhere, and one that is read back is the same.
  @Test func whatIsPlacedIsWhatIsWritten() throws {
    let backups = try BackupFolder(folder)
    for number in 1...5 {
      let places = try #require(backups.places(for: shapes))
      try backups.write(sections(Float(number), in: places))
    }
    let found = try #require(try backups.newest())
    #expect(found.generation == 5 && found["run"]?.text == "number 5.0" && found["tail/0"]?.bytes == [1, 2, 3])
    for (name, shape) in shapes {
      let array = try #require(found[name]?.array)
      #expect(array.shape == shape && array.floats == array.floats.indices.map { 5 + Float($0) })
    }
    // What follows the arrays in the file comes behind them there too.
    let copied = found.sections.map { section in
      section.array.map { BackupSection(section.name, array: NDArray(floats: $0.floats, shape: $0.shape)) } ?? section
    }
    #expect(found.sections.map(\.name) == shapes.map(\.name) + ["run", "tail/0"])
    let other = try BackupFolder(scratch.path("other"))
    for _ in 1...5 { try other.write(copied) }
    #expect(try readFile(folder + "/00000005.backup") == readFile(scratch.path("other/00000005.backup")))
  }

  /// What follows them may be more than there is room for in their memory, which is then used again within the same file.
  @Test func muchFollowsThem() throws {
    let backups = try BackupFolder(folder)
    let log = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 / 1000) }
    for number in 1...4 {
      let placed = sections(Float(number), in: try #require(backups.places(for: shapes)))
      try backups.write(placed + [BackupSection("tail/1", bytes: log)])
      let found = try #require(try backups.newest())
      #expect(found.generation == number && found["tail/1"]?.bytes == log)
      #expect(found["trainee/table"]?.array?.floats.last == Float(number) + 299_999)
    }
  }

  /// Elements can be read where they stand in the file: at multiples of 64 bytes.
  @Test func elementsAreAligned() throws {
    for place in BackupFile.places(of: shapes) { #expect(place.lowerBound % 64 == 0) }
  }

  /// The elements are written from where they were put, so a checksum that is not theirs is found when the backup is read.
  @Test func nothingIsCopiedOrSummedUpAgain() throws {
    let backups = try BackupFolder(folder)
    let places = try #require(backups.places(for: shapes))
    let whole = sections(1, in: places)
    places.places[3][5] ^= 1
    try backups.write(whole)
    #expect(try BackupFolder.list(folder).first?.damage == "its section `trainee/table` is damaged")
  }

  /// Arrays that somebody still holds stay as they are, whatever is written next.
  @Test func arraysThatAreHeldAreLeftAlone() throws {
    let backups = try BackupFolder(folder)
    let first = sections(1, in: try #require(backups.places(for: shapes)))
    try backups.write([BackupSection("other", bytes: [UInt8](repeating: 7, count: 100_000))])
    let second = sections(2, in: try #require(backups.places(for: shapes)))
    try backups.write(second)
    try backups.write(first)
    #expect(try backups.newest()?["trainee/table"]?.array?.floats.last == 300_000)
    #expect(second[4].array?.floats.last == 300_001)
  }

  /// Sections in another order than that of their places, or a part of them, are written as well.
  @Test func otherSectionsThanThosePlaced() throws {
    let backups = try BackupFolder(folder)
    for change in [{ Array($0.reversed()) }, { Array($0.dropLast(2)) }] as [([BackupSection]) -> [BackupSection]] {
      let changed = change(sections(3, in: try #require(backups.places(for: shapes))))
      try backups.write(changed)
      let found = try #require(try backups.newest())
      #expect(found.sections.map(\.name) == changed.map(\.name))
      #expect(found.sections.map { $0.array?.floats } == changed.map { $0.array?.floats })
    }
  }

  @Test func manyBytesHaveNoPlaces() throws {
    let backups = try BackupFolder(folder)
    #expect(backups.places(for: [("large", [17 << 20])]) == nil)
    #expect(backups.places(for: []) != nil)
  }
}

extension NDArray {
  fileprivate var floats: [Float] { withElements(as: Float.self) { Array($0) } }
}
