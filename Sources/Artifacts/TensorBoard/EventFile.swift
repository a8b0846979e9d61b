import CChecksums
import FoundationEssentials
import Glibc
import SwiftProtobuf
import Synchronization

/// What TensorBoard shows of a run: records of values, each at a step.
///
/// A record is the length of an event, its checksum, the event as a protocol message, and the checksum of that (TensorFlow's
/// TFRecord format). The file is made with its first record. What a backup remembers is its name and `length`: on resume what was
/// written since is cut off, be it whole or torn, so that no step stands in it twice.
package final class EventFile {
  package let path: String
  /// What it is written into; nil before the first record.
  package private(set) var file: AppendingFile?
  /// What became of the file that was to be gone on with, so that this one was begun in its place; nil if nothing did.
  package private(set) var loss: FileFailure?
  private let fileSystem: FileSystem

  /// A new file in a folder, named as TensorBoard expects: time, host, process, number.
  package init(inFolder folder: String, through fileSystem: FileSystem = .real) {
    path = Self.freePath(inFolder: folder)
    self.fileSystem = fileSystem
  }

  /// Goes on with a file that had `length` bytes, or was not there yet (nil): what a killed run wrote since goes.
  ///
  /// Where that is gone or shorter, this is a new file, and `loss` says so; what is left of the old one stays, since TensorBoard
  /// shows both.
  package init(
    resuming name: String, inFolder folder: String, length: Int?, through fileSystem: FileSystem = .real
  ) throws(FileFailure) {
    let old = "\(folder)/\(name)"
    self.fileSystem = fileSystem
    guard let length else {
      path = old
      _ = fileSystem.remove(old)
      return
    }
    if let reason = AppendingFile.loss(at: old, of: length) {
      path = Self.freePath(inFolder: folder)
      loss = .damaged(path: old, reason: reason)
      return
    }
    path = old
    file = try AppendingFile(old, from: .length(length), through: fileSystem)
  }

  package var name: String { splitPath(path).name }
  /// Bytes of whole records; nil before the first.
  package var length: Int? { file?.length }

  /// Adds an event for each value. On failure the file is as before. One that someone has deleted meanwhile begins anew.
  package func append(_ values: [SummaryValue], step: Int) throws(FileFailure) {
    if FileStatus(at: path) == nil { file = nil }
    let file = try opened()
    var bytes: [UInt8] = []
    for value in values {
      var event = Tensorboard_Event(step: step)
      event.summary.value = [value.message]
      bytes += try record(of: event)
    }
    try file.append(bytes)
  }

  /// Makes the file if it is missing, with a first record that says what it is.
  @discardableResult
  package func opened() throws(FileFailure) -> AppendingFile {
    if let file { return file }
    let file = try AppendingFile(path, from: .empty, makingFolders: true, through: fileSystem)
    var first = Tensorboard_Event(step: 0)
    first.fileVersion = "brain.Event:2"
    first.sourceMetadata.writer = "train"
    try file.append(try record(of: first))
    self.file = file
    return file
  }

  private func record(of event: Tensorboard_Event) throws(FileFailure) -> [UInt8] {
    let content: [UInt8]
    do { content = try event.serializedBytes() } catch {
      throw .cannotWrite(path: path, reason: "an event has more than the 2 GiB that a record can have")
    }
    let length = littleEndianBytes(UInt64(content.count))
    return length + littleEndianBytes(Self.checksum(length)) + content + littleEndianBytes(Self.checksum(content))
  }

  /// CRC-32C, rotated and shifted so that a checksum of bytes that hold checksums is none of those.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    let sum = bytes.withUnsafeBytes { crc32c(0, $0.baseAddress, $0.count) }
    return (sum >> 15 | sum << 17) &+ 0xa282_ead8
  }

  private static let count = Atomic<Int>(0)

  private static func freePath(inFolder folder: String) -> String {
    var name = [CChar](repeating: 0, count: 256)
    let isKnown = gethostname(&name, name.count) == 0
    let letters = name.prefix { isKnown && $0 != 0 }.map { UInt8(bitPattern: $0) }
    let host = letters.isEmpty ? "localhost" : String(decoding: letters, as: UTF8.self).replacing("/", with: "-")
    while true {
      let number = count.add(1, ordering: .relaxed).oldValue
      let path = "\(folder)/events.out.tfevents.\(time(nil)).\(host).\(getpid()).\(number).v2"
      if FileStatus(at: path) == nil { return path }
    }
  }
}

extension Tensorboard_Event {
  /// An event of this moment.
  fileprivate init(step: Int) {
    self.init()
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    wallTime = Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    self.step = Int64(step)
  }
}
