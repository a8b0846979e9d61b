import Lambdas

/// What a call of a layer takes beside one tensor, by Keras's names: `layer(query, value, attention_mask=m, use_causal_mask=True)`.
package struct CallSignature: Sendable {
  /// How the tensors are handed over.
  package enum Form: Sendable {
    /// Each as an argument.
    case arguments
    /// As one list, with the masks of its first ones as another: `layer([query, value], mask=[m, None])`.
    case list
  }

  /// A tensor of a call, or a switch.
  package struct Part: Sendable {
    package let name: String
    /// A sentence without a full stop.
    package let help: String
    package let isRequired: Bool

    package init(_ name: String, _ help: String, isRequired: Bool = false) {
      self.name = name
      self.help = help
      self.isRequired = isRequired
    }
  }

  package let form: Form
  /// In a list, the masks come last and stand for the tensors from the first on.
  package let tensors: [Part]
  /// What a call switches on.
  package let switches: [Part]
  /// How many of a list's tensors are masks.
  private let maskCount: Int

  package init(_ form: Form = .arguments, tensors: [Part], masks: [Part] = [], switches: [Part]) {
    self.form = form
    self.tensors = tensors + masks
    self.switches = switches
    maskCount = masks.count
  }

  /// The names of the tensors that stand in the list of a call, in order; of their masks.
  package var listed: (tensors: ArraySlice<Part>, masks: ArraySlice<Part>) {
    (tensors.dropLast(maskCount), tensors.suffix(maskCount))
  }

  /// The parameters of a call in Keras's order. Tensors may be anything here: the check of what they are comes after.
  package var parameters: [ParameterDescription] {
    func tensor(_ part: Part) -> ParameterDescription {
      ParameterDescription(part.name, part.help, .any, default: part.isRequired ? nil : Value.none)
    }
    let given: [ParameterDescription] =
      switch form {
      case .arguments: tensors.map(tensor)
      case .list:
        [
          tensor(Part("inputs", "the list of \(listed.tensors.map(\.name).joined(separator: ", "))", isRequired: true)),
          tensor(Part("mask", "the list of their masks")),
        ]
      }
    return given + switches.map { .init($0.name, $0.help, .bool, default: .bool(false)) }
      + [
        .init("training", "whether it computes as in training; as the run does by default", .optional(.bool), default: Value.none)
      ]
  }
}

/// What the tensors of a call are to its layer, and what the call switches on.
package struct LayerCall: Sendable, Hashable {
  /// The names of the tensors, in their order; empty where a layer just takes tensors.
  package var roles: [String]
  /// The switches that are on.
  package var switches: Set<String>

  package init(roles: [String] = [], switches: Set<String> = []) {
    self.roles = roles
    self.switches = switches
  }
}

extension LayerCall {
  /// The tensors with their names: those of the call's signature from the first on, where a caller does not say.
  package func named<Tensor>(_ tensors: [Tensor], by signature: CallSignature) -> [String: Tensor] {
    let names = roles.isEmpty ? signature.tensors.map(\.name) : roles
    return Dictionary(zip(names, tensors), uniquingKeysWith: { first, _ in first })
  }
}
