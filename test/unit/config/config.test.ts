import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { overrideConfig, parseConfig, readConfig } from '../../../src/config/config.js';
import { buildNet } from '../../../src/config/nets.js';
import { readSetting, type Setting } from '../../../src/registry/setting.js';
import { optimizerRegistry } from '../../../src/train/optimizers/registry.js';

const folder = new URL('../../../experiments/', import.meta.url);
/** Those of single runs; others are of series of runs. */
const files = readdirSync(folder).filter(
  (file) => !('base' in (parse(readFileSync(new URL(file, folder), 'utf8')) as object)),
);
const text = readFileSync(new URL('mean-and-direct.yaml', folder), 'utf8');

interface Raw {
  [key: string]: Raw & unknown[];
}

/** The default configuration with one change. */
function changed(change: (config: Raw) => void): string {
  const config = parse(text) as Raw;
  change(config);
  return stringify(config);
}

describe('a configuration', () => {
  it.each(files)('%s is right', (file) => {
    const config = parseConfig(readFileSync(new URL(file, folder), 'utf8'), file);
    expect(`${config.name}.yaml`).toBe(file);
  });

  it('is told from a series of runs', () => {
    expect(() => parseConfig('base: x.yaml', 'x.yaml')).toThrow('experiment FILE');
  });

  it('is right in docs/configuration.md, too', () => {
    const docs = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
    const [, yaml = ''] = /```yaml\n([^]*?)```/.exec(docs) ?? [];
    expect(parseConfig(yaml, 'docs').name).toBe('digits-and-halves');
  });

  it('has defaults, and is the same when it is written and read again', () => {
    const config = parseConfig(
      changed((raw) => {
        delete raw['fit'];
      }),
      'x.yaml',
    );
    expect(config.fit).toMatchObject({
      batchSize: 32,
      epochs: 1,
      shuffle: true,
      validationSplit: 0,
      seed: 0,
      engine: 'auto',
      simd: 'auto',
      threads: 'auto',
    });
    expect(parseConfig(stringify(config), 'x.yaml')).toEqual(config);
  });

  it('has callbacks only where they are given, as they are written', () => {
    const callbacks = ['csvLogger', { csvLogger: { filename: 'log.csv' } }];
    expect(parseConfig(changed(set('callbacks', callbacks)), 'x.yaml').callbacks).toEqual(callbacks);
    expect(parseConfig(text, 'x.yaml')).not.toHaveProperty('callbacks');
  });

  it('gives way to the command line', () => {
    const config = overrideConfig(parseConfig(text, 'x.yaml'), { epochs: 7, threads: 2, samples: 99, seed: 5 });
    expect(config.fit).toMatchObject({ epochs: 7, batchSize: 64, seed: 5, threads: 2 });
    expect(config.data).toEqual({ digits: { mnist: 'train', limit: 99 }, test: { mnist: 'test' } });
  });

  const set = (path: string, value: unknown) => (config: Raw) => {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const place = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, config);
    place[last] = value;
  };

  it.each<[string, (config: Raw) => void, string[]]>([
    ['an unknown key', set('compile.optimiser', 'adam'), ['compile.optimiser: unknown key; did you mean "optimizer"?']],
    ['an unknown key at the top', set('dataa', {}), ['dataa: unknown key; did you mean "data"?']],
    [
      'an unknown key far from any',
      set('fit.frobnicate', 1),
      ['fit.frobnicate: unknown key; expected one of batchSize, epochs'],
    ],
    [
      'an unknown key of a member',
      set('members.cnn1.nett', 'cnn'),
      ['members.cnn1.nett: unknown key; did you mean "net"?'],
    ],
    [
      'an unknown key of an output',
      set('outputs.combined.meen', ['cnn1']),
      ['outputs.combined.meen: unknown key; did you mean "mean"?'],
    ],
    ['a batch size of 0', set('fit.batchSize', 0), ['fit.batchSize: expected a number >= 1, found 0']],
    ['a number as text', set('fit.epochs', 'ten'), ['fit.epochs: expected', 'found "ten"']],
    ['a missing section', set('inputs', undefined), ['inputs: expected', 'found nothing']],
    ['an unknown split', set('data.digits.mnist', 'trian'), ['data.digits.mnist: ', 'found "trian"']],
    ['an unknown net', set('members.cnn1.net', 'cmn'), ['members.cnn1.net: ', '"cmn"; did you mean "cnn"?']],
    ['an unknown data set', set('inputs.input.from', 'digit'), ['inputs.input.from: ', 'did you mean "digits"?']],
    ['an unknown target', set('outputs.cnn3.target', 'digitz'), ['outputs.cnn3.target: ', 'did you mean "digits"?']],
    ['an unknown member', set('outputs.cnn3.direct', 'cnn4'), ['outputs.cnn3.direct: ', '"cnn4"']],
    ['an unknown input', set('members.cnn1.input', 'inptu'), ['members.cnn1.input: ', 'did you mean "input"?']],
    ['two merges of one output', set('outputs.cnn3.mean', ['cnn1']), ['outputs.cnn3: expected one merge']],
    ['neither net nor model', set('members.cnn1', {}), ['members.cnn1: expected either `net` or `model`']],
    ['an unknown test set', set('evaluate.on', 'tets'), ['evaluate.on: ', 'did you mean "test"?']],
    ['a layer without a name', set('nets.cnn', [{}]), ['nets.cnn[0]: expected one layer']],
    [
      'no classes',
      set('data.digits.classes', []),
      ['data.digits.classes: expected a list that is not empty, found []'],
    ],
    ['a turn by 45', set('data.digits.rotate', 45), ['data.digits.rotate: expected one of 0, 90, 180, 270, found 45']],
    ['a section that is none', set('members', 3), ['members: expected a mapping, found 3']],
    [
      'one loss that is none',
      set('compile.loss', { cnn3: 3 }),
      ['compile.loss.cnn3: expected a text or a mapping, found 3'],
    ],
    [
      'a metric that is none',
      set('compile.metrics', { cnn3: 3 }),
      ['metrics.cnn3: expected a text or a list or a mapping, found 3'],
    ],
    ['threads that are none', set('fit.threads', 'x'), ['fit.threads: expected "auto" or a number, found "x"']],
    ['callbacks that are no list', set('callbacks', 'csvLogger'), ['callbacks: expected a list, found "csvLogger"']],
    [
      'two callbacks in one',
      set('callbacks', [{ csvLogger: {}, other: {} }]),
      ['callbacks[0]: expected one callback, such as { csvLogger: { filename: log.csv } }'],
    ],
    ['a name that is no folder', set('name', '../x'), ['name: expected letters']],
  ])('with %s is refused, with the path and what was meant', (_what, change, parts) => {
    const parsing = () => parseConfig(changed(change), 'x.yaml');
    expect(parsing).toThrow(expect.objectContaining({ code: 'CONFIG' }) as Error);
    for (const part of ['x.yaml', ...parts]) expect(parsing).toThrow(part);
  });

  it('tells all mistakes at once', () => {
    const parsing = () =>
      parseConfig(
        changed((raw) => Object.assign(raw['fit'] ?? {}, { epochs: 0, sed: 1 })),
        'x.yaml',
      );
    expect(parsing).toThrow(/fit\.epochs[\s\S]*fit\.sed: unknown key; did you mean "seed"/);
  });

  it.each([
    ['name: a\nname: b\n', 'unique'],
    ['name: [a\n', 'line'],
    ['name: *unknown\n', 'alias'],
  ])('that is no YAML is refused with the place: %j', (yaml, part) => {
    expect(() => parseConfig(yaml, 'x.yaml')).toThrow(part);
    expect(() => parseConfig(yaml, 'x.yaml')).toThrow(expect.objectContaining({ code: 'CONFIG' }) as Error);
  });

  it.each([
    ['accuracy', ['accuracy']],
    [{ cnn3: 'accuracy' }, { cnn3: ['accuracy'] }],
    [{ cnn3: ['accuracy'] }, { cnn3: ['accuracy'] }],
  ])('takes metrics as Keras does: %j', (given, metrics) => {
    expect(parseConfig(changed(set('compile.metrics', given)), 'x.yaml').compile.metrics).toEqual(metrics);
  });

  it("finds models beside itself, wherever the run's own copy of it lies", async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-config-'));
    const file = join(directory, 'x.yaml');
    await writeFile(file, changed(set('members.cnn1', { model: 'cnn1/model.json' })));
    const config = await readConfig(file);
    await rm(directory, { recursive: true });
    expect(config.members['cnn1']).toEqual({ model: join(directory, 'cnn1/model.json') });
  });
});

