import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, assertNoSidewaysScroll, screenshot, visit, widths } from './support.mjs';

for (const width of widths) {
  test(`the front page is accessible and fits a window of ${width} pixels`, async (t) => {
    const page = await visit(t, '/', { width });
    await assertAccessible(page);
    await assertNoSidewaysScroll(page);
    await screenshot(page, `front-${width}`);
  });
}

test('the front page leads to the form without JavaScript', async (t) => {
  const page = await visit(t, '/', { javascript: false });
  assert.equal(await page.locator('html').getAttribute('lang'), 'da');
  assert.equal(await page.locator('h1').count(), 1);
  await page.locator('main a[href^="/indberet"]').first().click();
  assert.match(new URL(page.url()).pathname, /^\/indberet/);
});

test('an unknown page says so, accessibly, with status 404', async (t) => {
  const page = await visit(t, '/findes-ikke', { status: 404 });
  await assertAccessible(page);
});
