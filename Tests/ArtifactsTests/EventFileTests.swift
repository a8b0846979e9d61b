import Arrays
import Glibc
import Testing

@testable import Artifacts

@Suite struct EventFileTests {
  /// A record that TensorFlow wrote: `epoch_loss`, 0.5, at step 3; the eight bytes of its time left out.
  private let tensorFlowsEvent = bytes(
    hexadecimal: "10032a270a250a0a65706f63685f6c6f7373420a0801120022040000003f4a0b0a090a077363616c617273")

  @Test func writesTensorFlowsRecords() throws {
    let scratch = Scratch()
    let file = EventFile(inFolder: scratch.path("logs/train"))
    #expect(file.length == nil)
    try file.append([.scalar("epoch_loss", 0.5)], step: 3)
    let all = try readFile(file.path)
    #expect(file.length == all.count)
    let found = try #require(records(all))
    #expect(found.count == 2)
    #expect(String(decoding: found[0], as: UTF8.self).contains("brain.Event:2"))
    #expect(found[1].first == 9 && Array(found[1].dropFirst(9)) == tensorFlowsEvent)
    #expect(file.name.hasPrefix("events.out.tfevents.") && file.name.hasSuffix(".v2"))
  }

  /// The checksums that TensorFlow wrote behind the length of that record, and behind the record.
  @Test func checksumsAreTensorFlows() {
    #expect(EventFile.checksum([52, 0, 0, 0, 0, 0, 0, 0]) == 0x5c17_335e)
    #expect(EventFile.checksum(bytes(hexadecimal: "092f16aa9872c0da41") + tensorFlowsEvent) == 0x2c6d_20a3)
  }

  @Test func filesOfOneSecondHaveNamesOfTheirOwn() throws {
    let scratch = Scratch()
    let names = (0..<20).map { _ in EventFile(inFolder: scratch.folder).name }
    #expect(Set(names).count == names.count)
  }

  @Test func isCutBackToItsBackup() throws {
    let scratch = Scratch()
    let file = EventFile(inFolder: scratch.folder)
    try file.append([.scalar("a", 1)], step: 0)
    let length = try #require(file.length)
    let before = try readFile(file.path)
    try file.append([.scalar("a", 2)], step: 1)
    put(Array(try readFile(file.path).dropLast(5)), at: file.path)
    let resumed = try EventFile(resuming: file.name, inFolder: scratch.folder, length: length)
    #expect(try readFile(file.path) == before)
    try resumed.append([.scalar("a", 3)], step: 1)
    #expect(records(try readFile(file.path))?.count == 3)
  }

  @Test func whatNoBackupKnowsGoes() throws {
    let scratch = Scratch()
    let file = EventFile(inFolder: scratch.folder)
    try file.append([.scalar("a", 1)], step: 0)
    let resumed = try EventFile(resuming: file.name, inFolder: scratch.folder, length: nil)
    #expect(scratch.names.isEmpty)
    try resumed.append([.scalar("a", 2)], step: 0)
    #expect(scratch.names == [file.name])
  }

  @Test(arguments: [nil, 999]) func oneThatIsGoneOrShorterIsFollowedByANewOne(_ size: Int?) throws {
    let scratch = Scratch()
    let old = "events.out.tfevents.1.v2"
    if let size { put([UInt8](repeating: 7, count: size), at: scratch.path(old)) }
    let file = try EventFile(resuming: old, inFolder: scratch.folder, length: 1000)
    let reason = size == nil ? "it is gone" : "it has 999 bytes where 1000 were written before"
    #expect(file.loss == .damaged(path: scratch.path(old), reason: reason))
    try file.append([.scalar("a", 1)], step: 7)
    #expect(records(try readFile(file.path))?.count == 2)
    // What is left of the old one is nobody's to delete.
    #expect(scratch.names == (size == nil ? [file.name] : [old, file.name]))
    if let size { #expect(try readFile(scratch.path(old)).count == size) }
  }

  @Test func oneThatIsDeletedMeanwhileBeginsAnew() throws {
    let scratch = Scratch()
    let file = EventFile(inFolder: scratch.path("logs"))
    try file.append([.scalar("a", 1)], step: 0)
    unlink(file.path)
    rmdir(scratch.path("logs"))
    try file.append([.scalar("a", 2)], step: 1)
    #expect(records(try readFile(file.path))?.count == 2)
    #expect(file.length == (try readFile(file.path).count))
  }

  /// Whatever call of the system fails, what stands in the file is whole records.
  @Test(arguments: 0..<6) func aFullDiskLeavesWholeRecords(_ call: Int) throws {
    let scratch = Scratch()
    let first = EventFile(inFolder: scratch.folder)
    try first.append([.scalar("a", 1)], step: 0)
    let trouble = Trouble(.error(ENOSPC), atCall: call)
    do {
      let file = try EventFile(resuming: first.name, inFolder: scratch.folder, length: first.length, through: trouble.fileSystem)
      try file.append([.scalar("a", 2)], step: 1)
      try file.append([.scalar("a", 3)], step: 2)
    } catch {
      #expect(error.description.hasSuffix("no space left on device"))
    }
    #expect(records(try readFile(first.path)) != nil)
  }
}

@Suite struct HistogramTests {
  private func histogram(_ numbers: [Double]) -> Histogram {
    Histogram(of: NDArray(doubles: numbers, shape: [numbers.count]))
  }

