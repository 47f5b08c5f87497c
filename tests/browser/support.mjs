// What the page tests share. A test opens pages with `visit`, which fails the test afterwards if the page wrote an
// error to the console, broke its content security policy, threw, or asked anything of another origin.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after } from 'node:test';
import { chromium } from 'playwright-core';

const axe = createRequire(import.meta.url)('axe-core');

/** Address of the server under test, without a slash at the end. */
export const base = required('FLEKSPORT_URL').replace(/\/$/, '');

/** The accessibility rules that every page must keep: WCAG 2.0 to 2.2, levels A and AA, and what is known to be good practice. */
export const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** The widths in CSS pixels at which pages are looked at: phone, tablet, desk. */
export const widths = [320, 768, 1280];

const patience = 15_000;

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests with tests/browser/run.mjs`);
  return value;
}

let connection;

async function browser() {
  connection ??= chromium.connect(required('FLEKSPORT_BROWSER'));
  return connection;
}

after(async () => {
  if (connection) await (await connection).close();
});

/**
 * A page of its own session (cookies shared with nobody), watched until the end of the test.
 * `javascript: false` is how pages must work too. Further options go to playwright's `newContext`.
 */
export async function open(t, { javascript = true, width = 1280, height = 900, ...options } = {}) {
  const context = await (await browser()).newContext({
    javaScriptEnabled: javascript,
    viewport: { width, height },
    locale: 'da-DK',
    timezoneId: 'Europe/Copenhagen',
    ...options,
  });
  context.setDefaultTimeout(patience);
  const faults = await watch(context);
  t.after(async () => {
    await context.close();
    assert.deepEqual(faults, [], 'the pages kept quiet');
  });
  return context.newPage();
}

/** Opens a path in a page of its own and returns the page; the answer must have `status` (200 unless told). */
export async function visit(t, path, { status = 200, ...options } = {}) {
  const page = await open(t, options);
  const response = await page.goto(base + path);
  assert.equal(response.status(), status, `GET ${path}`);
  return page;
}

/** Collects what a well-behaved page never does; requests to other origins are stopped too. */
async function watch(context) {
  const faults = [];
  const documents = new Set();
  await context.route(
    (url) => url.origin !== new URL(base).origin && !['data:', 'blob:'].includes(url.protocol),
    (route) => {
      faults.push(`asked another origin: ${route.request().url()}`);
      return route.abort();
    },
  );
  context.on('response', (response) => {
    if (response.request().isNavigationRequest()) documents.add(response.url());
  });
  context.on('console', (message) => {
    if (message.type() !== 'error') return;
    // Chromium also calls a page that was answered with 4xx an error; its status is the test's own matter.
    const address = message.location().url;
    if (message.text().startsWith('Failed to load resource') && documents.has(address)) return;
    faults.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => faults.push(`thrown: ${error.error().message}`));
  return faults;
}

/** Fails with a readable list when axe finds a breach of `rules` in what the page shows now. */
export async function assertAccessible(page) {
  // Given through the debugger, not as a script element, so that the page's own policy need not allow it.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }),
    rules,
  );
  const found = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.target.join(' ')).join('\n  ')}`,
  );
  assert.deepEqual(found, [], `accessibility of ${new URL(page.url()).pathname}`);
}

/** Fails when the page must be scrolled sideways (WCAG 1.4.10). */
export async function assertNoSidewaysScroll(page) {
  const [needed, there] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth];
  });
  assert.ok(needed <= there, `the page is ${needed} px wide in a window of ${there} px`);
}

/** Fails when any text of a plot lies outside its sheet. */
export async function assertLabelsWhole(page) {
  const cut = await page.evaluate(() => {
    const shown = [...document.querySelectorAll('svg.fs-curve')].filter((svg) => svg.getBoundingClientRect().width > 0);
    return shown.flatMap((svg) => {
      const sheet = svg.getBoundingClientRect();
      return [...svg.querySelectorAll('text')].filter((text) => {
        const box = text.getBoundingClientRect();
        return box.left < sheet.left - 1 || box.right > sheet.right + 1 || box.bottom > sheet.bottom + 1;
      }).map((text) => text.textContent);
    });
  });
  assert.deepEqual(cut, [], 'labels of plots are whole');
}

/** Makes all text twice as large, as a browser's setting for text does (WCAG 1.4.4). */
export async function doubleText(page) {
  await page.evaluate(() => {
    document.documentElement.style.setProperty('font-size', '125%');
  });
}

/** Saves what the page looks like, whole, as NAME.png in the folder that the run prints at its end. */
export async function screenshot(page, name) {
  const folder = required('FLEKSPORT_SCREENSHOTS');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** Runs a command of the program on the data of the server under test and returns what it printed. */
export function fleksport(...args) {
  return execFileSync(required('FLEKSPORT_BIN'), [...args, '--data', required('FLEKSPORT_DATA')], { encoding: 'utf8' });
}

/** A key for the machine interface, e.g. createKey('--role', 'municipality', '--municipality', '0101'). */
export function createKey(...args) {
  return fleksport('credential', 'create', ...args).trim().split(/\s+/).at(-1);
}
