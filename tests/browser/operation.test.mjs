import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, assertNoSidewaysScroll, base, open, screenshot, widths } from './support.mjs';

async function asKl(page) {
  await page.goto(`${base}/log-ind`);
  await page.getByRole('button', { name: 'Log ind som KL' }).click();
  await page.waitForURL(`${base}/kl/drift`);
}

test('the page of those who run the service can be read at every width and in both languages', async (t) => {
  for (const width of widths) {
    const page = await open(t, { width });
    await asKl(page);
    for (const language of ['da', 'en']) {
      await page.goto(`${base}/kl/drift?lang=${language}`);
      assert.ok((await page.locator('main table').count()) >= 4);
      await assertAccessible(page);
      await assertNoSidewaysScroll(page);
    }
    await screenshot(page, `operation-${width}`);
  }
});

test('the page is found in the menu and works without scripts', async (t) => {
  const page = await open(t, { javascript: false });
  await asKl(page);
  await page.getByRole('navigation').getByRole('link', { name: 'Drift', exact: true }).first().click();
  await page.waitForURL(`${base}/kl/drift`);
  assert.ok((await page.locator('main').innerText()).includes('Udgående mail'));
});
