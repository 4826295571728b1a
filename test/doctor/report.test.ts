/** `doctor --report`: contains the shape of every reply, and none of its values. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/admin/facts/report.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { FixWorld, SIGNING_TOKEN, STAGE, TAG } from '../fixes/fix-world.js';
import { WEBHOOK_ID } from '../rigs/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { VendorTap } from '../rigs/vendor-tap.js';
import { Canaries } from './canaries.js';

const folder = temporaryFolder();
let world: FixWorld;
const lever = new Canaries(
  /^(stage|text|emails|name|tags|links|At|archived|stageChanges|toStageId|updatedAt|lastAdvancedAt|createdAt|value)$/,
);
const codesubmit = new Canaries(/^(name|email|test|created_at|url|link|next|count|status)$/);
let taps: [VendorTap, VendorTap];
let person: string;
let text = '';
let report: Report;

beforeAll(async () => {
  const more = ['--progress-tags', 'on', '--completion-note', 'submitted'];
  world = await FixWorld.setUp(...more);
  const { simulator } = world;
  taps = [
    await VendorTap.start(simulator.lever.origin),
    await VendorTap.start(simulator.codesubmit.origin),
  ];
  taps[0].rewrite = lever.rewrite;
  taps[1].rewrite = codesubmit.rewrite;
  // Its links use the address at which it is called.
  simulator.codesubmit.origin = taps[1].origin;
  world.environment.LEVER_API_URL = `${taps[0].origin}/v1`;
  world.environment.LEVER_API_KEY = seedLeverApiKey;
  world.environment.CODESUBMIT_API_URL = taps[1].origin;
  world.environment.CODESUBMIT_API_KEY = seedCodeSubmitApiKey;
  await world.serveHere();
  const posting = world.simulator.lever.postings.add({ text: 'Backend engineer' });
  person = world.person({ postingId: posting.id });
  await world.sweep();
  await world.untilState(person, 'linked');
  lever.replaceEverything();
  codesubmit.replaceEverything();
  const file = join(folder, 'report.json');
  await world.run('doctor', '--report', file);
  text = readFileSync(file, 'utf8');
  report = JSON.parse(text) as Report;
});

afterAll(async () => {
  await world.close();
  for (const tap of taps) await tap.close();
});

const routesOf = ({ replies }: Report) => replies.map(({ route }) => route);

describe('the report', () => {
  it('contains none of the canaries, as a value or as a key', () => {
    const canaries = [...lever.all, ...codesubmit.all];
    expect(canaries.length).toBeGreaterThan(500);
    expect(canaries.filter((canary) => text.includes(canary))).toEqual([]);
    expect(text).not.toMatch(/k4n4ry/i);
  });

  it('contains nothing of the data directory, its settings or its candidates', () => {
    const { name, emails } = world.simulator.lever.opportunities.sight(person, 0).contact;
    const secrets = [seedLeverApiKey, seedCodeSubmitApiKey, SIGNING_TOKEN, WEBHOOK_ID];
    const settings = [world.proxy.url, world.home, STAGE, TAG];
    const ids = [person, ...world.simulator.lever.account.stages.map(({ id }) => id)];
    const users = world.simulator.lever.account.users.flatMap((user) => [user.id, user.name]);
    const links = world.simulator.codesubmit.invitations.map(({ id }) => id);
    const all = [
      name,
      ...emails,
      ...secrets,
      ...settings,
      ...ids,
      ...users,
      ...links,
      'Backend API',
    ];
    expect(all.filter((one) => text.includes(one))).toEqual([]);
  });

  it('has the shape of each route that is read, and of what was written', () => {
    expect(routesOf(report)).toEqual(
      expect.arrayContaining([
        ...['GET /stages', 'GET /users', 'GET /tags', 'GET /postings', 'GET /webhooks'],
        ...['GET /opportunities', 'GET /opportunities/:id', 'GET /opportunities/:id/notes'],
        ...['GET /opportunities/deleted', 'GET /postings/:id', 'GET /api/external/me'],
        ...['GET /api/external/tests', 'GET /api/external/candidates'],
        ...['POST /api/external/candidates', 'POST /opportunities/:id/addLinks'],
      ]),
    );
    const people = report.replies.find(({ route }) => route === 'GET /opportunities');
    expect(people?.shape).toMatchObject({
      'data[].emails[]': ['e-mail'],
      'data[].<key>': expect.any(Array) as unknown,
      'data[].id': ['uuid'],
      'data[].createdAt': ['integer'],
    });
  });

  it('has versions, checks without their sentences, settings and counts', () => {
    expect(report.versions).toMatchObject({ node: process.version });
    expect(report.checks).toContainEqual({ id: 'node', status: expect.any(String) as string });
    expect(report.integration?.settings).toMatchObject({
      ...{ leverEnvironment: 'production', unreadableList: 'wait', sweepMinutes: 5 },
      ...{ progressTags: true, publicUrl: 'set: url http://<loopback>/', linkPath: null },
    });
    expect(report.integration?.counts).toMatchObject({ linked: 1 });
    expect(report.integration?.fromEnvironment).toContain('leverApiUrl');
  });
});

describe('its file', () => {
  it('is readable only by its owner', () => {
    expect(statSync(join(folder, 'report.json')).mode & 0o777).toBe(0o600);
  });

  it('is never overwritten', async () => {
    const file = join(folder, 'there');
    writeFileSync(file, 'mine');
    const { code, stderr } = await world.run('doctor', '--report', file);
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toMatch(/already exists.*\n.*doctor --report FILE/);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('can go to standard output', async () => {
    const { stdout } = await world.run('doctor', '--report', '-');
    expect(JSON.parse(stdout)).toMatchObject({ versions: { node: process.version } });
  });

  it('is also written for a data directory that doesn’t open', async () => {
    const file = join(folder, 'nothing.json');
    await world.run('doctor', '--report', file, '--home', join(folder, 'nothing'));
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ integration: null });
  });
});
