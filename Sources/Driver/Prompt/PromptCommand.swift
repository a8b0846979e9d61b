import Diagnostics

/// What may be asked of the prompt itself, led by a colon. A name may be cut short as long as it stays clear.
enum PromptCommand: String, CaseIterable {
  case help, type, names, why, load, save, quit

  /// The command of a name or of its beginning; nil where there is none, or there are several.
  static func named(_ text: String) -> PromptCommand? {
    if let command = PromptCommand(rawValue: text) { return command }
    let candidates = allCases.filter { $0.rawValue.hasPrefix(text) }
    return candidates.count == 1 && !text.isEmpty ? candidates[0] : nil
  }

  /// What stands after the name.
  var argument: String {
    switch self {
    case .help: "[NAME]"
    case .why: "[CALLBACK]"
    case .type: "EXPR"
    case .load, .save: "FILE"
    case .names, .quit: ""
    }
  }

  var needsArgument: Bool { !argument.isEmpty && !argument.hasPrefix("[") }

  /// What it does, in a few words.
  var summary: String {
    switch self {
    case .help: "tell about a layer, callback, function, statement … or this list"
    case .type: "what an expression is, without computing it"
    case .names: "what has been bound, and to what"
    case .why: "what the callbacks of the trainings so far decided, and for what reasons"
    case .load: "run a script here, as if it were typed"
    case .save: "write what was carried out so far as a script"
    case .quit: "leave (or Ctrl-D)"
    }
  }

  /// The list of commands, and what the keys do.
  static var overview: String {
    let forms = allCases.map { ":\($0.rawValue)" + ($0.argument.isEmpty ? "" : " \($0.argument)") }
    let width = forms.map(\.count).max() ?? 0
    let lines = zip(forms, allCases).map { form, command in
      "  \(form)\(String(repeating: " ", count: width - form.count))  \(command.summary)"
    }
    return lines.joined(separator: "\n") + """

      Statements are those of scripts; a value that is typed is shown. A line in an open bracket or block goes on.
      Tab completes, the arrow keys bring back what was typed. Ctrl-C clears the line, or stops what runs: a training
      after its batch, with what it has learnt.

      """
  }
}
