import Arrays
import Artifacts
import Plans

/// The files of a folder with the classes that its subfolders are, in the order in which Keras's `…_dataset_from_directory` lists them.
struct FileListing {
  /// Where labels come from.
  enum Labels {
    /// A class a subfolder: all of them, in the order of their names, or those named, in that order.
    case inferred(classNames: [String]?)
    /// One a file, in the order of the files' paths.
    case given([Int])
    case none
  }

  private(set) var paths: [String]
  /// A class number a file; nil without labels.
  private(set) var labels: [Int32]?
  /// Nil without labels.
  let classNames: [String]?

  /// Lists the files whose names end in one of `endings`, in any case. Throws where the folder is missing, or where there is no class.
  init(_ folder: String, _ source: Labels, endings: [String], followsLinks: Bool) throws(DataFailure) {
    switch FileStatus(at: folder)?.kind {
    case .folder: break
    case nil: throw .file(path: folder, reason: "there is no such folder")
    default: throw .file(path: folder, reason: "it is no folder")
    }
    let root = folder.hasSuffix("/") && folder != "/" ? String(folder.dropLast()) : folder
    let walk = FolderWalk(endings: endings, followsLinks: followsLinks)
    switch source {
    case .inferred(let wanted):
      let classNames = try Self.classes(in: root, wanted)
      var (paths, labels) = ([String](), [Int32]())
      for (label, name) in classNames.enumerated() {
        let files = try walk.files(in: "\(root)/\(name)")
        paths += files
        labels += [Int32](repeating: Int32(label), count: files.count)
      }
      (self.paths, self.labels, self.classNames) = (paths, labels, classNames)
    case .given(let labels):
      paths = try walk.files(in: root)
      guard labels.count == paths.count else {
        throw .file(path: folder, reason: "it holds \(paths.count) files, and `labels` has \(labels.count)")
      }
      self.labels = labels.map { Int32(clamping: $0) }
      classNames = Set(labels).sorted().map(String.init)
    case .none: (paths, labels, classNames) = (try walk.files(in: root), nil, nil)
    }
  }

  /// Subfolders, also behind links, but hidden ones.
  private static func classes(in folder: String, _ wanted: [String]?) throws(DataFailure) -> [String] {
    guard let entries = entriesInFolder(folder) else { throw .file(path: folder, reason: "it may not be read") }
    let found = entries.filter { entry in
      guard !entry.name.hasPrefix(".") else { return false }
      switch entry.kind {
      case .folder: return true
      case .link: return FileStatus(at: "\(folder)/\(entry.name)")?.kind == .folder
      case .other: return false
      }
    }.map(\.name)
    guard let wanted else {
      if found.isEmpty {
        throw .file(path: folder, reason: "it has no subfolders, one a class; without classes write `labels=None`")
      }
      return found
    }
    if let name = wanted.first(where: { !found.contains($0) }) {
      throw .file(path: folder, reason: "it has no subfolder `\(name)` for that class; it has \(listed(found))")
    }
    return wanted
  }

  /// Leaves out the files of some paths; the classes stay.
  mutating func remove(where isLeftOut: (String) -> Bool) {
    let kept = paths.indices.filter { !isLeftOut(paths[$0]) }
    labels = labels.map { labels in kept.map { labels[$0] } }
    paths = kept.map { paths[$0] }
  }

  /// As NumPy shuffles it.
  mutating func shuffle(seed: UInt32) {
    let order = legacyShuffle(of: paths.count, seed: seed)
    paths = order.map { paths[$0] }
    labels = labels.map { labels in order.map { labels[$0] } }
  }

  /// All but the last share, or that.
  func part(_ part: Subset, share: Double) -> FileListing {
    let count = Int(share * Double(paths.count))
    let range = part == .training ? 0..<paths.count - count : paths.count - count..<paths.count
    var result = self
    result.paths = Array(paths[range])
    result.labels = labels.map { Array($0[range]) }
    return result
  }

  enum Subset: String { case training, validation }

  /// How many files each class has.
  var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: classNames?.count ?? 0)
    for label in labels ?? [] where counts.indices.contains(Int(label)) { counts[Int(label)] += 1 }
    return counts
  }

  /// A digest of the names within the folder, the sizes and the labels.
  func digest(within folder: String) -> String {
    var digest = SHA256()
    for (place, path) in paths.enumerated() {
      digest.add(path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path)
      digest.add(UInt64(FileStatus(at: path)?.size ?? 0))
      digest.add(UInt64(bitPattern: Int64(labels?[place] ?? -1)))
    }
    return digest.hexadecimal
  }
}

/// Walks through a folder and those in it as Python's `os.walk` does, folders in the order of their paths, files in that of their names.
private struct FolderWalk {
  let endings: [String]
  let followsLinks: Bool

  func files(in folder: String) throws(DataFailure) -> [String] {
    var found: [(folder: String, files: [String])] = []
    try walk(folder, into: &found, inside: [])
    found.sort { $0.folder.utf8.lexicographicallyPrecedes($1.folder.utf8) }
    return found.flatMap(\.files)
  }

  /// A link that leads back to a folder around it is not followed again.
  private func walk(
    _ folder: String, into found: inout [(folder: String, files: [String])], inside: [FileStatus.Identity]
  ) throws(DataFailure) {
    guard let entries = entriesInFolder(folder), let identity = FileStatus(at: folder)?.identity else {
      throw .file(path: folder, reason: "it may not be read")
    }
    if inside.contains(identity) { return }
    var files: [String] = []
    for (name, kind) in entries {
      let path = "\(folder)/\(name)"
      let isFolder = kind == .folder || kind == .link && FileStatus(at: path)?.kind == .folder
      if !isFolder {
        if endings.contains(where: name.lowercased().hasSuffix) { files.append(path) }
      } else if kind == .folder || followsLinks {
        try walk(path, into: &found, inside: inside + [identity])
      }
    }
    found.append((folder, files))
  }
}
