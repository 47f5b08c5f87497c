import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, assertNoSidewaysScroll, base, open, screenshot, widths } from './support.mjs';
import { asEmployer, builtUp, choose, contact, employee, goOn, knownTotal, tick, upToTheWage } from './visitors.mjs';

async function looksRight(page, name) {
  await assertAccessible(page);
  await assertNoSidewaysScroll(page);
  await screenshot(page, name);
}

async function send(page) {
  await tick(page, '#declaration_accepted');
  await Promise.all([
    page.waitForURL(/\/indberet\/[0-9a-f-]{36}$/),
    page.getByRole('button', { name: 'Send indberetningen' }).click(),
  ]);
}

for (const javascript of [true, false]) {
  const how = javascript ? 'with scripts' : 'without scripts';

  test(`a wage goes from the first page to the receipt, ${how}`, async (t) => {
    const page = await open(t, { javascript });
    await asEmployer(page);
    await upToTheWage(page);
    await knownTotal(page);
    await goOn(page);
    await contact(page);
    await goOn(page);
    assert.equal(await page.locator('h1').innerText(), 'Tjek dine svar');
    const text = await page.locator('main').innerText();
    for (const shown of [employee.name, employee.cpr, '32.067,00 kr.', '1. december 2026', 'Københavns Kommune', 'loen@vaerkstedet.example']) {
      assert.ok(text.includes(shown), `the check shows ${shown}`);
    }
    assert.ok(!page.url().includes('?'), 'nothing stands in the address');
    await send(page);
    const receipt = await page.locator('main').innerText();
    assert.match(receipt, /FP-/);
    assert.ok(receipt.includes('Københavns Kommune'));
    for (const [name, type] of [['Hent som PDF', 'application/pdf'], ['Hent som data (JSON)', 'application/json']]) {
      const link = await page.getByRole('link', { name }).getAttribute('href');
      const answer = await page.request.get(base + link);
      assert.equal(answer.status(), 200);
      assert.equal(answer.headers()['content-type'], type);
    }
  });

  test(`a wage built up from its parts is computed and shown step by step, ${how}`, async (t) => {
    const page = await open(t, { javascript });
    await asEmployer(page);
    await upToTheWage(page);
    await builtUp(page);
    await goOn(page);
    await contact(page);
    await goOn(page);
    const text = await page.locator('main').innerText();
    assert.ok(text.includes('27.500,00 kr.'), 'the base is shown');
    assert.ok(text.includes('32.144,00 kr.'), 'the sum is shown: 28.700 and 12 per cent of it');
    assert.ok(text.toLowerCase().includes('pension'), 'a step tells of the pension');
    await screenshot(page, `employer-built-up-${javascript ? 'js' : 'plain'}`);
    await send(page);
  });
}

for (const width of widths) {
  test(`every page of the flow is accessible and fits a window of ${width} pixels`, async (t) => {
    const page = await open(t, { width });
    await page.goto(`${base}/log-ind`);
    await looksRight(page, `login-${width}`);
    await asEmployer(page);
    await looksRight(page, `employer-list-empty-or-not-${width}`);
    await page.getByRole('link', { name: 'Ny indberetning' }).click();
    await looksRight(page, `employer-kind-${width}`);
    await goOn(page);
    await looksRight(page, `employer-kind-missing-${width}`);
    await page.goto(`${base}/indberet`);
    await upToTheWage(page);
    await looksRight(page, `employer-wage-${width}`);
    await builtUp(page);
    await looksRight(page, `employer-wage-open-${width}`);
    await page.locator('#base_wage').fill('tyve tusinde');
    await goOn(page);
    await looksRight(page, `employer-wage-faulty-${width}`);
    await page.locator('#base_wage').fill('27500');
    await goOn(page);
    await looksRight(page, `employer-contact-${width}`);
    await contact(page);
    await goOn(page);
    await looksRight(page, `employer-check-${width}`);
    await send(page);
    await looksRight(page, `employer-receipt-${width}`);
    await page.goto(`${base}/indberet`);
    await looksRight(page, `employer-list-${width}`);
  });
}

