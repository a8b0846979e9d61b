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
    resizeImage(
      pixels, width: image.width, height: image.height, channels: image.channels, toHeight: height, width: width,
      by: interpolation, keeping: aspect, into: result)
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

/// `resize`, of pixels that lie somewhere.
func resizeImage(
  _ pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int, channels: Int, toHeight wantedHeight: Int,
  width wantedWidth: Int, by interpolation: Interpolation, keeping aspect: AspectRatio,
  into result: UnsafeMutableBufferPointer<Float>
) {
  precondition(pixels.count == width * height * channels && width > 0 && height > 0, "a picture has pixels")
  precondition(wantedWidth > 0 && wantedHeight > 0 && result.count == wantedWidth * wantedHeight * channels, "there is room")
  var source = ImageBox(left: 0, top: 0, width: width, height: height)
  var target = ImageBox(left: 0, top: 0, width: wantedWidth, height: wantedHeight)
  switch aspect {
  case .distorted: break
  case .cropped: source = .cropped(width: width, height: height, forWidth: wantedWidth, height: wantedHeight)
  case .padded:
    target = .padded(width: width, height: height, inWidth: wantedWidth, height: wantedHeight)
    result.update(repeating: 0)
  }
  let rows = ResizeAxis(from: source.height, to: target.height, by: interpolation)
  let columns = ResizeAxis(from: source.width, to: target.width, by: interpolation)
  rows.withAxis { rows in
    columns.withAxis { columns in
      let room = image_resize_scratch(source.width, channels)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: room) { scratch in
        image_resize(
          pixels.baseAddress.unsafelyUnwrapped + (source.top * width + source.left) * channels, width * channels, source.width,
          Int32(channels), rows, columns, scratch.baseAddress,
          result.baseAddress.unsafelyUnwrapped + (target.top * wantedWidth + target.left) * channels, wantedWidth * channels)
      }
    }
  }
}
