import Plans

/// Weights that begin with one value everywhere.
extension InitializerFunction {
  static let constants = [
    InitializerFunction("Zeros", "All zeros.", example: "Dense(10, bias_initializer=\"zeros\")", aliases: ["zeros", "zero"]) {
      shape, _, _ in constant(0, shape)
    },
    InitializerFunction("Ones", "All ones.", example: "Dense(10, bias_initializer=\"ones\")", aliases: ["ones", "one"]) {
      shape, _, _ in constant(1, shape)
    },
    InitializerFunction(
      "Constant", "One value everywhere.", [value.description], example: "Dense(10, bias_initializer=Constant(0.1))",
      aliases: ["constant"]
    ) { shape, arguments, _ in constant(arguments[value], shape) },
  ]

  private static let value = Parameter<Double>("value", "the value", default: 0)

  private static func constant(_ value: Double, _ shape: [Int]) -> [Float] {
    [Float](repeating: Float(value), count: shape.reduce(1, *))
  }
}
