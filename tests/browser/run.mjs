// Runs the page tests: node tests/browser/run.mjs [PART OF A FILE NAME...]
//
// Starts a Fleksport server (through scripts/with-server) and one headless Chromium for all, then hands every
// *.test.mjs in this folder to node's own test runner. Ends what it started, and nothing else.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const folder = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);

/** Where the browser is: FLEKSPORT_CHROMIUM, or the first of the usual names on the path. */
function findBrowser() {
  const names = [process.env.FLEKSPORT_CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'].filter(Boolean);
  for (const name of names) {
    const found = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' });
    if (found.status === 0) return found.stdout.trim();
  }
  throw new Error('Chromium is missing: run scripts/setup test');
}

function testFiles() {
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.mjs')).sort();
  const chosen = wanted.length === 0 ? files : files.filter((name) => wanted.some((part) => name.includes(part)));
  if (chosen.length === 0) throw new Error(`no test file matches: ${wanted.join(' ')}`);
  return chosen.map((name) => join(folder, name));
}

/** Exit code of a child that shares our output. */
function run(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(signal ? 1 : code));
  });
}

async function runTests() {
  // A fresh profile folder is made by launchServer itself and removed at close.
  const browser = await chromium.launchServer({
    executablePath: findBrowser(),
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
  const screenshots = process.env.FLEKSPORT_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'fleksport-screenshots-'));
  try {
    return await run(process.execPath, ['--test', '--test-reporter=spec', ...testFiles()], {
      FLEKSPORT_BROWSER: browser.wsEndpoint(),
      FLEKSPORT_SCREENSHOTS: screenshots,
    });
  } finally {
    await browser.close();
    console.log(`screenshots: ${screenshots}`);
  }
}

if (process.env.FLEKSPORT_URL) {
  process.exitCode = await runTests();
} else {
  const withServer = join(folder, '..', '..', 'scripts', 'with-server');
  process.exitCode = await run(withServer, [process.execPath, fileURLToPath(import.meta.url), ...wanted], {});
}
