import Diagnostics

/// What is lost when a model, callback or def is declared again at a prompt.
enum ReplacementLoss {
  case nothing(stillKnownAs: String)
  case nothingLearnt
  /// Weights that were read or trained; `epochs` are those of the last training, if there was one.
  case weights(epochs: Int?)
}

extension Finding {
  private static let folderOfImages = "images are read by `image_dataset_from_directory(\"folder\", image_size=(64, 64))`."

  static func unknownName(_ name: String, at range: SourceRange, nearest: String?) -> Finding {
    let hint: String? =
      switch name {
      case "pd", "pandas": "tables are read by `read_csv(\"table.csv\")`, without a prefix."
      case "open": "scripts read data by `read_csv`, `load_npz` and their kin, and write by `save`, `plot` and callbacks."
      case "ImageDataGenerator", "ImageFolder", "load_img", "flow_from_directory": folderOfImages
      default:
        Spelling.translation(of: name) ?? nearest.map { "did you mean `\($0)`?" }
          ?? (name.first?.isUppercase ?? false ? "`train describe` lists the layers, callbacks … that there are." : nil)
      }
    return Finding(.unknownName, "Nothing is called `\(name)`.", at: range, hint: hint)
  }

  static func boundOnSomePaths(_ name: String, at range: SourceRange, bound: SourceRange) -> Finding {
    Finding(
      .boundOnSomePaths, "`\(name)` has a value only if the lines that bind it were reached.", at: range, severity: .warning,
      labels: [.init(bound, "bound here")], hint: "bind `\(name)` before the `if` or `for` as well.")
  }

  static func boundOnNoPath(_ name: String, at range: SourceRange, bound: SourceRange) -> Finding {
    Finding(
      .boundOnNoPath, "`\(name)` has no value, since the lines that bind it are not reached.", at: range,
      labels: [.init(bound, "would be bound here")], hint: "bind `\(name)` before the `if` or `for` as well.")
  }

  static func readBeforeBound(_ name: String, at range: SourceRange) -> Finding {
    Finding(
      .readBeforeBound, "`\(name)` is read before it is bound: a function that binds a name means its own by it, throughout.",
      at: range, hint: "let `\(name)` be a parameter, and return its new value.")
  }

  static func unknownMember(_ name: String, of prefix: String, at range: SourceRange, nearest: String?) -> Finding {
    let hint: String? =
      switch name {
      case "set_seed", "set_random_seed": "write `settings { seed = 7 }` as the first line."
      case "Callback": "it is not needed: a callback of one's own is `callback NAME { on epoch_end(epoch, logs) { … } }`."
      case "ImageDataGenerator", "ImageFolder", "load_img", "flow_from_directory": folderOfImages
      default: nearest.map { "did you mean `\(prefix).\($0)`?" }
      }
    return Finding(.unknownMember, "`\(prefix)` has no `\(name)`.", at: range, hint: hint)
  }

  static func unknownYet(_ name: String, of prefix: String, at range: SourceRange) -> Finding {
    Finding(.unknownMember, "`\(prefix).\(name)` is not known here yet.", at: range)
  }

  static func ambiguousName(_ name: String, roles: [Role], at range: SourceRange) -> Finding {
    Finding(
      .ambiguousName, "`\(name)` is \(ArgumentKind.alternatives(roles.map(\.withArticle))), and nothing here says which.",
      at: range,
      hint: "write \(ArgumentKind.alternatives(roles.map { "`\($0.namespace).\(name)`" })).")
  }

  static func declaredTwice(_ name: String, at range: SourceRange, earlier: SourceRange) -> Finding {
    Finding(
      .declaredTwice, "`\(name)` is declared twice.", at: range, remark: "again here", labels: [.init(earlier, "first here")],
      hint: "give one of them another name.")
  }

  static func replaced(_ name: String, _ kind: Binding.Kind, lost: ReplacementLoss, at range: SourceRange) -> Finding {
    let consequence =
      switch lost {
      case .nothing(let other): ", which stays as `\(other)`"
      case .nothingLearnt: ""
      case .weights(nil): "; its weights are lost"
      case .weights(let epochs?): "; what it learnt in \(counted(epochs, "epoch")) is lost"
      }
    return Finding(.replaced, "`\(name)` replaces the \(kind.noun) of that name\(consequence).", at: range, severity: .note)
  }

  static func unusedOverride(_ name: String, at range: SourceRange, nearest: String?) -> Finding {
    Finding(
      .unusedOverride, "`--set \(name)=…` replaces nothing, since the script does not bind `\(name)` at its top level.",
      at: range,
      hint: nearest.map { "did you mean `\($0)`?" })
  }

  /// `isSecond`: there are settings before it.
  static func settingsNotFirst(isSecond: Bool, at range: SourceRange) -> Finding {
    Finding(
      .settingsNotFirst, "`settings` stands once, before everything else.", at: range,
      hint: isSecond ? "put all settings into the first." : "move it to the beginning.")
  }

  static func unknownModule(_ name: String, at range: SourceRange) -> Finding {
    let hint: String? =
      switch name.split(separator: ".").first {
      case "matplotlib", "seaborn": "`plot(history, path=\"curves.svg\")` draws curves and images."
      case "sklearn", "scikit-learn": "data sets such as `load_digits()` are there without an import; `ds.split(0.2)` splits one."
      case "pandas": "`read_csv(\"table.csv\")` is there without an import."
      case "os", "pathlib", "shutil": "leave it out: folders are made for the files that are written into them."
      case "torch": "layers go by their Keras names: `Dense`, `Conv2D`."
      default: nil
      }
    return Finding(.unknownModule, "The module `\(name)` is not available in scripts.", at: range, hint: hint)
  }

  static func importAccepted(at range: SourceRange) -> Finding {
    Finding(.importAccepted, "Imports are not needed: every name is there.", at: range, severity: .note)
  }

  static func cannotInclude(_ path: String, _ reason: String, at range: SourceRange) -> Finding {
    Finding(.cannotInclude, "`\(path)` cannot be included: \(reason).", at: range)
  }

  static func includeCycle(_ path: String, at range: SourceRange) -> Finding {
    Finding(.includeCycle, "`\(path)` includes itself, over this line.", at: range)
  }

  static func includedTwice(_ path: String, at range: SourceRange) -> Finding {
    Finding(.includedTwice, "`\(path)` is included already.", at: range, hint: "take this line out.")
  }

  static func includeClash(_ name: String, at range: SourceRange, earlier: SourceRange) -> Finding {
    Finding(
      .includeClash, "The included file binds `\(name)`, which is bound already.", at: range,
      labels: [.init(earlier, "first here")],
      hint: "give one of them another name.")
  }

  static func includesTooDeep(limit: Int, at range: SourceRange) -> Finding {
    Finding(.includesTooDeep, "Files include each other more than \(limit) deep here.", at: range)
  }

  static func actsInInclude(at range: SourceRange) -> Finding {
    Finding(
      .misplaced, "This statement may stand only in the file that is run, not in an included one.", at: range,
      hint: "an included file gives its models, callbacks, functions and values.")
  }
}
