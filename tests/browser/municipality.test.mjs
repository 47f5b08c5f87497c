import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, assertNoSidewaysScroll, base, open, screenshot, widths } from './support.mjs';
import { asEmployer, asMunicipality, builtUp, contact, employee, goOn, tick, upToTheWage } from './visitors.mjs';

/** Sends a report as the employer; gives the page of its receipt. */
async function reportSent(t, javascript = false) {
  const page = await open(t, { javascript });
  await asEmployer(page);
  await upToTheWage(page);
  await builtUp(page);
  await goOn(page);
  await contact(page);
  await goOn(page);
  await tick(page, '#declaration_accepted');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Send indberetningen' }).click()]);
  return page;
}

/** Opens the newest report of the list. */
async function openFirst(page) {
  await page.locator('main tbody a').first().click();
  await page.waitForURL(/\/kommune\/[0-9a-f-]{36}$/);
}

const press = (page, name) => Promise.all([page.waitForNavigation(), page.getByRole('button', { name, exact: true }).click()]);

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
    await openFirst(page);
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

test('a question goes to the employer, the answer comes back, and the report is accepted', async (t) => {
  const employer = await reportSent(t, true);
  const page = await open(t);
  await asMunicipality(page);
  await openFirst(page);
  await tick(page, 'input[name="outcome"][value="question"]');
  await press(page, 'Send svaret');
  assert.match(await page.title(), /^Fejl:/);
  assert.equal(await page.locator('#text').getAttribute('aria-invalid'), 'true');
  assert.ok(await page.locator('input[name="outcome"][value="question"]').isChecked(), 'what was chosen is still chosen');
  await assertAccessible(page);
  await page.locator('#text').fill('Er tillægget fast?');
  await press(page, 'Send svaret');
  assert.ok((await page.locator('main').innerText()).includes('Spørgsmål stillet'));

  await employer.reload();
  assert.ok((await employer.locator('main').innerText()).includes('Er tillægget fast?'));
  await assertAccessible(employer);
  await press(employer, 'Send svaret');
  assert.match(employer.url(), /\?gemt=[0-9a-f-]{36}$/, 'the page with the fault can be fetched again');
  assert.match(await employer.title(), /^Fejl:/);
  await assertAccessible(employer);
  await screenshot(employer, 'employer-question-1280');
  await employer.locator('textarea[name="text"]').fill('Ja, det er fast.');
  await press(employer, 'Send svaret');
  assert.match(employer.url(), /\/indberet\/[0-9a-f-]{36}$/);
  assert.equal(await employer.locator('textarea[name="text"]').count(), 0, 'the question is answered');

  await page.reload();
  assert.ok((await page.locator('main').innerText()).includes('Ja, det er fast.'));
  await screenshot(page, 'record-answered-1280');
  await tick(page, 'input[name="outcome"][value="accepted"]');
  await press(page, 'Send svaret');
  assert.ok((await page.locator('.badge').first().innerText()).includes('Godkendt'));
  assert.equal(await page.getByRole('button', { name: 'Send svaret' }).count(), 0, 'what is decided is decided');
  await employer.reload();
  assert.ok((await employer.locator('main').innerText()).includes('har godkendt indberetningen'));
});

test('a report that came to the wrong municipality is handed on with a reason', async (t) => {
  await reportSent(t);
  const page = await open(t, { javascript: false, width: 320 });
  await asMunicipality(page);
  await openFirst(page);
  await page.locator('summary').last().click();
  await press(page, 'Send videre');
  assert.equal(await page.locator('#to').getAttribute('aria-invalid'), 'true');
  assert.equal(await page.locator('#why').getAttribute('aria-invalid'), 'true');
  await assertNoSidewaysScroll(page);
  await page.locator('#to').selectOption('0766');
  await page.locator('#why').fill('Borgeren er flyttet.');
  await press(page, 'Send videre');
  assert.match(page.url(), /\/kommune\/oversendt\?gjort=1$/);
  const handedOn = await page.locator('main').innerText();
  for (const shown of ['Indberetningen er sendt videre.', 'Borgeren er flyttet.']) {
    assert.ok(handedOn.includes(shown), `the list shows ${shown}`);
  }
  assert.ok(!handedOn.includes(employee.name), 'what the report says is no longer theirs');
  await assertNoSidewaysScroll(page);
  await page.locator('main tbody a').first().click();
  const gone = await page.locator('main').innerText();
  assert.ok(gone.includes('Borgeren er flyttet.') && !gone.includes(employee.name));
  await assertNoSidewaysScroll(page);
  const other = await open(t);
  await asMunicipality(other, '0766');
  await openFirst(other);
  const record = await other.locator('main').innerText();
  for (const shown of ['Borgeren er flyttet.', 'Københavns Kommune', employee.name]) {
    assert.ok(record.includes(shown), `the record shows ${shown}`);
  }
  await assertAccessible(other);
  assert.equal(await other.getByRole('button', { name: 'Send svaret' }).count(), 1, 'the new municipality can answer');
});

test('a record is printed without its controls, and calculates with other income', async (t) => {
  await reportSent(t);
  const page = await open(t);
  await asMunicipality(page);
  await openFirst(page);
  await page.emulateMedia({ media: 'print' });
  for (const control of ['main form', '.navigation-menu', 'footer', '.back-link']) {
    for (const one of await page.locator(control).all()) assert.ok(!(await one.isVisible()), `${control} is not printed`);
  }
  assert.match(await page.locator('.fs-paper-head').innerText(), /Kvittering FP-/);
  await screenshot(page, 'record-print-1280');
  await page.emulateMedia({ media: 'screen' });
  assert.ok(!(await page.locator('.fs-paper-head').isVisible()));
  await press(page, 'Beregn med anden indkomst');
  await assertAccessible(page);
  await page.locator('#kind_2').selectOption('other_wage');
  await page.locator('#amount_2').fill('2.500');
  await press(page, 'Beregn');
  assert.match(await page.locator('main').innerText(), /Resultat af den tænkte beregning/);
  assert.match(page.url(), /\/beregn$/);
  await assertAccessible(page);
  await screenshot(page, 'what-if-1280');
});
