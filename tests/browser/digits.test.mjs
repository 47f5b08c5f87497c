// Phones: a keypad of digits wherever a number is typed, a calculator that shows its result at once, plots whose labels are whole.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, assertLabelsWhole, base, open, visit } from './support.mjs';
import { asEmployer, builtUp, choose, goOn, upToTheWage } from './visitors.mjs';

const numeric = ['numeric', 'decimal'];

/** The fields of the page that take a number: by the unit behind them, the parts of a date, or what their name says. */
async function keypads(page, seen) {
  const fields = await page.locator('main input[type="text"]').evaluateAll((all) => all.map((one) => ({
    name: one.name,
    mode: one.inputMode,
    isNumber: one.classList.contains('align-text-right')
      || /cpr|cvr|postcode|p_number|se_number|hours|wage|amount|pension|supplement|ceiling|income|\.(day|month|year)$/.test(one.name)
      && !/name|title|reference|email/.test(one.name),
  })));
  for (const { name, mode, isNumber } of fields) {
    if (!isNumber) continue;
    assert.ok(numeric.includes(mode), `${name} on ${page.url()} shows a keypad of digits, not ${mode}`);
    seen.add(name);
  }
}

test('every number, amount, CPR number and postcode is typed on a keypad of digits', async (t) => {
  const seen = new Set();
  const page = await open(t, { width: 320 });
  await page.goto(`${base}/log-ind`);
  await keypads(page, seen);
  await asEmployer(page);
  await page.getByRole('link', { name: 'Ny indberetning' }).click();
  await choose(page, 'report_kind', 'full_time_wage');
  await goOn(page);
  await keypads(page, seen);
  await page.goto(`${base}/indberet`);
  await upToTheWage(page);
  await keypads(page, seen);
  await page.goto(page.url().replace(/[^/]*$/, 'full_time_wage.job'));
  await keypads(page, seen);
  await page.goBack();
  await builtUp(page);
  await keypads(page, seen);
  await goOn(page);
  await keypads(page, seen);
  for (const [kind, field] of [['one_off_payment', 'payment_amount'], ['employment_end', 'employment_end_date.day'], ['unchanged_confirmation', 'unchanged_as_of.day']]) {
    await page.goto(`${base}/indberet/ny`);
    await choose(page, 'report_kind', kind);
    await goOn(page);
    await page.locator('#employee_cpr').fill('251248-9996');
    await page.locator('#employee_name').fill('Nancy Ann Test Berggren');
    await page.locator('#municipality_code').selectOption('0101');
    for (let pages = 0; pages < 3 && !seen.has(field); pages += 1) {
      await goOn(page);
      if (await page.locator('#position_title').count()) await page.locator('#position_title').fill('Kok');
      await keypads(page, seen);
    }
    assert.ok(seen.has(field), `${field} was asked for`);
  }
  await page.goto(`${base}/beregner`);
  await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
  await keypads(page, seen);
  for (const name of ['cvr', 'employee_cpr', 'employee_postcode', 'production_unit_p_number', 'full_time_weekly_hours', 'base_wage', 'employer_pension', 'valid_from.year', 'wage', 'weekly_hours']) {
    assert.ok(seen.has(name), `${name} was looked at: ${[...seen]}`);
  }
});

for (const javascript of [true, false]) {
  test(`the calculator leads to its result, ${javascript ? 'with' : 'without'} scripts`, async (t) => {
    const page = await visit(t, '/beregner', { javascript, width: 320, height: 640 });
    await page.locator('#subsidy_month').selectOption('2024-05');
    await page.locator('#wage').fill('200');
    await page.locator('#weekly_hours').fill('18');
    await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Beregn' }).click()]);
    assert.equal(new URL(page.url()).hash, '#resultat');
    const result = page.locator('#resultat');
    const top = (await result.boundingBox()).y;
    assert.ok(top > -5 && top < 320, `the result is in sight, at ${top}`);
    assert.equal(await page.locator('#resultat:focus').count(), 1, 'the result has the focus');
    await page.keyboard.press('Tab');
    assert.equal(await page.locator('#resultat :focus').count(), 1, 'the next stop is within the result');
    if (javascript) await assertAccessible(page);
  });
}

test('labels of plots are whole at 320 pixels, whatever the figures', async (t) => {
  const cases = ['wage=200&weekly_hours=18', 'wage=90&weekly_hours=1', 'wage=200&weekly_hours=37', 'wage=999&weekly_hours=36,5', 'wage=200&weekly_hours=18&other_wage=220&other_weekly_hours=20'];
  const page = await open(t, { width: 320 });
  for (const lang of ['da', 'en']) {
    for (const one of cases) {
      await page.goto(`${base}/beregner?subsidy_month=2024-05&wage_unit=hour&${one}&lang=${lang}`);
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
      assert.ok(await page.locator('svg.fs-curve:visible').count() > 0, one);
      await assertLabelsWhole(page);
    }
  }
});
