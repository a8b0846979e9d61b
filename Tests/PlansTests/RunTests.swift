import Diagnostics
import Lambdas
import Plans
import Syntax
import Testing

/// Runs a text statement by statement, as the batch runner and the REPL do.
private func run(
  _ text: String, in world: FakeWorld = FakeWorld(), on interpreter: Interpreter = Interpreter(catalog: TestCatalog.catalog)
) throws -> (interpreter: Interpreter, world: FakeWorld, shown: Value?) {
  let reading = parse(Source(name: "script.train", text: text))
  #expect(reading.findings.isEmpty, "\(rendered(reading.findings))")
  var shown: Value?
  interpreter.onValue = { shown = $0 }
  defer { interpreter.onValue = nil }
  for statement in reading.script.statements { try interpreter.run(statement, in: world) }
  return (interpreter, world, shown)
}

private let network = """
  digits = load_digits()
  model net {
      Input((8, 8)); Flatten(); Dense(10, activation="softmax")
      compile { optimizer = Adam(); loss = "sparse_categorical_crossentropy"; metrics = ["accuracy"] }
  }

  """

@Suite struct Runs {
  @Test func theWholeScript() throws {
    let script = try #require(try Golden.scripts(in: "good").first { $0.name == "digits.train" })
    let (_, world, _) = try run(script.source.text)
    #expect(world.events.map { $0.split(separator: " ").first } == ["fit", "load", "evaluate"])
    let fit = try #require(world.fits.first)
    #expect(fit.epochs == 30)
    #expect(fit.batchSize == 32)
    #expect(fit.validationSplit == 0.2)
    #expect(fit.callbacks.count == 6)
    guard case .dataset(let data) = fit.data.content else {
      Issue.record("the data are a data set")
      return
    }
    #expect(data.spec.count == 1437)
  }

  @Test func anExpectationThatDoesNotHoldStops() throws {
    let world = FakeWorld()
    world.scores = [("loss", .float(1)), ("accuracy", .float(0.5))]
    #expect(throws: Interruption.self) {
      try run(network + "scores = evaluate net on digits.test\nexpect scores.accuracy > 0.9\n", in: world)
    }
  }

  @Test func valuesOfTheRunDecide() throws {
    let (_, world, _) = try run(
      network + """
        scores = evaluate net on digits.test
        if scores.accuracy > 0.9 { print("good") } else { print("bad") }
        loss, accuracy = scores
        print(f"{accuracy:.2f}")
        history = fit net on digits.train { epochs = 3 }
        print(history.history["loss"][-1], len(history.epoch))

        """)
    #expect(world.text == "good\n0.95\n0.3333333333333333 3\n")
  }

  @Test func everyRoundOfALoopIsASiteOfItsOwn() throws {
    let (_, world, _) = try run(
      network + """
        for round in range(2) {
            fit net on digits.train { callbacks = [BackupAndRestore(f"a-{round}")] }
            fit net on digits.train { callbacks = [BackupAndRestore(f"b-{round}")] }
        }

        """)
    let sites = world.events.filter { $0.hasPrefix("fit") }
    #expect(sites.count == 4)
    #expect(Set(sites).count == 4)
  }

  @Test func aStatementWithAMistakeChangesNothing() throws {
    let (interpreter, world, _) = try run(network)
    #expect(throws: Interruption.self) {
      try run("fit net on digits.train { callbacks = [EarlyStopping(monitor=\"val_los\")] }\n", in: world, on: interpreter)
    }
    #expect(throws: Interruption.self) {
      try run("net.compile(loss=\"mse\", metrics=[\"acuracy\"])\n", in: world, on: interpreter)
    }
    #expect(world.events.isEmpty)
    _ = try run("fit net on digits.train\n", in: world, on: interpreter)
    #expect(world.fits.first?.model.compiled?.metrics.map(\.logName) == ["accuracy"])
  }

  @Test func expressionsShowTheirValue() throws {
    let (_, _, shown) = try run("x = [1, 2, 3]\nx.append(4)\nsum(y * y for y in x)\n")
    guard case .integer(30)? = shown else {
      Issue.record("the sum of squares is 30, not \(String(describing: shown))")
      return
    }
  }

  @Test func plainFunctionsAreRunWhole() throws {
    let (_, world, _) = try run(
      """
      scale = 3
      def twice(x) = 2 * x
      def total(n, start=1) {
          sum_ = start
          for i in range(n) { sum_ += twice(i) * scale }
          print("n is", n)
          return sum_
      }
      print(total(4), total(n=2, start=0), [twice(i) for i in range(3)], (lambda a, b=2: a ** b)(5))

      """)
    #expect(world.text == "n is 4\nn is 2\n37 6 [0, 2, 4] 25\n")
  }

  @Test func iteratorsAreUsedUpByTheRunAlone() throws {
    let (_, world, _) = try run(
      "pairs = zip([1, 2], [3, 4])\nprint(list(pairs))\nprint(list(pairs))\nmore = map(lambda v: v + 1, [1, 2])\nfor v in more { print(v) }\n"
    )
    #expect(world.text == "[(1, 3), (2, 4)]\n[]\n2\n3\n")
  }

  @Test func layersTellAndTakeTheirWeights() throws {
    let (_, world, _) = try run(
      network + """
        last = net.layers[1]
        last.set_weights([ones((64, 10)), last.get_weights()[1]])
        print(net.get_weights()[0].sum(), last.get_weights()[0].sum(), last.name, last.count_params())
        net.optimizer.lr = 0.5
        print(net.optimizer.learning_rate, net.optimizer.iterations, net.optimizer.name)

        """)
    #expect(world.text == "640.0 640.0 dense 650\n0.5 0 adam\n")
  }

  @Test func namesOfPathsNotTakenHaveNoValue() throws {
    do {
      _ = try run(network + "s = evaluate net on digits.test\nif s.accuracy > 2 { y = 1 }\nprint(y)\n")
      Issue.record("`y` has no value")
    } catch Interruption.mistakes(let findings) {
      #expect(findings.map(\.name) == [PlanComplaint.boundOnNoPath.rawValue])
    }
  }

  @Test func functionsAreWalkedAndMayMakeLayers() throws {
    let (_, world, _) = try run(
      network + """
        def block(x, width=4) {
            y = Dense(width, activation="relu")(x)
            return Dropout(0.5)(y)
        }
        model deep {
            x = Input((8,))
            for width in [8, 4] { x = block(x, width) }
            outputs = Dense(1)(x)
            compile { optimizer = "sgd"; loss = "mse" }
        }
        deep.fit(zeros((20, 8)), zeros((20, 1)), epochs=2, verbose=0)
        print(deep.count_params())

        """)
    #expect(world.events.count == 1)
    #expect(world.text == "113\n")
  }
}

