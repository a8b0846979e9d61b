import Arrays

/// Layers in a row that compute: the run's side of a `LayerFunction`.
package protocol LayerChain: Sendable {
  /// What the layers make of examples, which lie along the first axis of each array. `isTraining` is what the call says; `draw` numbers what
  /// is drawn: the same number, the same draws. On any thread.
  func outputs(of inputs: [NDArray], isTraining: Bool?, draw: Int) throws(Failure) -> [NDArray]
  /// What tells their weights and arguments from others.
  var fingerprint: String { get }
}
