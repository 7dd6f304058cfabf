/**
 * Measures how time and memory grow with members, batch, samples and threads: `npm run bench:scale`. Each measurement is a separate process.
 */
import { execFile } from 'node:child_process';
import { cpus, availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchResult } from './measure.js';

const BENCH = fileURLToPath(new URL('./bench.ts', import.meta.url));

async function bench(flags: Readonly<Record<string, number>>): Promise<BenchResult> {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', BENCH, ...args]);
  return JSON.parse(stdout.split('\n').find((line) => line.startsWith('{')) ?? '{}') as BenchResult;
}

/** Slope of the least-squares line. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([px]) => px)), mean(points.map(([, py]) => py))];
  const covariance = points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0);
  return covariance / points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
}

/** The exponent e of the power law time = c · size^e that fits best. */
function exponent(points: readonly (readonly [size: number, time: number])[]): string {
  return slope(points.map(([size, time]) => [Math.log(size), Math.log(time)])).toFixed(2);
}

const [cpu] = cpus();
console.log(`${availableParallelism()} cores of ${cpu?.model ?? 'an unknown CPU'}; Node.js ${process.versions.node}`);

const members: BenchResult[] = [];
for (const count of [1, 2, 4, 8, 16]) members.push(await bench({ members: count, samples: 3200 }));
console.log('\nmembers, batches of 64');
console.table(members.map(row));
const perMember = slope(members.map((result) => [result.members, result.peakRssBytes / 2 ** 20]));
console.log(`time a step grows as members^${exponent(members.map((result) => [result.members, result.msPerStep]))}`);
console.log(`memory grows by ${perMember.toFixed(1)} MB a member`);

const batches: BenchResult[] = [];
for (const size of [16, 64, 256, 1024]) batches.push(await bench({ 'batch-size': size, samples: 4096 }));
console.log('\nbatch size, 3 members');
console.table(batches.map(row));
console.log(`time a step grows as batch^${exponent(batches.map((result) => [result.batchSize, result.msPerStep]))}`);

const samples: BenchResult[] = [];
for (const count of [3200, 12_800, 51_200]) samples.push(await bench({ samples: count, epochs: 2 }));
const epoch = ({ samples: count, samplesPerSecond }: BenchResult): number => count / samplesPerSecond;
console.log(`\ntime an epoch grows as samples^${exponent(samples.map((result) => [result.samples, epoch(result)]))}`);

const long = await bench({ 'batch-size': 16, samples: 40_000, epochs: 5 });
console.log(`memory grows by ${(long.rssGrowthBytes / 2 ** 20).toFixed(1)} MB in 10,000 steps after the first 5,000`);

const threads: { members: number; '1 thread': number; '2 threads': number; ratio: number; syncShare: number }[] = [];
for (const count of [1, 2, 3, 4, 5]) {
  const one = await bench({ members: count, threads: 1, samples: 12_800 });
  const two = await bench({ members: count, threads: 2, samples: 12_800 });
  threads.push({
    members: count,
    '1 thread': round(one.msPerStep),
    '2 threads': round(two.msPerStep),
    ratio: round(one.msPerStep / two.msPerStep),
    syncShare: round(two.syncShare),
  });
}
console.log('\nms a step with one thread and with two');
console.table(threads);

function row(result: BenchResult) {
  return {
    members: result.members,
    batchSize: result.batchSize,
    threads: result.threads,
    msPerStep: round(result.msPerStep),
    syncShare: round(result.syncShare),
    'peak RSS, MB': Math.round(result.peakRssBytes / 2 ** 20),
  };
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
