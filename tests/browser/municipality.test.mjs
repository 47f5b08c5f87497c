import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, assertNoSidewaysScroll, base, open, screenshot, widths } from './support.mjs';
import { asEmployer, asMunicipality, builtUp, contact, employee, goOn, upToTheWage } from './visitors.mjs';

async function reportSent(t) {
  const page = await open(t, { javascript: false });
  await asEmployer(page);
  await upToTheWage(page);
  await builtUp(page);
  await goOn(page);
  await contact(page);
  await goOn(page);
  await page.locator('#declaration_accepted').check({ force: true });
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Send indberetningen' }).click()]);
}

for (const width of widths) {
  test(`the inbox and a record are accessible and fit a window of ${width} pixels`, async (t) => {
    await reportSent(t);
    const page = await open(t, { width });
    await asMunicipality(page);
    await assertAccessible(page);
    await assertNoSidewaysScroll(page);
    await screenshot(page, `inbox-${width}`);
    const list = await page.locator('main').innerText();
    assert.ok(!list.includes(employee.cpr), 'the list shows no personal number');
    await page.locator('main tbody a').first().click();
    await page.waitForURL(/\/kommune\/[0-9a-f-]{36}$/);
    await assertAccessible(page);
    await assertNoSidewaysScroll(page);
    await screenshot(page, `record-${width}`);
    const record = await page.locator('main').innerText();
    for (const shown of [employee.cpr, employee.name, '27.500,00 kr.', 'Arbejdsgiveren har angivet kommunen.']) {
      assert.ok(record.includes(shown), `the record shows ${shown}`);
    }
  });
}

test('another municipality sees neither the line nor the record', async (t) => {
  await reportSent(t);
  const page = await open(t);
  await asMunicipality(page, '0101');
  const address = new URL(await page.locator('main tbody a').first().getAttribute('href'), base).href;
  const other = await open(t);
  await asMunicipality(other, '0400');
  assert.equal(await other.locator('main tbody tr').count(), 0);
  assert.equal((await other.goto(address)).status(), 404);
});

test('a citizen is found by number, and neither the number nor the search stands in the address', async (t) => {
  await reportSent(t);
  const page = await open(t);
  await asMunicipality(page);
  const search = async (number) => {
    await page.locator('#employee_cpr').fill(number);
    await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Søg', exact: true }).click()]);
  };
  await search('251248');
  assert.match(await page.title(), /^Fejl:/);
  assert.equal(await page.locator('#employee_cpr').getAttribute('aria-invalid'), 'true');
  await assertAccessible(page);
  await search('2512489996');
  assert.equal(page.url(), `${base}/kommune`);
  assert.ok(await page.locator('main tbody tr').count() >= 1);
  for (const name of await page.locator('main tbody tr td:first-child').allInnerTexts()) {
    assert.equal(name, employee.name);
  }
  await assertAccessible(page);
  await screenshot(page, 'inbox-search-1280');
  await asMunicipality(page, '0400');
  await search('2512489996');
  assert.equal(await page.locator('main tbody tr').count(), 0);
});
