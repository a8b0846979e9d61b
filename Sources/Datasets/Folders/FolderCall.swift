import Arrays
import Artifacts
import Lambdas
import Plans

/// What a call of a function on a folder of files means: which files, in which order, with which labels, in which parts.
struct FolderCall {
  /// What a function takes files for.
  struct Kind: Sendable {
    /// The function: "image_dataset_from_directory".
    let name: String
    /// What the files hold: "images".
    let things: String
    /// What names of such files end in, in any case.
    let endings: [String]
    /// Why files cannot be read, in their order; nil for one that can.
    let defects: @Sendable (_ paths: [String]) -> [String?]
    /// Throws where a file is no such file by its beginning.
    let checkBeginning: @Sendable (_ path: String) throws(DataFailure) -> Void
    /// Makes the source of some files.
    let source:
      @Sendable (_ listing: FileListing, _ arguments: Arguments, _ labels: FolderLabels.Form?, _ remarks: Remarks) ->
        any ElementSource
    /// What is known of so many files before they are read.
    let spec: @Sendable (_ count: Int, _ arguments: Arguments, _ labels: FolderLabels.Form?, _ classCount: Int) -> DataSpec
  }

  let kind: Kind
  let arguments: Arguments
  let listing: FileListing
  let labelForm: FolderLabels.Form?
  /// Nil where the whole is asked for.
  let parts: [FileListing.Subset?]
  /// The files that cannot be read, each with the reason, where they are to be left out.
  private var leftOut: [(path: String, reason: String)] = []
  /// Whether only the run will know which files can be read.
  private let isOpen: Bool

  /// How many files are looked at before anything is trained.
  private static let beginningsLookedAt = 200

  /// `seed` splits the files where none is given. What is forecast is listed and not read.
  private init(
    _ kind: Kind, _ arguments: Arguments, _ conflict: Conflict, seed drawn: UInt32, isForecast: Bool = false
  ) throws(Failure) {
    if let conflict = FolderParameters.conflict(arguments) ?? conflict(arguments) { throw Failure("`\(kind.name)` \(conflict)") }
    self.kind = kind
    self.arguments = arguments
    let skips = arguments[FolderParameters.onError] == "skip"
    isOpen = isForecast && skips
    let mode = arguments[FolderParameters.labelMode]
    let hasLabels = arguments["labels"]?.isNone == false && mode != nil
    labelForm = hasLabels ? mode.flatMap { FolderLabels.Form(rawValue: $0) } : nil
    parts =
      switch arguments[FolderParameters.subset] {
      case nil: [nil]
      case "both": [.training, .validation]
      case let part?: [FileListing.Subset(rawValue: part)]
      }
    let source: FileListing.Labels =
      !hasLabels
      ? .none
      : arguments[FolderParameters.labels].map { .given($0) } ?? .inferred(classNames: arguments[FolderParameters.classNames])
    do throws(DataFailure) {
      var listing = try FileListing(
        arguments[FolderParameters.folder], source, endings: kind.endings,
        followsLinks: arguments[FolderParameters.followsLinks])
      if skips, !isForecast {
        leftOut = zip(listing.paths, kind.defects(listing.paths)).compactMap { path, defect in defect.map { (path, $0) } }
        let paths = Set(leftOut.map(\.path))
        if !paths.isEmpty { listing.remove { paths.contains($0) } }
      }
      if arguments[FolderParameters.shuffle(kind.things)] {
        listing.shuffle(seed: arguments[FolderParameters.seed].map(UInt32.init(truncatingIfNeeded:)) ?? drawn)
      }
      self.listing = listing
      try check()
    } catch {
      throw error.failure
    }
  }

  /// Why arguments cannot go together, as a clause; nil if they can.
  typealias Conflict = @Sendable (Arguments) -> String?

  /// A function that gives the data set of a folder, or a pair of them.
  static func entry(_ kind: Kind, _ signature: Signature, conflict: @escaping Conflict = { _ in nil }) -> Entry {
    Entry(
      .dataset, signature,
      .function(
        FunctionTraits(
          forecast: { arguments throws(Failure) in
            let folder = try FolderCall(kind, arguments, conflict, seed: 0, isForecast: true)
            if !folder.isOpen { try folder.checkBeginnings() }
            let data = folder.parts.map { part in
              let later = folder.isOpen ? laterFacts : [:]
              return Forecast.data(folder.spec(of: part), facts: folder.facts(of: part), laterFacts: later)
            }
            return data.count == 1 ? data[0] : .tuple(data)
          },
          placedCall: { arguments, surroundings throws(Failure) in
            let folder = try FolderCall(kind, arguments, conflict, seed: surroundings.stream.words(0)[0] % 1_000_000)
            if arguments[FolderParameters.verbose] { surroundings.write(folder.report) }
            surroundings.write(folder.reportOfLeftOut)
            let stream = arguments[FolderParameters.seed].map { RandomStream(seed: $0, kind.name) } ?? surroundings.stream
            let data = folder.parts.map { folder.object(of: $0, stream, surroundings.remarks) }
            return data.count == 1 ? data[0] : .tuple(data)
          })))
  }