test('what is missing is told above the heading and at the field in the same words, and takes the focus', async (t) => {
  const page = await open(t);
  await asEmployer(page);
  await page.getByRole('link', { name: 'Ny indberetning' }).click();
  await choose(page, 'report_kind', 'employment_end');
  await goOn(page);
  await page.locator('#employee_cpr').fill('251248');
  await goOn(page);
  const summary = page.locator('[data-module="error-summary"]');
  assert.ok(await summary.evaluate((element) => element === document.activeElement), 'the summary has the focus');
  const above = await page.evaluate(() => {
    const [list, heading] = [document.querySelector('[data-module="error-summary"]'), document.querySelector('h1')];
    return Boolean(list.compareDocumentPosition(heading) & Node.DOCUMENT_POSITION_FOLLOWING);
  });
  assert.ok(above, 'the summary stands above the heading');
  const links = await summary.locator('a').evaluateAll((all) => all.map((a) => [a.getAttribute('href').slice(1), a.innerText.trim()]));
  assert.deepEqual(links.map(([id]) => id), ['employee_cpr', 'employee_name', 'municipality_code'], 'all that is wrong, in the order of the page');
  for (const [id, words] of links) {
    const input = page.locator(`#${id}`);
    assert.equal(await input.count(), 1, `${id} is there`);
    const group = page.locator('.form-error', { has: page.locator(`#${id}`) });
    const message = await group.locator('.form-error-message').innerText();
    assert.equal(message.replace(/^Fejl:\s*/, '').trim(), words);
    assert.equal(await input.getAttribute('aria-invalid'), 'true');
    assert.ok((await input.getAttribute('aria-describedby')).includes(`${id}-error`));
    assert.ok(!words.includes('251248'), 'what was typed is not repeated');
  }
  await summary.locator('a').first().focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), links[0][0]);
  assert.match(await page.title(), /^Fejl:/);
});

test('what is typed while further questions are on their way stays, and so does the focus', async (t) => {
  const page = await open(t);
  await asEmployer(page);
  await upToTheWage(page);
  let letGo;
  const held = new Promise((resolve) => { letGo = resolve; });
  await page.route('**/indberet/ny/*/*', async (route) => {
    await held;
    await route.continue();
  });
  await tick(page, 'input[name="entry_mode"][value="build_up"]');
  await page.locator('#valid_from').fill('17');
  letGo();
  await page.locator('#base_wage').waitFor();
  assert.equal(await page.locator('#valid_from').inputValue(), '17');
  assert.ok(await page.locator('input[name="entry_mode"][value="build_up"]').isChecked());
  assert.equal(await page.evaluate(() => document.activeElement.id), 'valid_from');
});

test('the flow can be gone through by keyboard alone', async (t) => {
  const page = await open(t);
  await asEmployer(page);
  await page.goto(`${base}/indberet/ny`);
  await page.locator('#report_kind').focus();
  await page.keyboard.press('Space');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.equal(await page.locator('h1').innerText(), 'Medarbejderen');
  await page.locator('#employee_cpr').focus();
  await page.keyboard.type(employee.cpr);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.equal(await page.locator('#employee_cpr').inputValue(), employee.cpr, 'Enter goes on and loses nothing');
});

test('going back, changing the kind and the language keeps what was typed', async (t) => {
  const page = await open(t);
  await asEmployer(page);
  await upToTheWage(page);
  await page.locator('.portal-user').getByRole('button', { name: 'English' }).click();
  await page.locator('html[lang="en"]').waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await page.getByRole('button', { name: 'Back', exact: true }).click();
  await page.waitForLoadState();
  assert.equal(await page.locator('#position_title').inputValue(), 'Kontorassistent');
  await Promise.all([page.waitForNavigation(), page.locator('.fs-steps-side button.step').nth(1).click()]);
  assert.equal(await page.locator('#employee_cpr').inputValue(), employee.cpr);
  assert.equal(await page.locator('#municipality_code').inputValue(), '0101');
});

test('two presses of the button send one report', async (t) => {
  const page = await open(t, { javascript: false });
  await asEmployer(page, '64942212');
  await upToTheWage(page);
  await knownTotal(page);
  await goOn(page);
  await contact(page);
  await goOn(page);
  await tick(page, '#declaration_accepted');
  const form = await page.locator('form#report').evaluate((element) => {
    const fields = [...new FormData(element).entries(), ['action', 'send']];
    return new URLSearchParams(fields).toString();
  });
  const post = () => page.request.post(page.url(), {
    data: form, maxRedirects: 0, headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  const [first, second] = await Promise.all([post(), post()]);
  assert.equal(first.status(), 303);
  assert.equal(second.headers().location, first.headers().location);
  await page.goto(`${base}/indberet`);
  assert.equal(await page.locator('table tbody tr').count(), 1);
});

test('a company does not see the receipt of another', async (t) => {
  const page = await open(t);
  await asEmployer(page);
  await upToTheWage(page);
  await knownTotal(page);
  await goOn(page);
  await contact(page);
  await goOn(page);
  await send(page);
  const address = page.url();
  const other = await open(t);
  await asEmployer(other, '64942212');
  assert.equal((await other.goto(address)).status(), 404);
});
