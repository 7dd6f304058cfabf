import type { FailedRun, FinishedRun, Interval, ReportData, ReportRun, ReportVariant } from '../../src/report/data.js';

/** Reports as experiments would give them, made of a formula and a fixed noise. */

const MEMBERS = ['cnn1', 'cnn2', 'cnn3'];
const CLASSES = 10;
const METRICS = ['test_combined_accuracy', 'test_cnn3_accuracy', 'test_combined_loss', 'test_cnn3_loss', 'test_loss'];

interface Trait {
  readonly name: string;
  readonly changes: Readonly<Record<string, unknown>>;
  /** Error that is left in the end. */
  readonly error: number;
  readonly ms: number;
}

const BASE: Trait = { name: 'base', changes: {}, error: 0.0145, ms: 48_000 };
const TRAITS: readonly Trait[] = [
  BASE,
  { name: 'no-dropout', changes: { 'nets.cnn.2.dropout.rate': 0 }, error: 0.0168, ms: 44_000 },
  { name: 'wide', changes: { 'nets.cnn.0.conv2d.filters': 50 }, error: 0.0121, ms: 83_000 },
  { name: 'slow-adam', changes: { 'compile.optimizer.adam.learningRate': 0.0003 }, error: 0.0182, ms: 48_500 },
  {
    name: 'batch-256',
    changes: { 'fit.batchSize': 256, 'compile.optimizer.adam.learningRate': 0.002 },
    error: 0.0151,
    ms: 36_000,
  },
  {
    name: 'five-members',
    changes: { 'outputs.combined.mean': ['cnn1', 'cnn2', 'cnn4', 'cnn5'] },
    error: 0.0118,
    ms: 79_000,
  },
];

export interface Size {
  readonly variants?: number;
  readonly seeds?: number;
  readonly epochs?: number;
  /** Instead of the variants' own names. */
  readonly nameOf?: (variant: number) => string;
}

/** A series of runs; the last variant's last run failed. */
export function comparison({ variants = 6, seeds = 3, epochs = 10, nameOf }: Size = {}): ReportData {
  const random = noise();
  const traits = Array.from({ length: variants }, (_, v): Trait => {
    const trait = TRAITS[v % TRAITS.length] ?? BASE;
    const round = Math.floor(v / TRAITS.length);
    return {
      ...trait,
      name: nameOf?.(v) ?? (round === 0 ? trait.name : `${trait.name}-${round + 1}`),
      error: trait.error * (1 + 0.06 * round),
    };
  });
  const runs = traits.map((trait, v) =>
    Array.from({ length: seeds }, (_, s) =>
      v === variants - 1 && s === seeds - 1 ? failedRun(s + 1) : finishedRun(trait, s + 1, epochs, random),
    ),
  );
  const [baseline = []] = runs;
  return {
    title: 'Which change helps mean-and-direct',
    version: '0.1.0',
    created: '2026-11-24T22:13:10.000Z',
    command: 'npx tfjs-ensemble experiment experiments/which-change-helps.yaml',
    environment: ENVIRONMENT,
    wallMs: 1_073_000,
    metrics: METRICS,
    lowerIsBetter: METRICS.filter((name) => name.endsWith('loss')),
    variants: traits.map((trait, v) => variantOf(trait, runs[v] ?? [], v === 0 ? null : baseline)),
  };
}

/** A series of runs of which the second variant's came to their end, but not to a number. */
export function diverged(): ReportData {
  const { variants, ...rest } = comparison({ variants: 3 });
  const nothing = (record: Readonly<Record<string, unknown>>): Record<string, number> =>
    Object.fromEntries(Object.keys(record).map((name) => [name, NaN]));
  const intervalsOf = (record: Readonly<Record<string, unknown>>): Record<string, Interval> =>
    Object.fromEntries(Object.keys(record).map((name) => [name, { n: 3, mean: NaN, low: NaN, high: NaN }]));
  const runOf = (run: ReportRun): ReportRun =>
    run.status === 'failed'
      ? run
      : {
          ...run,
          metrics: nothing(run.metrics),
          history: Object.fromEntries(
            Object.entries(run.history).map(([name, values]) => [name, values.map(() => NaN)]),
          ),
        };
  return {
    ...rest,
    variants: variants.map((variant, v) =>
      v !== 1
        ? variant
        : {
            ...variant,
            runs: variant.runs.map(runOf),
            metrics: intervalsOf(variant.metrics),
            compared: intervalsOf(variant.compared),
          },
    ),
  };
}

/** What `train` leaves of its one run. */
export function singleRun(): ReportData {
  const {
    variants: [base],
    ...rest
  } = comparison({ variants: 2, seeds: 1 });
  const [run] = base?.runs ?? [];
  return {
    ...rest,
    title: 'mean-and-direct',
    command: 'npx tfjs-ensemble train --config config.yaml --seed 1',
    wallMs: run?.status === 'finished' ? run.wallMs : 0,
    variants: base === undefined ? [] : [{ ...base, name: 'mean-and-direct' }],
  };
}

const ENVIRONMENT = {
  'Node.js': 'v22.12.0, linux x64',
  CPU: 'Intel(R) Xeon(R) Processor @ 2.70GHz',
  Cores: '2',
  Memory: '24 GiB',
  Kernels: 'wasm relaxed simd',
};

