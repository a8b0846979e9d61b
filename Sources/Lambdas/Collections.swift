/// A dict that keeps its order of insertion, as Python's does.
package struct DictValue: Sendable {
  package private(set) var keys: [Value] = []
  package private(set) var values: [Value] = []
  package init() {}
}

/// A set; iteration follows insertion, since no order is promised.
package struct SetValue: Sendable {
  package private(set) var elements: [Value] = []
  package init() {}
}

/// `range(start, stop, step)`.
package struct RangeValue: Sendable, Equatable {
  package let start: Int
  package let stop: Int
  package let step: Int
  package init(start: Int, stop: Int, step: Int) {
    self.start = start
    self.stop = stop
    self.step = step
  }
}
