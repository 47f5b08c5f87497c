import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, assertNoSidewaysScroll, base, doubleText, open, screenshot, visit, widths } from './support.mjs';
import { asEmployer } from './visitors.mjs';

const pages = ['/', '/blanket', '/kvittering', '/was', '/privatliv', '/api', '/log-ind', '/logget-af', '/vejledning/pulling'];

for (const path of pages) {
  for (const width of widths) {
    test(`${path} is accessible and fits a window of ${width} pixels`, async (t) => {
      const page = await visit(t, path, { width });
      await assertAccessible(page);
      await assertNoSidewaysScroll(page);
      await screenshot(page, `public${path.replaceAll('/', '-')}-${width}`);
    });
  }

  test(`${path} is there in English and says so`, async (t) => {
    const page = await visit(t, `${path}?lang=en`);
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    await assertAccessible(page);
    await page.goto(base + path);
    assert.equal(await page.locator('html').getAttribute('lang'), 'en', 'the choice is remembered');
  });

  test(`${path} has header, footer and one heading, and needs no scripts`, async (t) => {
    const page = await visit(t, path, { javascript: false, width: 320 });
    assert.equal(await page.locator('h1').count(), 1);
    assert.ok(await page.locator('.solution-heading').isVisible());
    assert.ok(await page.locator('nav.nav a').first().isVisible(), 'the menu is there without scripts');
    await assertNoSidewaysScroll(page);
    for (const needed of ['/was', '/privatliv']) {
      assert.ok(await page.locator(`footer a[href="${needed}"]`).isVisible());
    }
  });
}

for (const path of pages) {
  test(`${path} keeps its layout with text of 200 %`, async (t) => {
    const page = await visit(t, path, { width: 640 });
    await doubleText(page);
    await assertNoSidewaysScroll(page);
  });
}

test('who comes to a page of another role is led to the own one, or to another login', async (t) => {
  const page = await open(t);
  await asEmployer(page);
  await page.goto(`${base}/kommune`);
  await assertAccessible(page);
  await screenshot(page, 'forbidden-1280');
  assert.equal(await page.getByRole('link', { name: 'Til dine egne sider' }).getAttribute('href'), '/indberet');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Log ind som en anden' }).click()]);
  assert.equal(new URL(page.url()).pathname, '/log-ind');
});

test('an unknown page says so, accessibly, with status 404', async (t) => {
  const page = await visit(t, '/findes-ikke', { status: 404 });
  await assertAccessible(page);
});

test('no cookie is set before somebody is about to log in or chooses a language', async (t) => {
  const page = await open(t);
  for (const path of pages.filter((path) => path !== '/log-ind')) await page.goto(base + path);
  assert.deepEqual(await page.context().cookies(), []);
  await asEmployer(page);
  const cookies = await page.context().cookies();
  assert.deepEqual(cookies.map(({ name }) => name).sort(), ['login', 'session']);
  assert.ok(cookies.every(({ httpOnly, sameSite }) => httpOnly && sameSite === 'Lax'));
});

test('type and colour are those of the design system, from our own address', async (t) => {
  const page = await visit(t, '/');
  const family = await page.locator('body').evaluate((body) => getComputedStyle(body).fontFamily);
  assert.match(family, /^"?IBM Plex Sans/);
  const loaded = await page.evaluate(async () => {
    await document.fonts.ready;
    return [...document.fonts].filter((font) => font.status === 'loaded').map((font) => `${font.family} ${font.weight}`);
  });
  assert.ok(loaded.includes('"IBM Plex Sans" 400') || loaded.includes('IBM Plex Sans 400'), loaded.join());
});

test('the menu of a phone opens, keeps the focus and closes', async (t) => {
  const page = await visit(t, '/', { width: 320 });
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.locator('.mobile-drawer.is-visible').waitFor();
  await page.waitForTimeout(400);
  await assertAccessible(page);
  await screenshot(page, 'menu-320');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.mobile-drawer.is-visible').count(), 0);
});

test('who is not logged in is led to the login and back', async (t) => {
  const page = await open(t);
  await page.goto(`${base}/indberet/ny`);
  assert.equal(new URL(page.url()).pathname, '/log-ind');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Log ind som arbejdsgiver' }).click()]);
  assert.equal(new URL(page.url()).pathname.replace(/[0-9a-f]{32}/, '…'), '/indberet/ny/…/kind');
});

test('a wrong CVR number is told at the field', async (t) => {
  const page = await visit(t, '/log-ind');
  await page.locator('#cvr').fill('12345678');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Log ind som arbejdsgiver' }).click()]);
  assert.equal(await page.locator('#cvr').getAttribute('aria-invalid'), 'true');
  await assertAccessible(page);
  await screenshot(page, 'login-faulty');
});

test('a receipt that is not ours is not confirmed', async (t) => {
  const page = await visit(t, '/kvittering');
  await page.locator('#nummer').fill('FP-0000-0000-00000');
  await page.locator('#fingeraftryk').fill('abc');
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Tjek kvitteringen' }).click()]);
  assert.ok(await page.locator('[data-module="error-summary"] a').count() >= 1);
  await assertAccessible(page);
});

for (const media of [{ forcedColors: 'active' }, { reducedMotion: 'reduce' }]) {
  test(`the front page is whole with ${Object.keys(media)[0]}`, async (t) => {
    const page = await visit(t, '/', media);
    await assertAccessible(page);
    await screenshot(page, `front-${Object.keys(media)[0]}`);
  });
}
