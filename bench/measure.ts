import { adam, Ensemble, mean } from 'tfjs-ensemble';
import { nets, type NetName } from './nets.js';

export interface BenchOptions {
  /** @defaultValue `reference` */
  readonly net?: NetName;
  readonly members: number;
  readonly batchSize: number;
  readonly samples: number;
  /** Number of timed epochs. One epoch before them is not timed. */
  readonly epochs: number;
  readonly engine: 'auto' | 'wasm' | 'tensorflow' | 'tfjs';
  /** @defaultValue `auto` */
  readonly threads?: number;
}

export interface BenchResult {
  /** Name of the engine and its kernel build. */
  readonly engine: string;
  readonly members: number;
  readonly batchSize: number;
  readonly samples: number;
  readonly threads: number;
  readonly node: string;
  /** Milliseconds per step of the median epoch. */
  readonly msPerStep: number;
  readonly samplesPerSecond: number;
  /** 1 − (busy time of all threads) / (threads · wall time), over all epochs, including the first one. */
  readonly syncShare: number;
  readonly peakRssBytes: number;
  /** Resident memory at the end of the last epoch minus resident memory at the end of the first timed epoch. */
  readonly rssGrowthBytes: number;
}

/** Times whole epochs of an ensemble whose members have the same layers. */
export async function measure(options: BenchOptions): Promise<BenchResult> {
  const { net = 'reference', members, batchSize, samples, epochs, engine, threads } = options;
  const names = Array.from({ length: members }, (_, i) => `cnn${i + 1}`);
  const { build, data } = nets[net];
  const { x, y } = await data(samples);
  await using ensemble = new Ensemble({
    members: Object.fromEntries(names.map((name) => [name, { model: build(name) }])),
    outputs: { combined: mean(names) },
  });
  ensemble.compile({ optimizer: adam({ learningRate: 1e-3 }), loss: 'categoricalCrossentropy' });
  const common = { batchSize, seed: 1, engine, ...(threads === undefined ? {} : { threads }) };
  const times: number[] = [];
  const residents: number[] = [];
  let started = 0;
  const clock = {
    onEpochBegin() {
      started = performance.now();
    },
    onEpochEnd() {
      times.push(performance.now() - started);
      residents.push(process.memoryUsage.rss());
    },
  };
  const { run } = await ensemble.fit(x, { combined: y }, { ...common, epochs: epochs + 1, callbacks: [clock] });
  const wallMs = median(times.slice(1));
  return {
    engine: run.builds.join(', '),
    members,
    batchSize,
    samples,
    threads: run.threads,
    node: process.versions.node,
    msPerStep: wallMs / Math.ceil(samples / batchSize),
    samplesPerSecond: (samples / wallMs) * 1000,
    syncShare: run.syncShare,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    rssGrowthBytes: (residents.at(-1) ?? 0) - (residents[1] ?? 0),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
