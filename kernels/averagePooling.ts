import { Flag } from './types';

/**
 * The mean of each window, channel by channel, over the places of the window that lie in the image, as in TensorFlow.
 * @param x pixels of `channels` floats, without gaps; so is y
 * @param top, left rows and columns of padding before the image
 */
export function averagePool(
  x: usize,
  y: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  poolHeight: i32,
  poolWidth: i32,
  strideY: i32,
  strideX: i32,
  top: i32,
  left: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const row = <usize>width * pixel;
  for (let oy = 0; oy < outHeight; oy++) {
    const fromY = max(oy * strideY - top, 0);
    const toY = min(oy * strideY - top + poolHeight, height);
    for (let ox = 0; ox < outWidth; ox++) {
      const fromX = max(ox * strideX - left, 0);
      const toX = min(ox * strideX - left + poolWidth, width);
      const part = <f32>1 / <f32>((toY - fromY) * (toX - fromX));
      let window = x + <usize>fromY * row + <usize>fromX * pixel;
      let channel = 0;
      for (; channel + 4 <= channels; channel += 4) {
        let sum = v128.splat<f32>(0);
        let line = window;
        for (let yy = fromY; yy < toY; yy++) {
          let now = line;
          for (let xx = fromX; xx < toX; xx++) {
            sum = v128.add<f32>(sum, v128.load(now));
            now += pixel;
          }
          line += row;
        }
        v128.store(y, v128.mul<f32>(sum, v128.splat<f32>(part)));
        window += 16;
        y += 16;
      }
      for (; channel < channels; channel++) {
        let sum: f32 = 0;
        let line = window;
        for (let yy = fromY; yy < toY; yy++) {
          let now = line;
          for (let xx = fromX; xx < toX; xx++) {
            sum += load<f32>(now);
            now += pixel;
          }
          line += row;
        }
        store<f32>(y, sum * part);
        window += 4;
        y += 4;
      }
    }
  }
}

/**
 * The gradient of {@link averagePool}: each place of a window gets an equal part of the window's gradient.
 * @param accumulate 0 if each place lies in exactly one window. Otherwise 1, and the caller has filled `dx` with zeros
 */
export function averagePoolGradient(
  dy: usize,
  dx: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  poolHeight: i32,
  poolWidth: i32,
  strideY: i32,
  strideX: i32,
  top: i32,
  left: i32,
  accumulate: Flag,
): void {
  const pixel = (<usize>channels) << 2;
  const row = <usize>width * pixel;
  for (let oy = 0; oy < outHeight; oy++) {
    const fromY = max(oy * strideY - top, 0);
    const toY = min(oy * strideY - top + poolHeight, height);
    for (let ox = 0; ox < outWidth; ox++) {
      const fromX = max(ox * strideX - left, 0);
      const toX = min(ox * strideX - left + poolWidth, width);
      const part = <f32>1 / <f32>((toY - fromY) * (toX - fromX));
      let window = dx + <usize>fromY * row + <usize>fromX * pixel;
      let channel = 0;
      for (; channel + 4 <= channels; channel += 4) {
        const gradient = v128.mul<f32>(v128.load(dy), v128.splat<f32>(part));
        let line = window;
        for (let yy = fromY; yy < toY; yy++) {
          let now = line;
          for (let xx = fromX; xx < toX; xx++) {
            v128.store(now, accumulate ? v128.add<f32>(v128.load(now), gradient) : gradient);
            now += pixel;
          }
          line += row;
        }
        window += 16;
        dy += 16;
      }
      for (; channel < channels; channel++) {
        const gradient = load<f32>(dy) * part;
        let line = window;
        for (let yy = fromY; yy < toY; yy++) {
          let now = line;
          for (let xx = fromX; xx < toX; xx++) {
            store<f32>(now, accumulate ? load<f32>(now) + gradient : gradient);
            now += pixel;
          }
          line += row;
        }
        window += 4;
        dy += 4;
      }
    }
  }
}