  private var isShuffled: Bool { arguments[FolderParameters.shuffle(kind.things)] }
  private var batchSize: Int? { arguments[FolderParameters.batchSize(kind.things)] }

  /// Throws the first of some hundred files, from all over, that is none by its beginning.
  private func checkBeginnings() throws(Failure) {
    let paths = listing.paths
    for path in stride(from: 0, to: paths.count, by: max(1, paths.count / Self.beginningsLookedAt)).lazy.map({ paths[$0] }) {
      do throws(DataFailure) { try kind.checkBeginning(path) } catch { throw error.failure }
    }
  }

  /// Throws where there is nothing to give.
  private func check() throws(DataFailure) {
    let place = arguments[FolderParameters.folder]
    if labelForm == .binary, let names = listing.classNames, names.count != 2 {
      throw .file(
        path: place, reason: "`label_mode=\"binary\"` is for two classes, and it has \(names.count): \(listed(names))")
    }
    for part in parts where self.listing(of: part).paths.isEmpty {
      let what = part.map { $0 == .training ? " to train on" : " to validate with" } ?? ""
      throw .file(path: place, reason: "it holds no \(kind.things)\(what) (\(kind.endings.joined(separator: ", ")))")
    }
  }

  private func listing(of part: FileListing.Subset?) -> FileListing {
    guard let part, let share = arguments[FolderParameters.validationSplit] else { return listing }
    return listing.part(part, share: share)
  }

  private func spec(of part: FileListing.Subset?) -> DataSpec {
    var spec = kind.spec(listing(of: part).paths.count, arguments, labelForm, listing.classNames?.count ?? 0)
    if isOpen { spec.count = nil }
    guard let size = batchSize else { return spec }
    spec.count = spec.count.map { ($0 + size - 1) / size }
    spec.isBatched = true
    return spec
  }

  /// What scripts ask of Keras's data sets.
  private func facts(of part: FileListing.Subset?) -> [String: Value] {
    let listing = listing(of: part)
    let names = ["class_names": listing.classNames.map { .list($0.map(Value.string)) } ?? Value.none]
    if isOpen { return names }
    return names.merging([
      DataObject.classCountsName: listing.classNames.map { _ in .list(listing.classCounts.map(Value.integer)) } ?? .none,
      "file_paths": .list(listing.paths.map(Value.string)),
    ]) { first, _ in first }
  }

  /// What is known once files that cannot be read are left out.
  private static let laterFacts: [String: ValueType] = [DataObject.classCountsName: .any, "file_paths": .list(.string)]

  /// The examples of the part: shuffled where it is not for validation alone, in batches if asked.
  private func object(of part: FileListing.Subset?, _ stream: RandomStream, _ remarks: Remarks) -> Value {
    var source = kind.source(listing(of: part), arguments, labelForm, remarks)
    let isForValidation = part == .validation && parts.count > 1
    if isShuffled, !isForValidation { source = ShuffledSource(source, stream: stream) }
    if let size = batchSize { source = BatchedSource(source, size: size) }
    return .object(source.object(facts: facts(of: part)))
  }

  private static let mostShown = 5

  /// What has been left out, on a line; empty where nothing has.
  private var reportOfLeftOut: String {
    if leftOut.isEmpty { return "" }
    let shown = leftOut.prefix(Self.mostShown).map { "`\($0.path)` (\($0.reason))" }.joined(separator: ", ")
    let rest = leftOut.count > Self.mostShown ? " and \(leftOut.count - Self.mostShown) more" : ""
    return "warning: \(leftOut.count) file\(leftOut.count == 1 ? " is" : "s are") left out: \(shown)\(rest).\n"
  }

  /// Keras's lines.
  private var report: String {
    let classes = listing.classNames.map { " belonging to \($0.count) classes" } ?? ""
    var text = "Found \(listing.paths.count) files\(classes).\n"
    for (name, count) in zip(listing.classNames ?? [], listing.classCounts) where count == 0 {
      text += "warning: the class `\(name)` has no \(kind.things).\n"
    }
    for part in parts {
      guard let part else { continue }
      text += "Using \(listing(of: part).paths.count) files for \(part.rawValue).\n"
    }
    return text
  }
}
