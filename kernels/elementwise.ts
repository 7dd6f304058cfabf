/**
 * An operation on two numbers. Its subclasses have no fields and no instances. The loop below is compiled once for each subclass and calls
 * its method on null; the compiler inlines the call.
 */
abstract class Operation {
  abstract of(a: v128, b: v128): v128;
}

class Add extends Operation {
  of(a: v128, b: v128): v128 {
    return v128.add<f32>(a, b);
  }
}

class Multiply extends Operation {
  of(a: v128, b: v128): v128 {
    return v128.mul<f32>(a, b);
  }
}

class Maximum extends Operation {
  of(a: v128, b: v128): v128 {
    return v128.max<f32>(a, b);
  }
}

class Minimum extends Operation {
  of(a: v128, b: v128): v128 {
    return v128.min<f32>(a, b);
  }
}

function zip<O extends Operation>(a: usize, b: usize, y: usize, n: i32): void {
  const operation = changetype<O>(0);
  for (; n >= 4; n -= 4) {
    v128.store(y, operation.of(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    y += 16;
  }
  for (; n > 0; n--) {
    v128.store_lane<f32>(y, operation.of(v128.load32_zero(a), v128.load32_zero(b)), 0);
    a += 4;
    b += 4;
    y += 4;
  }
}

/**
 * y = a op b for n numbers. The result is NaN if either operand is.
 * @param kind 0 for the sum, 1 for the product, 2 for the maximum, 3 for the minimum
 * @param y may be a or b
 */
export function combine(kind: i32, a: usize, b: usize, y: usize, n: i32): void {
  if (kind == 0) zip<Add>(a, b, y, n);
  else if (kind == 1) zip<Multiply>(a, b, y, n);
  else if (kind == 2) zip<Maximum>(a, b, y, n);
  else if (kind == 3) zip<Minimum>(a, b, y, n);
  else unreachable();
}

/**
 * y = x · factor for n numbers.
 * @param y may be x
 */
export function scale(x: usize, y: usize, n: i32, factor: f32): void {
  const f = v128.splat<f32>(factor);
  for (; n >= 4; n -= 4) {
    v128.store(y, v128.mul<f32>(v128.load(x), f));
    x += 16;
    y += 16;
  }
  for (; n > 0; n--) {
    store<f32>(y, load<f32>(x) * factor);
    x += 4;
    y += 4;
  }
}

/**
 * The gradient of one input x of a maximum or minimum y of several inputs. Where x equals y, dy moves to dx and leaves 0 behind, so the first
 * of several equal inputs gets the whole gradient. Elsewhere dx is 0.
 * @param dx 0 if not needed
 */
export function takeGradient(x: usize, y: usize, dy: usize, dx: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    const gradient = v128.load(dy);
    const here = v128.eq<f32>(v128.load(x), v128.load(y));
    if (dx) {
      v128.store(dx, v128.and(gradient, here));
      dx += 16;
    }
    v128.store(dy, v128.andnot(gradient, here));
    x += 16;
    y += 16;
    dy += 16;
  }
  for (; n > 0; n--) {
    const gradient = load<f32>(dy);
    const here = load<f32>(x) == load<f32>(y);
    if (dx) {
      store<f32>(dx, here ? gradient : 0);
      dx += 4;
    }
    store<f32>(dy, here ? 0 : gradient);
    x += 4;
    y += 4;
    dy += 4;
  }
}
