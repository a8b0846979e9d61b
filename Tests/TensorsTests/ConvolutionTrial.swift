import CKernels
import COneDNN
import Testing

@testable import Tensors

/// Whether vectors here multiply bfloat16: not below level v4, and not with matrix tiles.
let hasBfloat16Vectors = ConvolutionWork.winograd(of: train_kernels().pointee, .bfloat16) != nil

/// A convolution and its two derivatives as a graph: numbers for what goes in, and what the evaluator makes of them.
struct ConvolutionTrial {
  let form: ConvolutionForm
  let graph: Graph
  /// Forward, to the input and to the kernel.
  let works: [ConvolutionWork]
  /// The input, the kernel and the gradient of what the convolution gives.
  let values: [[Float]]
  let expected: Evaluator

  /// `wholes`: small whole numbers, so that there are equal ones and sums are exact. Operands enter with `precision`, and the
  /// evaluator rounds them to it.
  init(_ form: ConvolutionForm, seed: UInt64, wholes: Bool = false, precision: OperandPrecision = .float32) {
    var graph = Graph()
    graph.precision = precision
    let x = graph.input("x", shape: form.input), k = graph.input("k", shape: form.kernel)
    let y = graph.convolution(x, k, form.settings)
    let g = graph.input("g", shape: graph.shape(of: y))
    let nodes = [
      y, graph.convolutionInputGradient(g, k, form.settings, input: form.input),
      graph.convolutionKernelGradient(x, g, form.settings, kernel: form.kernel),
    ]
    var numbers = TestNumbers(seed)
    values = [x, k, g].map { node in
      let drawn = numbers.array(graph[node].count, in: wholes ? -2...2 : -1...1)
      return wholes ? drawn.map { $0.rounded() } : drawn
    }
    self.form = form
    self.graph = graph
    works = nodes.map { ConvolutionWork($0, in: graph) }
    expected = Self.evaluated(graph, values)
  }

  /// What the evaluator makes of other numbers.
  static func evaluated(_ graph: Graph, _ values: [[Float]]) -> Evaluator {
    let inputs = zip(["x", "k", "g"] as [InputSlot], values).map { ($0, $1.map(Double.init)) }
    return Evaluator(graph, inputs: Dictionary(uniqueKeysWithValues: inputs))
  }

  var channels: Int { form.kernel[form.kernel.count - 2] }
  var filters: Int { form.kernel[form.kernel.count - 1] }

  /// What a kernel of ours makes of a work, the convolution's kernel laid out before and after as its method wants it. `values` are
  /// the input, the kernel and the gradient, of a pool if the work is pooled.
  func result(
    of work: ConvolutionWork, by method: ConvolutionLayout.Method, _ table: train_kernel_table, _ values: [[Float]],
    bias: Memory<Float>? = nil, choices: Memory<UInt8>? = nil
  ) -> Memory<Float> {
    let given = values.map { Memory($0) }
    let shape = graph.shape(of: work.node)
    let pooled = [shape[0], shape[1] / 2, shape[2] / 2].reduce(filters, *)
    let result = Memory(count: work.isForward && work.isPooled ? pooled : graph[work.node].count)
    let makesInput = work.kind == TRAIN_CONVOLUTION_INPUT_GRADIENT, makesKernel = work.kind == TRAIN_CONVOLUTION_KERNEL_GRADIENT
    let kernel = makesKernel ? result : given[1]
    var packed: Memory<Float>?
    if case .winograd = method { packed = Memory(count: 16 * channels * (makesKernel ? (filters + 31) / 32 * 32 : filters)) }
    func layOut(_ run: train_kernel?) {
      guard let packed else { return }
      TensorsTests.run(
        run,
        train_winograd_kernel(
          given: kernel.pointer, transformed: packed.pointer, channels: Int64(channels), filters: Int64(filters),
          columns_per_piece: 32, is_turned: makesInput ? 1 : 0),
        pieces: Int32(((makesInput ? channels : filters) + 31) / 32))
    }
    let winograd = ConvolutionWork.winograd(of: table, work.precision)
    if !makesKernel { layOut(winograd?.pack) }
    run(
      work.ownKernel(of: table, method),
      work.ownKernelArguments(
        input: (makesInput ? result : given[0]).pointer, kernel: (packed ?? kernel).pointer, bias: bias?.pointer,
        output: (work.isForward ? result : given[2]).pointer, choices: choices?.pointer, imagesPerPiece: form.input[0],
        partElements: 0))
    if makesKernel { layOut(winograd?.unpack) }
    precondition(
      (given + [result] + [packed, bias].compactMap { $0 }).allSatisfy { $0.isMarginIntact } && choices?.isMarginIntact ?? true,
      "a kernel writes nothing beside its results: \(form.name)")
    return result
  }
}

/// The values of some outputs after a run, for inputs of all slots.
func outputs(_ graph: Graph, _ nodes: [Node], _ values: [InputSlot: [Float]], threads: Int) throws -> [[Float]] {
  let program = try Program(graph, store: VariableStore(), pool: Pool(threads: threads))
  let memories = values.mapValues { Memory($0) }
  for slot in program.slots {
    guard let memory = memories[slot], let shape = graph.entries.first(where: { $0.operation == .input(slot) })?.shape else {
      continue
    }
    program.bind(slot, ArraySource(memory.pointer, .float32, rowElements: memory.count / shape[0], rowCount: shape[0]))
  }
  try program.run()
  return nodes.map { Array(program.read($0)) }
}

/// Holds what was found against the evaluator, within a share of the largest value: by itself, what float32 may leave.
func expectNearLargest(_ found: [Float], _ expected: [Double], within share: Double = 1e-5, _ comment: String) {
  let largest = expected.map(abs).max() ?? 0
  expectAgreement(found, expected, relative: 0, absolute: share * largest, comment)
}
