/** A database that is older than the count beside it starts paused; nothing else does. */
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countOn, countStart, treatAsRestored } from '../../src/daemon/watches/boot-count.js';
import { pause, resume } from '../../src/operate/actions/admin-actions.js';
import type { AppContext } from '../../src/app/app-context.js';
import { openApp, openForSetup } from '../../src/app/open-app.js';
import { resolveHome, type Home } from '../../src/storage/home/home.js';
import { SILENT_LOG } from '../../src/domain/log.js';
import { FakeClock } from '../support/fake-clock.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let number = 0;
let home: Home;
let env: Record<string, string>;
let app: AppContext | undefined;

function around() {
  const clock = new FakeClock();
  return { env, configFolder: folder, clock, random: () => 0.5, log: SILENT_LOG, version: '0' };
}

beforeEach(async () => {
  home = resolveHome(join(folder, String(++number)), {}, undefined);
  env = { CODESUBMIT_LEVER_SECRET_KEY: 'a key that is for this test alone' };
  const fresh = await openForSetup(home, around());
  await fresh.database.write((tx) => {
    fresh.integration.markSetUp(tx, 1);
  });
  fresh.database.close();
});

afterEach(close);

function close(): void {
  app?.database.close();
  app = undefined;
}

/** What a daemon does first; returns the state and why. */
async function start(): Promise<{ state: string; isCopy: boolean }> {
  close();
  const opened = openApp(home, around());
  app = opened;
  await countStart(app, app.runtime.env, (tx) => {
    treatAsRestored(tx, opened);
  });
  const { restored_at: restoredAt } = app.integration.read();
  return { state: app.integration.state(), isCopy: restoredAt !== null };
}

const ACTIVE = { state: 'active', isCopy: false };
const PAUSED = { state: 'paused', isCopy: true };

/** A copy of the closed database; the function restores it. */
function copy(): () => void {
  close();
  const saved = `${home.databaseFile}.saved`;
  copyFileSync(home.databaseFile, saved);
  return () => {
    close();
    for (const part of ['-wal', '-shm']) rmSync(home.databaseFile + part, { force: true });
    copyFileSync(saved, home.databaseFile);
  };
}

describe('a restored database', () => {
  it('from before the last start is paused, until it is resumed', async () => {
    await start();
    const putBack = copy();
    expect(await start()).toEqual(ACTIVE);
    putBack();
    expect(await start()).toEqual(PAUSED);
    expect(await start()).toEqual(PAUSED);
    await resume(app!);
    expect(await start()).toEqual(ACTIVE);
  });

  it('from the same run is paused, if the run continued for a while', async () => {
    await start();
    const putBack = copy();
    app = openApp(home, around());
    await countOn(app);
    putBack();
    expect(await start()).toEqual(PAUSED);
  });

  it('continues if the environment says so, and counts on from the file', async () => {
    await start();
    const putBack = copy();
    await start();
    putBack();
    env['CODESUBMIT_LEVER_AFTER_RESTORE'] = 'run';
    expect(await start()).toEqual(ACTIVE);
    delete env['CODESUBMIT_LEVER_AFTER_RESTORE'];
    expect(await start()).toEqual(ACTIVE);
  });
});

it('a pause that was there before the copy was made stays, also where the environment says to go on', async () => {
  await start();
  await pause(app!);
  const putBack = copy();
  await start();
  putBack();
  env['CODESUBMIT_LEVER_AFTER_RESTORE'] = 'run';
  expect(await start()).toEqual({ state: 'paused', isCopy: false });
});

describe('nothing is concluded', () => {
  it('from a start that was cut off between the commit and the file', async () => {
    await start();
    const before = readFileSync(home.bootCountFile);
    await start();
    writeFileSync(home.bootCountFile, before);
    expect(await start()).toEqual(ACTIVE);
  });

  it.each([
    ['no file', undefined],
    ['an empty file', ''],
    ['half a file', '{"homeId":"'],
    ['another home’s file', JSON.stringify({ homeId: 'another', count: 99 })],
    [
      'a number that is none',
      JSON.stringify({
        homeId: 'from a copy of the whole folder, which can’t be told from the folder itself',
        count: 'no one else may read the file, and nothing is left beside it',
      }),
    ],
  ])('from %s', async (_, content) => {
    await start();
    if (content === undefined) rmSync(home.bootCountFile);
    else writeFileSync(home.bootCountFile, content);
    expect(await start()).toEqual(ACTIVE);
    expect(JSON.parse(readFileSync(home.bootCountFile, 'utf8'))).toMatchObject({ count: 2 });
  });

  it('from a copy of the whole folder, which can’t be told from the folder itself', async () => {
    await start();
    const file = readFileSync(home.bootCountFile);
    const putBack = copy();
    await start();
    putBack();
    writeFileSync(home.bootCountFile, file);
    expect(await start()).toEqual(ACTIVE);
  });
});

it('nobody else may read the file, and nothing is left beside it', async () => {
  await start();
  expect(statSync(home.bootCountFile).mode & 0o777).toBe(0o600);
  expect(existsSync(`${home.bootCountFile}.partial`)).toBe(false);
});
