import Plans
import Tensors

/// The largest of windows of sequences: [batch, positions, channels].
struct MaxPooling1D: WindowPooling {
  static let signature = makeSignature("MaxPooling1D", "largest element")
  static let aliases = ["MaxPool1D"]
  static let positions = 1
  static let kind = Pooling.Kind.max
  let pooling: WindowPoolingArguments
  init(_ pooling: WindowPoolingArguments) { self.pooling = pooling }
}

/// The largest of windows of images: [batch, rows, columns, channels].
struct MaxPooling2D: WindowPooling {
  static let signature = makeSignature("MaxPooling2D", "largest element")
  static let aliases = ["MaxPool2D"]
  static let positions = 2
  static let kind = Pooling.Kind.max
  let pooling: WindowPoolingArguments
  init(_ pooling: WindowPoolingArguments) { self.pooling = pooling }
}

/// The largest of windows of volumes: [batch, depth, rows, columns, channels].
struct MaxPooling3D: WindowPooling {
  static let signature = makeSignature("MaxPooling3D", "largest element")
  static let aliases = ["MaxPool3D"]
  static let positions = 3
  static let kind = Pooling.Kind.max
  let pooling: WindowPoolingArguments
  init(_ pooling: WindowPoolingArguments) { self.pooling = pooling }
}
