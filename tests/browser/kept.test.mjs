// Forms beside the report itself: the login ends while somebody types, or something is wrong. Nothing that was typed may be lost, and
// the page that comes instead can be fetched again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, base, createKey, open } from './support.mjs';
import { asMunicipality, employee, tick } from './visitors.mjs';

const cvr = '13585628';
const press = (page, name) => Promise.all([page.waitForNavigation(), page.getByRole('button', { name, exact: true }).click()]);
const main = (page) => page.locator('main').innerText();

async function post(path, key, body, headers = {}) {
  const answer = await fetch(base + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 201, `${path}: ${await answer.clone().text()}`);
  return answer.json();
}

/** Sends a report to a municipality; gives what was answered. */
async function sent(municipality, key) {
  const report = {
    report_kind: 'full_time_wage', employee_cpr: employee.cpr, employee_name: employee.name, municipality_code: municipality,
    position_title: 'Kontorassistent', valid_from: '2026-12-01', full_time_weekly_hours: '37', entry_mode: 'total_known',
    full_time_total_monthly_wage: '32067.00', included_components: ['employer_pension'],
  };
  const submission = {
    form: 'fleksjob-wage', form_version: '1.0', declaration_accepted: true, reports: [report],
    employer: { cvr, contact_name: 'Løn & Personale', contact_email: 'loen@example.dk' },
  };
  return post('/api/v1/submissions', createKey('--role', 'employer', '--cvr', cvr), submission, { 'idempotency-key': key });
}

/** The login ends, the button is pressed; after a new login as the same person the same page shows what was typed. */
async function loseLogin(page, button, logIn, javascript) {
  const address = new URL(page.url()).pathname;
  await page.context().clearCookies({ name: 'session' });
  await press(page, button);
  assert.equal(new URL(page.url()).pathname, '/log-ind');
  assert.ok((await main(page)).includes('Det, du skrev, er gemt.'));
  if (javascript) await assertAccessible(page);
  await logIn();
  assert.equal(new URL(page.url()).pathname, address);
  assert.ok((await main(page)).includes('Dit login blev fornyet undervejs. Intet er sendt.'));
  if (javascript) await assertAccessible(page);
}

async function asEmployerAgain(page) {
  await page.locator('#cvr').fill(cvr);
  await page.locator('#person').fill('NB');
  await press(page, 'Log ind som arbejdsgiver');
}

async function asMunicipalityAgain(page, code) {
  await page.locator('#municipality').selectOption(code);
  await press(page, 'Log ind som kommune');
}

for (const javascript of [true, false]) {
  const how = javascript ? 'with scripts' : 'without scripts';
  const code = javascript ? '0217' : '0219';

  test(`a question and its answer survive a login that ends, ${how}`, async (t) => {
    const { submission_id: submission, reports: [{ report_id: report }] } = await sent(code, `kept-${code}`);
    const page = await open(t, { javascript });
    await asMunicipality(page, code);
    await page.goto(`${base}/kommune/${report}`);
    await tick(page, 'input[name="outcome"][value="question"]');
    await page.locator('#text').fill('Er tillægget fast?');
    await loseLogin(page, 'Send svaret', () => asMunicipalityAgain(page, code), javascript);
    assert.ok(await page.locator('input[name="outcome"][value="question"]').isChecked());
    assert.equal(await page.locator('#text').inputValue(), 'Er tillægget fast?');
    await page.reload();
    assert.equal(await page.locator('#text').inputValue(), 'Er tillægget fast?');
    await press(page, 'Send svaret');
    assert.ok((await main(page)).includes('Spørgsmål stillet'));

    const employer = await open(t, { javascript });
    await employer.goto(`${base}/log-ind?videre=/indberet/${submission}`);
    await asEmployerAgain(employer);
    await employer.locator('textarea[name="text"]').fill('Ja, det er fast.');
    await loseLogin(employer, 'Send svaret', () => asEmployerAgain(employer), javascript);
    assert.equal(await employer.locator('textarea[name="text"]').inputValue(), 'Ja, det er fast.');
    await press(employer, 'Send svaret');
    assert.equal(await employer.locator('textarea[name="text"]').count(), 0, 'the question is answered');
    assert.ok((await main(employer)).includes('Ja, det er fast.'));
  });

  test(`handing on and settings survive it too, ${how}`, async (t) => {
    const { reports: [{ report_id: report }] } = await sent(code, `handing-on-${code}`);
    const page = await open(t, { javascript });
    await asMunicipality(page, code);
    await page.goto(`${base}/kommune/${report}`);
    await page.locator('details > summary').last().click();
    await page.locator('#to').selectOption('0766');
    await page.locator('#why').fill('Borgeren er flyttet.');
    await loseLogin(page, 'Send videre', () => asMunicipalityAgain(page, code), javascript);
    assert.ok(await page.locator('#why').isVisible(), 'the form that was filled in is open');
    assert.equal(await page.locator('#why').inputValue(), 'Borgeren er flyttet.');
    assert.equal(await page.locator('#to').inputValue(), '0766');

    await page.goto(`${base}/kommune/oversigt`);
    await page.locator('#contact_email').fill('fleks.kommunen.example');
    await loseLogin(page, 'Gem kontakten', () => asMunicipalityAgain(page, code), javascript);
    assert.equal(await page.locator('#contact_email').inputValue(), 'fleks.kommunen.example');
    await press(page, 'Gem kontakten');
    assert.match(await page.title(), /^Fejl:/);
    const address = page.url();
    await page.reload();
    assert.equal(page.url(), address);
    assert.equal(await page.locator('#contact_email').getAttribute('aria-invalid'), 'true');
    if (javascript) {
      assert.equal(await page.evaluate(() => document.activeElement.dataset.module), 'error-summary');
      await assertAccessible(page);
    }
    await page.locator('#contact_email').fill('fleks@kommunen.example');
    await press(page, 'Gem kontakten');
    assert.ok((await main(page)).includes('Kontakten er gemt.'));
  });
}

