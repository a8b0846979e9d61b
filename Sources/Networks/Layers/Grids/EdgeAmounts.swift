import Lambdas
import Plans

/// How much is added or cut off at both ends of each axis of positions.
struct EdgeAmounts {
  /// One for each axis.
  let sides: [(before: Int, after: Int)]

  /// The argument of layers over so many axes: a number for all ends, a number for each axis, or a pair for each; over one axis the two ends.
  static func parameter(_ name: String, _ help: String, axes: Int, default defaultAmount: Int) -> Parameter<EdgeAmounts> {
    let amount = ArgumentKind.integer(min: 0, max: AxisSizes.limit)
    let pair = ArgumentKind.list(amount, min: 2, max: 2)
    let kind: ArgumentKind = .either([amount, axes == 1 ? pair : .list(.either([amount, pair]), min: axes, max: axes)])
    return Parameter<EdgeAmounts>(name, help, kind, default: .integer(defaultAmount)) { EdgeAmounts($0, axes: axes) }
  }

  private init?(_ value: Value, axes: Int) {
    switch value {
    case .integer(let amount): sides = Array(repeating: (amount, amount), count: axes)
    case .list(let parts), .tuple(let parts):
      let pairs = axes == 1 ? [AxisSizes.decode(value, axes: 2)] : parts.map { AxisSizes.decode($0, axes: 2) }
      guard pairs.count == axes, pairs.allSatisfy({ $0 != nil }) else { return nil }
      sides = pairs.compactMap { $0 }.map { ($0[0], $0[1]) }
    default: return nil
    }
  }
}
