// The picture of the README, taken of the real pages. Renewed with FLEKSPORT_PICTURE=docs/img/front.png node tests/browser/run.mjs picture

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { resolve } from 'node:path';
import { visit } from './support.mjs';

const target = process.env.FLEKSPORT_PICTURE;

test('the picture of the README is taken of the front page', { skip: !target }, async (t) => {
  const page = await visit(t, '/?lang=en', { width: 1200, height: 760 });
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: resolve(target) });
  assert.ok(statSync(resolve(target)).size < 400_000, 'small enough for a README');
});
