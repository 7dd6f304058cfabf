import { EnsembleError } from '../errors.js';
import type { SharedMember } from '../protocol/thread.js';
import { quoted } from '../text/names.js';
import type { EngineDefinition } from './definition.js';
import { whyNoGradient } from './tfjs/tensorflow/dilation.js';
import { findTfjsNode, MISSING } from './tfjs/tensorflow/installation.js';
import { countShards, programEnd, whyNotWasm } from './wasm/planning.js';
import { trainingMs, whyLarge } from './work.js';

/** How many times longer TensorFlow.js takes on its WebAssembly backend than our kernels (README). */
const TFJS_FACTOR = 8;

/** Every engine of this package, one row each. `auto` takes the first one that can run a member, unless it prefers a later one. */
const builtIn = [
  {
    name: 'wasm',
    summary: "This project's own SIMD kernels; threads that wait take parts of other members' work.",
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
    summary: "TensorFlow's own library in the worker threads, by way of tfjs-node.",
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
    summary: "TensorFlow.js's WebAssembly backend, completed with the gradient kernels that it lacks.",
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

/** What computes a member's steps in its thread. */
export type EngineName = (typeof builtIn)[number]['name'];

/** Engines by name. It owns their names: types, YAML, the command's choices and messages come from here. */
export class EngineCatalog<Name extends string = string> {
  /** @param engines in the order in which `auto` tries them */
  constructor(readonly engines: readonly EngineDefinition<Name>[]) {}

  get names(): Name[] {
    return this.engines.map(({ name }) => name);
  }

  get(name: string): EngineDefinition<Name> {
    const engine = this.engines.find((other) => other.name === name);
    if (engine === undefined) throw new Error(`Expected one of the engines ${quoted(this.names)}. Received: ${name}`);
    return engine;
  }

  /** The engines that members run on, each once, in the order of the catalogue. */
  usedBy(members: Readonly<Record<string, string>>): EngineDefinition<Name>[] {
    const used = new Set(Object.values(members));
    return this.engines.filter(({ name }) => used.has(name));
  }

  /**
   * Bytes of shared memory that a member needs; null where its engine does not share work.
   * @throws EnsembleError `ENGINE_UNAVAILABLE` naming the layer that the engine can't run, and engines that can
   */
  bytesOf(member: Omit<SharedMember, 'memory'>): number | null {
    const engine = this.get(member.engine);
    try {
      return engine.sharesWork?.bytes(member) ?? null;
    } catch (cause) {
      // Not asked before: the engine would lay out the member once more for the answer.
      const reason = engine.whyNot(member.plan);
      if (reason === null) throw cause;
      const others = this.recommend('; use ', (other) => other.whyNot(member.plan) === null);
      const message = `The engine "${engine.name}" can't run member "${member.plan.name}": ${reason}${others}.`;
      throw new EnsembleError('ENGINE_UNAVAILABLE', message, { cause });
    }
  }

  /**
   * The end of a message that recommends installed engines: `, or use engine "wasm" or "tfjs"`. Empty where none suits.
   * @param before the recommendation: `, or use `
   */
  recommend(before: string, suits: (engine: EngineDefinition<Name>) => boolean = () => true): string {
    const engines = this.engines.filter((engine) => engine.whyMissing() === null && suits(engine));
    return engines.length === 0 ? '' : `${before}engine ${engines.map(({ name }) => quoted([name])).join(' or ')}`;
  }
}

export const engineCatalog = new EngineCatalog<EngineName>(builtIn);