function variantOf(
  { name, changes }: Trait,
  runs: ReportVariant['runs'],
  baseline: ReportVariant['runs'] | null,
): ReportVariant {
  return {
    name,
    isBaseline: baseline === null,
    changes,
    config: CONFIG.replace('NAME', name),
    command: `npx tfjs-ensemble train --config runs/which-change-helps/${name}/seed-1/config.yaml --out again`,
    runs,
    metrics: intervals(METRICS.map((metric) => [metric, valuesOf(runs, metric)])),
    compared:
      baseline === null
        ? {}
        : intervals(
            METRICS.map((metric) => {
              const base = valuesOf(baseline, metric);
              return [metric, valuesOf(runs, metric).map((value, i) => value - (base[i] ?? NaN))];
            }),
          ),
  };
}

function failedRun(seed: number): FailedRun {
  const error =
    'NOT_FINITE: The loss of output "combined" is no longer finite in epoch 4, step 213.\n' +
    'A smaller learning rate helps where weights grew without bound.';
  return { seed, status: 'failed', error };
}

function finishedRun({ error, ms }: Trait, seed: number, epochs: number, random: () => number): FinishedRun {
  const members = Object.fromEntries(
    MEMBERS.map((member) => {
      const own = error * (1.25 + 0.3 * random());
      return [member, { loss: own * 3.1, accuracy: 1 - own }];
    }),
  );
  const combined = error * (0.93 + 0.14 * random());
  const third = 1 - (members['cnn3']?.accuracy ?? 0);
  const curve = (last: number, pass: number): number[] =>
    Array.from(
      { length: epochs },
      (_, e) => last * (1 + pass * Math.exp((-4.2 * e) / epochs)) * (0.98 + 0.04 * random()),
    );
  const history: Record<string, number[]> = {};
  for (const [output, last] of [
    ['combined', combined],
    ['cnn3', third],
  ] as const) {
    const train = curve(last * 0.8, 6);
    const validation = curve(last, 2);
    history[`${output}_loss`] = train.map((value) => value * 3.2);
    history[`${output}_accuracy`] = train.map((value) => 1 - value);
    history[`val_${output}_loss`] = validation.map((value) => value * 3.2);
    history[`val_${output}_accuracy`] = validation.map((value) => 1 - value);
  }
  for (const pass of ['', 'val_']) {
    const third = history[`${pass}cnn3_loss`] ?? [];
    history[`${pass}loss`] = (history[`${pass}combined_loss`] ?? []).map((value, e) => value + (third[e] ?? 0));
  }
  const wallMs = ms * (0.97 + 0.06 * random()) * (epochs / 10);
  return {
    seed,
    status: 'finished',
    history,
    metrics: {
      test_combined_accuracy: 1 - combined,
      test_cnn3_accuracy: 1 - third,
      test_combined_loss: combined * 3.1,
      test_cnn3_loss: third * 3.1,
      test_loss: (combined + third) * 3.1,
    },
    members,
    confusion: { combined: confusion(combined, random), cnn3: confusion(third, random) },
    msPerStep: wallMs / (844 * epochs),
    wallMs,
    peakRssBytes: 400e6 + 30e6 * random(),
  };
}

/** About a thousand samples of each class; mistakes prefer some classes. */
function confusion(error: number, random: () => number): number[][] {
  return Array.from({ length: CLASSES }, (_, actual) => {
    const row = Array.from({ length: CLASSES }, (_, predicted) =>
      actual === predicted ? 0 : Math.round(1000 * error * 0.9 * random() ** 6),
    );
    row[actual] = 900 + Math.round(200 * random()) - row.reduce((sum, count) => sum + count, 0);
    return row;
  });
}

function valuesOf(runs: ReportVariant['runs'], metric: string): number[] {
  return runs.flatMap((run) => (run.status === 'finished' ? [run.metrics[metric] ?? NaN] : []));
}

function intervals(all: readonly (readonly [metric: string, values: readonly number[]])[]): Record<string, Interval> {
  return Object.fromEntries(
    all.filter(([, values]) => values.length > 0).map(([metric, values]) => [metric, interval(values)]),
  );
}

/** t(0.975, n − 1) for n = 2, 3, …; beyond, near enough for a drawing. */
const T = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

function interval(values: readonly number[]): Interval {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { n, mean, low: null, high: null };
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const half = ((T[n - 2] ?? 2) * deviation) / Math.sqrt(n);
  return { n, mean, low: mean - half, high: mean + half };
}

/** mulberry32: uniform in [0, 1), the same in every run. */
function noise(): () => number {
  let state = 20_261_124;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const CONFIG = `name: NAME
data:
  digits: { mnist: train }
  test: { mnist: test }
nets:
  cnn:
    - conv2d: { filters: 25, kernelSize: 3, padding: same, activation: relu, kernelInitializer: glorotUniform }
    - maxPooling2d: { poolSize: 2 }
    - dropout: { rate: 0.3, name: student_feature1 }
    - flatten: {}
    - dense: { units: 32, activation: relu, name: student_feature2, kernelInitializer: glorotUniform }
    - dense: { units: 10, activation: softmax, kernelInitializer: glorotUniform }
members:
  cnn1: { net: cnn }
  cnn2: { net: cnn }
  cnn3: { net: cnn }
inputs:
  input: { from: digits, shape: [28, 28, 1] }
outputs:
  combined: { mean: [cnn1, cnn2], target: digits }
  cnn3: { direct: cnn3, target: digits }
compile: { optimizer: { adam: { learningRate: 0.001 } }, loss: categoricalCrossentropy, metrics: [accuracy] }
fit: { batchSize: 64, epochs: 10, shuffle: true, validationSplit: 0.1, seed: 1 }
evaluate: { on: test }
`;
