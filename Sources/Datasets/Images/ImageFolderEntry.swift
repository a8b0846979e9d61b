import Arrays
import Artifacts
import Lambdas
import Plans

/// `image_dataset_from_directory(…)`: batches of images with the classes that their folders are, as Keras's function of that name gives.
///
/// Files are listed and split as Keras lists and splits them, also shuffled with a seed. The order in which a training goes through them
/// is our own: all of them are shuffled anew in each pass, and not within a buffer.
enum ImageFolderEntry {
  private static let folder = Parameter<String>("directory", "the folder, with a subfolder a class", .inputPath)
  private static let labels = Parameter<[Int]?>(
    "labels", "`\"inferred\"` from the subfolders, none, or a list of class numbers, one a file in the order of their paths",
    .optional(.either([.choice([inferred]), .list(.integer(min: 0))])), default: .string(inferred)
  ) { value in
    switch value {
    case .list(let items), .tuple(let items): .some(items.compactMap(\.asInteger))
    default: .some(nil)
    }
  }
  private static let labelMode = Parameter<String?>.optional(
    Parameter<String>(
      "label_mode",
      "`\"int\"` for class numbers, `\"categorical\"` for a one in a row of zeros, `\"binary\"` for 0 or 1 of two classes, or none",
      .choice(["int", "categorical", "binary"]), default: "int"))
  private static let classNames = Parameter<[String]?>(
    "class_names", "the subfolders to take, in the order of the classes; none takes all in the order of their names",
    .optional(.list(.string, min: 1)), default: Value.none
  ) { value in
    switch value {
    case .list(let items), .tuple(let items): .some(items.compactMap(\.asString))
    default: .some(nil)
    }
  }
  private static let color = Parameter<String>(
    "color_mode", "how many channels images get: 1, 3 or 4", .choice(ColorMode.allCases.map(\.rawValue)), default: "rgb")
  private static let batchSize = Parameter<Int?>.optional(
    Parameter<Int>("batch_size", "images a batch; none for single images, which `fit` makes batches of", min: 1, default: 32))
  private static let imageSize = Parameter<[Int]>(
    "image_size", "(height, width) that images are resized to, or one number for both",
    .either([.list(.integer(min: 1, max: sizeLimit), min: 2, max: 2), .integer(min: 1, max: sizeLimit)]),
    default: .tuple([.integer(256), .integer(256)])
  ) { value in
    switch value {
    case .list(let items), .tuple(let items): items.compactMap(\.asInteger)
    default: value.asInteger.map { [$0, $0] }
    }
  }
  private static let shuffle = Parameter<Bool>(
    "shuffle", "whether each pass goes through the images in another order; else in that of their paths", default: true)
  private static let seed = Parameter<Int?>.optional(
    Parameter<Int>(
      "seed", "what the order follows from; none takes the run's", min: 0, max: Int(UInt32.max)))
  private static let validationSplit = Parameter<Double?>.optional(
    Parameter<Double>(
      "validation_split", "the share of the files that is kept for validation", min: 0, max: 1, excludesMin: true,
      excludesMax: true))
  private static let subset = Parameter<String?>.optional(
    Parameter<String>(
      "subset", "which part of a split to give: `\"training\"`, `\"validation\"`, or `\"both\"` as a pair",
      .choice(["training", "validation", "both"])))
  private static let interpolation = Parameter<String>(
    "interpolation", "how images are resized", .choice(Interpolation.allCases.map(\.rawValue)), default: "bilinear")
  private static let followsLinks = Parameter<Bool>(
    "follow_links", "whether to look into subfolders behind symbolic links", default: false)
  private static let crop = Parameter<Bool>(
    "crop_to_aspect_ratio", "whether to cut off what is too wide or too high, and keep the proportions", default: false)
  private static let pad = Parameter<Bool>(
    "pad_to_aspect_ratio", "whether to fill up with black what is too narrow or too low, and keep the proportions", default: false
  )
  private static let onError = Parameter<String>(
    "on_error",
    "what becomes of files that cannot be read: the first ends the run (`\"raise\"`), or they are left out and told (`\"skip\"`)",
    .choice(["raise", "skip"]), default: "raise")
  private static let verbose = Parameter<Bool>("verbose", "whether to tell how many files were found", default: true)

  private static let name = "image_dataset_from_directory"
  private static let inferred = "inferred"
  private static let sizeLimit = 1 << 14
  /// How many files are looked at before anything is trained.
  private static let headersLookedAt = 200

