/** Writes docs/reference.md from the sources: `npm run reference`. */
import { writeFileSync } from 'node:fs';
import { REFERENCE, referenceText } from './reference/reference.ts';

writeFileSync(REFERENCE, await referenceText());
