/**
 * x · y + z: rounded once in the build with relaxed SIMD where the CPU has fused multiply-add, twice otherwise.
 */
export function madd(x: v128, y: v128, z: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? v128.relaxed_madd<f32>(x, y, z) : v128.add<f32>(z, v128.mul<f32>(x, y));
}