@Suite struct Hooks {
  private func callback(_ text: String) throws -> ScriptCallbackPlan {
    let (_, world, _) = try run(network + text)
    for case .script(let plan)? in world.fits.last?.callbacks ?? [] { return plan }
    throw Missing()
  }
  private struct Missing: Error {}

  private func call(
    _ plan: ScriptCallbackPlan, _ hook: Hook, _ index: Int, _ logs: [(String, Value)], _ model: FakeHookModel = FakeHookModel()
  ) throws -> (logs: DictValue, text: String) {
    var text = ""
    let params = Value.dict(DictValue([("epochs", .integer(3))]))
    let host = HookHost(model: model, params: params, write: { text += $0 }, time: { 7 })
    var call = HookCall(host, index: index, logs: DictValue(logs))
    try plan.call(hook, &call)
    return (call.logs, text)
  }

  @Test func keepStatePrintAndStopTheRun() throws {
    let plan = try callback(
      """
      callback StopAt(target=0.95) {
          best = 0.0
          on epoch_end(epoch, logs) {
              best = max(best, logs.val_accuracy)
              if logs.val_accuracy >= target {
                  print(f"reached {target:.1%} after {epoch + 1} epochs")
                  model.stop_training = True
              }
          }
      }
      fit net on digits.train { validation_split = 0.2; callbacks = [StopAt(target=0.9)] }

      """)
    let model = FakeHookModel()
    #expect(try call(plan, .epochEnd, 0, [("val_accuracy", .float(0.5))], model).text == "")
    #expect(!model.stops)
    #expect(try call(plan, .epochEnd, 1, [("val_accuracy", .float(0.92))], model).text == "reached 90.0% after 2 epochs\n")
    #expect(model.stops)
    #expect(plan.instance.state.map { Operations.representation($0) } == ["0.92"])
    #expect(plan.logsRead == [.epochEnd])
  }

  @Test func addToLogs() throws {
    let plan = try callback(
      """
      fit net on digits.train {
          callbacks {
              seen = 0
              on train_batch_end(batch) { seen += 1 }
              on epoch_end(epoch, logs) {
                  if epoch > 5 { return }
                  logs["twice"] = 2 * logs.loss
              }
          }
      }

      """)
    #expect(plan.addedLogs == ["twice"])
    #expect(!plan.readsBatchLogs)
    _ = try call(plan, .trainBatchEnd, 0, [])
    #expect(plan.instance.state.map { Operations.representation($0) } == ["1"])
    let logs = try call(plan, .epochEnd, 0, [("loss", .float(0.5))]).logs
    #expect(logs["twice"].map { Operations.representation($0) } == "1.0")
    #expect(try call(plan, .epochEnd, 6, [("loss", .float(0.5))]).logs["twice"] == nil)
  }

  @Test func failWithTheirPlace() throws {
    let plan = try callback("fit net on digits.train { callbacks { on epoch_end(epoch) { print(1 / epoch) } } }\n")
    do {
      _ = try call(plan, .epochEnd, 0, [])
      Issue.record("a division by zero fails")
    } catch let failure as Failure {
      #expect(failure.message == "ZeroDivisionError: division by zero")
      #expect(failure.range != nil)
    }
  }

  @Test func lambdasSeeTheirLogs() throws {
    let (_, world, _) = try run(
      network
        + "fit net on digits.train { callbacks = [LambdaCallback(on_epoch_end=lambda epoch, logs: print(f\"{epoch}: {logs.loss:.2f}\"))] }\n"
    )
    guard case .entry(let callback)? = world.fits.last?.callbacks.first,
      case .function(let function)? = callback.arguments["on_epoch_end"]
    else {
      Issue.record("the lambda is compiled")
      return
    }
    let machine = Machine()
    var text = ""
    machine.print = { text += $0 }
    _ = try machine.call(function, [.integer(2), .dict(DictValue([("loss", .float(0.25))]))])
    #expect(text == "2: 0.25\n")
  }
}
