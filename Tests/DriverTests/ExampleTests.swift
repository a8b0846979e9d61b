import Foundation
import Testing

/// The scripts that newcomers start from.
@Suite struct ExampleTests {
  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: Program.root + "/examples")) ?? [])
    .filter { $0.hasSuffix(".train") }.sorted()

  @Test func thereAreExamples() { #expect(Self.names.count >= 5) }

  @Test(arguments: names)
  func everyExamplePassesTheStrictCheck(name: String) throws {
    let ending = try Program.run(["check", Program.root + "/examples/" + name, "--strict"], in: Program.Folder())
    #expect(ending.status == 0, "\(ending.errors)")
  }

  @Test(arguments: [
    ("own_arrays.train", "mean absolute error 0.0"), ("callbacks.train", "first: train_end"),
    ("two_branches.train", "sign_accuracy"),
    ("learning_rates.train", "0.01"), ("digit_images.train", "val_accuracy"),
    ("stop_at_a_target.train", "that is enough"),
    ("dogs_and_cats.train", "Restoring model weights from the end of the best epoch"),
    ("five_callbacks.train", "test accuracy 0.9"), ("exponential_schedule.train", "epoch 15: 0.00607"),
    ("order_of_callbacks.train", "first: train_end\nsecond: train_end\nthird: train_end"),
    ("batch_times.train", "so the training ends"), ("rate_in_hooks.train", "from now on"),
    ("tensorboard.train", "tensorboard --logdir logs"), ("reviews.train", "praise: What a lovely film"),
  ])
  func examplesRun(name: String, says: String) throws {
    let ending = try Program.run([Program.root + "/examples/" + name], in: Program.Folder())
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output.contains(says), "\(ending.output)")
  }
}