  /// As `tf.summary.histogram` counts them.
  @Test func countsInThirtyParts() {
    let buckets = histogram((0..<61).map { Double($0) / 2 }).buckets
    #expect(buckets.count == 30)
    #expect(buckets.map(\.count) == Array(repeating: 2, count: 29) + [3])
    #expect(buckets.map(\.left) == (0..<30).map(Double.init) && buckets[29].right == 30)
  }

  @Test func equalNumbersLieInTheLastPart() {
    let buckets = histogram([2.5, 2.5, 2.5]).buckets
    #expect(buckets.allSatisfy { $0.left == 2.5 && $0.right == 2.5 })
    #expect(buckets.map(\.count) == Array(repeating: 0, count: 29) + [3])
  }

  @Test(
    arguments: [
      ([], 0), ([.nan], 0), ([.nan, 1, 2], 2), ([.infinity, 1], 0), ([-.infinity, .infinity], 0),
      ([-.greatestFiniteMagnitude, .greatestFiniteMagnitude], 0), ([0, .leastNonzeroMagnitude], 2), ([1, 1.0.nextUp], 2),
    ] as [([Double], Double)])
  func survivesAnyNumbers(_ numbers: [Double], _ counted: Double) {
    let buckets = histogram(numbers).buckets
    #expect(buckets.count == 30)
    #expect(buckets.reduce(0) { $0 + $1.count } == counted)
  }
}

@Suite struct PictureTests {
  private func pictures(_ shape: [Int]) -> [Picture] {
    let count = shape.reduce(1, *)
    return Picture.all(of: NDArray(doubles: (0..<count).map { Double($0) / Double(max(count - 1, 1)) }, shape: shape))
  }

  /// Width, height and number of the pictures that Keras makes of weights.
  @Test(arguments: [
    ([4], 1, 4, 1), ([1], 0, 0, 0), ([], 0, 0, 0), ([2, 5], 5, 2, 1), ([5, 2], 5, 2, 1), ([1, 5], 1, 5, 1),
    ([3, 4, 7], 4, 3, 7), ([3, 3, 1, 4], 3, 3, 4), ([3, 5, 6, 3], 6, 5, 3), ([2, 5, 6, 4], 6, 5, 2), ([2, 3, 4, 5], 0, 0, 0),
    ([0, 3], 0, 0, 0),
  ])
  func haveKerasSizes(_ shape: [Int], _ width: Int, _ height: Int, _ count: Int) {
    let made = pictures(shape)
    #expect(made.count == count)
    #expect(made.allSatisfy { $0.width == width && $0.height == height })
  }

  @Test func pngFilesHaveTheirParts() throws {
    let png = try #require(pictures([2, 3]).first).png
    #expect(Array(png.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    // Width 3, height 2, eight bits of grey, as libpng's own header and checksum of such a picture.
    #expect(Array(png[8..<33]) == bytes(hexadecimal: "0000000d494844520000000300000002" + "0800000000" + "b81f39c6"))
    #expect(Array(png.suffix(12)) == bytes(hexadecimal: "0000000049454e44ae426082"))
  }
}

/// The contents of TFRecord records; nil where lengths or checksums are wrong.
private func records(_ file: [UInt8]) -> [[UInt8]]? {
  var rest = file[...]
  var found: [[UInt8]] = []
  func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
  while !rest.isEmpty {
    guard rest.count >= 12 else { return nil }
    let length = rest.prefix(8)
    guard number(rest.dropFirst(8).prefix(4)) == EventFile.checksum(Array(length)) else { return nil }
    rest = rest.dropFirst(12)
    let count = Int(number(length))
    guard rest.count >= count + 4 else { return nil }
    let content = Array(rest.prefix(count))
    guard number(rest.dropFirst(count).prefix(4)) == EventFile.checksum(content) else { return nil }
    found.append(content)
    rest = rest.dropFirst(count + 4)
  }
  return found
}

private func bytes(hexadecimal text: String) -> [UInt8] {
  let digits = text.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
