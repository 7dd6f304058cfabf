/** Formats of numbers for people. Tables, axes and tooltips use the same formats. */

/** `0.9859`, `−0.0012`, `12,345.7`; `3.1e-5` if four digits would show 0. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return minus(value.toLocaleString('en', { maximumFractionDigits: 1 }));
  return minus(size > 0 && size < 0.00005 ? value.toExponential(1) : value.toFixed(4));
}

/** A difference with its sign: `+0.0012`. */
export function formatDifference(value: number): string {
  return `${value > 0 ? '+' : ''}${formatNumber(value)}`;
}

/** `0.53 %` */
export function formatShare(value: number): string {
  return `${(value * 100).toFixed(value >= 0.1 ? 1 : 2)} %`;
}

/** `5.71 ms`, `57.1 ms`, `571 ms` */
export function formatMs(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
}

/** `48.2 s`, `12 min 5 s`, `1 h 20 min` */
export function formatDuration(ms: number): string {
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `412 MiB`, `1.2 GiB` */
export function formatBytes(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1000 ? `${mebibytes.toFixed(0)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}

/** `2026-11-24 22:13 UTC`, from a time in ISO 8601. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.valueOf()) ? iso : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Replaces the hyphen by a minus sign, which is as wide as a plus sign. */
function minus(text: string): string {
  return text.startsWith('-') ? `−${text.slice(1)}` : text;
}
