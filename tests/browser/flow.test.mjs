// Every kind of report, new, replaced and withdrawn, with and without scripts. On each page: the login ends while somebody types, back,
// reload. Nothing that was typed may be lost, and nothing may be asked to be sent again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, base, open } from './support.mjs';
import { contact, employee, fillDate, goOn, tick } from './visitors.mjs';

const kinds = ['full_time_wage', 'one_off_payment', 'employment_end', 'unchanged_confirmation'];

/** What is answered wherever it is asked. */
const answers = {
  employee_cpr: employee.cpr,
  employee_name: employee.name,
  municipality_code: '0751',
  position_title: 'Kok',
  full_time_weekly_hours: '37',
  valid_from: ['1', '12', '2026'],
  entry_mode: 'total_known',
  full_time_total_monthly_wage: '32.067,00',
  included_components: 'employer_pension',
  payment_type: 'individual_bonus',
  payment_amount: '5.000,00',
  payment_date: ['15', '11', '2026'],
  earned_from: ['1', '10', '2026'],
  earned_to: ['31', '10', '2026'],
  depends_on_own_work: 'yes',
  same_for_all_staff: 'no',
  is_recurring_entitlement: 'no',
  employment_end_date: ['30', '11', '2026'],
  unchanged_as_of: ['1', '12', '2026'],
};

async function logIn(page, cvr, person = 'NB') {
  await page.locator('#cvr').fill(cvr);
  await page.locator('#person').fill(person);
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Log ind som arbejdsgiver' }).click()]);
}

/** What the page asks: the kind of input by name. */
async function asked(page) {
  const found = await page.locator('form#report').evaluate((form) => [...form.elements].map((one) => [one.name, one.type]));
  return Object.fromEntries(found.filter(([, type]) => type !== 'hidden').map(([name, type]) => [name.replace(/\.(day|month|year)$/, ''), type]));
}

/** What stands in the page's form. */
async function typed(page) {
  return page.locator('form#report').evaluate((form) => [...new FormData(form)].filter(([name]) => form.elements[name]?.type !== 'hidden'));
}

async function answer(page, given) {
  for (const [name, type] of Object.entries(await asked(page)).filter(([one]) => one in given)) {
    const value = given[name];
    if (Array.isArray(value)) await fillDate(page, name, ...value);
    else if (type === 'select-one') await page.locator(`select[name="${name}"]`).selectOption(value);
    else if (type === 'radio' || type === 'checkbox') {
      await tick(page, `input[name="${name}"][value="${value}"]`);
      await page.locator('[data-questions][aria-busy="true"]').waitFor({ state: 'detached' });
    } else await page.locator(`#${name}`).fill(value);
  }
}

/** All that a page asks, with what comes up on the way. */
async function fillIn(page, given, javascript) {
  await answer(page, given);
  if (await page.locator('[data-opens]').count() === 0) return;
  if (!javascript) {
    await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Opdatér spørgsmål' }).click()]);
  }
  await answer(page, given);
}

const heading = (page) => page.locator('h1').innerText();

/** The login ends, the button is pressed, and after a new login the same page stands there with what was typed. */
async function loseLogin(page, cvr, press) {
  const [address, before] = [new URL(page.url()).pathname, await typed(page)];
  await page.context().clearCookies({ name: 'session' });
  await Promise.all([page.waitForURL(/\/log-ind/), press()]);
  await logIn(page, cvr);
  assert.equal(new URL(page.url()).pathname, address);
  assert.deepEqual(await typed(page), before, `after the login on ${address}`);
  assert.ok((await page.locator('main').innerText()).includes('Dit login blev fornyet undervejs'));
}

async function backAndReload(page, before, name) {
  const next = await heading(page);
  await page.goBack();
  assert.deepEqual(await typed(page), before, `back to ${name}`);
  await page.reload();
  assert.deepEqual(await typed(page), before, `reloaded: ${name}`);
  await page.goForward();
  assert.equal(await heading(page), next);
}

