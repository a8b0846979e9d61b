import Arrays

/// The variables of one layer, optimizer or model, as a weights file keeps them: one group, its variables by number.
package struct WeightGroup: Sendable {
  /// Where it stands in the file: `layers/dense_1/vars`, `optimizer/vars`, `vars`.
  package let path: String
  /// The layer's (optimizer's, model's) own name, written for those who look into the file; nobody needs it to load one,
  /// and it is not read back.
  package var name: String?
  /// In the order of creation, trainable ones first.
  package var variables: [NDArray]
  /// The only variable's name, where it has one instead of a number.
  package let variableName: String?
  /// Names that Keras gives variables: how rare the tokens of a vocabulary are.
  package static let rarities = "idf_weights"

  package init(path: String, name: String? = nil, variables: [NDArray] = [], variableName: String? = nil) {
    precondition(variableName == nil || variables.count == 1, "a name is one variable's")
    self.path = path
    self.variableName = variableName
    self.name = name
    self.variables = variables
  }
}

/// All variables of a weights file, by group.
package struct WeightTree: Sendable {
  /// In the order they are to be written; from a file, sorted by path (HDF5 keeps no order).
  package private(set) var groups: [WeightGroup]
  private var places: [String: Int]

  package init(_ groups: [WeightGroup] = []) {
    self.groups = []
    places = [:]
    for group in groups { self[group.path] = group }
  }

  /// The group at a path such as `layers/dense/vars`. Set it to add or replace it.
  package subscript(path: String) -> WeightGroup? {
    get { places[path].map { groups[$0] } }
    set {
      guard let newValue else { preconditionFailure("groups are added and replaced, not taken out") }
      precondition(newValue.path == path, "a group stands at its own path")
      if let place = places[path] {
        groups[place] = newValue
      } else {
        places[path] = groups.count
        groups.append(newValue)
      }
    }
  }
}
