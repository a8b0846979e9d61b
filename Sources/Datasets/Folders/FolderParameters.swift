import Lambdas
import Plans

/// Parameters that the functions on folders of files share, with Keras's names and defaults.
enum FolderParameters {
  static let folder = Parameter<String>("directory", "the folder, with a subfolder a class", .inputPath)
  static let labels = Parameter<[Int]?>(
    "labels", "`\"inferred\"` from the subfolders, none, or a list of class numbers, one a file in the order of their paths",
    .optional(.either([.choice([inferred]), .list(.integer(min: 0))])), default: .string(inferred)
  ) { value in
    switch value {
    case .list(let items), .tuple(let items): .some(items.compactMap(\.asInteger))
    default: .some(nil)
    }
  }
  static let labelMode = Parameter<String?>.optional(
    Parameter<String>(
      "label_mode",
      "`\"int\"` for class numbers, `\"categorical\"` for a one in a row of zeros, `\"binary\"` for 0 or 1 of two classes, or none",
      .choice(["int", "categorical", "binary"]), default: "int"))
  static let classNames = Parameter<[String]?>(
    "class_names", "the subfolders to take, in the order of the classes; none takes all in the order of their names",
    .optional(.list(.string, min: 1)), default: Value.none
  ) { value in
    switch value {
    case .list(let items), .tuple(let items): .some(items.compactMap(\.asString))
    default: .some(nil)
    }
  }
  static let seed = Parameter<Int?>.optional(
    Parameter<Int>("seed", "what the order follows from; none takes the run's", min: 0, max: Int(UInt32.max)))
  static let validationSplit = Parameter<Double?>.optional(
    Parameter<Double>(
      "validation_split", "the share of the files that is kept for validation", min: 0, max: 1, excludesMin: true,
      excludesMax: true))
  static let subset = Parameter<String?>.optional(
    Parameter<String>(
      "subset", "which part of a split to give: `\"training\"`, `\"validation\"`, or `\"both\"` as a pair",
      .choice(["training", "validation", "both"])))
  static let followsLinks = Parameter<Bool>(
    "follow_links", "whether to look into subfolders behind symbolic links", default: false)
  static let onError = Parameter<String>(
    "on_error",
    "what becomes of files that cannot be read: the first ends the run (`\"raise\"`), or they are left out and told (`\"skip\"`)",
    .choice(["raise", "skip"]), default: "raise")
  static let verbose = Parameter<Bool>("verbose", "whether to tell how many files were found", default: true)

  /// `things` are what the files hold: "images".
  static func batchSize(_ things: String) -> Parameter<Int?> {
    Parameter<Int?>.optional(
      Parameter<Int>(
        "batch_size", "\(things) a batch; none for single \(things), which `fit` makes batches of", min: 1, default: 32))
  }

  static func shuffle(_ things: String) -> Parameter<Bool> {
    Parameter<Bool>(
      "shuffle", "whether each pass goes through the \(things) in another order; else in that of their paths", default: true)
  }

  static let inferred = "inferred"

  /// Why these arguments cannot go together, as a clause; nil if they can.
  static func conflict(_ arguments: Arguments) -> String? {
    let (share, part) = (arguments[validationSplit], arguments[subset])
    if share == nil, let part { return "gives the subset \"\(part)\" of a split: say how large by `validation_split=0.2`" }
    if share != nil, part == nil {
      return "splits the files: say which part by `subset`, \"training\", \"validation\" or \"both\""
    }
    if share != nil, part != "both", arguments[shuffle("files")], arguments[seed] == nil {
      return "needs a `seed` to split what is shuffled, or the training and the validation part would have files in common"
    }
    if arguments[classNames] != nil, arguments["labels"]?.asString != inferred {
      return "takes `class_names` for inferred labels alone"
    }
    return nil
  }
}
