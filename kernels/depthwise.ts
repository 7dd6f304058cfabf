import { put } from './lanes';
import { madd } from './madd';
import { Bytes, Flag } from './types';

/**
 * A convolution of each channel with a filter of its own: y[i, j, c] = Σ x[i · strideY + p · dilationY, j · strideX + q · dilationX, c] ·
 * w[p, q, c] over the filter's places (p, q). It works on tiles of 4 pixels by 4 channels. The last tile of a row and the last tile of a
 * pixel overlap the tile before them where the sizes are no multiples of 4.
 * @param height, width, channels of y, which has no gaps
 * @param filterHeight, filterWidth size of the filter
 * @param x the image with its padding
 * @param strideY, strideX bytes in x from a row and a pixel of y to the next
 * @param dilationY, dilationX bytes in x from a row and a column of the filter to the next
 * @param w, wStep the filter's first place, and the bytes from a place to the next; a negative step turns the filter by 180 degrees
 * @param bias a number for each channel, or 0 for none
 */
export function depthwise(
  height: i32,
  width: i32,
  channels: i32,
  filterHeight: i32,
  filterWidth: i32,
  x: usize,
  strideY: Bytes,
  strideX: Bytes,
  dilationY: Bytes,
  dilationX: Bytes,
  w: usize,
  wStep: Bytes,
  y: usize,
  bias: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const row = <usize>width * pixel;
  const isDense = strideX == dilationX;
  for (; height > 0; height--) {
    if (width < 4) {
      // prettier-ignore
      for (let j: usize = 0; j < <usize>width; j++) {
        pixels<u8, u8>(channels, filterHeight, filterWidth, x + j * strideX, strideX, dilationY, dilationX, w, wStep, y + j * pixel, pixel, bias);
      }
    } else {
      for (let first = 0; ; first = min(first + 4, width - 4)) {
        const from = x + <usize>first * strideX;
        const to = y + <usize>first * pixel;
        // prettier-ignore
        if (isDense) pixels<u32, u32>(channels, filterHeight, filterWidth, from, strideX, dilationY, dilationX, w, wStep, to, pixel, bias);
        else pixels<u32, u8>(channels, filterHeight, filterWidth, from, strideX, dilationY, dilationX, w, wStep, to, pixel, bias);
        if (first == width - 4) break;
      }
    }
    x += strideY;
    y += row;
  }
}

/**
 * All channels of some pixels.
 * @typeParam P number of pixels, as in matmul.ts: u8 for 1, u32 for 4
 * @typeParam D u32 if stride and dilation are the same. Then a pixel meets at a place of the filter the number that the pixel before it
 *   meets at the next place. Three places, the most common width, are done at once
 */
function pixels<P, D>(
  channels: i32,
  filterHeight: i32,
  filterWidth: i32,
  x: usize,
  strideX: Bytes,
  dilationY: Bytes,
  dilationX: Bytes,
  w: usize,
  wStep: Bytes,
  y: usize,
  pixel: Bytes,
  bias: usize,
): void {
  const last = max(channels - 4, 0);
  for (let channel = 0; ; channel = min(channel + 4, last)) {
    const at = (<usize>channel) << 2;
    let y0 = bias != 0 ? v128.load(bias + at) : v128.splat<f32>(0);
    let y1 = y0;
    let y2 = y0;
    let y3 = y0;
    let line = x + at;
    let wNow = w + at;
    for (let p = filterHeight; p > 0; p--) {
      let now = line;
      let q = filterWidth;
      let x0 = v128.splat<f32>(0);
      let x1 = x0;
      let x2 = x0;
      let x3 = x0;
      if (sizeof<D>() > 1) {
        x0 = v128.load(now);
        x1 = v128.load(now + strideX);
        x2 = v128.load(now + 2 * strideX);
        now += 3 * strideX;
        for (; q > 2; q -= 3) {
          const w0 = v128.load(wNow);
          const w1 = v128.load(wNow + wStep);
          const w2 = v128.load(wNow + 2 * wStep);
          x3 = v128.load(now);
          const x4 = v128.load(now + strideX);
          const x5 = v128.load(now + 2 * strideX);
          y0 = madd(x2, w2, madd(x1, w1, madd(x0, w0, y0)));
          y1 = madd(x3, w2, madd(x2, w1, madd(x1, w0, y1)));
          y2 = madd(x4, w2, madd(x3, w1, madd(x2, w0, y2)));
          y3 = madd(x5, w2, madd(x4, w1, madd(x3, w0, y3)));
          x0 = x3;
          x1 = x4;
          x2 = x5;
          now += 3 * strideX;
          wNow += 3 * wStep;
        }
      }
      for (; q > 0; q--) {
        const weight = v128.load(wNow);
        if (sizeof<D>() > 1) {
          x3 = v128.load(now);
          now += strideX;
        } else {
          x0 = v128.load(now);
          if (sizeof<P>() > 1) {
            x1 = v128.load(now + strideX);
            x2 = v128.load(now + 2 * strideX);
            x3 = v128.load(now + 3 * strideX);
          }
          now += dilationX;
        }
        y0 = madd(x0, weight, y0);
        if (sizeof<P>() > 1) {
          y1 = madd(x1, weight, y1);
          y2 = madd(x2, weight, y2);
          y3 = madd(x3, weight, y3);
        }
        if (sizeof<D>() > 1) {
          x0 = x1;
          x1 = x2;
          x2 = x3;
        }
        wNow += wStep;
      }
      line += dilationY;
    }
    const to = y + at;
    const count = channels - channel;
    put(to, y0, count);
    if (sizeof<P>() > 1) {
      put(to + pixel, y1, count);
      put(to + 2 * pixel, y2, count);
      put(to + 3 * pixel, y3, count);
    }
    if (channel == last) return;
  }
}

