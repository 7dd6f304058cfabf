import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { overrideConfig, parseConfig } from '../../../src/cli/config.js';
import { buildNet, readOptimizer } from '../../../src/cli/nets.js';

const folder = new URL('../../../experiments/', import.meta.url);
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
  it.each(readdirSync(folder))('%s is right', (file) => {
    const config = parseConfig(readFileSync(new URL(file, folder), 'utf8'), file);
    expect(`${config.name}.yaml`).toBe(file);
  });

  it('has defaults, and is the same when it is written and read again', () => {
    const config = parseConfig(
      changed((raw) => {
        delete raw['fit'];
      }),
      'x.yaml',
    );
    expect(config.fit).toEqual({ batchSize: 32, epochs: 1, shuffle: true, validationSplit: 0, seed: 0 });
    expect(parseConfig(stringify(config), 'x.yaml')).toEqual(config);
  });

  it('gives way to the command line', () => {
    const config = overrideConfig(parseConfig(text, 'x.yaml'), { epochs: 7, batchSize: 8, samples: 99, seed: 5 });
    expect(config.fit).toMatchObject({ epochs: 7, batchSize: 8, seed: 5 });
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
    ['a batch size of 0', set('fit.batchSize', 0), ['fit.batchSize: ', '>=1, found 0']],
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
  ])('that is no YAML is refused with the place: %j', (yaml, part) => {
    expect(() => parseConfig(yaml, 'x.yaml')).toThrow(part);
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
});

describe('readOptimizer', () => {
  it('takes a name, or a name with options', () => {
    expect(readOptimizer('sgd', 'o')).toMatchObject({ optimizer: 'sgd', learningRate: 0.01 });
    expect(readOptimizer({ adam: { learningRate: 0.5 } }, 'o')).toMatchObject({ optimizer: 'adam', learningRate: 0.5 });
  });

  it('refuses unknown ones and unknown options, with the path', () => {
    expect(() => readOptimizer('addam', 'compile.optimizer')).toThrow(
      'compile.optimizer: expected one of sgd, rmsprop, adam, adamw, found "addam"; did you mean "adam"?',
    );
    expect(() => readOptimizer({ adam: { lr: 1 } }, 'compile.optimizer')).toThrow('compile.optimizer.adam: ');
  });
});
