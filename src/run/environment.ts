import * as tf from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** Version of this package. */
export function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** The machine and the software of a run. Its time and the last bits of its results depend on them. */
export interface Environment {
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Version of TensorFlow.js. */
  readonly tfjs: string;
}

export function environment(): Environment {
  return {
    node: process.version,
    platform: process.platform,
    arch: process.arch,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    tfjs: tf.version_core,
  };
}

/** The environment as labelled texts. */
export function describeEnvironment(): Record<string, string> {
  const { node, platform, arch, cpu, cores, memoryBytes, tfjs } = environment();
  return {
    'Node.js': node,
    machine: `${cores} ${cores === 1 ? 'core' : 'cores'} of ${cpu}, ${(memoryBytes / 2 ** 30).toFixed(0)} GB`,
    platform: `${platform} ${arch}`,
    'TensorFlow.js': tfjs,
  };
}
