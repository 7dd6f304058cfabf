import { describe, expect, it } from 'vitest';
import { parseConfig, type Config } from '../../../src/config/config.js';
import { readLoss, readMetrics } from '../../../src/config/objectives.js';
import { register } from '../../../src/extend.js';
import { fraction, positive } from '../../../src/registry/options.js';
import { defineLoss } from '../../../src/train/losses/loss.js';
import { defineMetric, meanOverSamples } from '../../../src/train/metrics/metric.js';

register(
  defineLoss({
    name: 'scaled',
    summary: 'A loss with an option.',
    options: { factor: positive(1, 'A factor.') },
    labels: 'values',
    overClasses: false,
    fromOutputs: ({ rows }, { factor }) => factor * rows,
  }),
);
register(
  defineMetric({
    name: 'above',
    summary: 'A metric with options.',
    options: { limit: fraction(0.5, 'A limit.'), most: positive(1, 'Another limit.') },
    better: 'higher',
    resolve: (_ends, { limit }) => meanOverSamples(({ rows }) => limit * rows),
  }),
);

/** A configuration with outputs of these names. */
function config(compile: string, outputs = ['a', 'scaled']): Config {
  const ends = outputs.map((name) => `${name}: { direct: m, target: digits }`);
  const text = `
name: x
data: { digits: { mnist: test } }
nets: { net: [{ flatten: {} }] }
members: { m: { net: net } }
inputs: { input: { from: digits, shape: [28, 28, 1] } }
outputs: { ${ends.join(', ')} }
compile: { optimizer: sgd, loss: meanSquaredError, ${compile} }`;
  return parseConfig(text.replace(/loss: meanSquaredError, (?=loss)/, ''), 'x.yaml');
}

describe('a loss in YAML', () => {
  const loss = (text: string, outputs?: string[]) => {
    const { compile, outputs: ends } = config(`loss: ${text}`, outputs);
    return readLoss(compile.loss, ends);
  };

  it('is a name, or a name with options, for all outputs or by output', () => {
    expect(loss('scaled')).toBe('scaled');
    expect(loss('{ scaled: { factor: 3 } }', ['a'])).toEqual({ loss: 'scaled', factor: 3 });
    expect(loss('{ scaled: null }', ['a'])).toEqual({ loss: 'scaled', factor: 1 });
    expect(loss('{ a: { scaled: { factor: 3 } }, scaled: meanSquaredError }')).toEqual({
      a: { loss: 'scaled', factor: 3 },
      scaled: 'meanSquaredError',
    });
  });

  it('belongs to an output where a name is that of an output and of a loss', () => {
    expect(loss('{ scaled: meanSquaredError }')).toEqual({ scaled: 'meanSquaredError' });
    expect(loss('{ scaled: { scaled: { factor: 2 } } }')).toEqual({ scaled: { loss: 'scaled', factor: 2 } });
  });

  it('is refused with its path', () => {
    expect(() => loss('{ scaled: { factor: 0 } }', ['a'])).toThrow('compile.loss.scaled: Expected `factor`');
    expect(() => loss('{ a: { scald: {} } }')).toThrow('compile.loss.a: expected one of');
    expect(() => loss('{ a: { scaled: { faktor: 2 } } }')).toThrow('compile.loss.a.scaled: ');
  });
});

describe('metrics in YAML', () => {
  const metrics = (text: string) => readMetrics(config(`metrics: ${text}`).compile.metrics ?? []);

  it('are names, or names with options, for all outputs or by output', () => {
    const above = { metric: 'above', limit: 0.25, most: 1 };
    expect(metrics('accuracy')).toEqual(['accuracy']);
    expect(metrics('[accuracy, { above: { limit: 0.25 } }]')).toEqual(['accuracy', above]);
    expect(metrics('{ a: [{ above: { limit: 0.25 } }], scaled: accuracy }')).toEqual({
      a: [above],
      scaled: ['accuracy'],
    });
  });

  it('are refused with their path', () => {
    expect(() => metrics('[accuracy, { above: { limit: 2 } }]')).toThrow('compile.metrics[1].above: Expected `limit`');
    expect(() => metrics('{ a: [{ abov: {} }] }')).toThrow('compile.metrics.a[0]: expected one of');
  });
});
