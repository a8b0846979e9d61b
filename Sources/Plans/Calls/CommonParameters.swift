import Arrays
import Lambdas

/// Keyword arguments that every entry of a role takes in Keras, beside those of its own signature.
package enum CommonParameters {
  package static func of(_ role: Role, beside signature: Signature) -> [ParameterDescription] {
    (table[role] ?? []).filter { common in !signature.parameters.contains { $0.name == common.name } }
  }

  private static let name = ParameterDescription(
    "name", "what it is called in logs, summaries and files", .optional(.string), default: Value.none, isKeywordOnly: true)
  private static let dtype = ParameterDescription(
    "dtype", "accepted: it computes in single precision", .optional(.choice(ElementType.numbers.map(\.rawValue))),
    default: Value.none, isKeywordOnly: true)

  private static let table: [Role: [ParameterDescription]] = [
    .layer: [
      name, dtype,
      .init(
        "activity_regularizer", "what the loss adds for large outputs", .optional(.entry(.regularizer)), default: Value.none,
        isKeywordOnly: true),
      .init("trainable", "whether training changes its weights", .bool, default: .bool(true), isKeywordOnly: true),
      .init(
        "input_shape", "the shape of the model's input, on its first layer", .shape, default: Value.none, isKeywordOnly: true),
      .init(
        "input_dim", "the size of the model's input, on its first layer", .integer(min: 1), default: Value.none,
        isKeywordOnly: true),
    ],
    .optimizer: [name],
    .loss: [name, dtype],
    .metric: [name, dtype],
  ]
}
