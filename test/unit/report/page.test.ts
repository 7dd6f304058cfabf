import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { composePage } from '../../../src/report/page.js';
import { viewOf } from '../../../src/report/view/view.js';
import { comparison, singleRun } from '../../report/fixture.js';

const CLIENT = { script: "document.title += '!';", style: 'body { color: red; }' };
const HOSTILE = '</script><img src=x onerror="hacked()">';

describe('composePage', () => {
  it('allows its one program and nothing from elsewhere', () => {
    const page = composePage(singleRun(), CLIENT);
    const hash = createHash('sha256').update(CLIENT.script).digest('base64');
    expect(page).toContain(`default-src 'none'; script-src 'sha256-${hash}'`);
    expect(page).not.toMatch(/<(?:link|img|iframe)|\ssrc=|https?:/);
  });

  it('carries the view as data', () => {
    const page = composePage(comparison({ variants: 2, seeds: 2 }), CLIENT);
    const json = /<script type="application\/json" id="view">(.*)<\/script>/.exec(page)?.[1] ?? '';
    expect(JSON.parse(json)).toMatchObject({ variants: viewOf(comparison({ variants: 2, seeds: 2 })).variants });
  });

  it('has no markup of names', () => {
    const page = composePage({ ...comparison({ nameOf: () => HOSTILE }), title: HOSTILE }, CLIENT);
    expect(page).not.toContain('<img');
    expect(page.match(/<\/script>/g)).toHaveLength(2);
  });
});
