import Plans

/// What this module adds to the catalog: layers, activations, initializers, regularizers, losses, metrics, optimizers.
package let networkEntries: [Entry] =
  layerTypes.map { $0.entry }
  + activationTypes.map { Entry(.activation, $0.signature) }
  + initializerTypes.map { Entry(.initializer, $0.signature, aliases: $0.aliases) }
  + Regularizer.entries
  + lossTypes.map { $0.entry }
  + metricTypes.map { $0.entry }
  + optimizerTypes.map { Entry(.optimizer, $0.signature, aliases: $0.aliases) }
