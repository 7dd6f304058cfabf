import { EnsembleError } from '../errors.js';
import type { SharedMember } from '../protocol/thread.js';
import { quoted } from '../text/names.js';
import type { EngineDefinition } from './definition.js';
import { whyNoGradient } from './tfjs/tensorflow/dilation.js';
import { findTfjsNode, MISSING } from './tfjs/tensorflow/installation.js';
import { countShards, programEnd, whyNotWasm } from './wasm/planning.js';
import { trainingMs, whyLarge } from './work.js';

/** How many times longer a step takes with TensorFlow.js's WebAssembly backend than with the kernels of the engine `wasm` (README). */
const TFJS_FACTOR = 8;

/** Every engine of this package, one row each. `auto` takes the first engine that can run a member, unless it prefers a later one. */
const builtIn = [
  {
    name: 'wasm',
    summary: "This project's own SIMD kernels. Threads that wait take parts of other members' work.",
    whyMissing: () => null,
    whyNot: whyNotWasm,
    whyPreferred: () => null,
    sharesWork: { parts: countShards, bytes: (member) => programEnd({ ...member, base: 0 }) },
    loadsAlone: false,
    needsBackend: null,
    cost: trainingMs,
    load: async ({ simd }) => (await import('./wasm/index.js')).createWasmEngine(simd),
  },
  {
    name: 'tensorflow',
    summary: "TensorFlow's native library in the worker threads, through tfjs-node.",
    whyMissing: () => (findTfjsNode() === null ? MISSING : null),
    whyNot: ({ topology }) => whyNoGradient(topology),
    whyPreferred: whyLarge,
    sharesWork: null,
    loadsAlone: true,
    needsBackend: 'tensorflow',
    prepareProcess: async (threads) => {
      (await import('./tfjs/tensorflow/tfjsNode.js')).prepareProcess(threads);
    },
    cost: trainingMs,
    load: async ({ hasCustomLayers }) =>
      (await import('./tfjs/index.js')).createTfjsEngine('tensorflow', !hasCustomLayers),
  },
  {
    name: 'tfjs',
    summary: "TensorFlow.js's WebAssembly backend, with the gradient kernels that it lacks.",
    whyMissing: () => null,
    whyNot: () => null,
    whyPreferred: () => null,
    sharesWork: null,
    loadsAlone: false,
    needsBackend: 'wasm',
    cost: (member, batchSize) => TFJS_FACTOR * trainingMs(member, batchSize),
    load: async ({ hasCustomLayers }) => (await import('./tfjs/index.js')).createTfjsEngine('tfjs', !hasCustomLayers),
  },
] as const satisfies readonly EngineDefinition[];

/** The name of an engine of this package. */
export type EngineName = (typeof builtIn)[number]['name'];

/** Engines by name. Types, YAML, the command's choices and messages get the names from the catalogue. */
export class EngineCatalog<Name extends string = string> {
  /** @param engines the engines in the order in which `auto` tries them */
  constructor(readonly engines: readonly EngineDefinition<Name>[]) {}

  get names(): Name[] {
    return this.engines.map(({ name }) => name);
  }

  get(name: string): EngineDefinition<Name> {
    const engine = this.engines.find((other) => other.name === name);
    if (engine === undefined) throw new Error(`Expected one of the engines ${quoted(this.names)}. Received: ${name}`);
    return engine;
  }

  /** The engines of the members, each once, in the order of the catalogue. */
  usedBy(members: Readonly<Record<string, string>>): EngineDefinition<Name>[] {
    const used = new Set(Object.values(members));
    return this.engines.filter(({ name }) => used.has(name));
  }

  /**
   * Bytes of shared memory that a member needs; null if its engine does not share work.
   * @throws EnsembleError `ENGINE_UNAVAILABLE` naming the layer that the engine can't run, and the engines that can run it
   */
  bytesOf(member: Omit<SharedMember, 'memory'>): number | null {
    const engine = this.get(member.engine);
    try {
      return engine.sharesWork?.bytes(member) ?? null;
    } catch (cause) {
      // `whyNot` is only called after an error, because it compiles the member a second time.
      const reason = engine.whyNot(member.plan);
      if (reason === null) throw cause;
      const others = this.recommend('; use ', (other) => other.whyNot(member.plan) === null);
      const message = `The engine "${engine.name}" can't run member "${member.plan.name}": ${reason}${others}.`;
      throw new EnsembleError('ENGINE_UNAVAILABLE', message, { cause });
    }
  }

  /**
   * The end of a message that recommends installed engines: `, or use engine "wasm" or "tfjs"`. Empty if no engine is suitable.
   * @param before the text before the recommendation: `, or use `
   */
  recommend(before: string, suits: (engine: EngineDefinition<Name>) => boolean = () => true): string {
    const engines = this.engines.filter((engine) => engine.whyMissing() === null && suits(engine));
    return engines.length === 0 ? '' : `${before}engine ${engines.map(({ name }) => quoted([name])).join(' or ')}`;
  }
}

export const engineCatalog = new EngineCatalog<EngineName>(builtIn);
