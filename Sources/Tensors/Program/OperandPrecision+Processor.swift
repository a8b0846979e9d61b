import CKernels
import COneDNN

extension OperandPrecision {
  /// Whether this processor multiplies numbers of that precision; `TRAIN_KERNELS` with a lower level takes bfloat16 away, and so does
  /// `ONEDNN_MAX_CPU_ISA`.
  package var isComputedHere: Bool {
    self == .float32
      || (train_has_bfloat16() != 0 && ["v4", "amx"].contains(Pool.kernelLevel) && train_dnnl_has_bfloat16() != 0)
  }
}

extension Pool {
  /// The instructions that kernels use here: `baseline`, `v3`, `v4` or `amx`.
  package static var kernelLevel: String { String(cString: train_kernels().pointee.level) }
}
