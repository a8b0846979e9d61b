import Diagnostics
import Syntax

/// A callable value: compiled code with what it captured.
package final class FunctionValue: Sendable {
  package let name: String
  package let type: FunctionType
  package init(name: String, type: FunctionType) {
    self.name = name
    self.type = type
  }
}
