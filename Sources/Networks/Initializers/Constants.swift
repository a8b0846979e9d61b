import Arrays
import Plans

/// All zeros.
struct Zeros: Initializer {
  static let signature = Signature("Zeros", "All zeros.", [], example: "Dense(10, bias_initializer=\"zeros\")")
  static let aliases = ["zeros", "zero"]
  init(_ arguments: Arguments) {}
  func values(shape: [Int], from stream: RandomStream) -> [Float] { [Float](repeating: 0, count: shape.reduce(1, *)) }
}

/// All ones.
struct Ones: Initializer {
  static let signature = Signature("Ones", "All ones.", [], example: "Dense(10, bias_initializer=\"ones\")")
  static let aliases = ["ones", "one"]
  init(_ arguments: Arguments) {}
  func values(shape: [Int], from stream: RandomStream) -> [Float] { [Float](repeating: 1, count: shape.reduce(1, *)) }
}

/// One value everywhere.
struct Constant: Initializer {
  static let value = Parameter<Double>("value", "the value", default: 0)
  static let signature = Signature(
    "Constant", "One value everywhere.", [value.description], example: "Dense(10, bias_initializer=Constant(0.1))")
  static let aliases = ["constant"]

  let value: Double
  init(_ arguments: Arguments) { value = arguments[Constant.value] }
  func values(shape: [Int], from stream: RandomStream) -> [Float] { [Float](repeating: Float(value), count: shape.reduce(1, *)) }
}
