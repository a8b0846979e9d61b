import Diagnostics
import Syntax

extension Finding {
  static func malformedTemplate(_ template: PathTemplate, at range: SourceRange) -> Finding {
    if template.hasNestedFields {
      return Finding(
        .malformedTemplate, "A field's format in this path cannot hold a field itself.", at: range,
        hint: "write the format out: `{val_loss:.2f}`.")
    }
    return Finding(
      .malformedTemplate, "A brace in this path has no partner.", at: range, hint: "write `{{` for a brace that is meant as one.")
  }

  static func unknownField(_ field: String, in path: String, known: [String], at range: SourceRange, nearest: String?) -> Finding
  {
    Finding(
      .unknownField, "The path names `{\(field)}`, but it can hold only \(listed(known)).", at: range,
      hint: nearest.map { "did you mean `{\($0)}`?" })
  }

  static func fieldOfSomeEpochs(_ field: String, in path: String, _ callback: String, at range: SourceRange) -> Finding {
    Finding(
      .fieldOfSomeEpochs,
      "`\(callback)` cannot fill in `\(field)` after every epoch, since not every epoch validates.", at: range,
      hint: "leave `{\(field)}` out, or validate at every epoch.")
  }

  static func badFieldFormat(_ field: String, _ format: String, _ reason: String, at range: SourceRange) -> Finding {
    Finding(
      .badFieldFormat, "`{\(field):\(format)}` in the path cannot be filled in: \(reason).", at: range,
      hint: field == "epoch" || field == "batch" ? "write `{\(field):02d}`." : "write `{\(field):.2f}`.")
  }

  static func checkpointEnding(_ path: String, _ callback: String, weightsOnly: Bool, at range: SourceRange) -> Finding {
    Finding(
      .fileEnding,
      weightsOnly
        ? "`\(callback)` with `save_weights_only=True` writes a file that ends in `.weights.h5`."
        : "`\(callback)` writes a whole model: a file that ends in `.keras`, or in `.h5` for the old format.", at: range,
      hint: "write `\"\(stem(of: path))\(weightsOnly ? ".weights.h5" : ".keras")\"`.")
  }

  static func saveEnding(_ path: String, endings: [String], at range: SourceRange) -> Finding {
    Finding(
      .fileEnding,
      "The ending names the format, and `\(path)` \(endings.count == 1 ? "does not end in" : "ends in none of") \(listed(endings)).",
      at: range,
      hint: "write `\"\(stem(of: path))\(endings.first ?? "")\"`.")
  }

  static func fileEnding(_ path: String, problem: String, at range: SourceRange) -> Finding {
    Finding(.fileEnding, "`\(path)` \(problem).", at: range)
  }

  private static func stem(of path: String) -> String {
    for ending in [".weights.h5", ".keras", ".h5", ".hdf5", ".safetensors", ".onnx", ".ckpt", ".pth", ".pt", ".tf"]
    where path.hasSuffix(ending) {
      return String(path.dropLast(ending.count))
    }
    return path
  }

  static func notAPath(_ found: String, at range: SourceRange) -> Finding {
    Finding(.notAPath, "A path is needed here, not \(found).", at: range)
  }

  static func noSuchFile(_ path: String, at range: SourceRange) -> Finding {
    Finding(.noSuchFile, "There is no file `\(path)`, and no earlier statement writes it.", at: range)
  }

  static func cannotWrite(_ path: String, _ reason: String, at range: SourceRange) -> Finding {
    Finding(.cannotWrite, "`\(path)` cannot be written: \(reason).", at: range)
  }

  static func sharedBackup(_ path: String, at range: SourceRange, earlier: SourceRange?, variable: String?) -> Finding {
    Finding(
      .sharedBackup,
      earlier == nil
        ? "Every round of the loop would use the backup folder `\(path)`, and a backup belongs to one run of one fit."
        : "Two fits would share the backup folder `\(path)`, and a backup belongs to one of them.", at: range,
      labels: [.init(at: earlier, "used here first")], hint: hint(for: path, variable, at: range))
  }

  /// `earlier` is nil where the same words write it again: in each round of a loop, or in a second training with one callback.
  static func sharedFile(
    _ path: String, at range: SourceRange, earlier: SourceRange?, writer: String, isInLoop: Bool, variable: String?
  ) -> Finding {
    let again = isInLoop ? "Every round of the loop writes `\(path)` again." : "This writes `\(path)` once more, over the first."
    return Finding(
      .sharedFile, earlier == nil ? again : "`\(path)` is written over what `\(writer)` wrote.", at: range, severity: .warning,
      labels: [.init(at: earlier, "written here first")],
      hint: hint(for: path, variable, at: range))
  }

  static func sharedLog(_ path: String, at range: SourceRange, earlier: SourceRange) -> Finding {
    Finding(
      .sharedFile, "Two callbacks of this training log into `\(path)`, which would show every step twice.", at: range,
      severity: .warning, labels: [.init(at: earlier, "used here first")], hint: hint(for: path, nil, at: range))
  }

  static func sharedRows(_ path: String, at range: SourceRange, earlier: SourceRange) -> Finding {
    Finding(
      .sharedFile, "Two callbacks of this training write rows into `\(path)`, each of which takes the other's for its own.",
      at: range, labels: [.init(at: earlier, "written here, too")], hint: hint(for: path, nil, at: range))
  }

  static func otherColumns(
    _ path: String, _ theirs: [String], instead ours: [String], at range: SourceRange, earlier: SourceRange
  ) -> Finding {
    func listed(_ columns: [String]) -> String { columns.map { "`\($0)`" }.joined(separator: ", ") }
    return Finding(
      .otherColumns, "`\(path)` has the columns \(listed(theirs)) by then, and this fit gives \(listed(ours)).", at: range,
      labels: [.init(at: earlier, "begun here")],
      hint: "`merge=True` adds columns to the table; or give each fit a file of its own.")
  }

  static func overwrittenInput(_ path: String, by writer: String, at range: SourceRange, _ read: FileUses.Read) -> Finding {
    Finding(
      .overwrittenInput,
      "`\(writer)` would write over \(read.range == nil ? "this script" : "`\(path)`, which the script reads").", at: range,
      labels: [.init(at: read.range, "read here")], hint: hint(for: path, nil, at: range))
  }

  private static func hint(for path: String, _ variable: String?, at range: SourceRange) -> String {
    let path = path.prefix(upTo: path.lastIndex { $0 != "/" }.map { path.index(after: $0) } ?? path.endIndex)
    let last = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let dot = path[last...].lastIndex(of: ".") ?? path.endIndex
    let name = (path[..<dot], path[dot...])
    let tag = range.spelled("", yaml: "!expr ")
    return variable.map { "write `\(tag)f\"\(name.0)-{\($0)}\(name.1)\"`." }
      ?? "give each its own, such as `\"\(name.0)-2\(name.1)\"`."
  }
}
