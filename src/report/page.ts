import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ReportData } from './data.js';
import { htmlText, scriptJson } from './embed.js';
import { viewOf } from './view/view.js';

/** The output of `scripts/build-report.js`. The relative path is the same from `src/report/` and from `dist/report/`. */
const BUILT = new URL('../../dist/report/client/', import.meta.url);

/** Significant digits of the numbers in the page. This is more than the page shows, and halves its size. */
const DIGITS = 6;

/** The page's program and its style. */
export interface Client {
  readonly script: string;
  readonly style: string;
}

/** Renders a report as one HTML file, which needs no other file and no network. */
export async function renderReport(data: ReportData): Promise<string> {
  const [script, style] = await Promise.all([
    readFile(new URL('main.js', BUILT), 'utf8'),
    readFile(new URL('style.css', BUILT), 'utf8'),
  ]);
  return composePage(data, { script, style });
}

/**
 * The title is the only text in the document. The script creates all other elements from the data and sets their texts as text nodes, so
 * names in the data cannot become markup. The content security policy allows only this script, and loads nothing. It allows inline styles,
 * because the charts set `style` attributes.
 */
export function composePage(data: ReportData, { script, style }: Client): string {
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${htmlText(data.title)}</title>
<style>${style}</style>
</head>
<body>
<noscript>This report needs JavaScript. It loads nothing from the network.</noscript>
<script type="application/json" id="view">${scriptJson(viewOf(data), DIGITS)}</script>
<script>${script}</script>
</body>
</html>
`;
}
