import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ATTRIBUTE_NAMES } from '../../src/engines/tfjs/tensorflow/attributeNames.js';
import { findTfjsNode } from '../../src/engines/tfjs/tensorflow/installation.js';

/** All JavaScript that tfjs-node runs in a program. */
function sources(): string[] {
  const dist = join(findTfjsNode() ?? '', 'dist');
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js') && !/_test\.js$|run_tests\.js$/.test(name))
    .map((name) => readFileSync(join(dist, name), 'utf8'));
}

describe('the list of attribute names', () => {
  it('has every one that tfjs-node passes to TensorFlow', () => {
    const patterns = [/name: '(\w+)',\s*type:/g, /createTensorsTypeOpAttr\)?\(\s*'(\w+)'/g];
    const used = sources().flatMap((source) =>
      patterns.flatMap((pattern) => [...source.matchAll(pattern)].map(([, name = '']) => name)),
    );
    expect(used.length).toBeGreaterThan(200);
    expect([...new Set(used)].filter((name) => !ATTRIBUTE_NAMES.includes(name))).toEqual([]);
  });
});
