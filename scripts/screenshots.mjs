#!/usr/bin/env node
// `node scripts/screenshots.mjs [folder]`: pictures of the real screen after real work. Without a folder it renews the
// picture of the README; with one it takes every page, in two window sizes and both themes, to look at side by side.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { requireBuild } from './lib/build.mjs';
import { root, say } from './lib/run.mjs';
import { findChromium, requireChromium, requireNode, requirePackages, requireRedis } from './lib/setup.mjs';

requireNode();
await requirePackages();
if (!(await requireRedis()) || !(await requireChromium())) process.exit(1);
await requireBuild();
const { chromium } = await import('@playwright/test');

const folder = process.argv[2] === undefined ? undefined : resolve(process.argv[2]);
/** Long enough for the charts to have a shape. */
const workMs = 100_000;
const users = ['alice', 'ben', 'chiara', 'david', 'emma', 'farid'];
const questions = [
  'What is Roost?',
  '12 * 34',
  'How do I resize the warm pool?',
  '20 km in miles',
  'Hello, who are you?',
  '15% of 240',
  'What happens when a worker dies?',
  'What day is it 30 days from today?',
  'How are sessions kept over a restart?',
  '350 fahrenheit in celsius',
];

const dataDir = mkdtempSync(join(tmpdir(), 'roost-'));
writeFileSync(join(dataDir, 'roost.yaml'), 'sessions: { startsPerMinute: 100 }\n');
const host = spawn(process.execPath, [join(root, 'dist/main/headless.js'), '--data-dir', dataDir, '--no-open'], { stdio: ['ignore', 'pipe', 'pipe'] });
const ended = new Promise((done) => host.once('exit', done));
let browser;
let working = true;
try {
  const link = await signInLink();
  const { url, token } = JSON.parse(readFileSync(join(dataDir, 'control.json'), 'utf8'));
  const call = async (path, body) => {
    const response = await fetch(new URL(path, url), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json();
  };
  const sessions = await startSessions(call);
  const work = Promise.all(sessions.map((id, lane) => converse(call, id, lane)));
  say(`working for ${workMs / 1_000} s…`);
  await pause(workMs * 0.6);
  await killWorker(call);
  await pause(workMs * 0.4);
  // The pictures are taken while the work goes on: that is what the screen is for.
  browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
  if (folder === undefined) await takeOne(link);
  else await takeAll(link, folder, sessions);
  working = false;
  await work;
} finally {
  await browser?.close();
  host.kill('SIGTERM');
  await ended;
  rmSync(dataDir, { recursive: true, force: true });
}

function signInLink() {
  return new Promise((done, fail) => {
    let text = '';
    host.stderr.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      const link = /https?:\/\/\S+#ticket=[\w-]+/.exec(text)?.[0];
      if (link !== undefined) done(link);
    });
    host.once('exit', (code) => fail(new Error(`the host ended with ${code}:\n${text.slice(-2_000)}`)));
  });
}

/** One after the other, so that each finds a warm agent. */
async function startSessions(call) {
  const ids = [];
  for (const userId of users) {
    while ((await call('/api/health')).sessions.pool === 0) await pause(100);
    ids.push((await call('/api/session/start', { userId, tier: 'pro' })).sessionId);
  }
  return ids;
}

/** A person who asks, waits, reads and rates; now and then somebody asks several things at once. */
async function converse(call, id, lane) {
  for (let n = lane; working; n++) {
    const asked = [];
    for (let more = 0; more < (n % 5 === 0 ? 8 : 1); more++)
      asked.push((await call(`/api/session/${id}/turns`, { text: questions[(n + more) % questions.length] })).turnId);
    for (const turnId of asked) {
      const turn = await finished(call, turnId);
      if (turn !== undefined && n % 3 !== 0) await call(`/api/turns/${turnId}/feedback`, { rating: ratingOf(turn, n) });
    }
    await pause(1_500 + ((n * 379) % 4_000));
  }
}

/** As on a bad day. */
async function killWorker(call) {
  const { processes } = await call('/api/processes');
  process.kill(processes.find((one) => one.name === 'worker-turns').pid, 'SIGKILL');
}

async function finished(call, turnId) {
  for (let tries = 0; tries < 200; tries++) {
    const { turn } = await call(`/api/turns/${turnId}`);
    if (turn !== undefined && turn.endedAt !== null) return turn;
    await pause(50);
  }
  return undefined;
}

/** Each arm is good at its own kind of question, and nobody is always pleased. */
function ratingOf({ arm, prompt, text }, n) {
  if (/say nothing about|I need a few/.test(text)) return 1;
  const sums = /\d/.test(prompt);
  const liking = { tools: sums ? 5 : 3, npc: 4, knowledge: sums ? 1 : 4 };
  return Math.max(1, Math.min(5, (liking[arm] ?? 3) + [0, -1, 1, 0, -2][n % 5]));
}

async function open(link, options) {
  const context = await browser.newContext({ deviceScaleFactor: 1, ...options });
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole('banner').getByText('Healthy').waitFor();
  return page;
}

async function take(page, place, path) {
  await page.evaluate((hash) => {
    window.location.hash = hash;
  }, `#/${place}`);
  await page.getByRole('heading', { level: 1, name: new RegExp(`^${place.split('/')[0]}$`, 'i') }).waitFor({ state: 'attached' });
  // Charts, logs and conversations come with the next frames of the host.
  await pause(1_200);
  await page.mouse.move(0, 0);
  await page.screenshot({ path, animations: 'disabled' });
  say(path);
}

async function takeOne(link) {
  const path = join(root, 'docs/images/overview.png');
  mkdirSync(join(root, 'docs/images'), { recursive: true });
  await take(await open(link, { viewport: { width: 1440, height: 900 }, colorScheme: 'light' }), 'overview', path);
}

async function takeAll(link, into, sessions) {
  mkdirSync(into, { recursive: true });
  const page = await open(link, { viewport: { width: 1440, height: 900 } });
  const places = ['overview', 'processes', 'processes/worker-turns', 'sessions', `sessions/${sessions[0]}`, 'coordinator', 'logs/redis', 'settings'];
  for (const [width, height] of [
    [1440, 900],
    [1000, 700],
  ]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      for (const place of places) {
        const name = place.startsWith('sessions/') ? 'session' : place.replace('/', '-');
        await take(page, place, join(into, `${name}-${width}-${colorScheme}.png`));
      }
    }
  }
}
