import Arrays

/// A `.weights.h5` file: the variables of a model and its optimizer, as Keras 3 lays them out.
///
/// ```
/// vars                            attribute name: the model's
/// layers/dense/vars/0, 1, …       attribute name: the layer's
/// optimizer/vars/0, 1, …          attribute name: the optimizer's
/// ```
package enum WeightsFile {
  /// Reads all variables.
  package static func read(_ path: String) throws(FileFailure) -> WeightTree {
    try decode(try readFile(path), path: path)
  }

  /// Writes all variables, durably, making the folders that lead to the file. The name must end in `.weights.h5`, or Keras will not load it.
  package static func write(
    _ weights: WeightTree, to path: String, through fileSystem: FileSystem = .real
  ) throws(FileFailure) {
    let content = try content(weights, path: path)
    try writeDurably(to: path, makingFolders: true, passingCache: true, through: fileSystem) { file throws(FileFailure) in
      try file.write(content)
    }
  }

  /// The file's bytes. `path` is the file that failures name.
  static func content(_ weights: WeightTree, path: String) throws(FileFailure) -> FileContent {
    if let known = WeightsLayout.known(for: weights) { return known.filled(with: weights) }
    let contentBytes = weights.groups.reduce(0) { $0 + $1.variables.reduce(0) { $0 + $1.rawBytes.count + 512 } + 1024 }
    let (image, places) = try HDF5Writer.bytes(path: path, contentBytes: contentBytes) { writer throws(FileFailure) in
      for group in weights.groups {
        try writer.makeGroup(group.path)
        if let name = group.name { try writer.write(name, toAttribute: "name", of: group.path) }
        for (number, variable) in group.variables.enumerated() {
          try writer.write(variable, to: "\(group.path)/\(group.variableName ?? String(number))")
        }
      }
    }
    let layout = WeightsLayout(of: weights, image, places)
    layout.keep()
    return layout.filled(with: weights)
  }

  /// The variables in a file's bytes.
  static func decode(_ bytes: [UInt8], path: String) throws(FileFailure) -> WeightTree {
    let groups = try HDF5Reader.read(bytes, path: path) { reader throws(FileFailure) in
      var walk = Walk(reader: reader)
      try walk.visit("", depth: 0)
      return walk.groups
    }
    return WeightTree(groups)
  }
}

/// The walk through a weights file that finds its `vars` groups.
private struct Walk {
  let reader: HDF5Reader
  var groups: [WeightGroup] = []
  private var visited = 0

  // A damaged or malicious file may contain a group that contains itself.
  private static let depthLimit = 64
  private static let groupLimit = 1_000_000

  init(reader: HDF5Reader) { self.reader = reader }

  mutating func visit(_ group: String, depth: Int) throws(FileFailure) {
    visited += 1
    if depth > Self.depthLimit || visited > Self.groupLimit {
      throw .damaged(path: reader.path, reason: "its groups are nested without end")
    }
    for entry in try reader.entries(of: group.isEmpty ? "/" : group) where entry.kind == .group {
      if group.isEmpty, entry.name == "model_weights" {
        throw .damaged(path: reader.path, reason: "it is a whole model in the old format, whose name should end in `.h5`")
      }
      let inner = group.isEmpty ? entry.name : "\(group)/\(entry.name)"
      if entry.name == "vars" {
        groups.append(try readVariables(inner))
      } else {
        try visit(inner, depth: depth + 1)
      }
    }
  }

  private func readVariables(_ group: String) throws(FileFailure) -> WeightGroup {
    let entries = try reader.entries(of: group)
    if entries.count == 1, entries[0].kind == .dataset, entries[0].name == WeightGroup.rarities {
      let array = try reader.array(at: "\(group)/\(WeightGroup.rarities)")
      return WeightGroup(path: group, variables: [array], variableName: WeightGroup.rarities)
    }
    var variables = [NDArray?](repeating: nil, count: entries.count)
    for entry in entries {
      guard entry.kind == .dataset, let number = Int(entry.name), variables.indices.contains(number) else {
        throw .damaged(path: reader.path, reason: "`\(group)` in it holds `\(entry.name)` where numbered variables are expected")
      }
      variables[number] = try reader.array(at: "\(group)/\(entry.name)")
    }
    return WeightGroup(path: group, variables: variables.compactMap { $0 })
  }
}
