import Diagnostics

/// The files that a script reads and writes, so that two writers of one and who would write over what is read are told, and a later
/// statement can read what an earlier one wrote.
struct FileUses {
  struct Write {
    /// A log is a folder, into which each writer puts files of names of its own.
    enum Kind { case model, backup, log, other }
    let path: String
    /// The callback, statement or function that writes it.
    let writer: String
    let kind: Kind
    /// The model whose plan and weights are written; nil where only weights are, or something else.
    var model: ModelObject?
    /// Whether it adds to what is there.
    var appends = false
  }

  private struct Use {
    let write: Write
    let site: RunSite
    let range: SourceRange
    let plan: ModelPlan?
    let compiled: CompilePlan?
  }

  /// By place.
  private var uses: [String: [Use]] = [:]

  /// What an earlier write of the same path means for this one.
  enum Clash {
    case backup(SourceRange, sameStatement: Bool)
    case file(SourceRange, writer: String, sameStatement: Bool)
    /// Another callback of the same training logs into the same folder.
    case log(SourceRange)
    /// Another callback of the same training adds to the same file.
    case rows(SourceRange)
  }

  /// Notes a write, and gives the earlier one that it collides with, if any.
  mutating func note(_ write: Write, at range: SourceRange, site: RunSite) -> Clash? {
    let place = Self.place(write.path)
    let earlier = uses[place, default: []].last
    if write.kind == .backup, !backupFolders.contains(where: { Self.place($0) == place }) { backupFolders.append(write.path) }
    uses[place, default: []].append(
      Use(write: write, site: site, range: range, plan: write.model?.plan, compiled: write.model?.compiled))
    guard let earlier else { return nil }
    let sameStatement = earlier.range == range
    if write.kind == .backup || earlier.write.kind == .backup { return .backup(earlier.range, sameStatement: sameStatement) }
    if write.kind == .log, earlier.write.kind == .log {
      // Trainings one after the other are drawn one after the other; callbacks of one are drawn over each other.
      return earlier.site == site && !sameStatement ? .log(earlier.range) : nil
    }
    if earlier.site == site, sameStatement { return nil }
    // Trainings one after the other may add to a table; of two at a time neither knows how long it is.
    if write.appends { return earlier.site == site && earlier.write.appends ? .rows(earlier.range) : nil }
    return .file(earlier.range, writer: earlier.write.writer, sameStatement: sameStatement)
  }

  struct Read {
    /// Where; nil of the script itself, which is read from its beginning.
    let range: SourceRange?
    /// Whether what it holds is a script, and no data that may grow.
    let isScript: Bool
  }

  /// What the script reads and has not written itself, by place.
  private var reads: [String: Read] = [:]

  /// Notes that a file is read.
  mutating func noteRead(_ path: String, at range: SourceRange, isScript: Bool = false) {
    if !willExist(path) { reads[Self.place(path)] = Read(range: range, isScript: isScript) }
  }

  /// The reading that a write would spoil.
  func reading(spoiledBy write: Write, in script: String) -> Read? {
    guard write.kind == .other || write.kind == .model else { return nil }
    let place = Self.place(write.path)
    let read = place == Self.place(script) ? Read(range: nil, isScript: true) : reads[place]
    return write.appends && read?.isScript == false ? nil : read
  }

  /// The folders that are written as backups, in the order in which they first are.
  private(set) var backupFolders: [String] = []

  /// Places that statements write which cannot be checked before they are reached.
  private var expected: Set<String> = []

  /// Notes that a path will be written by a statement that is checked when it is reached.
  mutating func expect(_ path: String) { expected.insert(Self.place(path)) }

  /// Whether an earlier statement writes this path.
  func willExist(_ path: String) -> Bool { uses[Self.place(path)] != nil || expected.contains(Self.place(path)) }

  /// The model that will stand at this path.
  func writtenModel(at path: String) -> (plan: ModelPlan, compiled: CompilePlan?)? {
    guard let use = uses[Self.place(path)]?.last(where: { $0.write.model != nil }), let plan = use.plan else { return nil }
    return (plan, use.compiled)
  }

  /// A path without what leads nowhere: `./log.csv`, `runs/../log.csv` and `log.csv` are one. Links are not followed.
  private static func place(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}
