import Plans
import Tensors

/// The mean of windows of sequences: [batch, positions, channels].
struct AveragePooling1D: WindowPooling {
  static let signature = makeSignature("AveragePooling1D", "mean")
  static let aliases = ["AvgPool1D"]
  static let positions = 1
  static let kind = Pooling.Kind.average
  let pooling: WindowPoolingArguments
  init(_ pooling: WindowPoolingArguments) { self.pooling = pooling }
}

/// The mean of windows of images: [batch, rows, columns, channels].
struct AveragePooling2D: WindowPooling {
  static let signature = makeSignature("AveragePooling2D", "mean")
  static let aliases = ["AvgPool2D"]
  static let positions = 2
  static let kind = Pooling.Kind.average
  let pooling: WindowPoolingArguments
  init(_ pooling: WindowPoolingArguments) { self.pooling = pooling }
}

/// The mean of windows of volumes: [batch, depth, rows, columns, channels].
struct AveragePooling3D: WindowPooling {
  static let signature = makeSignature("AveragePooling3D", "mean")
  static let aliases = ["AvgPool3D"]
  static let positions = 3
  static let kind = Pooling.Kind.average
  let pooling: WindowPoolingArguments
  init(_ pooling: WindowPoolingArguments) { self.pooling = pooling }
}
