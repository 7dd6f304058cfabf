import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReportData } from '../../src/report/data.js';
import { renderReport } from '../../src/report/page.js';
import { Experiment } from 'tfjs-ensemble/experiment';
import { TINY } from '../tinyRun.js';
import { comparison, diverged, singleRun } from '../report/fixture.js';
import { findChromium } from './chromium.js';

const executablePath = findChromium();
if (executablePath === null) {
  console.warn('Skipped: no chromium, chromium-browser or google-chrome on PATH, and CHROMIUM_PATH is not set.');
}

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const HOSTILE = '</script><img src=x onerror="window.hacked = true"><b>${1}</b>';

describe.skipIf(executablePath === null)('the report in a browser', () => {
  let browser: Browser;
  let folder: string;
  /** What the browser complained of, and what it asked for beside the page. */
  let complaints: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tfjs-ensemble-report-'));
    browser = await chromium.launch({ executablePath: executablePath ?? '' });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    complaints = [];
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(complaints).toEqual([]);
  });

  async function open(data: ReportData, options?: BrowserContextOptions): Promise<Page> {
    const file = join(folder, 'report.html');
    await writeFile(file, await renderReport(data));
    return openFile(file, options);
  }

  /** Opens a report from its file, as users do, and waits until all charts are drawn. */
  async function openFile(file: string, options: BrowserContextOptions = { viewport: DESKTOP }): Promise<Page> {
    const url = pathToFileURL(file).href;
    const page = await (await browser.newContext(options)).newPage();
    page.on('console', (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (request.url() !== url) complaints.push(`request: ${request.url()}`);
    });
    await page.goto(url);
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.chart')].every((chart) => chart.querySelector('svg')),
    );
    return page;
  }

  const headings = (page: Page): Promise<string[]> => page.locator('h2').allTextContents();
  const colourOf = (page: Page, selector: string, property: string): Promise<string> =>
    page
      .locator(selector)
      .first()
      .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
  /** Waits until charts have the first variant's colour of this scheme. */
  const inColours = async (page: Page, scheme: 'light' | 'dark'): Promise<void> => {
    const colour = scheme === 'light' ? '#0072b2' : '#4aa3df';
    await page.waitForFunction(
      (wanted) => document.querySelector('#curves .chart')?.innerHTML.includes(wanted),
      colour,
    );
  };
  const chart = (page: Page, section: string, nth = 0): ReturnType<Page['locator']> =>
    page.locator(`#${section} .chart`).nth(nth);

  it('shows a series that was run, and each of its runs', async () => {
    const experiment = await Experiment.plan(
      {
        name: 'tiny',
        base: TINY,
        variants: { mean: {}, sum: { 'outputs.combined': { sum: ['a', 'b'], target: 'digits' } } },
        seeds: [1, 2],
      },
      { out: join(folder, 'series') },
    );
    const { variants } = await experiment.run();
    const page = await openFile(join(folder, 'series', 'report.html'));
    expect(await page.locator('.results tbody tr').count()).toBe(2);
    expect(await headings(page)).toEqual([
      'Results',
      'Learning curves',
      'Final metrics',
      'Time against final metrics',
      'Members and ensemble',
      'Confusion matrix',
      'Variants',
    ]);
    const [run] = variants[0]?.runs ?? [];
    const single = await openFile(join(folder, 'series', run?.status === 'finished' ? run.folder : '', 'report.html'));
    expect(await headings(single)).toContain('Learning curves');
  });

  it('shows a comparison in full', async () => {
    const page = await open(comparison());
    expect(await headings(page)).toEqual([
      'Results',
      'Learning curves',
      'Final metrics',
      'Time against final metrics',
      'Members and ensemble',
      'Confusion matrix',
      'Failed runs',
      'Variants',
    ]);
    expect(await page.title()).toBe('Which change helps mean-and-direct');
    expect(await page.locator('.results tbody tr').count()).toBe(6);
    expect(await page.locator('#failures tbody').textContent()).toContain('NOT_FINITE');
    expect(await page.locator('#variants details').count()).toBe(6);
  });

  it('shows a single run without comparisons', async () => {
    const page = await open(singleRun());
    expect(await headings(page)).toEqual([
      'Results',
      'Learning curves',
      'Members and ensemble',
      'Confusion matrix',
      'Configuration',
    ]);
  });

  it.each([
    ['a comparison', comparison()],
    ['a single run', singleRun()],
    ['a variant that diverged', diverged()],
    ['30 variants', comparison({ variants: 30, seeds: 10, epochs: 50 })],
    ['long names', comparison({ nameOf: (v) => `${'a-name-without-a-place-to-break-'.repeat(6)}${v}` })],
  ])(
    'draws all charts of %s, and has no width of its own, on a phone and a desktop, dark and light',
    async (_what, data) => {
      for (const viewport of [PHONE, DESKTOP]) {
        for (const colorScheme of ['light', 'dark'] as const) {
          const page = await open(data, { viewport, colorScheme });
          const drawn = await page.locator('.chart').evaluateAll((charts) =>
            charts.map((element) => {
              const { width, height } = element.getBoundingClientRect();
              const shapes = [...element.querySelectorAll('svg path')].filter((path) => {
                const box = path.getBoundingClientRect();
                return box.width > 0 && box.width < width && box.height < height;
              });
              return { label: element.getAttribute('aria-label') ?? '', shapes: shapes.length };
            }),
          );
          for (const { label, shapes } of drawn) {
            expect(label.length).toBeGreaterThan(30);
            expect(shapes, label).toBeGreaterThan(5);
          }
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          expect(overflow, `${viewport.width} px`).toBeLessThanOrEqual(0);
          await page.context().close();
        }
      }
    },
  );

  it('follows the system from light to dark, charts too', async () => {
    const page = await open(comparison(), { viewport: DESKTOP, colorScheme: 'light' });
    const light = await colourOf(page, 'body', 'background-color');
    await inColours(page, 'light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await inColours(page, 'dark');
    expect(await colourOf(page, 'body', 'background-color')).not.toBe(light);
  });

  it('is light on paper, whatever the screen is', async () => {
    const page = await open(comparison(), { viewport: DESKTOP, colorScheme: 'dark' });
    await inColours(page, 'dark');
    await page.evaluate(() => {
      dispatchEvent(new Event('beforeprint'));
      const drawn = document.querySelector('#curves .chart')?.innerHTML.includes('#0072b2');
      if (drawn !== true) throw new Error('A browser prints what is there when the event is over.');
    });
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    await inColours(page, 'dark');
  });

  it('changes what is drawn by its selects', async () => {
    const page = await open(comparison());
    const cases = [
      ['curves', 'Metric', 'combined_loss'],
      ['curves', 'Show', 'training'],
      ['finals', 'Metric', 'test_combined_loss'],
      ['finals', 'Show', 'differences to the baseline, seed by seed'],
      ['time', 'Metric', 'test_combined_loss'],
      ['members', 'Metric', 'test_combined_loss'],
      ['confusion', 'Output', 'cnn3'],
    ] as const;
    for (const [section, label, option] of cases) {
      const before = await chart(page, section).innerHTML();
      await page.locator(`#${section}`).getByLabel(label).first().selectOption(option);
      expect(await chart(page, section).innerHTML(), `${section}: ${label}`).not.toBe(before);
    }
    expect(await chart(page, 'finals').getAttribute('aria-label')).toContain('difference to the baseline');
  });

  it('hides and shows variants by the legend, by keyboard too', async () => {
    const page = await open(comparison());
    const button = page.locator('#curves .legend').getByRole('button', { name: 'wide' });
    const label = (nth: number): Promise<string | null> => chart(page, 'curves', nth).getAttribute('aria-label');
    expect(await label(0)).toContain('wide');
    await button.focus();
    await page.keyboard.press('Enter');
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    expect([await label(0), await label(1)].filter((text) => text?.includes('wide'))).toEqual([]);
    await button.click();
    expect(await label(0)).toContain('wide');
  });

  it('tells numbers where the pointer is', async () => {
    const page = await open(comparison());
    await chart(page, 'curves').hover();
    await page.locator('#curves .tip').waitFor();
    expect(await page.locator('#curves .tip').textContent()).toMatch(/Epoch \d+.*base/);
  });

  it('copies a command', async () => {
    const page = await open(comparison(), { viewport: DESKTOP, permissions: ['clipboard-read', 'clipboard-write'] });
    await page.locator('#variants details').nth(1).locator('summary').click();
    const button = page.locator('#variants details').nth(1).getByRole('button');
    await button.click();
    await page.getByText('Copied').first().waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('/no-dropout/seed-1/config.yaml');
  });

  it('copies where there is no clipboard for pages of files', async () => {
    const page = await open(comparison(), { viewport: DESKTOP, permissions: ['clipboard-read', 'clipboard-write'] });
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));
    });
    await page.locator('header').getByRole('button').click();
    await page.getByText('Copied').first().waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('npx tfjs-ensemble experiment');
  });

  it('takes hostile names for text, in the page and in tooltips', async () => {
    const data = comparison({ variants: 3, nameOf: (v) => `${HOSTILE}${v}` });
    const page = await open({ ...data, title: HOSTILE, command: HOSTILE, environment: { [HOSTILE]: HOSTILE } });
    expect(await page.locator('h1').textContent()).toBe(HOSTILE);
    for (const section of ['curves', 'finals', 'time', 'members', 'confusion']) {
      const box = await chart(page, section).boundingBox();
      expect(box).not.toBeNull();
      const { width, height } = box ?? { width: 0, height: 0 };
      await chart(page, section).scrollIntoViewIfNeeded();
      for (let y = 12; y < height; y += 14) {
        await chart(page, section).hover({ position: { x: width / 2, y } });
      }
    }
    expect(await page.locator('img, b').count()).toBe(0);
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  });
});
