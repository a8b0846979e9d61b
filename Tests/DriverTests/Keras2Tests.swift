import Foundation
import Testing

/// Models that Keras 2 saved in `.h5` files (`scripts/fixtures/keras2_files.py` made them).
@Suite struct Keras2Tests {
  private static let files = URL(fileURLWithPath: Program.root + "/Tests/DriverTests/keras2")

  /// A folder with a model and what it was given and gave.
  private static func folder(_ name: String) throws -> Program.Folder {
    let folder = Program.Folder()
    for ending in ["h5", "npz"] {
      try folder.write([UInt8](Data(contentsOf: files.appendingPathComponent("\(name).\(ending)"))), to: "\(name).\(ending)")
    }
    return folder
  }

  private static func run(_ script: String, in folder: Program.Folder) throws -> Program.Ending {
    try folder.write(script, to: "script.train")
    return try Program.run(["script.train", "--seed", "1", "--quiet"], in: folder)
  }

  @Test("images: arguments without meaning, an axis in a list, a slope under another name, a decay of the rate")
  func images() throws {
    let ending = try Self.run(
      """
      net = load_model("images.h5")
      data = load_npz("images.npz")
      expect abs(net.predict(data["x"]) - data["y"]).max() < 1e-6
      # One step of training is behind it, but its optimizer begins anew.
      expect abs(net.optimizer.learning_rate - 0.01) < 1e-8
      labels = np.array([0, 1, 2, 0])
      h = net.fit(data["x"], labels, epochs=2)
      expect abs(net.optimizer.learning_rate - 0.01 / 1.2) < 1e-8
      expect list(h.history.keys()) == ["accuracy", "loss"]
      net.save("images.keras")
      expect (load_model("images.keras").predict(data["x"]) == net.predict(data["x"])).all()
      """, in: try Self.folder("images"))
    #expect(ending.status == 0, "\(ending.errors)")
  }

  @Test("branches: a shared layer, a model as a layer, functions of TensorFlow, first states, attention")
  func branches() throws {
    let ending = try Self.run(
      """
      net = load_model("branches.h5")
      data = load_npz("branches.npz")
      y, seen = net.predict((data["x0"], data["x1"]))
      expect abs(y - data["y"]).max() < 1e-6
      expect abs(seen - data["seen"]).max() < 1e-6
      expect net.get_layer("tower_shared").name == "tower_shared", "no `/` is left in names"
      h = net.fit((data["x0"], data["x1"]), (zeros((4, 2)), zeros((4, 4))), epochs=1)
      expect list(h.history.keys()) == ["loss", "out_mae", "out_root_mean_squared_error"]
      """, in: try Self.folder("branches"))
    #expect(ending.status == 0, "\(ending.errors)")
  }

  @Test("words: a Sequential that is the list of its layers, in a file that names no version")
  func words() throws {
    let ending = try Self.run(
      """
      net = load_model("words.h5")
      data = load_npz("words.npz")
      expect abs(net.predict(data["x"]) - data["y"]).max() < 1e-6
      expect abs(net.optimizer.learning_rate - 0.1) < 1e-8
      h = net.fit(data["x"], np.array([0, 1, 1, 0]), epochs=1)
      expect list(h.history.keys()) == ["acc", "loss"]
      """, in: try Self.folder("words"))
    #expect(ending.status == 0, "\(ending.errors)")
  }

  @Test("an activation that is another function since, under the same name, is told and not computed with")
  func hardSigmoid() throws {
    let folder = try Self.folder("words")
    var bytes = try #require(folder.contents(of: "words.h5"))
    // The text keeps its length, so that nothing else of the file moves.
    let written = #""activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": true"#
    var other = #""activation":"tanh","recurrent_activation":"hard_sigmoid","use_bias":true"#
    other += String(repeating: " ", count: written.count - other.count)
    while let place = bytes.range(of: Data(written.utf8)) { bytes.replaceSubrange(place, with: Data(other.utf8)) }
    try folder.write([UInt8](bytes), to: "words.h5")
    let ending = try Self.run("net = load_model(\"words.h5\")\n", in: folder)
    #expect(ending.status == 2)
    #expect(ending.errors.contains("is a `hard_sigmoid of Keras 2`, which is not known here"), "\(ending.errors)")
  }
}
