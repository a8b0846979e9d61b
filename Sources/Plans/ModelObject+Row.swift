extension ModelObject {
  /// The layers that it is a row of; nil for a model with branches.
  var row: [Configured]? {
    let layers: [LayerReference]
    if let sequence {
      layers = sequence.compactMap { if case .layer(let layer, _) = $0 { layer } else { nil } }
    } else if plan.isSequential {
      layers = plan.listedLayers.map { layer in layer.asModel.map { .model($0, layer.configured) } ?? .layer(layer.configured) }
    } else {
      return nil
    }
    var row: [Configured] = []
    for layer in layers {
      switch layer {
      case .layer(let configured): row.append(configured)
      case .model(let model, _):
        guard let inner = model.row else { return nil }
        row += inner
      }
    }
    return row
  }
}
