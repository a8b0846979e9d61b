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
    /// The columns of a table that goes on only with the same; nil where they are not known, or may be others.
    var columns: [String]?
    /// What `path` will be filled in with; nil where it is the file's own.
    var pattern: PathPattern?
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
  /// Those whose paths the run fills in, in order.
  private var patterns: [(pattern: PathPattern, use: Use)] = []

  /// What an earlier write of the same path means for this one.
  enum Clash {
    case backup(SourceRange, sameStatement: Bool)
    case file(SourceRange, writer: String, sameStatement: Bool)
    /// Another callback of the same training logs into the same folder.
    case log(SourceRange)
    /// Another callback of the same training writes rows into the same file.
    case rows(SourceRange)
    /// It adds to a table that has other columns by then.
    case columns(SourceRange, [String])
  }

  /// Notes a write, and gives the earlier one that it collides with, if any.
  mutating func note(_ write: Write, at range: SourceRange, site: RunSite) -> Clash? {
    let place = Self.place(write.path)
    let earlier = uses[place, default: []].last
    if write.kind == .backup, uses[place]?.contains(where: { $0.write.kind == .backup }) != true {
      backupFolders.append((write.path, range))
    }
    let use = Use(write: write, site: site, range: range, plan: write.model?.plan, compiled: write.model?.compiled)
    defer {
      uses[place, default: []].append(use)
      if let pattern = write.pattern { patterns.append((pattern.placed, use)) }
    }
    guard let earlier else {
      return beside(use, at: place).map { .file($0.range, writer: $0.write.writer, sameStatement: false) }
    }
    let sameStatement = earlier.range == range
    if write.kind == .backup || earlier.write.kind == .backup { return .backup(earlier.range, sameStatement: sameStatement) }
    if write.kind == .log, earlier.write.kind == .log {
      // Trainings one after the other are drawn one after the other; callbacks of one are drawn over each other.
      return earlier.site == site && !sameStatement ? .log(earlier.range) : nil
    }
    if earlier.site == site, sameStatement { return nil }
    // Trainings one after the other may add to a table; of two at a time neither knows how long it is.
    if write.kind == .other, earlier.write.kind == .other, earlier.site == site { return .rows(earlier.range) }
    if write.appends {
      guard let columns = write.columns, let theirs = earlier.write.columns, theirs != columns else { return nil }
      return .columns(earlier.range, theirs)
    }
    return .file(earlier.range, writer: earlier.write.writer, sameStatement: sameStatement)
  }

  /// A callback of the same training, one of whose files may be one of these.
  private func beside(_ use: Use, at place: String) -> Use? {
    let others = patterns.filter { $0.use.site == use.site && $0.use.range != use.range }
    guard let pattern = use.write.pattern?.placed else { return others.last { $0.pattern.mayBecome(place) }?.use }
    if let other = others.last(where: { pattern.isLike($0.pattern) }) { return other.use }
    return uses.filter { pattern.mayBecome($0.key) }.flatMap(\.value).last { $0.site == use.site && $0.write.pattern == nil }
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

  /// The folders that are written as backups, in the order in which they first are, and where.
  private(set) var backupFolders: [(path: String, range: SourceRange)] = []

  /// What is written by statements that cannot be checked before they are reached, and by hooks under names that they make.
  private var expected: [(pattern: PathPattern, model: (plan: ModelPlan, compiled: CompilePlan?)?)] = []

  /// Notes that a path may be written; `model` is what stands there then, if that is known.
  mutating func expect(_ pattern: PathPattern, model: ModelObject? = nil) {
    expected.append((pattern.placed, model.map { ($0.plan, $0.compiled) }))
  }

  /// Whether an earlier statement writes this path, or may.
  func willExist(_ path: String) -> Bool {
    let place = Self.place(path)
    return uses[place] != nil || (patterns.map(\.pattern) + expected.map(\.pattern)).contains { $0.mayBecome(place) }
  }

  /// The model that will stand at this path.
  func writtenModel(at path: String) -> (plan: ModelPlan, compiled: CompilePlan?)? {
    let place = Self.place(path)
    let use = uses[place]?.last { $0.write.model != nil } ?? patterns.last { $0.pattern.mayBecome(place) }?.use
    if let use { return use.plan.map { ($0, use.compiled) } }
    return expected.last { $0.pattern.mayBecome(place) }?.model
  }

  /// A path without what leads nowhere: `./log.csv`, `runs/../log.csv` and `log.csv` are one. Links are not followed.
  fileprivate static func place(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}

extension PathPattern {
  /// The same without what leads nowhere at its beginning.
  fileprivate var placed: PathPattern {
    guard case .text(let text)? = pieces.first else { return self }
    let last = text.lastIndex(of: "/").map { text.index(after: $0) } ?? text.startIndex
    let folder = FileUses.place(String(text[..<last]))
    let isOpen = last > text.startIndex && !folder.isEmpty && !folder.hasSuffix("/")
    return PathPattern([.text(folder + (isOpen ? "/" : "") + text[last...])] + pieces.dropFirst())
  }

  /// Whether both say the same but for the formats of their fields.
  fileprivate func isLike(_ other: PathPattern) -> Bool {
    let (mine, theirs) = (placed.pieces, other.placed.pieces)
    return mine.count == theirs.count
      && zip(mine, theirs).allSatisfy {
        switch ($0, $1) {
        case (.text(let a), .text(let b)): a == b
        case (.number, .number), (.figure, .figure), (.anything, .anything): true
        default: false
        }
      }
  }
}
