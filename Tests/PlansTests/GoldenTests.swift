import Diagnostics
import Plans
import Syntax
import Testing

/// Checks a text against the tests' catalog: what the reader finds, then what the checker finds.
func check(_ source: Source, surroundings: Surroundings = Surroundings()) -> Checked {
  let reading = parse(source)
  var checked = Interpreter(catalog: TestCatalog.catalog, surroundings: surroundings).check(reading.script)
  checked.findings = withoutAllowed(reading.findings + checked.findings)
  return checked
}

@Suite struct GoodScripts {
  @Test func haveNoFindingsAndThePlanBesideThem() throws {
    for script in try Golden.scripts(in: "good") {
      let checked = check(script.source)
      #expect(checked.findings.filter { $0.severity > .note }.isEmpty, "\(script.name):\n\(rendered(checked.findings))")
      try expect(checked.plan.description, inFile: "good/\(script.name).plan")
    }
  }
}

@Suite struct BadScripts {
  @Test func saySoAsWrittenBesideThem() throws {
    for script in try Golden.scripts(in: "bad") {
      let checked = check(script.source, surroundings: .ofTests)
      #expect(!checked.findings.isEmpty, "\(script.name) has no findings")
      try expect(rendered(checked.findings), inFile: "bad/\(script.name).findings")
    }
  }

  @Test func provokeEveryComplaint() throws {
    var told: Set<String> = []
    for script in try Golden.scripts(in: "bad") + Golden.scripts(in: "good") {
      told.formUnion(check(script.source, surroundings: .ofTests).findings.map(\.name))
    }
    // Told by the tests of `--set` and of what is typed, which no script can provoke.
    told.formUnion([PlanComplaint.unusedOverride.rawValue, PlanComplaint.replaced.rawValue])
    let silent = PlanComplaint.allCases.map(\.rawValue).filter { !told.contains($0) }
    #expect(silent.isEmpty, "no golden script provokes \(silent.joined(separator: ", "))")
  }
}

/// Compares a text with a golden file, or writes the file anew.
private func expect(_ text: String, inFile name: String) throws {
  if Golden.isUpdating { return try Golden.write(text, to: name) }
  #expect(text == (try? Golden.text(name)), "\(name)")
}

extension Surroundings {
  /// Files of the tests: one to include, one that includes itself, and a folder that cannot be written.
  static var ofTests: Surroundings {
    Surroundings(
      read: { path throws(Failure) in
        switch path {
        case "parts.train": Source(name: path, text: "width = 32\ndef double(x) = 2 * x\n")
        case "cycle.train": Source(name: path, text: "include \"cycle.train\"\n")
        case "fits.train": Source(name: path, text: "expect True\n")
        default: throw Failure("there is no such file")
        }
      },
      reasonNotWritable: { $0.hasPrefix("/proc/") ? "the folder cannot be written" : nil },
      reasonFolderNotWritable: { $0.hasPrefix("/proc/") ? "the folder cannot be written" : nil })
  }
}
