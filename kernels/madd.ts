/**
 * x · y + z. It is rounded once in the build with relaxed SIMD if the CPU has fused multiply-add, else twice.
 */
export function madd(x: v128, y: v128, z: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? v128.relaxed_madd<f32>(x, y, z) : v128.add<f32>(z, v128.mul<f32>(x, y));
}
