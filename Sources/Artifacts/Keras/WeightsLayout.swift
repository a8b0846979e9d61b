import Arrays
import Synchronization

/// Where everything stands in the weights file of a model: libhdf5 is asked once for each model, and a later save of it puts other
/// numbers into the same places.
struct WeightsLayout: Sendable {
  /// What a file's layout follows from.
  private struct Outline: Equatable {
    struct Group: Equatable {
      let path: String
      let name: String?
      let variables: [Variable]
      let variableName: String?
    }

    struct Variable: Equatable {
      let type: ElementType
      let shape: [Int]
    }

    let groups: [Group]

    init(of weights: WeightTree) {
      groups = weights.groups.map { group in
        Group(
          path: group.path, name: group.name, variables: group.variables.map { Variable(type: $0.type, shape: $0.shape) },
          variableName: group.variableName)
      }
    }
  }

  private let outline: Outline
  /// What stands before each of the arrays, in file order, and the array's number among all variables.
  private let parts: [(before: [UInt8], variable: Int)]
  /// What stands after the last one.
  private let ending: [UInt8]

  /// The layout of these weights, whose file is `image`, with the elements of each variable at its place.
  init(of weights: WeightTree, _ image: [UInt8], _ places: [Int?]) {
    let variables = weights.groups.flatMap(\.variables)
    var parts: [(before: [UInt8], variable: Int)] = []
    var position = 0
    for (variable, place) in places.enumerated().filter({ $0.element != nil }).sorted(by: { $0.element ?? 0 < $1.element ?? 0 }) {
      let place = place ?? 0
      parts.append((Array(image[position..<place]), variable))
      position = place + variables[variable].rawBytes.count
    }
    outline = Outline(of: weights)
    self.parts = parts
    ending = Array(image[position...])
  }

  /// The file of weights that have this layout.
  func filled(with weights: WeightTree) -> FileContent {
    let variables = weights.groups.flatMap(\.variables)
    var content = FileContent()
    for part in parts {
      content.append(part.before)
      content.append(elementsOf: variables[part.variable])
    }
    content.append(ending)
    return content
  }

  /// The latest ones first.
  private static let latest = Mutex<[WeightsLayout]>([])
  /// As many as a script trains in turns.
  private static let limit = 8

  static func known(for weights: WeightTree) -> WeightsLayout? {
    let outline = Outline(of: weights)
    return latest.withLock { layouts in layouts.first { $0.outline == outline } }
  }

  func keep() {
    Self.latest.withLock { $0 = Array(([self] + $0).prefix(Self.limit)) }
  }
}
