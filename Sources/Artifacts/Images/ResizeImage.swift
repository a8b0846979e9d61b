import CImages

/// What becomes of a picture whose width and height relate otherwise than those of the wanted size.
package enum AspectRatio: Sendable, CaseIterable {
  /// It is stretched.
  case distorted
  /// The largest part in its middle that has the wanted relation is taken: Keras's `crop_to_aspect_ratio`.
  case cropped
  /// It becomes as large as fits, in the middle of black: Keras's `pad_to_aspect_ratio`.
  case padded
}

/// Writes a picture in another size: [height, width, channels], 0 to 255; kernels with negative weights go a little beyond these.
package func resize(
  _ image: DecodedImage, height: Int, width: Int, by interpolation: Interpolation, keeping aspect: AspectRatio,
  into result: UnsafeMutableBufferPointer<Float>
) {
  image.pixels.withUnsafeBufferPointer { pixels in
    let plan = ResizePlan(
      width: image.width, height: image.height, toHeight: height, width: width, by: interpolation, keeping: aspect)
    resizeImage(pixels, width: image.width, height: image.height, channels: image.channels, by: plan, into: result)
  }
}

/// A part of a picture, in pixels.
struct ImageBox: Equatable {
  var left: Int
  var top: Int
  var width: Int
  var height: Int

  /// The part that is cropped out of a picture for a size. In single precision, as Keras computes it within a data set.
  static func cropped(width: Int, height: Int, forWidth wantedWidth: Int, height wantedHeight: Int) -> ImageBox {
    let cropHeight = max(min(height, Int(Float(width * wantedHeight) / Float(wantedWidth))), 1)
    let cropWidth = max(min(width, Int(Float(height * wantedWidth) / Float(wantedHeight))), 1)
    return ImageBox(
      left: Int(Float(width - cropWidth) / 2), top: Int(Float(height - cropHeight) / 2), width: cropWidth, height: cropHeight)
  }

  /// The part of a size that a padded picture fills, as `tf.image.resize_with_pad` has it.
  static func padded(width: Int, height: Int, inWidth wantedWidth: Int, height wantedHeight: Int) -> ImageBox {
    let ratio = max(Float(width) / Float(wantedWidth), Float(height) / Float(wantedHeight))
    let (filledWidth, filledHeight) = (Float(width) / ratio, Float(height) / ratio)
    return ImageBox(
      left: max(0, Int(((Float(wantedWidth) - filledWidth) / 2).rounded(.down))),
      top: max(0, Int(((Float(wantedHeight) - filledHeight) / 2).rounded(.down))),
      width: max(1, Int(filledWidth.rounded(.down))), height: max(1, Int(filledHeight.rounded(.down))))
  }
}

/// Which part of a picture goes to which part of a size, and how its rows and columns are made.
struct ResizePlan {
  let source: ImageBox
  let target: ImageBox
  let rows: ResizeAxis
  let columns: ResizeAxis
  /// The size that is wanted.
  let height: Int
  let width: Int

  init(
    width sourceWidth: Int, height sourceHeight: Int, toHeight height: Int, width: Int, by interpolation: Interpolation,
    keeping aspect: AspectRatio
  ) {
    precondition(sourceWidth > 0 && sourceHeight > 0 && width > 0 && height > 0, "a picture has pixels")
    var source = ImageBox(left: 0, top: 0, width: sourceWidth, height: sourceHeight)
    var target = ImageBox(left: 0, top: 0, width: width, height: height)
    switch aspect {
    case .distorted: break
    case .cropped: source = .cropped(width: sourceWidth, height: sourceHeight, forWidth: width, height: height)
    case .padded: target = .padded(width: sourceWidth, height: sourceHeight, inWidth: width, height: height)
    }
    (self.source, self.target, self.height, self.width) = (source, target, height, width)
    rows = ResizeAxis(from: source.height, to: target.height, by: interpolation)
    columns = ResizeAxis(from: source.width, to: target.width, by: interpolation)
  }

  /// Blackens what no part of the picture goes to, and calls `body` with the axes and where the first place of the result is.
  fileprivate func carryOut(
    into result: UnsafeMutableBufferPointer<Float>, channels: Int,
    _ body: (_ rows: image_axis, _ columns: image_axis, _ first: UnsafeMutablePointer<Float>) -> Void
  ) {
    precondition(result.count == width * height * channels, "there is room")
    if target.width < width || target.height < height { result.update(repeating: 0) }
    let first = result.baseAddress.unsafelyUnwrapped + (target.top * width + target.left) * channels
    rows.withAxis { rows in columns.withAxis { columns in body(rows, columns, first) } }
  }
}

/// `resize`, of pixels that lie somewhere.
func resizeImage(
  _ pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int, channels: Int, by plan: ResizePlan,
  into result: UnsafeMutableBufferPointer<Float>
) {
  precondition(pixels.count == width * height * channels, "every pixel has its channels")
  plan.carryOut(into: result, channels: channels) { rows, columns, first in
    withUnsafeTemporaryAllocation(of: Float.self, capacity: image_resize_scratch(plan.source.width, channels)) { scratch in
      image_resize(
        pixels.baseAddress.unsafelyUnwrapped + (plan.source.top * width + plan.source.left) * channels, width * channels,
        plan.source.width, Int32(channels), rows, columns, scratch.baseAddress, first, plan.width * channels)
    }
  }
}

/// The same of a picture in planes, as red, green and blue; both axes have two taps.
func resizePlanes(_ planes: image_planes, by plan: ResizePlan, into result: UnsafeMutableBufferPointer<Float>) {
  precondition(plan.rows.taps == 2 && plan.columns.taps == 2, "two rows and two columns make a place")
  plan.carryOut(into: result, channels: 3) { rows, columns, first in
    let room = image_planes_scratch(Int(planes.width))
    withUnsafeTemporaryAllocation(byteCount: room, alignment: 64) { scratch in
      image_resize_planes(
        planes, plan.source.left, plan.source.top, rows, columns, scratch.baseAddress, first, plan.width * 3)
    }
  }
}
