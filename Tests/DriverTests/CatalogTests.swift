import Diagnostics
import Lambdas
import Plans
import Syntax
import Testing

@testable import Driver

/// Every entry of the catalog tells what it is, takes its own defaults, and shows an example that passes the check.
@Suite struct CatalogTests {
  static let entries = Role.allCases.flatMap { role in
    Set((standardCatalog.entries[role] ?? [:]).values.map(\.name)).sorted().compactMap { standardCatalog.entry($0, role) }
  }

  @Test(arguments: entries.indices)
  func everyEntryIsDescribed(index: Int) {
    let signature = Self.entries[index].signature
    #expect(!signature.summary.isEmpty, "\(signature.name)")
    #expect(signature.summary.hasSuffix("."), "\(signature.name): \(signature.summary)")
    for parameter in signature.parameters {
      #expect(!parameter.help.isEmpty && !parameter.help.hasSuffix("."), "\(signature.name).\(parameter.name)")
    }
    #expect(!signature.example.isEmpty, "`\(signature.name)` has no example")
  }

  /// A default must be an argument that its own parameter admits: given outright it changes nothing.
  @Test(arguments: entries.indices)
  func defaultsAreAdmitted(index: Int) {
    let entry = Self.entries[index]
    let roles: [Role] = [
      .layer, .callback, .optimizer, .optimizerMap, .schedule, .initializer, .regularizer, .constraint,
    ]
    guard roles.contains(entry.role) else { return }
    let signature = entry.signature
    for parameter in signature.parameters {
      guard let value = parameter.defaultValue else { continue }
      let text = Operations.representation(value)
      let required = signature.parameters.filter { $0.defaultValue == nil }
      // The values of the parameters that must be given do not matter here.
      let call = "\(entry.role.namespace).\(entry.name)(\(parameter.name)=\(text))"
      let findings = Self.errors(in: "x = \(call)\n").filter { $0.name != "missing-argument" || required.isEmpty }
      #expect(findings.isEmpty, "\(call): \(findings.map(\.message))")
    }
  }

  @Test(arguments: entries.indices)
  func examplesPassTheCheck(index: Int) {
    let entry = Self.entries[index]
    let script = Self.script(around: entry.signature.example, entry)
    let missingFiles: Set<String> = ["forecast-fails", "no-such-file"]
    let findings = Self.errors(in: script).filter { !missingFiles.contains($0.name) }
    #expect(findings.isEmpty, "\(entry.name): \(findings.map(\.message))\n\(script)")
  }

  /// Steps of a sequence are meant one by one, in a transformer or behind a recurrence; a picture that nobody flattened is not.
  @Test(arguments: [
    ("Input((20,), dtype=\"int32\")\nEmbedding(50, 8)\nDense(4)", false),
    ("Input((20, 3))\nLSTM(8, return_sequences=True)\nDropout(0.1)\nDense(4)", false),
    ("Input((20, 3))\nRescaling(2)\nDropout(0.1)\nDense(4)", true),
    ("Input((8, 8, 1))\nConv2D(4, 3)\nDense(4)", true),
  ])
  func denseOverPositions(layers: String, isWarnedOf: Bool) {
    let names = Self.findings(in: "model net {\n\(layers)\n}\n").map(\.name)
    #expect(names == (isWarnedOf ? ["odd-shape"] : []))
  }

  /// A script in which the example stands where its role puts it.
  static func script(around example: String, _ entry: Entry) -> String {
    func model(_ layers: String, _ compile: String = "optimizer = \"adam\"; loss = \"mse\"; metrics = [\"accuracy\"]") -> String {
      "model net {\n\(layers)\ncompile { \(compile) }\n}\n"
    }
    let layers = "Input((8, 8))\nFlatten()\nDense(10)"
    switch entry.role {
    case .layer where entry.abilities.contains(.takesValues): return example + "\n"
    case .layer where example.contains("Input(") && entry.name != "Input": return model(example)
    case .layer where entry.name == "Input": return model("\(example)\nFlatten()\nDense(1)")
    case .activation where entry.settings.contains { $0.defaultValue == nil }: return example + "\n"
    case .layer, .initializer, .regularizer, .constraint, .activation: return model("Input((4,))\n\(example)")
    case .optimizer: return model(layers, "optimizer = \(example); loss = \"mse\"")
    case .loss: return model(layers, "optimizer = \"adam\"; \(example)")
    case .metric: return model(layers, "optimizer = \"adam\"; loss = \"mse\"; \(example)")
    case .callback:
      return model(layers, "optimizer = Adam(use_ema=True); loss = \"mse\"; metrics = [\"accuracy\"]")
        + "fit net on (zeros((20, 8, 8)), zeros((20, 10))) { epochs = 2; validation_split = 0.5; callbacks = [\(example)] }\n"
    case .schedule, .optimizerMap, .dataset: return example + "\n"
    case .function:
      return model(layers) + "history = fit net on (zeros((20, 8, 8)), zeros((20, 10))) { epochs = 1 }\n\(example)\n"
    }
  }

  private static func errors(in text: String) -> [Finding] { findings(in: text).filter { $0.severity == .error } }

  private static func findings(in text: String) -> [Finding] {
    let reading = parse(Source(name: "example.train", text: text))
    let interpreter = Interpreter(catalog: standardCatalog, surroundings: .files)
    return reading.findings + interpreter.check(reading.script).findings
  }
}
