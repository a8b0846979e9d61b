import CKernels
import COneDNN

/// Convolutions whose results are only pooled, by the largest of 2×2: the pool is made along with the convolution, position by position still
/// in registers, and what is kept for the derivatives is which of the four was chosen, a byte instead of sixteen.
extension Fusion {
  /// Joins pools with convolutions that our own kernels compute, if those compute the derivatives too.
  mutating func joinPools() {
    for index in graph.entries.indices {
      let pool = Node(index: index)
      if graph[pool].operation == .pool(.pairs) { join(pool) }
    }
  }

  private mutating func join(_ pool: Node) {
    let isRectified = rectified.reads[pool] != nil
    let source = (rectified.reads[pool] ?? graph[pool].inputs)[0]
    guard var convolution = convolutions[source], convolution.kind == TRAIN_CONVOLUTION_FORWARD, convolution.mayBePooled,
      !convolution.isRectified, let readers = readers(of: source, isRectified: isRectified), readers.pool == pool,
      let derivatives = derivatives(of: readers.slope)
    else { return }
    convolutions[source] = nil
    convolution.result = pool
    convolution.isRectified = isRectified
    convolution.isPooled = true
    if let slope = readers.slope, let gradient = (rectified.reads[slope] ?? graph[slope].inputs).first {
      convolution.choices = source
      choices.insert(source)
      for var derivative in derivatives {
        derivative.operands = derivative.operands.map { $0 == slope ? gradient : $0 }
        derivative.isPooled = true
        derivative.choices = source
        for node in derivative.writes { convolutions[node] = derivative }
      }
    }
    for node in convolution.writes { convolutions[node] = convolution }
  }

  /// The one pool that reads a convolution, or its ReLU, and the derivative of both, if nothing else does.
  private func readers(of source: Node, isRectified: Bool) -> (pool: Node, slope: Node?)? {
    var read = source
    if isRectified {
      guard let relu = uses.only(of: source), rectified.moved.contains(relu) else { return nil }
      read = relu
    }
    guard let users = uses.operations(on: read) else { return nil }
    var pools: Set<Node> = []
    var slopes: Set<Node> = []
    for user in users {
      switch graph[user].operation {
      case .pool: pools.insert(user)
      case .poolGradient: if !isRectified { slopes.insert(user) }
      case .binary(.reluGradient) where rectified.gradients[user] != nil: slopes.insert(user)
      default: return nil
      }
    }
    guard pools.count == 1, let pool = pools.first, slopes.count <= 1 else { return nil }
    return (pool, slopes.first)
  }

  /// What a derivative goes on to, if it is to the kernel, bias and input of convolutions alone; nothing without a derivative.
  private func derivatives(of slope: Node?) -> [ConvolutionWork]? {
    guard let slope else { return [] }
    guard let users = uses.operations(on: slope) else { return nil }
    var works: [Node: ConvolutionWork] = [:]
    for user in users {
      var work = convolutions[user]
      if case .convolutionInputGradient = graph[user].operation { work = ConvolutionWork(user, in: graph) }
      guard let work, work.mayBePooled, work.operands.contains(slope) else { return nil }
      works[work.node] = work
    }
    return works.keys.sorted { $0.index < $1.index }.compactMap { works[$0] }
  }
}

extension ConvolutionWork {
  /// Whether a kernel of ours computes it that knows of pools.
  fileprivate var mayBePooled: Bool {
    suitsWinograd || (suitsRows && shape.settings.axes == 2)
  }
}

extension Pooling {
  /// The largest of 2×2, side by side.
  fileprivate static let pairs = Pooling(.max, Array(repeating: .sliding(size: 2, stride: 2), count: 2))
}
