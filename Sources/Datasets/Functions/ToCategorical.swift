import Arrays
import Lambdas
import Plans

/// `to_categorical(y, num_classes)`: class numbers as rows with a 1 at their place.
enum ToCategorical {
  private static let labels = Parameter<Value>("x", "class numbers from 0", .array) { $0 }
  private static let classCount = Parameter<Int?>.optional(
    Parameter<Int>("num_classes", "how many classes there are; one more than the largest if not given", min: 1))

  static let entry = Entry(
    .function,
    Signature(
      "to_categorical", "Class numbers as rows with a 1 at their place.", [labels.description, classCount.description],
      example: "y = to_categorical([0, 2, 1], 3)"), .function(traits))

  private static let traits: FunctionTraits = {
    var traits = FunctionTraits(
      giving: nil,
      forecast: { arguments throws(Failure) in
        guard let given = arguments["num_classes"], case .integer(let count) = given else {
          return .type(.array(.float64, shape: nil))
        }
        guard case .array(let array)? = arguments["x"] else { return .type(.array(.float64, shape: nil)) }
        return .type(.array(.float64, shape: shape(array.shape, count).map { $0 }))
      },
      call: { arguments throws(Failure) in
        .array(try rows(array(arguments[labels]), classCount: arguments[classCount]))
      })
    traits.isForFunctions = true
    return traits
  }()

  /// Float64 [..., classes]; as in Keras a trailing axis of 1 is dropped first.
  static func rows(_ labels: NDArray, classCount: Int?) throws(Failure) -> NDArray {
    let numbers = labels.doubles
    if let row = numbers.firstIndex(where: { $0 < 0 || $0 != $0.rounded() || $0 >= Double(NDArray.countLimit) }) {
      throw Failure("`to_categorical` needs class numbers from 0, but element \(row) is \(numbers[row].pythonDescription)")
    }
    let count = classCount ?? Int(numbers.max() ?? -1) + 1
    if let row = numbers.firstIndex(where: { $0 >= Double(count) }) {
      throw Failure(DataFailure.label(numbers[row], row: labels.rank > 0 ? row : nil, classCount: count).message)
    }
    let shape = shape(labels.shape, count)
    guard NDArray.fitsMemory(.float64, shape: shape) else {
      throw Failure("`to_categorical` would make too large an array")
    }
    var result = NDArray(.float64, shape: shape)
    result.withMutableElements(as: Double.self) { result in
      for (row, number) in numbers.enumerated() { result[row * count + Int(number)] = 1 }
    }
    return result
  }

  private static func shape(_ labels: [Int], _ classCount: Int) -> [Int] {
    (labels.count > 1 && labels.last == 1 ? labels.dropLast() : labels) + [classCount]
  }

  private static func array(_ value: Value) throws(Failure) -> NDArray {
    if case .integer(let number) = value { return NDArray(integers: [number], shape: []) }
    guard let array = try? Operations.makeArray(value), array.type.isInteger || array.type.isFloat else {
      throw Failure("`to_categorical` needs an array of whole numbers")
    }
    return array
  }
}
