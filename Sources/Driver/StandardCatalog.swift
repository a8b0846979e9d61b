import Datasets
import Networks
import Plans
import Training

/// Everything a script can name: the modules' lists joined.
package let standardCatalog = Catalog([networkEntries, datasetEntries, trainingEntries, Plotting.entries])

extension Catalog {
  /// The entries that a name means, in every role; `callbacks.EarlyStopping` and `keras.layers.Dense` select one.
  func entries(named name: String) -> [Entry] {
    let parts = name.split(separator: ".").map(String.init)
    guard let last = parts.last else { return [] }
    let whole = Role.allCases.compactMap { entry(name, $0) }
    if parts.count > 1, !whole.isEmpty { return whole }
    let roles = parts.count > 1 ? Role.allCases.filter { $0.namespace == parts[parts.count - 2] } : Role.allCases
    return roles.compactMap { entry(last, $0) }
  }

  /// Every name and alias.
  var names: Set<String> { Set(entries.values.flatMap(\.keys)) }
}
