import Artifacts
import Diagnostics
import Glibc
import Syntax

/// `train convert FILE`: the script in its other form, YAML for `.train` and the other way, to the standard output or into a file.
///
/// - Parameters:
///   - output: Where to write; nil for the standard output.
///   - overwrites: Whether a file that is there may be replaced.
package func convert(_ path: String, to output: String?, overwrites: Bool, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  guard let source = terminal.readSource(path) else { return terminal.status }
  guard source.isYAML || path.hasSuffix(".train") else {
    terminal.complain("`\(path)` is neither a `.train` nor a `.yaml` file, so that there is no saying what to convert it to")
    return .failed
  }
  if let output, isYAML(output) == source.isYAML {
    let wanted = source.isYAML ? ".train" : ".yaml"
    terminal.complain("`\(path)` is converted to a `\(wanted)` file, so `\(output)` should end in `\(wanted)`")
    return .failed
  }
  guard let text = text(of: source, asYAML: !source.isYAML, terminal) else { return terminal.status }
  guard let output else {
    terminal.write(text)
    return .done
  }
  if !overwrites, FileStatus(at: output) != nil {
    terminal.complain("`\(output)` exists already; `--force` replaces it")
    return .failed
  }
  return write(text, to: output, terminal)
}

/// `train fmt FILE …`: every script in its canonical form; with `check` nothing is written, and files that would change are named.
/// `-` is the standard input, whose form goes to the standard output.
package func format(_ paths: [String], isChecking: Bool, isYAML: Bool, _ options: Options) -> ExitStatus {
  var worst = ExitStatus.done
  for path in paths {
    let status = format(path, isChecking: isChecking, isYAML: isYAML, options)
    if status.rawValue > worst.rawValue { worst = status }
  }
  return worst
}

private func format(_ path: String, isChecking: Bool, isYAML: Bool, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  let isInput = path == "-"
  let found = isInput ? terminal.readInput(named: isYAML ? "<input>.yaml" : "<input>") : terminal.readSource(path)
  guard let source = found, let text = text(of: source, asYAML: source.isYAML, terminal) else { return terminal.status }
  if isInput, !isChecking {
    terminal.write(text)
    return .done
  }
  if text == source.text { return .done }
  if isChecking {
    terminal.write(path + "\n")
    return .failed
  }
  return write(text, to: path, terminal)
}

/// The canonical text of a script in one of the forms; nil, with the reason told, for a script with mistakes.
private func text(of source: Source, asYAML: Bool, _ terminal: Terminal) -> String? {
  let reading = parse(source)
  if reading.findings.contains(where: { $0.severity == .error }) {
    terminal.refuse(reading.findings)
    return nil
  }
  let text = asYAML ? printedYAML(reading.script) : printed(reading.script)
  // What is written may replace the only copy there is.
  let again = parse(Source(name: asYAML ? "a.yaml" : "a.train", text: text))
  guard again.script.isSame(as: reading.script) else {
    terminal.complain("`\(source.name)` is left as it is: its other spelling would not say quite the same")
    return nil
  }
  return text
}

private func write(_ text: String, to path: String, _ terminal: Terminal) -> ExitStatus {
  do throws(FileFailure) { try writeDurably(text, to: path) } catch {
    terminal.complain(error.description)
    return .failed
  }
  return .done
}

private func isYAML(_ path: String) -> Bool { Source(name: path, text: "").isYAML }
