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

  /// Adds a record with arguments that lie elsewhere.
  func add(_ kernel: train_kernel?, _ name: String, at arguments: UnsafeRawPointer, pieces: Int32, tag: SourceTag) {
    precondition(kernel != nil, "the kernel table has `\(name)`")
    steps.append(train_step(run: kernel, arguments: arguments, pieces: pieces, reserved: 0))
    tags.append(tag)
    names.append(name)
  }

  /// Memory that lives as long as the steps.
  func allocate(byteCount: Int) -> UnsafeMutableRawPointer { arguments.allocate(byteCount: byteCount) }
}
