/**
 * A disk that is really full, or read-only: nothing acknowledged is lost, the daemon reports it,
 * and continues by itself.
 */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/domain/clock.js';
import { alarmRound } from '../../src/serve/loops/trouble-rounds.js';
import { listReported } from '../../src/store/facts.js';
import { tryLock } from '../../src/store/database/file-lock.js';
import { hasTool } from '../support/fault-tools.js';
import { HomeFile, keptDeliveries, signatureOf } from '../rigs/home-file.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, type RunningDaemon } from '../rigs/program.js';
import { StoreRig } from '../rigs/store.js';
import { AlarmChannel } from '../alarms/alarm-channel.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { SmallDisk } from '../support/small-disk.js';
import { VendorTap } from '../rigs/vendor-tap.js';

const HOME_MEGABYTES = 3;
const BALLAST_BYTES = 7_000_000;
const FULL = ['storage_full'];
const refusal = expect.objectContaining({ code: 'storage_full' }) as Error;

/** Doesn't give reasons: they are in the log. */
const NOT_READY = '503 not ready\n';

async function readyz({ url }: RunningDaemon): Promise<string> {
  const reply = await fetch(`${url}/readyz`);
  return `${reply.status} ${await reply.text()}`;
}

const untilReady = (daemon: RunningDaemon): Promise<unknown> =>
  eventually('it is ready', async () => (await readyz(daemon)).startsWith('200'));

