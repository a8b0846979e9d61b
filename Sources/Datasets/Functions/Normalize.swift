import Arrays
import Lambdas
import Plans

/// `normalize(x, axis, order)`: an array divided by its norms along an axis, those of 0 left out.
enum Normalize {
  private static let array = Parameter<Value>("x", "an array", .array) { $0 }
  private static let axis = Parameter<Int>("axis", "the axis along which the norms are found", default: -1)
  private static let order = Parameter<Int>("order", "the order of the norm: 2 for the length of vectors", min: 1, default: 2)

  static let entry = Entry(
    .function,
    Signature(
      "normalize", "An array divided by its norms along an axis.", [array.description, axis.description, order.description],
      example: "x = normalize(np.array([[3.0, 4.0], [0.0, 2.0]]))"),
    .function(
      FunctionTraits(
        giving: nil, forecast: { _ in .type(.array(nil, shape: nil)) },
        call: { arguments throws(Failure) in
          do throws(MachineError) {
            let x = try Operations.makeArray(arguments[array])
            return .array(try normalized(x, axis: arguments[axis], order: arguments[order]))
          } catch {
            throw Failure(error.message)
          }
        })))

  /// The array divided by its norms; as in Keras one row of numbers becomes a matrix of one row.
  static func normalized(_ x: NDArray, axis: Int, order: Int) throws(MachineError) -> NDArray {
    guard let norm = Builtins.function("np.linalg.norm") else { preconditionFailure("np.linalg.norm is built in") }
    let keywords: [(name: String, value: Value)] = [("axis", .integer(axis)), ("keepdims", .bool(true))]
    let found = try Builtins.call(norm, [.array(x), .integer(order)], keywords, on: Machine())
    let norms = try Operations.makeArray(found)
    do throws(ArrayError) {
      let divisors = try NDArray.select(
        NDArray.compare(.equal, norms, .float(0)), NDArray.scalar(.float(1), as: norms.type), norms)
      let result = try NDArray.elementwise(.divide, x, divisors)
      return x.rank == 1 ? try result.reshaped([1, -1]) : result
    } catch {
      throw MachineError(error)
    }
  }
}