describe('buildNet', () => {
  it('makes layers by their tfjs names and options', () => {
    const net = buildNet('cnn', parseConfig(text, 'x.yaml').nets['cnn'] ?? [], [28, 28, 1]);
    expect(net.layers.map((layer) => layer.getClassName())).toEqual([
      'Conv2D',
      'MaxPooling2D',
      'Dropout',
      'Flatten',
      'Dense',
      'Dense',
    ]);
    expect(net.countParams()).toBe(157_412);
    expect(net.layers[2]?.name).toBe('student_feature1');
  });

  it('names the layer that is wrong', () => {
    expect(() => buildNet('n', [{ dens: { units: 3 } }], [4])).toThrow(
      'nets.n[0].dens: TensorFlow.js has no such layer; did you mean "dense"?',
    );
    expect(() => buildNet('n', [{ dense: { units: 3 } }, { dense: { units: -1 } }], [4])).toThrow('nets.n[1].dense: ');
  });

  it('refuses an option that the layer does not know', () => {
    expect(() => buildNet('n', [{ dense: { units: 3, activaton: 'relu' } }], [4])).toThrow(
      'nets.n[0].dense: unknown option "activaton"; did you mean "activation"?',
    );
  });

  it.each([
    { separableConv2d: { filters: 2, kernelSize: 3, depthMultiplier: 2 } },
    { conv2dTranspose: { filters: 2, kernelSize: 3, dilationRate: 1 } },
    { flatten: { dataFormat: 'channelsLast', batchSize: 3, trainable: false, dtype: 'float32' } },
  ])('takes options that the layer reads but does not tell: %j', (layer) => {
    expect(buildNet('n', [layer], [8, 8, 1]).layers).toHaveLength(1);
  });

  it('refuses two layers of one name', () => {
    const layer = { dense: { units: 3, name: 'twin' } };
    expect(() => buildNet('n', [layer, layer], [4])).toThrow(
      'nets.n[1].dense: expected each layer to have a unique name, found "twin" twice',
    );
  });
});

