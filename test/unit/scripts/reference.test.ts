import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { docComments } from '../../../scripts/reference/docComments.js';
import { OPTIONS, REFERENCE, referenceText } from '../../../scripts/reference/reference.js';
import { fitOptions, type FitOption } from '../../../src/coordinator/options.js';
import { toJsonSchema } from '../../../src/text/schemas.js';

describe('docs/reference.md', () => {
  it('says what the sources say (`npm run reference` writes it)', async () => {
    expect(await referenceText()).toBe(readFileSync(REFERENCE, 'utf8'));
  });
});

describe('the doc comment of an option of fit', () => {
  const comments = docComments(OPTIONS);
  const options = Object.entries<FitOption>(fitOptions);

  it.each(options.map(([name, { schema }]) => [name, toJsonSchema(schema).default]))(
    'has the default of the schema: %s, %j',
    (name, value) => {
      const isNone = value === null || (Array.isArray(value) && value.length === 0);
      const shown = isNone ? 'none' : typeof value === 'string' ? `\`'${value}'\`` : JSON.stringify(value);
      expect(comments.get(name)?.defaultValue.split(/[,:]/)[0]).toBe(shown);
    },
  );
});
