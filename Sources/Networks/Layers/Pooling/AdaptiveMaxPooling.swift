import Plans
import Tensors

/// The largest of so many windows of sequences: [batch, positions, channels].
struct AdaptiveMaxPooling1D: AdaptivePooling {
  static let signature = makeSignature("AdaptiveMaxPooling1D")
  static let positions = 1
  static let kind = Pooling.Kind.max
  let pooling: AdaptivePoolingArguments
  init(_ pooling: AdaptivePoolingArguments) { self.pooling = pooling }
}

/// The largest of so many windows of images: [batch, rows, columns, channels].
struct AdaptiveMaxPooling2D: AdaptivePooling {
  static let signature = makeSignature("AdaptiveMaxPooling2D")
  static let positions = 2
  static let kind = Pooling.Kind.max
  let pooling: AdaptivePoolingArguments
  init(_ pooling: AdaptivePoolingArguments) { self.pooling = pooling }
}

/// The largest of so many windows of volumes: [batch, depth, rows, columns, channels].
struct AdaptiveMaxPooling3D: AdaptivePooling {
  static let signature = makeSignature("AdaptiveMaxPooling3D")
  static let positions = 3
  static let kind = Pooling.Kind.max
  let pooling: AdaptivePoolingArguments
  init(_ pooling: AdaptivePoolingArguments) { self.pooling = pooling }
}