  /// Why these arguments cannot go together, as a clause; nil if they can.
  private static func conflict(_ arguments: Arguments) -> String? {
    let (share, part) = (arguments[validationSplit], arguments[subset])
    if share == nil, let part { return "gives the subset \"\(part)\" of a split: say how large by `validation_split=0.2`" }
    if share != nil, part == nil {
      return "splits the files: say which part by `subset`, \"training\", \"validation\" or \"both\""
    }
    if share != nil, part != "both", arguments[shuffle], arguments[seed] == nil {
      return "needs a `seed` to split what is shuffled, or the training and the validation part would have files in common"
    }
    if arguments[crop], arguments[pad] { return "either crops images to their aspect ratio or pads them, not both" }
    if arguments[classNames] != nil, arguments["labels"]?.asString != inferred {
      return "takes `class_names` for inferred labels alone"
    }
    return nil
  }

  /// As Keras lists them.
  private static let endings = [".bmp", ".gif", ".jpeg", ".jpg", ".png"]

  static let entry = Entry(
    .dataset,
    Signature(
      name, "Batches of the images in a folder, with a class a subfolder.",
      [
        folder.description, labels.description, labelMode.description, classNames.description, color.description,
        batchSize.description, imageSize.description, shuffle.description, seed.description, validationSplit.description,
        subset.description, interpolation.description, followsLinks.description, crop.description, pad.description,
        verbose.description, onError.description,
      ],
      example: "data = image_dataset_from_directory(\"photos\", image_size=(64, 64), batch_size=16)"),
    .function(
      FunctionTraits(
        forecast: { arguments throws(Failure) in
          let folder = try Folder(arguments, seed: 0, isForecast: true)
          if !folder.isOpen { try folder.checkHeaders() }
          let data = folder.parts.map { part in
            let later = folder.isOpen ? Folder.laterFacts : [:]
            return Forecast.data(folder.spec(of: part), facts: folder.facts(of: part), laterFacts: later)
          }
          return data.count == 1 ? data[0] : .tuple(data)
        },
        placedCall: { arguments, surroundings throws(Failure) in
          let folder = try Folder(arguments, seed: surroundings.stream.words(0)[0] % 1_000_000)
          if arguments[verbose] { surroundings.write(folder.report) }
          surroundings.write(folder.reportOfLeftOut)
          let stream = arguments[seed].map { RandomStream(seed: $0, name) } ?? surroundings.stream
          let data = folder.parts.map { folder.object(of: $0, stream, surroundings.remarks) }
          return data.count == 1 ? data[0] : .tuple(data)
        })))

  /// What a call means.
  private struct Folder {
    let arguments: Arguments
    let listing: FileListing
    let form: ImageFolder.Form
    let labelForm: ImageFolder.LabelForm?
    /// Nil where the whole is asked for.
    let parts: [FileListing.Subset?]
    /// The files that cannot be read, each with the reason, where they are to be left out.
    private var leftOut: [(path: String, reason: String)] = []
    /// Whether only the run will know which files can be read.
    let isOpen: Bool

    /// `seed` splits the files where none is given. What is forecast is listed and not read.
    init(_ arguments: Arguments, seed drawn: UInt32, isForecast: Bool = false) throws(Failure) {
      if let conflict = conflict(arguments) { throw Failure("`\(name)` \(conflict)") }
      self.arguments = arguments
      isOpen = isForecast && arguments[onError] == "skip"
      let size = arguments[imageSize]
      form = ImageFolder.Form(
        height: size[0], width: size[1], color: ColorMode(rawValue: arguments[color]) ?? .rgb,
        interpolation: Interpolation(rawValue: arguments[interpolation]) ?? .bilinear,
        aspectRatio: arguments[crop] ? .cropped : arguments[pad] ? .padded : .distorted)
      let hasLabels = arguments["labels"]?.isNone == false && arguments[labelMode] != nil
      labelForm = hasLabels ? arguments[labelMode].flatMap { ImageFolder.LabelForm(rawValue: $0) } : nil
      parts =
        switch arguments[subset] {
        case nil: [nil]
        case "both": [.training, .validation]
        case let part?: [FileListing.Subset(rawValue: part)]
        }
      let source: FileListing.Labels =
        !hasLabels ? .none : arguments[labels].map { .given($0) } ?? .inferred(classNames: arguments[classNames])
      do throws(DataFailure) {
        var listing = try FileListing(
          arguments[folder], source, endings: endings, followsLinks: arguments[followsLinks])
        if arguments[onError] == "skip", !isForecast {
          leftOut = zip(listing.paths, defects(ofImages: listing.paths)).compactMap { path, defect in defect.map { (path, $0) } }
          let paths = Set(leftOut.map(\.path))
          if !paths.isEmpty { listing.remove { paths.contains($0) } }
        }
        if arguments[shuffle] { listing.shuffle(seed: arguments[seed].map(UInt32.init(truncatingIfNeeded:)) ?? drawn) }
        self.listing = listing
        try check()
      } catch {
        throw error.failure
      }
    }