test('what was typed is shown to no other municipality', async (t) => {
  const { reports: [{ report_id: report }] } = await sent('0223', 'kept-0223');
  const page = await open(t);
  await asMunicipality(page, '0223');
  await page.goto(`${base}/kommune/${report}`);
  await tick(page, 'input[name="outcome"][value="question"]');
  await page.locator('#text').fill('Kun til os');
  await page.context().clearCookies({ name: 'session' });
  await press(page, 'Send svaret');
  const login = page.url();
  assert.ok(!login.includes('Kun'), 'nothing stands in the address');
  const next = new URL(login).searchParams.get('videre');
  await asMunicipalityAgain(page, '0230');
  assert.ok(!(await main(page)).includes('Kun til os'));
  await page.goto(login);
  await asMunicipalityAgain(page, '0223');
  assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, next);
  assert.equal(await page.locator('#text').inputValue(), 'Kun til os');
});

for (const javascript of [true, false]) {
  const how = javascript ? 'with scripts' : 'without scripts';

  test(`a report is corrected and then withdrawn from its page, without an id to copy, ${how}`, async (t) => {
    const { submission_id: submission } = await sent('0240', `correcting-${javascript}`);
    const page = await open(t, { javascript, width: 320 });
    await page.goto(`${base}/log-ind?videre=/indberet/${submission}`);
    await asEmployerAgain(page);
    const begin = async (what) => {
      await page.locator('summary', { hasText: 'Ret eller træk tilbage' }).click();
      if (javascript) await assertAccessible(page);
      await Promise.all([page.waitForNavigation(), page.locator(`button[name="hvad"][value="${what}"]`).click()]);
    };
    const send = async () => {
      assert.equal(await page.locator('h1').innerText(), 'Tjek dine svar');
      assert.ok(!/[0-9a-f]{8}-[0-9a-f]{4}/.test(await main(page)), 'no id is shown');
      await tick(page, '#declaration_accepted');
      await press(page, 'Send indberetningen');
      assert.match(page.url(), /\/indberet\/[0-9a-f-]{36}$/);
    };
    await begin('ret');
    assert.equal(await page.locator('#employee_name').inputValue(), employee.name);
    for (let pages = 0; await page.locator('h1').innerText() !== 'Tjek dine svar'; pages += 1) {
      assert.ok(pages < 8, 'the pages come to an end');
      if (await page.locator('#full_time_total_monthly_wage').count()) await page.locator('#full_time_total_monthly_wage').fill('33.000,00');
      await press(page, 'Fortsæt');
    }
    await send();
    assert.ok((await main(page)).includes('33.000,00'));
    await begin('traek');
    await send();
    assert.equal(await page.getByText('Ret eller træk tilbage').count(), 0, 'nothing is left to correct');
  });
}
