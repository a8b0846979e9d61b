import Foundation
import Testing

/// Data sets made of others, beside tf.data.
@Suite struct PipelineTests {
  private struct Record: Decodable {
    struct Case: Decodable {
      let data: String
      let elements: String
    }
    let cases: [Case]
  }

  private static let beginning = """
    x = np.arange(14.0).reshape(7, 2) / 4
    y = np.array([0, 1, 2, 0, 1, 2, 0])
    series = np.arange(20.0) / 2
    pairs = Dataset.from_tensor_slices((x, y))
    numbers = Dataset.range(10)
    def plain(e) = [part.tolist() for part in e] if isinstance(e, tuple) else e.tolist()

    """

  /// Recorded by `scripts/fixtures/pipelines.py`: the expressions mean the same in both.
  @Test func elementsAreThoseOfTensorFlow() throws {
    let path = Program.root + "/Tests/DriverTests/pipelines/tf_data.json"
    let record = try JSONDecoder().decode(Record.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(record.cases.count > 60)
    let folder = Program.Folder()
    let prints = record.cases.map { "print([plain(e) for e in \($0.data)])\n" }.joined()
    try folder.write(Self.beginning + prints, to: "a.train")
    let ending = try Program.run(["a.train"], in: folder)
    #expect(ending.status == 0, "\(ending.errors)")
    let lines = ending.output.split(separator: "\n").map(String.init)
    #expect(lines.count == record.cases.count)
    for (line, expected) in zip(lines, record.cases) { #expect(line == expected.elements, "\(expected.data)") }
  }

  @Test func loopsGoThroughDataSets() throws {
    let folder = Program.Folder()
    try folder.write(
      Self.beginning + """
        for a, b in pairs.take(2) { print(a, b) }
        for i, batch in enumerate(tf.data.Dataset.from_tensor_slices((x, y, y / 2)).batch(5)) { print(i, [p.shape for p in batch]) }
        found = 0
        for n in numbers {
            if n > 3 { break }
            found += n
        }
        print(found, len(pairs.filter(lambda a, b: b == 0)), list(numbers.skip(8)))
        print(pairs.map(lambda a, b: (a * 2, b)).x.shape, pairs.take(3).y, pairs.x[1])
        layer = Normalization()
        layer.adapt(pairs.batch(3).map(lambda a, b: a))
        print(layer(x).mean().round(5))
        """, to: "a.train")
    let ending = try Program.run(["a.train"], in: folder)
    #expect(
      ending.output == """
        [0.   0.25] 0
        [0.5  0.75] 1
        0 [(5, 2), (5,), (5,)]
        1 [(2, 2), (2,), (2,)]
        6 3 [8, 9]
        (7, 2) [0 1 2] [0.5  0.75]
        0.0

        """, "\(ending.output)\(ending.errors)")
  }

  /// What a layer gives in a function of `map` is what it gives of arrays, of an example as of a batch.
  @Test func functionsCallLayers() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      settings { seed = 3 }
      images = load_digits().train.take(40).map(lambda x, y: (np.expand_dims(x, -1), y))
      scale = Rescaling(1/16)
      learned = Normalization()
      learned.adapt(images.x)
      row = Sequential([scale, CenterCrop(6, 6), Sequential([learned])])
      def prepare(x, y) {
          small = layers.Resizing(4, 4)(scale(x))
          return small, to_categorical(y, 10)
      }
      first = images.x[:7]
      for ds in [images.map(lambda x, y: (row(x), y)), images.batch(7).map(lambda x, y: (row(x), y)).unbatch()] {
          print(ds.x.shape, np.all(ds.x[:7] == learned(CenterCrop(6, 6)(scale(first)))))
      }
      for ds in [images.map(prepare), images.batch(7).map(prepare).unbatch()] {
          print(ds.x.shape, ds.y.shape, np.all(ds.x[:7] == Resizing(4, 4)(scale(first))))
          print(np.all(ds.y == keras.utils.to_categorical(images.y, 10)))
      }
      print(images.map(lambda x, y: (x, CategoryEncoding(10, output_mode="one_hot")(y))).y.sum(axis=1).tolist() == [1.0] * 40)
      # Batches of one made by the function, and two inputs.
      print(images.map(lambda x, y: (scale(np.expand_dims(x, 0))[0], y)).x.shape, images.map(lambda x, y: (Add()([x, x]), y)).x.max())
      """, to: "a.train")
    let ending = try Program.run(["a.train"], in: folder)
    #expect(
      ending.output == """
        (40, 6, 6, 1) True
        (40, 6, 6, 1) True
        (40, 4, 4, 1) (40, 10) True
        True
        (40, 4, 4, 1) (40, 10) True
        True
        True
        (40, 8, 8, 1) 32.0

        """, "\(ending.output)\(ending.errors)")
  }

  @Test func augmentationDrawsByElementAndPass() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      settings { seed = 3 }
      images = load_digits().train.take(40).map(lambda x, y: (np.expand_dims(x, -1), y))
      augment = Sequential([RandomFlip("horizontal"), RandomTranslation(0.2, 0.2)])
      def made(ds) = np.stack([x for x, y in ds])
      drawn = images.map(lambda x, y: (augment(x), y))
      a = made(drawn)
      print(np.all(a == made(drawn)), np.all(a == images.x), np.all(made(drawn.repeat(2))[40:] == a))
      print(len(set([str(x.tolist()) for x in made(images.take(1).repeat(8).map(lambda x, y: (augment(x), y)))])) > 4)
      print(np.all(made(images.map(lambda x, y: (augment(x, training=False), y))) == images.x))
      print(np.all(made(images.map(lambda x, y: (Dropout(0.5)(x), y))) == images.x))
      print((made(images.map(lambda x, y: (Dropout(0.5)(x, training=True), y))) == images.x).mean() < 0.8)
      print(np.all(made(drawn.cache()) == a))
      """, to: "a.train")
    let ending = try Program.run(["a.train"], in: folder)
    #expect(ending.output == "True False False\nTrue\nTrue\nTrue\nTrue\nTrue\n", "\(ending.output)\(ending.errors)")
  }

  /// Layers that are called outside of models begin as their names say, which count as Keras's do; so two of a class begin apart.
  @Test func layersAloneBeginApart() throws {
    let folder = Program.Folder()
    let script = """
      settings { seed = 3 }
      x = np.ones((4, 3))
      a, b, c = Dense(2), Dense(2), Dense(2, name="dense")
      print(np.all(a(x) == b(x)), np.all(a(x) == c(x)), np.all(a(x) == a(x)))
      first, second = Dense(2), Dense(2)
      ds = Dataset.from_tensor_slices((x, x))
      ones = ds.map(lambda x, y: (first(x), second(x)))
      print(np.all(ones.x == ones.y), np.all(ones.x == first(x)), np.all(ones.y == second(x)))
      print(b(x)[0].tolist())
      """
    try folder.write(script, to: "a.train")
    let ending = try Program.run(["a.train"], in: folder)
    let lines = ending.output.split(separator: "\n")
    #expect(lines.prefix(2) == ["False True True", "False True True"], "\(ending.output)\(ending.errors)")
    // The same again: they follow from the seed.
    #expect(try Program.run(["a.train"], in: folder).output == ending.output)
  }

  @Test func layersOfFunctionsAreChecked() throws {
    let folder = Program.Folder()
    for (function, message) in [
      ("(Conv2D(3, 3)(x), y)", "`Conv2D` needs 2 axes of positions and one of channels, but gets 8×8"),
      ("(Flatten()(x, training=3), y)", "`training` is True or False"),
      ("(x, to_categorical(y, \"ten\"))", "`num_classes` of `to_categorical` takes"),
      ("(Resizing(x, 3)(x), y)", "`Resizing`"),
    ] {
      try folder.write("d = load_digits().train.map(lambda x, y: \(function))\n", to: "a.train")
      let ending = try Program.run(["check", "a.train"], in: folder)
      #expect(ending.status == 2 && (ending.output + ending.errors).contains(message), "\(ending.output)\(ending.errors)")
    }
  }

  /// A data set of arrays that only the run knows is checked by their types.
  @Test func slicesOfArraysOfTheRunAreChecked() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      x = np.random.normal(size=(20, 5))
      model m {
          Input((4,))
          Dense(1)
          compile { optimizer = "adam"; loss = "mse" }
      }
      m.fit(tf.data.Dataset.from_tensor_slices((x, x[:, 0])).shuffle(20).batch(4))
      """, to: "a.train")
    let ending = try Program.run(["check", "a.train"], in: folder)
    #expect(ending.status == 2 && ending.errors.contains("takes 4, but each example is 5"), "\(ending.errors)")
  }

  private static let namedModel = """
    settings { seed = 3 }
    a, b, y = np.arange(60).reshape(20, 3) / 60, np.arange(40).reshape(20, 2) / 40, np.arange(20) / 20
    model m {
        first, second = Input((3,), name="a"), Input((2,), name="b")
        outputs = Dense(1, name="out")(layers.concatenate([first, second]))
        compile { optimizer = SGD(0.1); loss = "mse" }
    }

    """

  /// Inputs and targets that a data set has in dicts go where their names say, whatever is done with it and in whichever order they stand.
  @Test func dictsGoByTheirNames() throws {
    let folder = Program.Folder()
    try folder.write(
      Self.namedModel + """
        start = m.get_weights()
        m.fit({"a": a, "b": b}, {"out": y}, batch_size=5, shuffle=False, epochs=2, verbose=0)
        expected = m.get_weights()
        data = tf.data.Dataset.from_tensor_slices(({"b": b, "a": a}, {"out": y}))
        def swapped(x, t) { return {"b": x["b"], "a": x["a"] * 1}, t }
        inputs, targets = Dataset.from_tensor_slices({"a": a, "b": b}), Dataset.from_tensor_slices(y)
        for ds in [data, data.map(swapped), data.cache().filter(lambda x, t: x["a"][0] >= 0), Dataset.zip((inputs, targets)),
                   data.map(lambda x, t: (x, t["out"])), data.batch(10).unbatch().take(20), data.batch(10).map(swapped).unbatch()] {
            m.set_weights(start)
            m.fit(ds.batch(5), epochs=2, verbose=0)
            print(all([np.all(w == e) for w, e in zip(m.get_weights(), expected)]), end=" ")
        }
        print(np.all(m.predict(data, verbose=0) == m.predict({"a": a, "b": b}, verbose=0)), m.evaluate(data, verbose=0)["loss"] < 1)
        for x, t in data.take(1) { print(x["a"], x["b"], t) }
        print(sorted(data.x), data.y["out"].shape, sorted(data.batch(5).map(swapped).unbatch().x), data)
        """, to: "a.train")
    let ending = try Program.run(["a.train"], in: folder)
    #expect(
      ending.output == """
        True True True True True True True True True
        [0.         0.01666667 0.03333333] [0.    0.025] {'out': 0.0}
        ['a', 'b'] (20,) ['a', 'b'] <Dataset of 20 examples>

        """, "\(ending.output)\(ending.errors)")
  }

  @Test(arguments: [
    (#"m.fit(Dataset.from_tensor_slices(({"a": a, "c": b}, y)))"#, "The model has no input `c`"),
    (#"m.fit(Dataset.from_tensor_slices(({"a": a}, y)))"#, "The model's input `b` is missing here"),
    (#"m.fit(Dataset.from_tensor_slices(({"a": b, "b": a}, y)))"#, "takes 3, but each example is 2"),
    (#"m.fit(Dataset.from_tensor_slices(({"a": a, "b": b}, {"in": y})))"#, "The model has no output `in`"),
    (#"data = Dataset.from_tensor_slices(({"a": a, "b": b}, y)).map(lambda x, t: (x["c"], t))"#, "`c`"),
    (#"data = Dataset.from_tensor_slices({})"#, "an empty dict"),
    (#"data = Dataset.from_tensor_slices({"a": None})"#, "a `NoneType`, where an array, a number or texts are expected"),
    (#"data = Dataset.from_tensor_slices({1: a})"#, "a dict whose keys are no texts"),
  ])
  func namesAreChecked(_ line: String, _ words: String) throws {
    let folder = Program.Folder()
    try folder.write(Self.namedModel + line, to: "a.train")
    let ending = try Program.run(["check", "a.train"], in: folder)
    #expect(ending.status == 2 && ending.errors.contains(words), "\(ending.errors)")
  }

  /// However long the data, few elements of it are in memory.
  @Test func aLongStreamTakesLittleMemory() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      settings { seed = 1 }
      data = Dataset.range(200000).map(lambda n: (np.full((512,), n / 200000), n % 2)).batch(100).prefetch(2)
      model m {
          Input((512,))
          Dense(1, activation="sigmoid")
          compile { optimizer = "sgd"; loss = "binary_crossentropy" }
      }
      m.fit(data.take(LENGTH), verbose=0)
      """, to: "a.train")
    func peak(_ length: Int) throws -> Int {
      let text = try #require(folder.contents(of: "a.train").map { String(decoding: $0, as: UTF8.self) })
      try folder.write(text.replacing("LENGTH", with: "\(length)"), to: "b.train")
      return try Self.peak(of: "b.train", in: folder)
    }
    // 150 batches more would be 60 MB.
    let (short, long) = (try peak(10), try peak(160))
    #expect(short > 0 && long < short + 20_000, "\(short) kB, \(long) kB")
  }

  /// The most memory that a script's run has, in kB.
  private static func peak(of script: String, in folder: Program.Folder) throws -> Int {
    let running = try Program.start([script], in: folder)
    var peak = 0
    while running.process.isRunning {
      let status = (try? String(contentsOfFile: "/proc/\(running.process.processIdentifier)/status", encoding: .utf8)) ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
      peak = max(peak, Int(line?.filter(\.isNumber) ?? "") ?? 0)
      Thread.sleep(forTimeInterval: 0.002)
    }
    #expect(running.wait().status == 0)
    return peak
  }

  /// A layer computes each shape by a network of its own, of which the last few stay.
  @Test func layersOnEverNewShapesTakeLittleMemory() throws {
    let folder = Program.Folder()
    func peak(_ length: Int) throws -> Int {
      try folder.write(
        """
        def grown(i) {
            return Rescaling(2.0)(np.ones((100 + i % LENGTH, 100, 3)))
        }
        for x in Dataset.range(LENGTH).map(grown) { x = 0 }
        """.replacing("LENGTH", with: "\(length)"), to: "a.train")
      return try Self.peak(of: "a.train", in: folder)
    }
    let (few, many) = (try peak(20), try peak(200))
    #expect(few > 0 && many < few + 40_000, "\(few) kB, \(many) kB")
  }

  /// What a function of `map` makes with layers that are trained follows from their weights at the beginning of the training.
  @Test func functionsSeeTheWeightsOfTheBeginning() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      settings { seed = 1 }
      x = np.random.rand(256, 16).astype("float32")
      first = Dense(64, activation="relu")
      model net {
          Input((16,))
          first
          Dense(16)
          compile { optimizer = SGD(0.2); loss = "mse" }
      }
      start = net.get_weights()
      data = Dataset.from_tensor_slices((x, x)).map(lambda x, y: (x, first(x)[:16])).batch(16)
      fixed = Dataset.from_tensor_slices((x, np.stack([y for x, y in data.unbatch()]))).batch(16)
      net.fit(data, epochs=3, verbose=0)
      moving = net.get_weights()
      net.set_weights(start)
      net.fit(fixed, epochs=3, verbose=0)
      print([bool(np.all(a == b)) for a, b in zip(moving, net.get_weights())])
      # Behind it they are used as they are.
      print([bool(np.all(y == first(x)[:, :16])) for x, y in data.take(1)])
      """, to: "a.train")
    let ending = try Program.run(["a.train", "--quiet", "--threads", "2"], in: folder)
    #expect(ending.output == "[True, True, True, True]\n[True]\n", "\(ending.output)\(ending.errors)")
  }

  /// What a pipeline leaves out of arrays is not looked at, and makes no difference to what it keeps.
  @Test func rowsThatAreLeftOutDoNoHarm() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      settings { seed = 1 }
      x = np.random.rand(40, 4)
      x[0] = [np.nan] * 4
      y = np.array([-1, 0, 1, 2] * 10)
      model net { Input((4,)); Dense(3, activation="softmax"); compile { optimizer = "sgd"; loss = "sparse_categorical_crossentropy" } }
      start = net.get_weights()
      def trained(data) {
          net.set_weights(start)
          net.fit(data, epochs=2, verbose=0, shuffle=False)
          return net.get_weights()
      }
      pairs = Dataset.from_tensor_slices((x, y))
      kept = [n for n in range(40) if y[n] >= 0]
      arrays = Dataset.from_tensor_slices((np.stack([x[n] for n in kept]), np.array([y[n] for n in kept])))
      for made in [pairs.filter(lambda a, b: b >= 0), pairs.filter(lambda a, b: b >= 0).cache()] {
          print(all([bool(np.all(a == b)) for a, b in zip(trained(made.batch(8)), trained(arrays.batch(8)))]))
      }
      print(all([bool(np.all(a == b)) for a, b in zip(trained(pairs.skip(1).take(3).batch(2)), trained(arrays.take(3).batch(2)))]))
      print(net.predict(pairs.skip(1).batch(8), verbose=0).shape)
      # Targets are none of a prediction's.
      print(net.predict(Dataset.from_tensor_slices((x[1:], np.array([np.nan] * 39))).batch(8), verbose=0).shape)
      texts = Dataset.from_tensor_slices((["a b", "b a", "a", "b a a b a b"], np.array([0.0, 1.0, 0.0, 1.0])))
      words = TextVectorization(vocabulary=["a", "b"])
      model reader { Input((), dtype="string"); words; Embedding(4, 2); GlobalAveragePooling1D(); Dense(1) }
      whole, part = reader.predict(texts.batch(2), verbose=0), reader.predict(texts.take(2).batch(2), verbose=0)
      print(bool(np.all(whole[:2] == part)))
      """, to: "a.train")
    let ending = try Program.run(["a.train", "--quiet"], in: folder)
    #expect(ending.output == "True\nTrue\nTrue\n(39, 3)\n(39, 3)\nTrue\n", "\(ending.output)\(ending.errors)")
  }

  /// Elements that take long are made ahead of a loop, but not by layers whose weights it may set meanwhile.
  @Test func aLoopThatChangesWeightsSeesThem() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      layer = Dense(1, kernel_initializer="zeros")
      model net { Input((1000000,)); layer }
      net.get_weights()
      data = Dataset.range(20).map(lambda i: layer(np.ones(1000000) * i)[0])
      sums = []
      for n, sum in enumerate(data.skip(1), start=1) {
          sums.append(float(sum))
          net.set_weights([np.zeros((1000000, 1)), np.array([n])])
      }
      print(sums == [float(n) for n in range(19)], sums)
      """, to: "a.train")
    let ending = try Program.run(["a.train", "--quiet"], in: folder)
    #expect(ending.output.hasPrefix("True "), "\(ending.output)\(ending.errors)")
  }

  /// What of a cache in a file stands in memory too is left out where there is no memory for it.
  @Test func aCacheInAFileNeedsLittleMemory() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      n = 0
      data = Dataset.range(600).map(lambda i: np.zeros((100000,)).astype("float32") + i).cache("big")
      for round in range(2) {
          for a in data { n += 1 }
      }
      print(n)
      """, to: "a.train")
    for limit in [700_000, 850_000, 1_000_000] {
      let ending = try Program.run(["a.train"], in: folder, addressSpace: limit)
      #expect(ending.status == 0 && ending.output == "1200\n", "\(limit) kB: \(ending.output)\(ending.errors)")
    }
  }
}
