import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ReportData } from './data.js';
import { htmlText, scriptJson } from './embed.js';
import { viewOf } from './view/view.js';

/** What `scripts/build-report.js` makes of `client/`; at the same place seen from `src/report/` and from `dist/report/`. */
const BUILT = new URL('../../dist/report/client/', import.meta.url);

/** Significant digits of the page's numbers: more than it shows anywhere, and half as many bytes. */
const DIGITS = 6;

/** The page's program and its style. */
export interface Client {
  readonly script: string;
  readonly style: string;
}

/** A report as one HTML file, which needs nothing beside itself: not a file, not the network. */
export async function renderReport(data: ReportData): Promise<string> {
  const [script, style] = await Promise.all([
    readFile(new URL('main.js', BUILT), 'utf8'),
    readFile(new URL('style.css', BUILT), 'utf8'),
  ]);
  return composePage(data, { script, style });
}

/**
 * The document has no text but its title: the program makes all elements from the data and sets texts as text, so that no name in
 * the data can be taken for markup. The policy lets this one program run, whatever else came into the page, and loads nothing.
 * Styles are open to `style` attributes, which the charts set.
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
<noscript>This report is drawn by a program of its own, which needs JavaScript. It loads nothing.</noscript>
<script type="application/json" id="view">${scriptJson(viewOf(data), DIGITS)}</script>
<script>${script}</script>
</body>
</html>
`;
}