async function healthz({ url }: RunningDaemon): Promise<number> {
  return (await fetch(`${url}/healthz`)).status;
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Set up on a small disk, no daemon yet. */
async function setUpOnSmallDisk(
  prepare: (live: ProgramRig) => void | Promise<void> = () => undefined,
): Promise<{ live: ProgramRig; disk: SmallDisk }> {
  const live = await ProgramRig.start();
  closers.push(() => live.close());
  const disk = new SmallDisk(live.home, HOME_MEGABYTES);
  closers.push(() => disk.unmount());
  await prepare(live);
  await live.setUp();
  return { live, disk };
}

class Postman {
  /** The signatures of those answered 200. */
  readonly acknowledged: string[] = [];
  #next = Date.now();

  constructor(
    readonly live: ProgramRig,
    readonly id: string,
  ) {}

  /** A new delivery; returns its status. */
  async deliver(daemon: RunningDaemon): Promise<number> {
    const body = this.live.delivery(this.id, this.#next++);
    const status = await this.live.post(daemon, body);
    if (status === 200) this.acknowledged.push(signatureOf(body));
    return status;
  }

  expectAllKept(): void {
    expect([...keptDeliveries(this.live.home)]).toEqual(expect.arrayContaining(this.acknowledged));
  }
}

/** While the log has room, deliveries are still stored. */
function untilRefused(daemon: RunningDaemon, postman: Postman): Promise<unknown> {
  return eventually('a delivery is refused', async () => {
    const status = await postman.deliver(daemon);
    expect([200, 503]).toContain(status);
    return status === 503;
  });
}

async function expectRefusedStart(live: ProgramRig, why: string): Promise<void> {
  const { code, stderr } = await live.run('serve', '--port', '0');
  expect(code).toBe(1);
  expect(stderr).toContain(`The disk of the data directory ${why}.`);
  expect(stderr).toContain('Free up space, or make it writable.');
}

async function expectWholeJob(live: ProgramRig, daemon: RunningDaemon): Promise<void> {
  await live.untilLinked(await live.arrive(daemon, 'Ada Fictional'));
  expect(live.simulator.codesubmit.invitations).toHaveLength(1);
}

/** CodeSubmit has sent the challenge, and its answer finds the disk full. */
async function fillBeforeAnswer() {
  let tap: VendorTap | undefined;
  const { live, disk } = await setUpOnSmallDisk(async (rig) => {
    tap = await VendorTap.before(rig, 'codesubmit');
  });
  const daemon = await live.serve();
  const id = live.candidate('Ada Fictional');
  live.move(id);
  const isPost = ({ method }: { method: string }): boolean => method === 'POST';
  const answered = tap?.arm({ matches: isPost, worked: async () => disk.fill() });
  await live.deliver(daemon, id);
  await answered;
  await eventually('it is full', async () => (await readyz(daemon)) === NOT_READY);
  return { live, disk, id };
}

describe.skipIf(!hasTool('mount'))('a full disk', () => {
  it('is posted as an alarm once, though nothing can be stored, and once that there is room', async () => {
    const channel = await AlarmChannel.open();
    closers.push(() => channel.close());
    const disk = new SmallDisk(join(temporaryFolder(), 'disk'), HOME_MEGABYTES);
    closers.push(() => disk.unmount());
    const rig = new StoreRig(disk.folder);
    closers.push(() => rig.close());
    const { app, clock } = rig;
    await rig.set({}, { alarm_url: channel.url });
    const { signal } = new AbortController();
    const round = alarmRound(app, { signal });
    await round.run();
    expect(channel.texts).toEqual([
      expect.stringContaining('The disk of the data directory is nearly'),
    ]);
    disk.fill();
    channel.status = 500;
    await round.run();
    channel.status = 200;
    await round.run();
    expect(channel.bodies).toHaveLength(2);
    clock.advance(MINUTE_MS);
    for (let times = 0; times < 3; times += 1) await round.run();
    expect(listReported(app.database).map(({ code }) => code)).toEqual(['storage_low']);
    const full = 'The disk of the data directory is full, so nothing can be stored';
    expect(channel.texts.slice(1)).toEqual([expect.stringContaining(`: ${full}. Free up space`)]);
    disk.free();
    for (let times = 0; times < 3; times += 1) await round.run();
    expect(channel.texts.slice(2)).toEqual([expect.stringContaining(`: resolved: ${full}`)]);
  });

  it('refuses deliveries, loses none that was acknowledged, and continues by itself', async () => {
    const { live, disk } = await setUpOnSmallDisk();
    const daemon = await live.serve();
    const postman = new Postman(live, live.candidate('Nobody Elsewhere'));
    expect(await postman.deliver(daemon)).toBe(200);
    disk.fill();
    await untilRefused(daemon, postman);
    expect(await readyz(daemon)).toBe(NOT_READY);
    // The log leaves after the answer that it belongs to.
    await eventually('the log says why', () =>
      daemon.output.stdout.includes('"reasons":"storage_full","msg":"not ready"'),
    );
    expect(await healthz(daemon)).toBe(200);
    const { integration } = await live.status();
    expect(integration.problems.map(({ code }) => code)).toEqual(FULL);
    postman.expectAllKept();

    disk.free();
    await untilReady(daemon);
    await expectWholeJob(live, daemon);
    const { problems } = (await live.status()).integration;
    // A disk this small is nearly full whatever is freed.
    expect(problems.map(({ code }) => code)).toEqual(['storage_low']);
    postman.expectAllKept();
  });

  it('keeps what a vendor answered meanwhile, and writes it once it can', async () => {
    const { live, disk, id } = await fillBeforeAnswer();
    disk.free();
    await live.untilLinked(id);
    expect(live.simulator.codesubmit.invitations).toHaveLength(1);
  });

  it('at the start ends the daemon with the reason, and the next start works', async () => {
    const { live, disk } = await setUpOnSmallDisk();
    disk.fill();
    await expectRefusedStart(live, 'is full');
    disk.free();
    await expectWholeJob(live, await live.serve());
  });

  it('during a checkpoint loses nothing, and the checkpoint is repeated', async () => {
    const { live, disk } = await setUpOnSmallDisk();
    const daemon = await live.serve();
    disk.grow(11);
    const postman = new Postman(live, live.candidate('Nobody Elsewhere'));
    const ballast = new HomeFile(live.home);
    closers.push(() => ballast.close());
    // Room for it in the log, but not in the file too.
    ballast.exec('PRAGMA wal_autocheckpoint = 0; CREATE TABLE ballast (x)');
    ballast.exec(`INSERT INTO ballast VALUES (zeroblob(${BALLAST_BYTES}))`);
    await untilRefused(daemon, postman);
    expect(await readyz(daemon)).toBe(NOT_READY);
    disk.grow(40);
    await untilReady(daemon);
    await expectWholeJob(live, daemon);
    postman.expectAllKept();
    await eventually(
      'the checkpoint is made up for',
      () => disk.sizeOf('codesubmit-lever.db') > BALLAST_BYTES,
    );
    expect(ballast.findDamage()).toEqual([]);
  });
});

it.skipIf(!hasTool('mount'))(
  'a read-only disk at the start ends the daemon with the reason, and holds no lock',
  async () => {
    const { live, disk } = await setUpOnSmallDisk();
    disk.makeReadOnly();
    await expectRefusedStart(live, 'is read-only');
    // SQLite would let two of them have it there.
    expect(() => tryLock(join(live.home, 'serve.lock'))).toThrow(refusal);
    expect((await live.run('status')).stderr).toContain('is read-only');
    disk.makeWritable();
    await expectWholeJob(live, await live.serve());
  },
);
