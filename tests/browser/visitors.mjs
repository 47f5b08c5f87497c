// Who the page tests are, and how they fill in the form.

import assert from 'node:assert/strict';
import { base } from './support.mjs';

/** The test person that may be shown to everybody. */
export const employee = { cpr: '251248-9996', name: 'Nancy Ann Test Berggren' };

/** Logs in on the demo page as the company of the examples, or another with `cvr`. */
export async function asEmployer(page, cvr = '13585628') {
  await page.goto(`${base}/log-ind`);
  await page.locator('#cvr').fill(cvr);
  await page.getByRole('button', { name: 'Log ind som arbejdsgiver' }).click();
  await page.waitForURL(`${base}/indberet`);
}

/** Logs in on the demo page as a municipality. */
export async function asMunicipality(page, code = '0101') {
  await page.goto(`${base}/log-ind`);
  await page.locator('#municipality').selectOption(code);
  await page.getByRole('button', { name: 'Log ind som kommune' }).click();
  await page.waitForURL(`${base}/kommune`);
}

/** Presses the button that leads to the next page and waits for the page. */
export async function goOn(page) {
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: /^(Fortsæt|Continue)$/ }).click()]);
}

/** Fills in a date in its three parts. */
export async function fillDate(page, id, day, month, year) {
  await page.locator(`#${id}`).fill(day);
  await page.locator(`#${id}-month`).fill(month);
  await page.locator(`#${id}-year`).fill(year);
}

/** Ticks a box or chooses an option as a person does, on its label: the design system hides the input itself. */
export async function tick(page, selector) {
  const input = page.locator(selector);
  if (await input.isChecked()) return;
  await page.locator(`label[for="${await input.getAttribute('id')}"]`).click();
  assert.ok(await input.isChecked(), `${selector} is chosen`);
}

/** Ticks or chooses the option of a list by its code, and waits for the questions that it may bring with scripts. */
export async function choose(page, name, code) {
  await tick(page, `input[name="${name}"][value="${code}"]`);
  await page.locator('[data-questions][aria-busy="true"]').waitFor({ state: 'detached' });
}

/** From the list of own reports to the page about the wage: the kind, the employee and the job are filled in. */
export async function upToTheWage(page) {
  await page.getByRole('link', { name: 'Ny indberetning' }).click();
  await choose(page, 'report_kind', 'full_time_wage');
  await goOn(page);
  await page.locator('#employee_cpr').fill(employee.cpr);
  await page.locator('#employee_name').fill(employee.name);
  await page.locator('#municipality_code').selectOption('0101');
  await goOn(page);
  await page.locator('#position_title').fill('Kontorassistent');
  await goOn(page);
}

/** Answers something that brings the question `then`: by itself with scripts, by the button without. */
export async function unfold(page, name, code, then) {
  await choose(page, name, code);
  if (await page.locator('html.js').count() === 0) {
    await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Opdatér spørgsmål' }).click()]);
  }
  await page.locator(`#${then}`).waitFor();
}

/** The page about the wage, where the total is known. */
export async function knownTotal(page) {
  await fillDate(page, 'valid_from', '1', '12', '2026');
  await unfold(page, 'entry_mode', 'total_known', 'full_time_total_monthly_wage');
  await page.locator('#full_time_total_monthly_wage').fill('32.067,00');
  await choose(page, 'included_components', 'employer_pension');
}

/** The page about the wage, built up from its parts. */
export async function builtUp(page) {
  await fillDate(page, 'valid_from', '1', '12', '2026');
  await unfold(page, 'entry_mode', 'build_up', 'base_wage');
  await choose(page, 'wage_unit', 'month');
  await page.locator('#base_wage').fill('27.500,00');
  await page.locator('#fixed_supplements_total').fill('1.200');
  await choose(page, 'holiday_scheme', 'paid_holiday');
  await unfold(page, 'pension_mode', 'percent', 'employer_pension');
  await page.locator('#employer_pension').fill('12');
  await page.locator('#employee_pension').fill('4');
  await unfold(page, 'has_variable_supplements', 'no', 'included_components');
  await choose(page, 'pension_on_supplements', 'fixed');
  await choose(page, 'included_components', 'employer_pension');
}

/** Whom the municipality may ask. */
export async function contact(page) {
  await page.locator('#contact_name').fill('Løn & Personale');
  await page.locator('#contact_email').fill('loen@vaerkstedet.example');
}
