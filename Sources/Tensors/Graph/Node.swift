/// A value of a `Graph`: the result of one operation. Meaningful only with the graph that made it.
package struct Node: Hashable, Sendable {
  /// The position in the graph; operands always stand before their users.
  package let index: Int
}

/// What an element of a tensor is.
package enum ScalarType: Sendable {
  /// Numbers in general; comparisons give 0 and 1.
  case float32
  /// Class numbers and indices.
  case int32
  /// One bit an element: what dropout kept.
  case mask

  /// Bits an element takes in memory.
  package var bits: Int { self == .mask ? 1 : 32 }
}

/// Where an operation comes from, for profiles and messages: usually the name of a layer.
package struct SourceTag: Hashable, Sendable {
  package let name: String
  package init(_ name: String) { self.name = name }
}

/// A place where the data of a batch enters, known by its name: `features`, `targets`, `weights`.
package struct InputSlot: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  package let name: String
  package init(_ name: String) { self.name = name }
  package init(stringLiteral name: String) { self.name = name }
  package var description: String { name }
}

/// A number that may change between steps without building a Program again: one that every store has, or one of `ScalarBlock.named`.
package struct ScalarName: Hashable, Sendable {
  /// The position in the block.
  let index: Int

  /// The optimizer's learning rate for this step.
  package static let learningRate = ScalarName(index: 0)
  /// How many optimizer updates were made before this one.
  package static let iteration = ScalarName(index: 1)
  /// The counter of random numbers: a batch of training has its own.
  package static let randomStep = ScalarName(index: 2)
  /// Multiplies the loss before derivatives are taken; 1 unless precision is mixed.
  package static let lossScale = ScalarName(index: 3)
}

/// The numbers that the steps of one optimizer read: where several share the weights, each has its own.
package struct StepScalars: Hashable, Sendable {
  package let learningRate: ScalarName
  package let iteration: ScalarName

  package init(learningRate: ScalarName, iteration: ScalarName) {
    self.learningRate = learningRate
    self.iteration = iteration
  }

  /// Those that every store has.
  package static let standard = StepScalars(learningRate: .learningRate, iteration: .iteration)
}

/// A variable of a `VariableStore`: weights, moving statistics, optimizer slots.
package struct VariableID: Hashable, Sendable {
  /// The position in the store.
  package let index: Int
  package let shape: [Int]

  package var count: Int { shape.reduce(1, *) }
  package static func == (a: VariableID, b: VariableID) -> Bool { a.index == b.index }
  package func hash(into hasher: inout Hasher) { hasher.combine(index) }
}

/// Doubles carried across steps, in a `VariableStore`'s state block: sums of metrics.
package struct StateID: Hashable, Sendable {
  /// The position in the state block.
  let index: Int
  package let count: Int
}

/// How the operands of a product or convolution enter it; its sums are float32 in any case.
package enum OperandPrecision: Sendable {
  case float32
  /// Rounded to bfloat16, halves to even: the upper half of a float32.
  case bfloat16

  /// A number as it enters.
  package func rounded(_ value: Double) -> Double {
    guard self == .bfloat16 else { return value }
    let bits = Float(value).bitPattern
    guard !value.isNaN else { return value }
    return Double(Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000))
  }
}
