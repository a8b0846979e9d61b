import Lambdas

/// What may stand in the blocks of statements: `fit … { epochs = 3 }`, `compile { … }`, `settings { … }`.
package enum BlockSettings {
  /// The statements whose blocks hold settings, with the form they are written in.
  package static let forms: [(name: String, form: String)] = [
    ("fit", "fit MODEL on DATA { … }"), ("evaluate", "evaluate MODEL on DATA { … }"),
    ("predict", "predict MODEL on DATA { … }"), ("compile", "compile { … }"), ("settings", "settings { … }"),
  ]

  /// The settings of one of `forms`; nil for another name.
  package static func parameters(of name: String) -> [ParameterDescription]? {
    switch name {
    case "fit", "evaluate", "predict": RunParameters.of(name, asMethod: false)
    case "compile": Interpreter.compileParameters
    case "settings": Interpreter.settingParameters
    default: nil
    }
  }
}