/** From the first page to the receipt; gives the id of the report. */
async function report(page, cvr, given, javascript) {
  await page.goto(`${base}/indberet/ny`);
  for (let pages = 0; await heading(page) !== 'Tjek dine svar'; pages += 1) {
    assert.ok(pages < 10, 'the pages go round in a circle');
    const name = await heading(page);
    if (name === 'Arbejdsgiver' || await page.locator('#contact_name').count()) await contact(page);
    else await fillIn(page, given, javascript);
    await loseLogin(page, cvr, () => page.getByRole('button', { name: 'Fortsæt' }).click());
    const before = await typed(page);
    await goOn(page);
    assert.equal(await page.locator('[data-module="error-summary"]').count(), 0, `${name}: nothing is wrong`);
    await backAndReload(page, before, name);
  }
  await tick(page, '#declaration_accepted');
  const send = () => page.getByRole('button', { name: 'Send indberetningen' }).click();
  await loseLogin(page, cvr, send);
  await page.reload();
  assert.ok(await page.locator('#declaration_accepted').isChecked());
  await Promise.all([page.waitForURL(/\/indberet\/[0-9a-f-]{36}$/), send()]);
  const receipt = page.url();
  await page.goBack();
  assert.equal(page.url(), receipt, 'what was sent leads to its receipt');
  await page.reload();
  const data = await (await page.request.get(`${receipt}/kvittering.json`)).json();
  return data.reports[0].report_id;
}

for (const javascript of [true, false]) {
  const how = javascript ? 'with scripts' : 'without scripts';
  const cvr = javascript ? '10000009' : '20000031';
  for (const kind of kinds) {
    test(`${kind}: new, replaced and withdrawn, ${how}`, async (t) => {
      const page = await open(t, { javascript });
      await page.goto(`${base}/log-ind`);
      await logIn(page, cvr);
      const first = await report(page, cvr, { ...answers, report_kind: kind }, javascript);
      const replacing = { ...answers, report_kind: 'correction', correction_action: 'replace', corrected_report_kind: kind, corrects_report_id: first, position_title: 'Køkkenleder' };
      const second = await report(page, cvr, replacing, javascript);
      const withdrawing = { ...answers, report_kind: 'correction', correction_action: 'withdraw', corrects_report_id: second };
      await report(page, cvr, withdrawing, javascript);
    });
  }
}

test('what was typed is shown to nobody else who logs in', async (t) => {
  const page = await open(t);
  await page.goto(`${base}/log-ind`);
  await logIn(page, '10000009');
  await page.goto(`${base}/indberet/ny`);
  await answer(page, { report_kind: 'full_time_wage' });
  await goOn(page);
  await answer(page, answers);
  const address = page.url();
  for (const [cvr, person] of [['10000009', 'XX'], ['20000031', 'NB']]) {
    await page.context().clearCookies({ name: 'session' });
    await page.goto(address);
    await logIn(page, cvr, person);
    assert.ok(!(await page.content()).includes(employee.cpr));
    assert.ok((await page.locator('main').innerText()).includes('med et andet login'));
    await assertAccessible(page);
  }
});

test('changing something on the check leads back to it', async (t) => {
  const page = await open(t);
  await page.goto(`${base}/log-ind`);
  await logIn(page, '10000009', 'RET');
  await page.goto(`${base}/indberet/ny`);
  while (await heading(page) !== 'Tjek dine svar') {
    if (await page.locator('#contact_name').count()) await contact(page);
    else await fillIn(page, { ...answers, report_kind: 'unchanged_confirmation' }, true);
    await goOn(page);
  }
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: /^Ret/ }).nth(1).click()]);
  assert.notEqual(await heading(page), 'Tjek dine svar');
  await goOn(page);
  assert.equal(await heading(page), 'Tjek dine svar');
});

test('nothing is called voluntary that may be asked for, and numbers get a keyboard of digits', async (t) => {
  const page = await open(t, { width: 320 });
  await page.goto(`${base}/log-ind`);
  await logIn(page, '10000009', 'FRI');
  await page.goto(`${base}/indberet/ny`);
  await answer(page, { report_kind: 'correction' });
  await goOn(page);
  await tick(page, 'input[name="correction_action"][value="replace"]');
  await page.locator('input[name="corrected_report_kind"]').first().waitFor({ state: 'attached' });
  assert.ok(!(await page.locator('form#report').innerText()).includes('(frivilligt)'));
  await Promise.all([page.waitForNavigation(), page.goto(`${base}/indberet/ny`)]);
  await answer(page, { report_kind: 'employment_end' });
  await goOn(page);
  assert.equal(await page.locator('#employee_cpr').getAttribute('inputmode'), 'numeric');
  const label = (id) => page.locator(`label[for="${id}"]`).innerText();
  assert.ok(!(await label('production_unit_p_number')).includes('frivilligt'), 'who lives abroad needs it');
  assert.ok((await label('employee_postcode')).includes('hvis det er relevant'));
});
