/// Which backups stand in a folder, under which names: `00000012.backup` is the twelfth generation.
///
/// One that is written over an older one is on the disk before its name is (`RecycledFiles`). After a power cut it may stand under the name
/// of the older one, or a hidden one: so what counts is the number that a backup has in itself.
enum BackupNames {
  struct Entry: Equatable {
    let generation: Int
    let path: String
  }

  static func path(of generation: Int, in folder: String) -> String {
    let digits = String(generation)
    return "\(folder)/\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits).backup"
  }

  /// The generations that have names, newest first.
  static func named(in folder: String) -> [Int] {
    (namesInFolder(folder) ?? []).compactMap { name in
      guard name.hasSuffix(".backup"), let number = Int(name.dropLast(7)), number > 0, number < Int.max / 2 else { return nil }
      return path(of: number, in: folder) == "\(folder)/\(name)" ? number : nil
    }.sorted(by: >)
  }

  /// The backups of a folder, newest first, damaged ones among them. One under a name that is not its own counts if it is whole, since it
  /// may have been written over half.
  static func entries(in folder: String) -> [Entry] {
    var paths: [Int: String] = [:]
    var misnamed = misnamed(in: folder)
    for generation in named(in: folder) {
      let path = path(of: generation, in: folder)
      if !misnamed.contains(where: { $0.path == path }) { paths[generation] = path }
    }
    let newest = paths.keys.max() ?? 0
    for name in temporaryNames(inFolder: folder) {
      let path = "\(folder)/\(name)"
      // An older one is the room that the next will have.
      guard let own = BackupFile.generation(path), own > newest, BackupFile.isWhole(path) else { continue }
      misnamed.append(Entry(generation: own, path: path))
    }
    for entry in misnamed where paths[entry.generation] == nil { paths[entry.generation] = entry.path }
    return paths.map { Entry(generation: $0.key, path: $0.value) }.sorted { $0.generation > $1.generation }
  }

  /// Whole ones under the names of others.
  private static func misnamed(in folder: String) -> [Entry] {
    named(in: folder).compactMap { generation in
      let path = path(of: generation, in: folder)
      guard let own = BackupFile.generation(path), own != generation, BackupFile.isWhole(path) else { return nil }
      return Entry(generation: own, path: path)
    }
  }

  /// Gives each its name. Only who has the folder's lock may.
  static func settle(in folder: String, through fileSystem: FileSystem) throws(FileFailure) {
    let strays = entries(in: folder).filter { $0.path != path(of: $0.generation, in: folder) }
    for entry in strays {
      try fileSystem.check(folder) { fileSystem.rename(entry.path, path(of: entry.generation, in: folder)) }
    }
    // Of one that has its name, too.
    let others = misnamed(in: folder)
    for entry in others { try fileSystem.check(folder) { fileSystem.remove(entry.path) } }
    if !strays.isEmpty || !others.isEmpty { try fileSystem.syncFolder(folder, path: folder) }
  }
}
