import Plans
import Tensors

/// The largest of all positions of sequences: [batch, positions, channels].
struct GlobalMaxPooling1D: GlobalPooling {
  static let signature = makeSignature("GlobalMaxPooling1D")
  static let aliases = ["GlobalMaxPool1D"]
  static let positions = 1
  static let kind = Pooling.Kind.max
  let pooling: GlobalPoolingArguments
  init(_ pooling: GlobalPoolingArguments) { self.pooling = pooling }
}

/// The largest of all positions of images: [batch, rows, columns, channels].
struct GlobalMaxPooling2D: GlobalPooling {
  static let signature = makeSignature("GlobalMaxPooling2D")
  static let aliases = ["GlobalMaxPool2D"]
  static let positions = 2
  static let kind = Pooling.Kind.max
  let pooling: GlobalPoolingArguments
  init(_ pooling: GlobalPoolingArguments) { self.pooling = pooling }
}

/// The largest of all positions of volumes: [batch, depth, rows, columns, channels].
struct GlobalMaxPooling3D: GlobalPooling {
  static let signature = makeSignature("GlobalMaxPooling3D")
  static let aliases = ["GlobalMaxPool3D"]
  static let positions = 3
  static let kind = Pooling.Kind.max
  let pooling: GlobalPoolingArguments
  init(_ pooling: GlobalPoolingArguments) { self.pooling = pooling }
}
