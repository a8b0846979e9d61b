import CKernels

/// The records that the pool walks, their arguments, and where each comes from. Nothing in it moves once it is built.
final class StepList {
  private let arguments = AlignedMemory()
  private(set) var steps: [train_step] = []
  private(set) var tags: [SourceTag] = []
  /// What each step does, for profiles.
  private(set) var names: [String] = []
  /// Things that must outlive the steps.
  var owned: [AnyObject] = []

  /// Adds a record; its arguments stay where the result points, to be changed between runs.
  @discardableResult
  func add<Arguments>(
    _ kernel: train_kernel?, _ name: String, _ arguments: Arguments, pieces: Int32, tag: SourceTag
  ) -> UnsafeMutablePointer<Arguments> {
    let place = self.arguments.allocate(byteCount: MemoryLayout<Arguments>.size).bindMemory(to: Arguments.self, capacity: 1)
    place.initialize(to: arguments)
    add(kernel, name, at: UnsafeRawPointer(place), pieces: pieces, tag: tag)
    return place
  }

  /// Records that are being put together to run shard by shard; nil outside of a group.
  private var group: [train_step]?
  private var groupNames: [String] = []

  /// Begins a group: what is added until `endGroup` becomes one record, whose pieces go through all of it.
  func beginGroup() {
    precondition(group == nil, "groups do not nest")
    group = []
    groupNames = []
  }

  func endGroup(shards: Int, tag: SourceTag) {
    guard let members = group else { preconditionFailure("a group is begun before it ends") }
    precondition(members.allSatisfy { $0.pieces == Int32(shards) }, "each of a group has a piece for each shard: \(groupNames)")
    group = nil
    let place = allocate(byteCount: members.count * MemoryLayout<train_step>.stride)
      .bindMemory(to: train_step.self, capacity: members.count)
    place.initialize(from: members, count: members.count)
    let arguments = train_sequence(steps: place, count: Int64(members.count))
    add(train_sequence_run, groupNames.joined(separator: ", "), arguments, pieces: Int32(shards), tag: tag)
  }

  /// Adds a record with arguments that lie elsewhere.
  func add(_ kernel: train_kernel?, _ name: String, at arguments: UnsafeRawPointer, pieces: Int32, tag: SourceTag) {
    precondition(kernel != nil, "the kernel table has `\(name)`")
    let step = train_step(run: kernel, arguments: arguments, pieces: pieces, reserved: 0)
    if group != nil {
      group?.append(step)
      groupNames.append(name)
      return
    }
    steps.append(step)
    tags.append(tag)
    names.append(name)
  }

  /// Numbers in memory that lives as long as the steps.
  func list(_ values: [Int]) -> UnsafePointer<Int64> {
    let place = allocate(byteCount: values.count * 8).bindMemory(to: Int64.self, capacity: values.count)
    for (index, value) in values.enumerated() { place[index] = Int64(value) }
    return UnsafePointer(place)
  }

  /// Records of C in memory that lives as long as the steps.
  func records<Record>(_ records: [Record]) -> UnsafePointer<Record> {
    let place = allocate(byteCount: records.count * MemoryLayout<Record>.stride).bindMemory(
      to: Record.self, capacity: records.count)
    place.initialize(from: records, count: records.count)
    return UnsafePointer(place)
  }

  /// Memory that lives as long as the steps.
  func allocate(byteCount: Int) -> UnsafeMutableRawPointer { arguments.allocate(byteCount: byteCount) }
}
