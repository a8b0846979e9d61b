import Plans

/// What this module adds to the catalog: layers and what they are made with, losses, metrics, optimizers and their schedules.
package let networkEntries: [Entry] =
  layerTypes.map { $0.entry }
  + ActivationFunction.all.map(\.entry)
  + InitializerFunction.all.map { Entry(.initializer, $0.signature, aliases: $0.aliases) }
  + RegularizerFunction.all.map { Entry(.regularizer, $0.signature, aliases: $0.aliases) }
  + ConstraintFunction.all.map { Entry(.constraint, $0.signature, aliases: $0.aliases) }
  + lossTypes.map { $0.entry }
  + metricTypes.map { $0.entry }
  + optimizerTypes.map { Entry(.optimizer, $0.signature, aliases: $0.aliases, conflict: OptimizerParameters.conflict) }
  + [Entry(.optimizer, LossScaling.signature, aliases: LossScaling.aliases)]
  + MultiOptimizer.entries
  + ScheduleFunction.all.map(\.entry)
