import Lambdas
import Plans

extension PathTemplate {
  /// A template that numbers can fill. Throws where a brace has no partner, a field no name, or a format fits no number.
  package init(checking text: String) throws(CallbackFailure) {
    self.init(text)
    if isMalformed { throw CallbackFailure("its path `\(text)` has a brace without its partner") }
    var sample = Logs()
    for field in fields {
      if field.name.isEmpty { throw CallbackFailure("its path `\(text)` has a field without a name") }
      sample[field.name] = field.name == "epoch" || field.name == "batch" ? .integer(1) : .float(0.5)
    }
    _ = try filled(with: sample)
  }

  /// The path with every field filled in.
  package func filled(with logs: Logs) throws(CallbackFailure) -> String {
    try filled { field throws(CallbackFailure) in
      guard let value = logs[field.name] else {
        throw CallbackFailure("its path needs `\(field.name)`, which this epoch does not give")
      }
      do throws(MachineError) { return try Operations.format(value, field.format) } catch {
        throw CallbackFailure("its path `\(text)` cannot show `\(field.name)`: \(error.message)")
      }
    }
  }
}
