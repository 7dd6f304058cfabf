/** The maximum of each column of a matrix; NaN if the column has one. */
export function maxColumns(rows: i32, columns: i32, x: usize, y: usize): void {
  const row = (<usize>columns) << 2;
  let column = 0;
  for (; column + 4 <= columns; column += 4) {
    // `max` keeps NaN but takes three times as long as `pmax`, which does not. A true comparison is all ones, which is a NaN too.
    let most = v128.splat<f32>(-Infinity);
    let nan = v128.splat<f32>(0);
    let now = x;
    for (let i = rows; i > 0; i--) {
      const value = v128.load(now);
      most = v128.pmax<f32>(most, value);
      nan = v128.or(nan, v128.ne<f32>(value, value));
      now += row;
    }
    v128.store(y, v128.or(most, nan));
    x += 16;
    y += 16;
  }
  for (; column < columns; column++) {
    let now = x;
    let most = load<f32>(now);
    for (let i = rows - 1; i > 0; i--) {
      now += row;
      most = max<f32>(most, load<f32>(now));
    }
    store<f32>(y, most);
    x += 4;
    y += 4;
  }
}

/**
 * The gradient of {@link maxColumns}. Numbers that are equally large share it, as in TensorFlow (`_MinOrMaxGrad` in
 * python/ops/math_grad.py). TensorFlow.js gives the whole gradient to each of them.
 */
export function maxColumnsGradient(rows: i32, columns: i32, x: usize, y: usize, dy: usize, dx: usize): void {
  const row = (<usize>columns) << 2;
  let column = 0;
  for (; column + 4 <= columns; column += 4) {
    const most = v128.load(y);
    let count = v128.splat<f32>(0);
    let now = x;
    for (let i = rows; i > 0; i--) {
      const here = v128.eq<f32>(v128.load(now), most);
      count = v128.add<f32>(count, v128.and(here, v128.splat<f32>(1)));
      now += row;
    }
    const share = v128.div<f32>(v128.load(dy), count);
    now = x;
    let to = dx;
    for (let i = rows; i > 0; i--) {
      v128.store(to, v128.and(share, v128.eq<f32>(v128.load(now), most)));
      now += row;
      to += row;
    }
    x += 16;
    y += 16;
    dy += 16;
    dx += 16;
  }
  for (; column < columns; column++) {
    const most = load<f32>(y);
    let count: f32 = 0;
    let now = x;
    for (let i = rows; i > 0; i--) {
      if (load<f32>(now) == most) count += 1;
      now += row;
    }
    const share = load<f32>(dy) / count;
    now = x;
    let to = dx;
    for (let i = rows; i > 0; i--) {
      store<f32>(to, load<f32>(now) == most ? share : 0);
      now += row;
      to += row;
    }
    x += 4;
    y += 4;
    dy += 4;
    dx += 4;
  }
}
