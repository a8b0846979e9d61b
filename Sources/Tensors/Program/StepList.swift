import CKernels

/// The records that the pool walks, their arguments, and where each comes from. Nothing in it moves once it is built.
final class StepList {
  private let arguments = AlignedMemory()
  private(set) var steps: [train_step] = []
  /// What each step does, for profiles: one description, or for a group one of each record in it.
  private(set) var descriptions: [[Description]] = []
  /// Things that must outlive the steps.
  var owned: [AnyObject] = []

  /// What a record does.
  struct Description {
    let name: String
    let tag: SourceTag
    let cost: Cost
  }

  /// What the records that are added next take together; the first of them is said to.
  var nextCost = Cost()

  /// Lets `body` add records that prepare those to come, and to which the next cost does not belong.
  func prepare<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    let cost = nextCost
    nextCost = Cost()
    defer { nextCost = cost }
    try body()
  }

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
  private var groupDescriptions: [Description] = []

  /// Begins a group: what is added until `endGroup` becomes one record, whose pieces go through all of it.
  func beginGroup() {
    precondition(group == nil, "groups do not nest")
    group = []
    groupDescriptions = []
  }

  func endGroup(shards: Int) {
    guard let members = group else { preconditionFailure("a group is begun before it ends") }
    let names = groupDescriptions.map(\.name)
    precondition(members.allSatisfy { $0.pieces == Int32(shards) }, "each of a group has a piece for each shard: \(names)")
    group = nil
    let arguments = train_sequence(steps: records(members), count: Int64(members.count))
    let place = allocate(byteCount: MemoryLayout<train_sequence>.size).bindMemory(to: train_sequence.self, capacity: 1)
    place.initialize(to: arguments)
    steps.append(
      train_step(run: train_sequence_run, arguments: UnsafeRawPointer(place), pieces: Int32(shards), reserved: 0))
    descriptions.append(groupDescriptions)
  }

  /// Adds a record with arguments that lie elsewhere.
  func add(_ kernel: train_kernel?, _ name: String, at arguments: UnsafeRawPointer, pieces: Int32, tag: SourceTag) {
    precondition(kernel != nil, "the kernel table has `\(name)`")
    let step = train_step(run: kernel, arguments: arguments, pieces: pieces, reserved: 0)
    let description = Description(name: name, tag: tag, cost: nextCost)
    nextCost = Cost()
    if group != nil {
      group?.append(step)
      groupDescriptions.append(description)
    } else {
      steps.append(step)
      descriptions.append([description])
    }
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