    /// Throws the first of some hundred files, from all over, that is no image by its first bytes.
    func checkHeaders() throws(Failure) {
      let paths = listing.paths
      for path in stride(from: 0, to: paths.count, by: max(1, paths.count / headersLookedAt)).lazy.map({ paths[$0] }) {
        do throws(FileFailure) { _ = try readImageHeader(path) } catch { throw DataFailure.picture(error).failure }
      }
    }

    /// Throws where there is nothing to give.
    private func check() throws(DataFailure) {
      let place = arguments[folder]
      if labelForm == .binary, let names = listing.classNames, names.count != 2 {
        throw .file(
          path: place, reason: "`label_mode=\"binary\"` is for two classes, and it has \(names.count): \(listed(names))")
      }
      for part in parts where self.listing(of: part).paths.isEmpty {
        let what = part.map { $0 == .training ? " to train on" : " to validate with" } ?? ""
        throw .file(path: place, reason: "it holds no images\(what) (\(endings.joined(separator: ", ")))")
      }
    }

    func listing(of part: FileListing.Subset?) -> FileListing {
      guard let part, let share = arguments[validationSplit] else { return listing }
      return listing.part(part, share: share)
    }

    func spec(of part: FileListing.Subset?) -> DataSpec {
      var spec = ImageFolder.spec(
        count: listing(of: part).paths.count, form, labels: labelForm, classCount: listing.classNames?.count ?? 0)
      if isOpen { spec.count = nil }
      guard let size = arguments[batchSize] else { return spec }
      spec.count = spec.count.map { ($0 + size - 1) / size }
      spec.isBatched = true
      return spec
    }

    /// What scripts ask of Keras's data sets.
    func facts(of part: FileListing.Subset?) -> [String: Value] {
      let listing = listing(of: part)
      let names = ["class_names": listing.classNames.map { .list($0.map(Value.string)) } ?? Value.none]
      if isOpen { return names }
      return names.merging([
        DataObject.classCountsName: listing.classNames.map { _ in .list(listing.classCounts.map(Value.integer)) } ?? .none,
        "file_paths": .list(listing.paths.map(Value.string)),
      ]) { first, _ in first }
    }

    /// What is known once files that cannot be read are left out.
    static let laterFacts: [String: ValueType] = [DataObject.classCountsName: .any, "file_paths": .list(.string)]

    /// The images of the part: shuffled where it is not for validation alone, in batches if asked.
    func object(of part: FileListing.Subset?, _ stream: RandomStream, _ remarks: Remarks) -> Value {
      var source: any ElementSource = ImageFolder(
        listing(of: part), of: arguments[folder], as: form, labels: labelForm, leavesOut: arguments[onError] == "skip",
        remarks: remarks)
      let isForValidation = part == .validation && parts.count > 1
      if arguments[shuffle], !isForValidation { source = ShuffledSource(source, stream: stream) }
      if let size = arguments[batchSize] { source = BatchedSource(source, size: size) }
      return .object(source.object(facts: facts(of: part)))
    }

    private static let mostShown = 5

    /// What has been left out, on a line; empty where nothing has.
    var reportOfLeftOut: String {
      if leftOut.isEmpty { return "" }
      let shown = leftOut.prefix(Self.mostShown).map { "`\($0.path)` (\($0.reason))" }.joined(separator: ", ")
      let rest = leftOut.count > Self.mostShown ? " and \(leftOut.count - Self.mostShown) more" : ""
      return "warning: \(leftOut.count) file\(leftOut.count == 1 ? " is" : "s are") left out: \(shown)\(rest).\n"
    }

    /// Keras's lines.
    var report: String {
      let classes = listing.classNames.map { " belonging to \($0.count) classes" } ?? ""
      var text = "Found \(listing.paths.count) files\(classes).\n"
      for (name, count) in zip(listing.classNames ?? [], listing.classCounts) where count == 0 {
        text += "warning: the class `\(name)` has no images.\n"
      }
      for part in parts {
        guard let part else { continue }
        text += "Using \(listing(of: part).paths.count) files for \(part.rawValue).\n"
      }
      return text
    }
  }
}
