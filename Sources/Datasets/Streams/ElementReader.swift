import Arrays

/// Gives the elements of a source's first pass in their order. Those that take long are made ahead of being asked for, on all processors,
/// but where who asks for them may change between two what they are made by.
final class ElementReader {
  private let source: any ElementSource
  private var loader: ElementLoader?
  private static let clock = ContinuousClock()
  /// What takes less is not worth the way from one thread to another.
  private static let longTime = Duration.microseconds(200)

  /// Whether the script may do something between two elements.
  private let isOfLoop: Bool

  init(_ source: any ElementSource, isOfLoop: Bool) {
    self.source = source
    self.isOfLoop = isOfLoop
  }

  /// Throws why it cannot be made.
  func element(_ index: Int) throws(DataFailure) -> Element {
    if let loader { return try loader.take(index, inPass: 0) }
    if isOfLoop, source.spec.mayChange { return try source.element(index, inPass: 0) }
    let began = Self.clock.now
    let element = try source.element(index, inPass: 0)
    if began.duration(to: Self.clock.now) > Self.longTime { loader = makeLoader(behind: index) }
    return element
  }

  /// Nil where nothing comes behind that element.
  private func makeLoader(behind index: Int) -> ElementLoader? {
    if let count = source.count, index + 1 >= count { return nil }
    let threads = Processors.count
    // Where the script does not say, one is made and not yet asked for while each thread makes another.
    return ElementLoader(source, threads: threads, ahead: source.ahead ?? threads + 1, then: .nothing)
  }
}
