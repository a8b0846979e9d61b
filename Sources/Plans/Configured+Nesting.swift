extension Configured {
  /// Whether something is so of it or of a layer inside: one that it wraps, one of a model that it applies.
  func holdsInside(_ isSo: (Configured) -> Bool) -> Bool {
    isSo(self)
      || arguments.values.values.contains { argument in
        switch argument {
        case .object(let inner as Configured): inner.holdsInside(isSo)
        case .object(let model as ModelObject): model.plan.layers.contains { $0.configured.holdsInside(isSo) }
        default: false
        }
      }
  }
}
