import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, assertLabelsWhole, assertNoSidewaysScroll, base, createKey, open, screenshot, widths } from './support.mjs';
import { asMunicipality, employee } from './visitors.mjs';

const press = (page, name) => Promise.all([page.waitForNavigation(), page.getByRole('button', { name, exact: true }).click()]);

async function post(path, key, body, headers = {}) {
  const answer = await fetch(base + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 201, `${path}: ${await answer.clone().text()}`);
}

/** One report that the municipality's system has fetched. */
async function delivered(municipality) {
  const report = {
    report_kind: 'full_time_wage', employee_cpr: employee.cpr, employee_name: employee.name, municipality_code: municipality,
    position_title: 'Kontorassistent', valid_from: '2026-12-01', full_time_weekly_hours: '37', entry_mode: 'total_known',
    full_time_total_monthly_wage: '32067.00', included_components: ['employer_pension'],
  };
  const submission = {
    form: 'fleksjob-wage', form_version: '1.0', declaration_accepted: true, reports: [report],
    employer: { cvr: '13585628', contact_name: 'Løn & Personale', contact_email: 'loen@example.dk' },
  };
  const employer = createKey('--role', 'employer', '--cvr', '13585628');
  await post('/api/v1/submissions', employer, submission, { 'idempotency-key': `overview-${municipality}` });
  const system = createKey('--role', 'municipality', '--municipality', municipality);
  await post(`/api/v1/municipalities/${municipality}/acknowledgements`, system, { up_to_sequence: 1 });
}

test('the overview tells what waits and shows its figures at every width', async (t) => {
  await delivered('0101');
  for (const width of widths) {
    const page = await open(t, { width });
    await asMunicipality(page);
    await page.getByRole('link', { name: 'Overblik, ping og kontakt' }).click();
    await page.waitForURL(/\/kommune\/oversigt$/);
    await assertAccessible(page);
    await assertNoSidewaysScroll(page);
    const pictures = page.locator('svg.fs-curve:visible');
    assert.equal(await pictures.count(), 2, 'each picture in the size that fits');
    for (const picture of await pictures.all()) {
      assert.equal(await picture.getAttribute('role'), 'img');
      assert.notEqual(await picture.locator('desc').textContent(), '');
    }
    for (const summary of await page.locator('main details summary').all()) await summary.click();
    assert.equal(await page.locator('main details table tbody tr:visible').count(), 60, 'a row for each day beside each picture');
    await assertAccessible(page);
    await assertNoSidewaysScroll(page);
    await assertLabelsWhole(page);
    await screenshot(page, `overview-${width}`);
  }
});

test('contact and pings are set on the page, and what is wrong is said where it is typed', async (t) => {
  const page = await open(t);
  await asMunicipality(page, '0751');
  await page.goto(`${base}/kommune/oversigt`);
  await page.locator('#ping_url').fill('https://10.0.0.7/ping');
  await press(page, 'Registrér, og få en hemmelighed');
  assert.match(await page.title(), /^Fejl:/);
  assert.equal(await page.locator('#ping_url').getAttribute('aria-invalid'), 'true');
  await assertAccessible(page);
  await page.locator('#ping_url').fill('https://fleks.kommunen.zz/ping');
  await press(page, 'Registrér, og få en hemmelighed');
  assert.match(await page.locator('.fs-secret').innerText(), /^whsec_/);
  await assertAccessible(page);
  await press(page, 'Send en prøve');
  let shown = '';
  for (let look = 0; look < 30 && !shown.includes('Prøves igen'); look += 1) {
    await page.waitForTimeout(500);
    await page.reload();
    shown = await page.locator('main').innerText();
  }
  assert.match(shown, /Prøves igen/, 'the name is known to nobody, so the test fails visibly');
  await assertAccessible(page);
  await screenshot(page, 'overview-pings-1280');
  await press(page, 'Send ikke flere ping');
  assert.equal(await page.getByRole('button', { name: 'Send en prøve' }).count(), 0);
});

test('the contact is set without scripts', async (t) => {
  await delivered('0766');
  const page = await open(t, { javascript: false, width: 320 });
  await asMunicipality(page, '0766');
  await page.goto(`${base}/kommune/oversigt`);
  await page.locator('main details summary').first().click();
  assert.equal(await page.locator('main details table tbody tr:visible').count(), 30);
  await page.locator('#contact_email').fill('fleks@kommunen.example');
  await press(page, 'Gem kontakten');
  assert.ok((await page.locator('main').innerText()).includes('Kontakten er gemt.'));
  assert.equal(await page.locator('#contact_email').inputValue(), 'fleks@kommunen.example');
});
