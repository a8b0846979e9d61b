import Artifacts

/// Something that a callback decided, with its reason: what `train why` tells.
package struct Decision: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    /// The training is to end, or not to end after all.
    case stopped, wentOn = "went on"
    /// A learning rate is another one.
    case rate
    /// A hook has set something of another callback.
    case set
    case saved, notSaved = "not saved", deleted
    /// What the files that a callback keeps take on the disk.
    case kept
    /// A file was to be written, and could not be.
    case saveFailed = "save failed"
    /// What an earlier run knew counts in this one.
    case recalled
    /// Other weights are in the model: the best ones, or the last good ones.
    case restored, rolledBack = "rolled back"
    /// Other weights were to be put into the model, and there were none.
    case notRestored = "not restored"
    /// The running averages of the weights are in their place.
    case averages
    /// A server was not given what is for it.
    case undelivered = "not delivered"
    /// The training goes on where a backup says, or is not repeated.
    case resumed
    /// What was watched got better, or did not, and is counted.
    case improved, counted
    /// The training is over.
    case ended

    /// Whether it changes nothing in the run: there may be one an epoch.
    package var isRoutine: Bool { [.improved, .counted, .notSaved].contains(self) }
  }

  package let kind: Kind
  /// A clause without a full stop: "learning rate 0.001 → 0.0005".
  package let what: String
  /// A clause that gives the reason: "`val_loss` not under 0.412 for 3 epochs (0.415, 0.413, 0.416)".
  package let why: String
  package init(_ kind: Kind, _ what: String, because why: String) {
    self.kind = kind
    self.what = what
    self.why = why
  }
}

/// A decision with its place in the run.
package struct DecisionRecord: Sendable, Equatable {
  /// The number of the training in the run, from 1, and its model.
  package let fit: Int
  package let model: String
  /// From 1; 0 before the first epoch, nil after the last.
  package let epoch: Int?
  /// From 1; nil between batches.
  package let batch: Int?
  /// Who decided; nil for the end of a training.
  package let callback: String?
  package let decision: Decision

  package init(fit: Int, model: String, epoch: Int?, batch: Int?, callback: String?, _ decision: Decision) {
    self.fit = fit
    self.model = model
    self.epoch = epoch
    self.batch = batch
    self.callback = callback
    self.decision = decision
  }

  /// A line of a decisions file, without its end.
  package var line: String { json.text }

  private var json: JSON {
    [
      "fit": .integer(fit), "model": .string(model), "epoch": epoch.map(JSON.integer) ?? .null,
      "batch": batch.map(JSON.integer) ?? .null, "callback": callback.map(JSON.string) ?? .null,
      "kind": .string(decision.kind.rawValue), "what": .string(decision.what), "why": .string(decision.why),
    ]
  }

  /// Nil where the line is none of a decisions file.
  package init?(line: String) {
    guard let json = try? JSON.parse(line) else { return nil }
    self.init(json)
  }

  /// What such a line holds; nil where it is nothing of the kind.
  init?(_ json: JSON) {
    guard let fit = json["fit"]?.integerValue, let model = json["model"]?.stringValue,
      let kind = json["kind"]?.stringValue.flatMap(Decision.Kind.init), let what = json["what"]?.stringValue,
      let why = json["why"]?.stringValue
    else { return nil }
    self.init(
      fit: fit, model: model, epoch: json["epoch"]?.integerValue, batch: json["batch"]?.integerValue,
      callback: json["callback"]?.stringValue, Decision(kind, what, because: why))
  }
}
