import { describe, expect, expectTypeOf, it } from 'vitest';
import { EngineCatalog, engineCatalog, type EngineName } from '../../../src/engines/catalog.js';
import {
  choicesIn,
  chooseFrom,
  engineChoices,
  explainEngines,
  type EngineChoice,
} from '../../../src/engines/choose.js';
import type { EngineDefinition } from '../../../src/engines/definition.js';
import { createEngine } from '../../../src/engines/index.js';
import { sgd } from '../../../src/train/optimizers/index.js';
import { memberOf, MODEL_KINDS, planOf, type ModelKind } from './plans.js';

/** The catalogue as it is where these engines are not installed. */
function catalogWithout(...names: readonly EngineName[]): EngineCatalog<EngineName> {
  return new EngineCatalog(
    engineCatalog.engines.map((engine) => ({
      ...engine,
      whyMissing: () => (names.includes(engine.name) ? `The engine "${engine.name}" is missing` : null),
    })),
  );
}

const WITHOUT_TENSORFLOW = catalogWithout('tensorflow');
const WITH_TENSORFLOW = catalogWithout();
/** The first installed engine's that needs one. */
const firstBackend = engineCatalog.engines.find(
  (engine) => engine.needsBackend !== null && engine.whyMissing() === null,
)?.needsBackend;

describe.each(engineCatalog.engines.map((engine) => [engine.name, engine] as const))(
  'the row of %s',
  (name, engine) => {
    it('says what the engine is and whether it is installed', () => {
      expect(engine.summary).toMatch(/^[A-Z].*\.$/);
      expect(engine.whyMissing() ?? 'It is there').toMatch(/^[A-Z].*[^.]$/);
      expect(engineCatalog.get(name)).toBe(engine);
    });

    it.each(MODEL_KINDS)('answers for a member that is %s', (kind) => {
      const plan = memberOf(kind);
      const whyNot = engine.whyNot(plan);
      expect(whyNot ?? 'layer "" is fine').toContain('layer "');
      expect(engine.cost(plan, 32)).toBeGreaterThan(0);
      expect(engine.cost(plan, 1)).toBeGreaterThan(engine.cost(plan, 32)); // an update for each sample
      if (engine.sharesWork === null || whyNot !== null) return;
      expect(engine.sharesWork.parts(1)).toBe(1);
      expect(engine.sharesWork.parts(64)).toBeGreaterThan(1);
      const bytes = (batchSize: number, optimizer: ReturnType<typeof sgd> | null): number =>
        engine.sharesWork?.bytes({ plan, engine: name, optimizer, batchSize, logits: false }) ?? 0;
      expect(bytes(64, null)).toBeGreaterThan(bytes(1, null));
      expect(bytes(64, sgd({ momentum: 0.9 }))).toBeGreaterThan(bytes(64, null));
    });

    // A thread computes with one backend of TensorFlow.js: the test's thread starts the first engine that needs one.
    const canStart = engine.whyMissing() === null && [null, firstBackend].includes(engine.needsBackend);
    it.runIf(canStart)('starts the engine', async () => {
      const started = await createEngine(name, 'auto');
      expect(started.name).toBe(name);
      expect(started.help !== undefined).toBe(engine.sharesWork !== null);
      started.close();
    });
  },
);

describe('the catalogue', () => {
  it('has each name once, and is where the names come from', () => {
    expect(new Set(engineCatalog.names).size).toBe(engineCatalog.engines.length);
    expect(engineChoices).toEqual(['auto', ...engineCatalog.names]);
    expectTypeOf<EngineName>().toEqualTypeOf<'wasm' | 'tensorflow' | 'tfjs'>();
    expectTypeOf<EngineChoice>().toEqualTypeOf<EngineName | 'auto'>();
  });

  it('gives the engines in use in its own order, each once', () => {
    const used = engineCatalog.usedBy({ a: 'tfjs', b: 'wasm', c: 'tfjs' });
    expect(used.map(({ name }) => name)).toEqual(['wasm', 'tfjs']);
  });

  it('recommends engines that are installed and suit', () => {
    const recommend = (catalog: EngineCatalog<EngineName>) =>
      catalog.recommend(', or use ', ({ name }) => name !== 'wasm');
    expect(recommend(WITH_TENSORFLOW)).toBe(', or use engine "tensorflow" or "tfjs"');
    expect(recommend(WITHOUT_TENSORFLOW)).toBe(', or use engine "tfjs"');
    expect(WITH_TENSORFLOW.recommend(', or use ', () => false)).toBe('');
  });

  it('refuses a name that it does not have', () => {
    expect(() => engineCatalog.get('jax')).toThrow(
      'Expected one of the engines "wasm", "tensorflow", "tfjs". Received: jax',
    );
  });
});

type Choices = Readonly<Partial<Record<ModelKind, EngineChoice>>>;
type Chosen = Readonly<Partial<Record<ModelKind, EngineName>>>;

