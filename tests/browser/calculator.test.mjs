import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, assertNoSidewaysScroll, screenshot, visit, widths } from './support.mjs';

const star = '/beregner?subsidy_month=2024-05&wage_unit=hour&wage=200&weekly_hours=18';
const states = {
  empty: { path: '/beregner' },
  result: { path: star },
  english: { path: `${star}&employer_pension=10+%25&lang=en` },
  two: { path: `${star}&other_wage=220&other_weekly_hours=20` },
  faulty: { path: '/beregner?wage=mange&weekly_hours=50&employer_pension=abc', status: 422 },
};

for (const [name, { path, status = 200 }] of Object.entries(states)) {
  for (const width of widths) {
    test(`the calculator (${name}) is accessible and fits a window of ${width} pixels`, async (t) => {
      const page = await visit(t, path, { width, status });
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
      await assertAccessible(page);
      await assertNoSidewaysScroll(page);
      await screenshot(page, `calculator-${name}-${width}`);
    });
  }
}

test('the calculator answers without scripts, with one picture to be seen', async (t) => {
  const page = await visit(t, '/beregner', { javascript: false, width: 390 });
  await page.locator('#subsidy_month').selectOption('2024-05');
  await page.locator('#wage').fill('200');
  await page.locator('#weekly_hours').fill('18');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Beregn' }).click()]);
  assert.match(await page.locator('.fs-sum-subsidy').innerText(), /15\.272,00 kr\./);
  assert.equal(await page.getByRole('img', { name: /når timerne stiger/ }).count(), 1);
  await assertNoSidewaysScroll(page);
});

for (const media of [{ forcedColors: 'active' }, { reducedMotion: 'reduce' }]) {
  test(`the calculator is whole with ${Object.keys(media)[0]}`, async (t) => {
    const page = await visit(t, star, media);
    await assertAccessible(page);
    await screenshot(page, `calculator-${Object.keys(media)[0]}`);
  });
}