/**
 * The gradient of {@link depthwise} for the filter: dw[p, q, c] = Σ x[…] · dy[i, j, c] over the pixels (i, j).
 * @param fresh 0 to add to `dw`, 1 to overwrite it
 */
export function depthwiseGradient(
  height: i32,
  width: i32,
  channels: i32,
  filterHeight: i32,
  filterWidth: i32,
  x: usize,
  strideY: Bytes,
  strideX: Bytes,
  dilationY: Bytes,
  dilationX: Bytes,
  dy: usize,
  dw: usize,
  fresh: Flag,
): void {
  const pixel = (<usize>channels) << 2;
  if (fresh) memory.fill(dw, 0, <usize>(filterHeight * filterWidth) * pixel);
  for (; height > 0; height--) {
    for (let channel = 0; channel < channels; channel += 4) {
      const at = (<usize>channel) << 2;
      const count = channels - channel;
      let line = x + at;
      let to = dw + at;
      for (let p = filterHeight; p > 0; p--) {
        let now = line;
        let q = filterWidth;
        // prettier-ignore
        for (; q > 2; q -= 3) {
          places<u32>(width, now, strideX, dilationX, dy + at, pixel, to, count);
          now += 3 * dilationX;
          to += 3 * pixel;
        }
        if (q == 2) places<u16>(width, now, strideX, dilationX, dy + at, pixel, to, count);
        else if (q == 1) places<u8>(width, now, strideX, dilationX, dy + at, pixel, to, count);
        to += <usize>q * pixel;
        line += dilationY;
      }
    }
    x += strideY;
    dy += <usize>width * pixel;
  }
}

/**
 * Adds the part of a row of y and of at most 4 channels to the gradient of some neighbouring places of the filter.
 * @typeParam Q number of places: u8 for 1, u16 for 2, u32 for 3
 */
function places<Q>(
  width: i32,
  x: usize,
  strideX: Bytes,
  dilationX: Bytes,
  dy: usize,
  pixel: Bytes,
  dw: usize,
  channels: i32,
): void {
  const zero = v128.splat<f32>(0);
  let even0 = zero;
  let even1 = zero;
  let even2 = zero;
  let odd0 = zero;
  let odd1 = zero;
  let odd2 = zero;
  // Each place has two sums, since an addition to a single sum would wait for the one before.
  for (; width > 1; width -= 2) {
    let gradient = v128.load(dy);
    even0 = madd(v128.load(x), gradient, even0);
    if (sizeof<Q>() > 1) even1 = madd(v128.load(x + dilationX), gradient, even1);
    if (sizeof<Q>() > 2) even2 = madd(v128.load(x + 2 * dilationX), gradient, even2);
    x += strideX;
    gradient = v128.load(dy + pixel);
    odd0 = madd(v128.load(x), gradient, odd0);
    if (sizeof<Q>() > 1) odd1 = madd(v128.load(x + dilationX), gradient, odd1);
    if (sizeof<Q>() > 2) odd2 = madd(v128.load(x + 2 * dilationX), gradient, odd2);
    x += strideX;
    dy += 2 * pixel;
  }
  if (width > 0) {
    const gradient = v128.load(dy);
    even0 = madd(v128.load(x), gradient, even0);
    if (sizeof<Q>() > 1) even1 = madd(v128.load(x + dilationX), gradient, even1);
    if (sizeof<Q>() > 2) even2 = madd(v128.load(x + 2 * dilationX), gradient, even2);
  }
  add(dw, v128.add<f32>(even0, odd0), channels);
  if (sizeof<Q>() > 1) add(dw + pixel, v128.add<f32>(even1, odd1), channels);
  if (sizeof<Q>() > 2) add(dw + 2 * pixel, v128.add<f32>(even2, odd2), channels);
}

function add(to: usize, x: v128, channels: i32): void {
  put(to, v128.add<f32>(v128.load(to), x), channels);
}

/**
 * Writes each number `times` times. So each channel of an image gets as many copies as it has filters.
 * @param rows, n number of rows, and of numbers in a row
 * @param fromRow, toRow bytes from a row to the next
 */
export function repeatNumbers(
  rows: i32,
  n: i32,
  times: i32,
  from: usize,
  fromRow: Bytes,
  to: usize,
  toRow: Bytes,
): void {
  for (; rows > 0; rows--) {
    let now = to;
    for (let i: usize = 0; i < <usize>n; i++) {
      const value = load<f32>(from + (i << 2));
      for (let j = times; j > 0; j--) {
        store<f32>(now, value);
        now += 4;
      }
    }
    from += fromRow;
    to += toRow;
  }
}

/** The gradient of {@link repeatNumbers}: n sums of `times` neighbouring numbers. */
export function sumRepeated(n: i32, times: i32, from: usize, to: usize): void {
  for (; n > 0; n--) {
    let sum: f32 = 0;
    for (let j = times; j > 0; j--) {
      sum += load<f32>(from);
      from += 4;
    }
    store<f32>(to, sum);
    to += 4;
  }
}
