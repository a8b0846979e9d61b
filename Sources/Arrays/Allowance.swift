/// How much memory values may still take where nothing is carried out yet.
///
/// The check of a script computes what is written out; what would cost the memory of a run it knows by type and shape alone. While an
/// allowance is current, whatever would make a value that it does not cover throws instead, and what is made is taken off it.
package final class Allowance: @unchecked Sendable {
  // Sendable by discipline: the thread that checks a script makes it, asks it and spends it.

  /// The allowance of what is computed now; nil where the machine's memory is the only limit.
  @TaskLocal package static var current: Allowance?

  /// What is left, in bytes.
  package private(set) var bytes: Int

  package init(bytes: Int) { self.bytes = bytes }

  /// Whether a value of so many bytes may still be made; a small one always may, so that one large value does not hide all later ones.
  package func covers(_ bytes: Int) -> Bool { bytes <= max(self.bytes, Self.smallBytes) }

  private static let smallBytes = 1 << 16

  package func spend(_ bytes: Int) { self.bytes -= min(bytes, self.bytes) }
}
