// The transforms of Winograd's minimal filtering F(2×2, 3×3), on a vector of channels or filters at each place; see winograd.h.

enum { winograd_places = 16 };

/// Bᵀ d B of 4×4 values.
INLINE void transform_input(const floats d[winograd_places], floats v[winograd_places]) {
  floats t[winograd_places];
#pragma unroll
  for (int c = 0; c < 4; c++) {
    t[c] = d[c] - d[8 + c];
    t[4 + c] = d[4 + c] + d[8 + c];
    t[8 + c] = d[8 + c] - d[4 + c];
    t[12 + c] = d[4 + c] - d[12 + c];
  }
#pragma unroll
  for (int r = 0; r < winograd_places; r += 4) {
    v[r] = t[r] - t[r + 2];
    v[r + 1] = t[r + 1] + t[r + 2];
    v[r + 2] = t[r + 2] - t[r + 1];
    v[r + 3] = t[r + 1] - t[r + 3];
  }
}

/// Aᵀ m A, 2×2 values.
INLINE void transform_output(const floats m[winograd_places], floats y[4]) {
  floats t[8];
#pragma unroll
  for (int c = 0; c < 4; c++) {
    t[c] = m[c] + m[4 + c] + m[8 + c];
    t[4 + c] = m[4 + c] - m[8 + c] - m[12 + c];
  }
#pragma unroll
  for (int r = 0; r < 2; r++) {
    y[2 * r] = t[4 * r] + t[4 * r + 1] + t[4 * r + 2];
    y[2 * r + 1] = t[4 * r + 1] - t[4 * r + 2] - t[4 * r + 3];
  }
}

/// A y Aᵀ of 2×2 values.
INLINE void transform_output_gradient(const floats y[4], floats m[winograd_places]) {
  floats t[8];
#pragma unroll
  for (int c = 0; c < 2; c++) {
    t[c] = y[c];
    t[2 + c] = y[c] + y[2 + c];
    t[4 + c] = y[c] - y[2 + c];
    t[6 + c] = -y[2 + c];
  }
#pragma unroll
  for (int r = 0; r < 4; r++) {
    m[4 * r] = t[2 * r];
    m[4 * r + 1] = t[2 * r] + t[2 * r + 1];
    m[4 * r + 2] = t[2 * r] - t[2 * r + 1];
    m[4 * r + 3] = -t[2 * r + 1];
  }
}

/// G g Gᵀ of 3×3 values.
INLINE void transform_kernel(const floats g[9], floats u[winograd_places]) {
  floats t[12];
#pragma unroll
  for (int c = 0; c < 3; c++) {
    const floats ends = g[c] + g[6 + c];
    t[c] = g[c];
    t[3 + c] = splat(0.5f) * (ends + g[3 + c]);
    t[6 + c] = splat(0.5f) * (ends - g[3 + c]);
    t[9 + c] = g[6 + c];
  }
#pragma unroll
  for (int r = 0; r < 4; r++) {
    const floats ends = t[3 * r] + t[3 * r + 2];
    u[4 * r] = t[3 * r];
    u[4 * r + 1] = splat(0.5f) * (ends + t[3 * r + 1]);
    u[4 * r + 2] = splat(0.5f) * (ends - t[3 * r + 1]);
    u[4 * r + 3] = t[3 * r + 2];
  }
}

/// Gᵀ u G, 3×3 values.
INLINE void transform_kernel_gradient(const floats u[winograd_places], floats g[9]) {
  floats t[12];
#pragma unroll
  for (int c = 0; c < 4; c++) {
    const floats sum = splat(0.5f) * (u[4 + c] + u[8 + c]);
    t[c] = u[c] + sum;
    t[4 + c] = splat(0.5f) * (u[4 + c] - u[8 + c]);
    t[8 + c] = sum + u[12 + c];
  }
#pragma unroll
  for (int r = 0; r < 3; r++) {
    const floats sum = splat(0.5f) * (t[4 * r + 1] + t[4 * r + 2]);
    g[3 * r] = t[4 * r] + sum;
    g[3 * r + 1] = splat(0.5f) * (t[4 * r + 1] - t[4 * r + 2]);
    g[3 * r + 2] = sum + t[4 * r + 3];
  }
}