describe('the optimizer', () => {
  const read = (setting: Setting) => readSetting(optimizerRegistry, setting, 'compile.optimizer');

  it('is a name, or a name with options', () => {
    expect(read('sgd')).toMatchObject({ optimizer: 'sgd', learningRate: 0.01 });
    expect(read({ adam: { learningRate: 0.5 } })).toMatchObject({ optimizer: 'adam', learningRate: 0.5 });
    expect(read({ adam: null })).toMatchObject({ optimizer: 'adam', learningRate: 0.001 });
  });

  it('has a number as its learning rate, or a schedule with options', () => {
    const decay = { initialLearningRate: 0.1, decaySteps: 100, decayRate: 0.9 };
    const learningRate = { schedule: 'exponentialDecay', ...decay, staircase: false };
    const setting = { sgd: { learningRate: { exponentialDecay: decay } } };
    expect(read(setting)).toMatchObject({ learningRate });
    const written = changed((raw) => Object.assign(raw['compile'] ?? {}, { optimizer: setting }));
    expect(parseConfig(written, 'x.yaml').compile.optimizer).toEqual(setting);
  });

  it.each<[Setting, string]>([
    [
      'addam',
      `compile.optimizer: expected one of ${optimizerRegistry.names.join(', ')}, found "addam"; did you mean "adam"?`,
    ],
    [{ adam: { lr: 1 } }, 'compile.optimizer.adam: '],
    [{ sgd: { learningRate: { exponentialDecay: null } } }, 'Expected `initialLearningRate` to be'],
    [{ sgd: { learningRate: { decaySteps: 100 } } }, 'compile.optimizer.sgd: Expected `learningRate` to be'],
    [{ sgd: { learningRate: { expDecay: {} } } }, 'Received: "expDecay"'],
  ])('is refused as %j, with the path', (setting, message) => {
    expect(() => read(setting)).toThrow(
      expect.objectContaining({ code: 'CONFIG', message: expect.stringContaining(message) as string }) as Error,
    );
  });
});
