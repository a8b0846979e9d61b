import Plans
import Tensors

/// The mean of all positions of sequences: [batch, positions, channels].
struct GlobalAveragePooling1D: GlobalPooling {
  static let signature = makeSignature("GlobalAveragePooling1D")
  static let aliases = ["GlobalAvgPool1D"]
  static let positions = 1
  static let kind = Pooling.Kind.average
  let pooling: GlobalPoolingArguments
  init(_ pooling: GlobalPoolingArguments) { self.pooling = pooling }
}

/// The mean of all positions of images: [batch, rows, columns, channels].
struct GlobalAveragePooling2D: GlobalPooling {
  static let signature = makeSignature("GlobalAveragePooling2D")
  static let aliases = ["GlobalAvgPool2D"]
  static let positions = 2
  static let kind = Pooling.Kind.average
  let pooling: GlobalPoolingArguments
  init(_ pooling: GlobalPoolingArguments) { self.pooling = pooling }
}

/// The mean of all positions of volumes: [batch, depth, rows, columns, channels].
struct GlobalAveragePooling3D: GlobalPooling {
  static let signature = makeSignature("GlobalAveragePooling3D")
  static let aliases = ["GlobalAvgPool3D"]
  static let positions = 3
  static let kind = Pooling.Kind.average
  let pooling: GlobalPoolingArguments
  init(_ pooling: GlobalPoolingArguments) { self.pooling = pooling }
}
