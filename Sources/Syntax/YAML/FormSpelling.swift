import Diagnostics

/// What a hint tells to type depends on the form that the mistake stands in.
extension SourceRange {
  /// The spelling of the form that this place is written in.
  package func spelled(_ train: String, yaml: String) -> String { source.isYAML ? yaml : train }

  /// The words of steps, where this name stands as one would: behind the `- ` of YAML.
  package var wordsInPlace: [String] {
    let before = source.bytes[..<min(start, source.bytes.count)].last { $0 != UInt8(ascii: " ") }
    return source.isYAML && before == UInt8(ascii: "-") ? YAMLReader.stepWords + ["pass", "break", "continue"] : []
  }

  /// How an argument or setting is named where this name of one stands: `units=`, in a mapping of YAML `units:`.
  package func asParameter(_ name: String) -> String {
    let next = source.bytes[min(end, source.bytes.count)...].first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\"") }
    return source.isYAML && next == UInt8(ascii: ":") ? "\(name):" : "\(name)="
  }
}
