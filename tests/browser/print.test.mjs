// On paper: what a page says is whole, and nothing to press is printed. A sheet of A4 with our margins is 680 CSS pixels wide.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertLabelsWhole, base, doubleText, open, screenshot } from './support.mjs';
import { asEmployer, asMunicipality, contact, goOn, knownTotal, tick, upToTheWage } from './visitors.mjs';

const sheet = { width: 680, height: 1000 };

/** What has no use on paper, as far as it is drawn. */
async function controls(page) {
  return page.evaluate(() => {
    const shown = (one) => one.checkVisibility() && one.getBoundingClientRect().height > 1;
    const useless = 'nav, button, .button, footer, .skipnav, .back-link, .function-link, .mobile-drawer, .fs-steps-side, .fs-steps-folded, input[type="submit"]';
    return [...document.querySelectorAll(useless)].filter(shown).map((one) => `${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 30)}`);
  });
}

/** What reaches out of the sheet, or of the box that would be scrolled on a screen. */
async function cutOff(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const outside = (one) => {
      const box = one.getBoundingClientRect();
      return one.checkVisibility() && box.width > 0 && (box.right > width + 1 || box.left < -1);
    };
    const hidden = (one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible' && one.clientWidth > 1;
    const all = [...document.querySelectorAll('main *')].filter((one) => !one.closest('svg') && !one.closest('.sr-only'));
    return [...new Set(all.filter((one) => outside(one) || hidden(one)).map((one) => `${one.tagName}.${one.className}`))];
  });
}

/** The text of the page as a PDF. */
async function printed(page) {
  const folder = mkdtempSync(join(tmpdir(), 'fleksport-print-'));
  try {
    const file = join(folder, 'page.pdf');
    writeFileSync(file, await page.pdf({ format: 'A4', preferCSSPageSize: true }));
    return execFileSync('pdftotext', [file, '-'], { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The page in print, with usual text and with text of 200 %. */
async function assertPrints(page, name, words) {
  await page.setViewportSize(sheet);
  await page.emulateMedia({ media: 'print' });
  assert.deepEqual(await controls(page), [], `${name} prints nothing to press`);
  assert.deepEqual(await cutOff(page), [], `${name} is whole on paper`);
  await assertLabelsWhole(page);
  await screenshot(page, `print-${name}`);
  const text = (await printed(page)).replace(/\s+/g, ' ');
  for (const word of words) assert.ok(text.includes(word), `${name} on paper says ${word}: ${text}`);
  assert.ok(!text.includes('Log af') && !text.includes('Gå til sidens indhold'), `${name}: ${text}`);
  await doubleText(page);
  assert.deepEqual(await cutOff(page), [], `${name} is whole on paper with text of 200 %`);
  await page.evaluate(() => document.documentElement.style.removeProperty('font-size'));
  await page.emulateMedia({ media: 'screen' });
}

const publicPages = [
  ['front', '/', ['98 kommuner', 'Sådan når en indberetning frem']],
  ['form', '/blanket', ['CPR-nummer']],
  ['calculator', '/beregner?subsidy_month=2024-05&wage_unit=hour&wage=200&weekly_hours=18', ['15.272,00 kr.', 'maj 2024']],
  ['privacy', '/privatliv', ['Cookies']],
];

for (const [name, path, words] of publicPages) {
  test(`${path.split('?')[0]} is whole on paper`, async (t) => {
    const page = await open(t);
    await page.goto(base + path);
    await assertPrints(page, name, words);
  });
}

test('what an employer and a municipality see of a report is whole on paper', async (t) => {
  const page = await open(t);
  await asEmployer(page);
  await upToTheWage(page);
  await assertPrints(page, 'step', []);
  await page.setViewportSize({ width: 1280, height: 900 });
  await knownTotal(page);
  await goOn(page);
  await contact(page);
  await goOn(page);
  await assertPrints(page, 'review', ['Nancy Ann Test Berggren', '32.067,00']);
  await page.setViewportSize({ width: 1280, height: 900 });
  await tick(page, '#declaration_accepted');
  await Promise.all([page.waitForURL(/\/indberet\/[0-9a-f-]{36}$/), page.getByRole('button', { name: 'Send indberetningen' }).click()]);
  await assertPrints(page, 'receipt', ['Kvitteringsnummer', 'FP-', 'Nancy Ann Test Berggren', '32.067,00']);
  await page.goto(`${base}/indberet`);
  await assertPrints(page, 'list', ['FP-']);
  const worker = await open(t);
  await asMunicipality(worker);
  await assertPrints(worker, 'inbox', ['Nancy', 'Værkstedet']);
  await worker.setViewportSize({ width: 1280, height: 900 });
  await worker.locator('main tbody a').first().click();
  await worker.waitForURL(/\/kommune\/[0-9a-f-]{36}$/);
  await assertPrints(worker, 'record', ['Kvittering FP-', 'Nancy Ann Test Berggren']);
  await worker.goto(`${base}/kommune/oversigt`);
  await assertPrints(worker, 'overview', ['Overblik']);
});

test('how the service stands is whole on paper', async (t) => {
  const page = await open(t);
  await page.goto(`${base}/log-ind`);
  await page.getByRole('button', { name: 'Log ind som KL' }).click();
  await page.waitForURL(`${base}/kl/drift`);
  await assertPrints(page, 'operation', ['Udgående mail']);
});

test('links that lead elsewhere say where to, on paper', async (t) => {
  const page = await open(t);
  await page.goto(`${base}/privatliv`);
  await page.emulateMedia({ media: 'print' });
  const after = await page.locator('main a[href^="mailto:"]').first().evaluate((link) => getComputedStyle(link, '::after').content);
  assert.ok(['none', 'normal'].includes(after), 'an address that is written out is not written twice');
  const text = await printed(page);
  assert.match(text, /siden om blanketten \(\/blanket\)/, 'a link within the page says its address');
});