describe('auto takes', () => {
  const choose = (catalog: EngineCatalog<EngineName>, choices: Choices): Record<string, EngineName> =>
    chooseFrom(catalog, planOf(...(Object.keys(choices) as ModelKind[])), choices);

  it.each<[string, Choices, Chosen]>([
    [
      'wasm for members that it covers, however large',
      { small: 'auto', large: 'auto' },
      { small: 'wasm', large: 'wasm' },
    ],
    ['tfjs for others', { small: 'auto', recurrent: 'auto' }, { small: 'wasm', recurrent: 'tfjs' }],
    ['what is named where it is', { small: 'tfjs', large: 'auto' }, { small: 'tfjs', large: 'wasm' }],
  ])('without tfjs-node %s', (_what, choices, chosen) => {
    expect(choose(WITHOUT_TENSORFLOW, choices)).toEqual(chosen);
  });

  it.each<[string, Choices, Chosen]>([
    ['wasm for a small member', { small: 'auto' }, { small: 'wasm' }],
    ['tensorflow for a large one', { small: 'auto', large: 'auto' }, { small: 'wasm', large: 'tensorflow' }],
    ['wasm for one that is large by its many weights', { wide: 'auto' }, { wide: 'wasm' }],
    ['wasm for a large one that tensorflow can not train', { dilated: 'auto' }, { dilated: 'wasm' }],
    ['tensorflow for one that wasm does not cover', { recurrent: 'auto' }, { recurrent: 'tensorflow' }],
    [
      'tfjs for all if it alone covers one of them: TensorFlow.js has one backend',
      { large: 'auto', recurrent: 'auto', dilatedAndConstrained: 'auto' },
      { large: 'wasm', recurrent: 'tfjs', dilatedAndConstrained: 'tfjs' },
    ],
    [
      'tfjs where it is named for another member',
      { small: 'tfjs', large: 'auto', recurrent: 'auto' },
      { small: 'tfjs', large: 'wasm', recurrent: 'tfjs' },
    ],
    [
      'tensorflow where it is named for another member',
      { small: 'tensorflow', large: 'auto', recurrent: 'auto' },
      { small: 'tensorflow', large: 'tensorflow', recurrent: 'tensorflow' },
    ],
    [
      'no notice of members that have a name of their own',
      { recurrent: 'auto', dilatedAndConstrained: 'tensorflow' },
      { recurrent: 'tensorflow', dilatedAndConstrained: 'tensorflow' },
    ],
  ])('with tfjs-node %s', (_what, choices, chosen) => {
    expect(choose(WITH_TENSORFLOW, choices)).toEqual(chosen);
  });

  it('an engine for all members as for each', () => {
    const plan = planOf('small', 'large');
    expect(chooseFrom(WITH_TENSORFLOW, plan, 'auto')).toEqual({ small: 'wasm', large: 'tensorflow' });
    expect(chooseFrom(WITH_TENSORFLOW, plan, 'tfjs')).toEqual({ small: 'tfjs', large: 'tfjs' });
    expect(chooseFrom(WITH_TENSORFLOW, plan, { large: 'wasm' })).toEqual({ small: 'wasm', large: 'wasm' });
  });

  it('none that is not installed, and says what to do instead', () => {
    expect(() => chooseFrom(WITHOUT_TENSORFLOW, planOf('small'), 'tensorflow')).toThrow(
      expect.objectContaining({
        code: 'ENGINE_UNAVAILABLE',
        message: 'The engine "tensorflow" is missing, or use engine "wasm" or "tfjs".',
      }),
    );
  });

  it('none at all where none can run a member, and says why', () => {
    const catalog = new EngineCatalog([engineCatalog.get('wasm')]);
    expect(() => chooseFrom(catalog, planOf('recurrent'), 'auto')).toThrow(
      expect.objectContaining({
        code: 'ENGINE_UNAVAILABLE',
        message: expect.stringMatching(/No engine can run member "recurrent".*"wasm": layer "\S+" is a LSTM/) as string,
      }),
    );
  });

  it('a reason for what it does not run on the first engine', () => {
    const plan = planOf('small', 'large', 'recurrent');
    expect(explainEngines(plan, { small: 'tfjs', large: 'wasm', recurrent: 'tfjs' })).toEqual({
      recurrent: expect.stringMatching(/^layer "\S+" is a LSTM$/) as string,
    });
    expect(explainEngines(plan, { small: 'wasm', large: 'tensorflow', recurrent: 'tensorflow' })).toEqual({
      large: 'large: 40 million multiply-adds a sample',
      recurrent: expect.stringMatching(/^layer "\S+" is a LSTM$/) as string,
    });
  });
});

describe('a row that is added', () => {
  const native: EngineDefinition<'native'> = {
    ...engineCatalog.get('wasm'),
    name: 'native',
    whyPreferred: ({ name }) => (name === 'large' ? 'large' : null),
  };
  const catalog = new EngineCatalog<EngineName | 'native'>([...WITHOUT_TENSORFLOW.engines, native]);

  it('is a choice, is named by messages, and is recommended', () => {
    expect(choicesIn(catalog)).toEqual([...engineChoices, 'native']);
    expect(() => chooseFrom(catalog, planOf('small'), 'jax' as 'native')).toThrow(
      'Expected `engine` to be one of "auto", "wasm", "tensorflow", "tfjs", "native". Received: "jax"',
    );
    expect(() => chooseFrom(catalog, planOf('small'), 'tensorflow')).toThrow('use engine "wasm" or "tfjs" or "native"');
  });

  it('is taken where it is named, and by auto for members that it is preferred for', () => {
    expect(chooseFrom(catalog, planOf('small', 'large'), 'auto')).toEqual({ small: 'wasm', large: 'native' });
    expect(chooseFrom(catalog, planOf('small'), 'native')).toEqual({ small: 'native' });
  });

  it('shares the one backend of TensorFlow.js', () => {
    const other = new EngineCatalog<EngineName | 'native'>([
      ...WITHOUT_TENSORFLOW.engines,
      { ...native, needsBackend: 'cpu' },
    ]);
    const named: Record<string, EngineName | 'native'> = { small: 'tfjs', large: 'native' };
    expect(() => chooseFrom(other, planOf('small', 'large'), named)).toThrow(
      'Expected `engine` not to name both "tfjs" and "native"',
    );
  });
});
